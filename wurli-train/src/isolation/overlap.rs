//! What one note does to the measuring window of another: time, energy and harmonics.

use wurli_voice::instrument::midi_to_hz;
use wurli_voice::{Instrument, harmonic_amplitudes};

use crate::dsp::DB_PER_NEPER;
use crate::isolation::stretch::Stretch;
use crate::isolation::{HARMONICS, IsolationSettings, LevelModel, fading};
use crate::measure::partials::{BAND_HZ, F0_SEARCH, HARMONIC_SEARCH, STEADY_S};
use crate::note_event::NoteEvent;

/// Length of the union of the disturbances, which are sorted by their start.
pub(super) fn covered_s(others: &[Disturbance]) -> f64 {
    let mut covered_s = 0.0;
    let mut reached_s = f64::NEG_INFINITY;
    for other in others {
        let (start_s, end_s) = other.overlap;
        covered_s += (end_s - start_s.max(reached_s)).max(0.0);
        reached_s = reached_s.max(end_s);
    }
    covered_s
}

/// What the stage reads of a note, made safe.
pub(super) struct Span {
    pub(super) start_s: f64,
    pub(super) end_s: f64,
    midi: u8,
    velocity: u8,
    pub(super) f0_hz: f64,
    /// Amplitude in the level model for one in the reference voice.
    gain: f64,
}

impl Span {
    /// Clips the note to the recording; whatever is no number makes an empty span at 0.
    pub(super) fn new(note: &NoteEvent, duration_s: f64) -> Self {
        let finite = note.onset_s.is_finite() && note.offset_s.is_finite() && duration_s.is_finite();
        let (start_s, end_s) = if finite {
            let start_s = note.onset_s.max(0.0);
            (start_s, note.offset_s.min(duration_s).max(start_s))
        } else {
            (0.0, 0.0)
        };
        let usable = note.f0_hz.is_finite() && note.f0_hz > 0.0;
        let f0_hz = if usable { note.f0_hz } else { midi_to_hz(note.midi) };
        let begins =
            voiced(note.midi, note.velocity, STEADY_S.0).iter().map(|amplitude| amplitude.powi(2)).sum::<f64>();
        let gain = begins.max(f64::MIN_POSITIVE).sqrt().recip();
        Self { start_s, end_s, midi: note.midi, velocity: note.velocity, f0_hz, gain }
    }

    pub(super) fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let by_time = self.start_s.total_cmp(&other.start_s).then(self.end_s.total_cmp(&other.end_s));
        let by_key = self.midi.cmp(&other.midi).then(self.velocity.cmp(&other.velocity));
        by_time.then(by_key).then(self.f0_hz.total_cmp(&other.f0_hz))
    }

    pub(super) fn window(&self, settings: &IsolationSettings) -> (f64, f64) {
        (self.start_s, self.end_s.min(self.start_s + settings.window_s.max(0.0)))
    }

    /// Energy between two times by the level model; full scale for one second is 1.
    pub(super) fn energy(&self, (from_s, to_s): (f64, f64), settings: &IsolationSettings) -> f64 {
        let model = &settings.level;
        let initial_db = 20.0 * model.velocity_exponent * (f64::from(self.velocity.max(1)) / 127.0).log10();
        let decay_db_per_s =
            model.decay_at_zero_db_per_s * (model.decay_growth_per_semitone * f64::from(self.midi)).exp();
        let held = (from_s.clamp(self.start_s, self.end_s), to_s.clamp(self.start_s, self.end_s));
        let ringing = (from_s.max(self.end_s), to_s.max(self.end_s));
        let released_db = initial_db - decay_db_per_s * (self.end_s - self.start_s);
        let damped_db_per_s = decay_db_per_s + model.damped_db_per_s;
        decaying_energy(initial_db, decay_db_per_s, held.0 - self.start_s, held.1 - self.start_s)
            + decaying_energy(released_db, damped_db_per_s, ringing.0 - self.end_s, ringing.1 - self.end_s)
    }
}

/// Amplitudes of a note's harmonics by the reference voice, its nulls filled: where they lie depends on the single reed.
fn voiced(midi: u8, velocity: u8, since_s: f64) -> [f64; COLLIDING] {
    let mut amplitudes = [0.0; COLLIDING];
    let loudness = f64::from(velocity.clamp(1, 127)) / 127.0;
    harmonic_amplitudes(&Instrument::EP200, midi, loudness, 1.0, since_s, &mut amplitudes);
    let at = |index: usize| amplitudes.get(index).map_or(0.0, |amplitude: &f64| amplitude.abs());
    std::array::from_fn(|index| {
        let beside = at(index + 1).max(if index == 0 { 0.0 } else { at(index - 1) });
        at(index).max(MOST_STEP * beside)
    })
}

/// Harmonics of another note that can collide. 24: as many as the project's stand-ins carry.
pub(super) const COLLIDING: usize = 24;
/// Least amplitude of a harmonic in parts of its louder neighbour's; as in the transcription's timbres.
const MOST_STEP: f64 = 0.1;
/// 1200 / ln 2.
pub(super) const CENTS_PER_NEPER: f64 = 1_731.234_049_066_756;
/// What is further below a harmonic, as power, moves it by less than 0.01 dB and is left out.
const NEGLIGIBLE: f64 = 1e-6;
/// Foreign power in parts of a harmonic's own that counts at most.
const MOST_FOREIGN: f64 = 1e8;
/// Levels relative to the strongest harmonic at and below which one is not heard, and from which on it surely is, dB. Stage 3 takes none that is
/// 60 dB down; what of the others the noise covers, depends on the recording.
const HEARD_DB: (f64, f64) = (-60.0, -20.0);

/// Integral of `10^((level − decay·t)/10)` over t from `from_s` to `to_s`.
fn decaying_energy(level_db: f64, decay_db_per_s: f64, from_s: f64, to_s: f64) -> f64 {
    let rate_per_s = decay_db_per_s * std::f64::consts::LN_10 / 10.0;
    let length_s = (to_s - from_s).max(0.0);
    let power = 10.0_f64.powf(level_db / 10.0) * (-rate_per_s * from_s).exp();
    if rate_per_s.abs() < 1e-9 { power * length_s } else { power * -(-rate_per_s * length_s).exp_m1() / rate_per_s }
}

/// What one note does to the measuring window of another.
pub(super) struct Disturbance {
    overlap: (f64, f64),
    pub(super) energy: f64,
    /// Power in the lines in which the disturbed note's harmonics are measured.
    pub(super) foreign: [f64; HARMONICS],
    /// Power of partials that lie where these harmonics are looked for.
    pub(super) mistaken: [f64; HARMONICS],
    /// As `foreign`, were the other as much out of tune as may be.
    pub(super) near: [f64; HARMONICS],
    /// See [`fading::beside`].
    pub(super) beside: [f64; HARMONICS],
}

impl Disturbance {
    /// `None` if `other` does not sound while `span`, whose harmonics have the power `own`, is measured. What sounds on in the window and what rings
    /// of it after are added as powers, as if their phases had nothing to do with each other: up to 3 dB too little on a line, and too
    /// much far from it.
    pub(super) fn of(
        span: &Span,
        window: (f64, f64),
        own: &[f64; HARMONICS],
        other: &Span,
        settings: &IsolationSettings,
    ) -> Option<Self> {
        // A reed that is struck again goes on as the new note: what rings of the old one is not foreign.
        let ringing_s = if other.midi == span.midi { 0.0 } else { settings.ringing_s.max(0.0) };
        let overlap = (window.0.max(other.start_s), window.1.min(other.end_s + ringing_s));
        let beside = fading::beside(span, other, ringing_s, settings);
        if overlap.0 >= overlap.1 && beside == NOTHING {
            return None;
        }
        let energy = other.energy(overlap, settings);
        let mut disturbance = Self { overlap, energy, foreign: NOTHING, mistaken: NOTHING, near: NOTHING, beside };
        let (from_s, to_s) = span.steady();
        let damping_per_s = settings.level.damping_per_s();
        let held = (from_s.max(other.start_s), to_s.min(other.end_s));
        let ringing = (from_s.max(other.end_s), to_s.min(other.end_s + ringing_s));
        for ((begin_s, end_s), fading_per_s) in [(held, 0.0), (ringing, damping_per_s)] {
            let part = (begin_s - from_s, end_s - from_s);
            let Some(stretch) = Stretch::new(part, to_s - from_s, fading_per_s) else { continue };
            // Of a key that is held, how loud it is in the middle; of one let go, how loud where it begins to fade.
            let at_s = if fading_per_s > 0.0 { begin_s } else { 0.5 * (begin_s + end_s) };
            let amplitudes = other.amplitudes_at(at_s, settings);
            disturbance.add(span, own, (other.f0_hz, &amplitudes), &stretch, settings);
        }
        Some(disturbance)
    }

    /// What partials, whose fundamental is given, do in a stretch of the window.
    fn add(
        &mut self,
        span: &Span,
        own: &[f64; HARMONICS],
        (f0_hz, amplitudes): (f64, &[f64; COLLIDING]),
        stretch: &Stretch,
        settings: &IsolationSettings,
    ) {
        let on_line = stretch.passed(0.0).powi(2);
        for (index, own) in own.iter().enumerate() {
            let target_hz = span.f0_hz * (index + 1) as f64;
            // Reeds are out of tune by some cents, and the events' pitch may be no better than the key.
            let detuned_hz = target_hz * settings.collision_cents / CENTS_PER_NEPER;
            let reach_hz = target_hz * if index == 0 { F0_SEARCH } else { HARMONIC_SEARCH };
            for (order, amplitude) in amplitudes.iter().enumerate() {
                let distance_hz = (f0_hz * (order + 1) as f64 - target_hz).abs();
                let near_hz = (distance_hz - detuned_hz).max(0.0);
                let power = amplitude.powi(2);
                let most = |hz: f64| power * stretch.most_passed(hz).powi(2);
                if most(near_hz) < NEGLIGIBLE * own {
                    continue;
                }
                let passed = |hz: f64| if hz > 0.0 { power * stretch.passed(hz).powi(2) } else { power * on_line };
                self.near[index] += passed(near_hz);
                self.foreign[index] += passed(distance_hz);
                if distance_hz < reach_hz {
                    self.mistaken[index] += power * on_line;
                }
            }
        }
    }
}

impl Span {
    /// Where levels are read.
    fn steady(&self) -> (f64, f64) {
        (self.start_s + STEADY_S.0, self.end_s.min(self.start_s + STEADY_S.1))
    }

    /// Amplitudes of the harmonics at a time: the voice's, as loud altogether as the level model says at the beginning, and damped from the end on.
    pub(super) fn amplitudes_at(&self, time_s: f64, settings: &IsolationSettings) -> [f64; COLLIDING] {
        let loudness = f64::from(self.velocity.max(1)) / 127.0;
        let damped = (-settings.level.damping_per_s() * (time_s - self.end_s).max(0.0)).exp();
        let gain = damped * self.gain * loudness.powf(settings.level.velocity_exponent);
        voiced(self.midi, self.velocity, time_s.min(self.end_s) - self.start_s).map(|amplitude| gain * amplitude)
    }

    /// Power of each of the note's own harmonics where levels are read.
    pub(super) fn own(&self, settings: &IsolationSettings) -> [f64; HARMONICS] {
        let (from_s, to_s) = self.steady();
        let amplitudes = self.amplitudes_at(0.5 * (from_s + to_s.max(from_s)), settings);
        std::array::from_fn(|index| amplitudes[index].powi(2))
    }

    /// For each harmonic, whether it will be heard, 0..=1.
    pub(super) fn heard(&self, own: &[f64; HARMONICS]) -> [f64; HARMONICS] {
        let strongest = own.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        std::array::from_fn(|index| {
            let level_db = 10.0 * (own[index] / strongest).log10();
            let in_band = self.f0_hz * (index + 1) as f64 <= BAND_HZ;
            let (silent_db, heard_db) = HEARD_DB;
            if in_band { ((level_db - silent_db) / (heard_db - silent_db)).clamp(0.0, 1.0) } else { 0.0 }
        })
    }
}

impl LevelModel {
    /// Damping of a reed under its damper, nepers a second.
    fn damping_per_s(&self) -> f64 {
        self.damped_db_per_s.max(0.0) / DB_PER_NEPER
    }
}

const NOTHING: [f64; HARMONICS] = [0.0; HARMONICS];

/// Foreign power in parts of a harmonic's own, for the errors that it makes: what falls into its line, or what is stronger where it is looked
/// for, which is then taken for it.
pub(super) fn disturbing(own: f64, foreign: f64, mistaken: f64) -> f64 {
    let [foreign, mistaken] =
        [foreign, mistaken].map(|power| (power / own.max(f64::MIN_POSITIVE)).clamp(0.0, MOST_FOREIGN));
    foreign.max(mistaken * mistaken / (1.0 + mistaken))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(midi: u8, velocity: u8) -> Span {
        let f0_hz = 440.0 * ((f64::from(midi) - 69.0) / 12.0).exp2();
        Span::new(&NoteEvent { onset_s: 0.0, offset_s: 2.0, midi, velocity, velocity_known: true, f0_hz }, 9.0)
    }

    #[test]
    fn no_harmonic_of_a_note_is_nothing_and_together_they_are_as_loud_as_the_model_says() {
        let settings = IsolationSettings::default();
        for (midi, velocity) in [(33, 1), (60, 64), (96, 127), (21, 0), (108, 127)] {
            let amplitudes = span(midi, velocity).amplitudes_at(STEADY_S.0, &settings);
            let level_db = 10.0 * amplitudes.iter().map(|amplitude| amplitude.powi(2)).sum::<f64>().log10();
            let expected_db = 20.0 * 0.78 * (f64::from(velocity.max(1)) / 127.0).log10();
            assert!((level_db - expected_db).abs() < 1e-9, "{midi} {velocity}: {level_db}, not {expected_db}");
            assert!(amplitudes.iter().all(|amplitude| *amplitude > 0.0));
        }
    }

    #[test]
    fn of_a_treble_note_the_upper_harmonics_are_not_heard_and_of_a_bass_note_all_are() {
        let heard = |midi: u8, velocity: u8| {
            let span = span(midi, velocity);
            span.heard(&span.own(&IsolationSettings::default()))
        };
        assert!(heard(33, 109).iter().all(|share| *share > 0.9), "{:?}", heard(33, 109));
        // The ninth octave of H1 is beyond 18 kHz from H5 on: 4.186 kHz times 5.
        let [first, .., last] = heard(108, 60);
        assert_eq!((first, last), (1.0, 0.0));
        assert!(heard(84, 20)[7] < 0.1, "{:?}", heard(84, 20));
    }

    #[test]
    fn what_is_stronger_where_a_harmonic_is_looked_for_is_taken_for_it_and_what_is_weaker_is_not() {
        assert!((disturbing(1.0, 0.0, 100.0) / 100.0 - 1.0).abs() < 0.02);
        assert!(disturbing(1.0, 0.0, 0.01) < 1.1e-4 && disturbing(1.0, 0.01, 0.0) == 0.01);
        assert!(disturbing(0.0, f64::MAX, f64::MAX).is_finite() && disturbing(0.0, 0.0, 0.0) == 0.0);
    }

    #[test]
    fn energy_of_a_decaying_note_is_the_integral_of_its_power() {
        let (level_db, decay_db_per_s) = (-6.0, 20.0);
        let steps = 100_000;
        let sum: f64 = (0..steps)
            .map(|i| 0.2 + 0.7 * (f64::from(i) + 0.5) / f64::from(steps))
            .map(|t| 10.0_f64.powf((level_db - decay_db_per_s * t) / 10.0) * 0.7 / f64::from(steps))
            .sum();
        assert!((decaying_energy(level_db, decay_db_per_s, 0.2, 0.9) / sum - 1.0).abs() < 1e-9);
    }
}
