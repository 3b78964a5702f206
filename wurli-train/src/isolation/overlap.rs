//! Effect of one note on the measurement of another: time, energy and harmonics.

use wurli_voice::instrument::midi_to_hz;
use wurli_voice::{Instrument, harmonic_amplitudes};

use crate::dsp::nulls::fill_nulls;
use crate::dsp::{DB_PER_NEPER, db_to_power};
use crate::isolation::leakage::HannLeakage;
use crate::isolation::{HARMONICS, IsolationSettings, LevelModel, decay_overlap};
use crate::measure::locate::{BAND_HZ, F0_SEARCH, HARMONIC_SEARCH, STEADY_S};
use crate::note_event::NoteEvent;

/// Harmonics of another note that can collide. 24: as many as the project's resyntheses have.
pub(super) const COLLIDING: usize = 24;
/// 1200 / ln 2.
pub(super) const CENTS_PER_NEPER: f64 = 1_731.234_049_066_756;
/// Power relative to a harmonic's below which a partial is ignored: it changes the level by less
/// than 0.01 dB.
const NEGLIGIBLE: f64 = 1e-6;
/// Largest interfering power that counts, relative to the harmonic's own.
const MAX_INTERFERENCE: f64 = 1e8;
/// Level relative to the strongest harmonic at which a harmonic is inaudible, dB. Stage 3 rejects
/// those 60 dB down.
const INAUDIBLE_DB: f64 = -60.0;
/// Level relative to the strongest harmonic from which on a harmonic is surely audible, dB.
/// In between, the noise of the recording decides.
const AUDIBLE_DB: f64 = -20.0;

/// Returns the length of the union of the overlaps, which are sorted by their start.
pub(super) fn covered_s(others: &[Interference]) -> f64 {
    let mut covered_s = 0.0;
    let mut reached_s = f64::NEG_INFINITY;
    for other in others {
        let (start_s, end_s) = other.overlap;
        covered_s += (end_s - start_s.max(reached_s)).max(0.0);
        reached_s = reached_s.max(end_s);
    }
    covered_s
}

/// Partials on the multiples of a fundamental.
pub(super) struct PartialSeries {
    /// Fundamental, Hz.
    pub(super) f0_hz: f64,
    /// Amplitudes from the fundamental on.
    pub(super) amplitudes: [f64; COLLIDING],
}

/// Time, key and loudness of a note, all finite.
pub(super) struct NoteSpan {
    pub(super) start_s: f64,
    pub(super) end_s: f64,
    midi: u8,
    velocity: u8,
    pub(super) f0_hz: f64,
    /// Gain that gives the reference voice's note a total amplitude of 1 at the start of the steady
    /// part.
    gain: f64,
}

impl NoteSpan {
    /// Clips the note to the recording. Times that are not finite make an empty span at 0.
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
        let initial = expected_amplitudes(note.midi, note.velocity, STEADY_S.0);
        let power = initial.iter().map(|amplitude| amplitude.powi(2)).sum::<f64>();
        let gain = power.max(f64::MIN_POSITIVE).sqrt().recip();
        Self { start_s, end_s, midi: note.midi, velocity: note.velocity, f0_hz, gain }
    }

    /// Returns the total order by start, end, key, velocity and frequency.
    pub(super) fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let by_time = self.start_s.total_cmp(&other.start_s).then(self.end_s.total_cmp(&other.end_s));
        let by_key = self.midi.cmp(&other.midi).then(self.velocity.cmp(&other.velocity));
        by_time.then(by_key).then(self.f0_hz.total_cmp(&other.f0_hz))
    }

    /// Returns the start and end of the time in which the note is measured, s.
    pub(super) fn window(&self, settings: &IsolationSettings) -> (f64, f64) {
        (self.start_s, self.end_s.min(self.start_s + settings.window_s.max(0.0)))
    }

    /// Returns the energy between two times by the level model. Full scale for one second is 1.
    pub(super) fn energy(&self, (from_s, to_s): (f64, f64), settings: &IsolationSettings) -> f64 {
        let model = &settings.level;
        let initial_db = 20.0 * model.velocity_exponent * (f64::from(self.velocity.max(1)) / 127.0).log10();
        let decay_db_per_s = model.decay.db_per_s(self.midi);
        let pressed = (from_s.clamp(self.start_s, self.end_s), to_s.clamp(self.start_s, self.end_s));
        let ringing = (from_s.max(self.end_s), to_s.max(self.end_s));
        let released_db = initial_db - decay_db_per_s * (self.end_s - self.start_s);
        let damped_db_per_s = decay_db_per_s + model.damped_db_per_s;
        decaying_energy(initial_db, decay_db_per_s, pressed.0 - self.start_s, pressed.1 - self.start_s)
            + decaying_energy(released_db, damped_db_per_s, ringing.0 - self.end_s, ringing.1 - self.end_s)
    }

    /// Returns the part of the note in which levels are read.
    fn steady(&self) -> (f64, f64) {
        (self.start_s + STEADY_S.0, self.end_s.min(self.start_s + STEADY_S.1))
    }

    /// Amplitudes of the harmonics at a time.
    ///
    /// Their ratios are those of the reference voice, their total at the start that of the level
    /// model. From the end of the note on they are damped.
    pub(super) fn amplitudes_at(&self, time_s: f64, settings: &IsolationSettings) -> [f64; COLLIDING] {
        let loudness = f64::from(self.velocity.max(1)) / 127.0;
        let damped = (-settings.level.damping_per_s() * (time_s - self.end_s).max(0.0)).exp();
        let gain = damped * self.gain * loudness.powf(settings.level.velocity_exponent);
        let amplitudes = expected_amplitudes(self.midi, self.velocity, time_s.min(self.end_s) - self.start_s);
        amplitudes.map(|amplitude| gain * amplitude)
    }

    /// Returns the power of each of the note's own harmonics where levels are read.
    pub(super) fn own_powers(&self, settings: &IsolationSettings) -> [f64; HARMONICS] {
        let (from_s, to_s) = self.steady();
        let amplitudes = self.amplitudes_at(0.5 * (from_s + to_s.max(from_s)), settings);
        std::array::from_fn(|index| amplitudes[index].powi(2))
    }

    /// Probability, 0..=1, that each harmonic is audible.
    pub(super) fn audibility(&self, own: &[f64; HARMONICS]) -> [f64; HARMONICS] {
        let strongest = own.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        std::array::from_fn(|index| {
            let level_db = 10.0 * (own[index] / strongest).log10();
            let in_band = self.f0_hz * (index + 1) as f64 <= BAND_HZ;
            if in_band { ((level_db - INAUDIBLE_DB) / (AUDIBLE_DB - INAUDIBLE_DB)).clamp(0.0, 1.0) } else { 0.0 }
        })
    }
}

/// Amplitudes of a note's harmonics by the reference voice, with its nulls filled.
fn expected_amplitudes(midi: u8, velocity: u8, since_s: f64) -> [f64; COLLIDING] {
    let mut amplitudes = [0.0; COLLIDING];
    let loudness = f64::from(velocity.clamp(1, 127)) / 127.0;
    harmonic_amplitudes(&Instrument::EP200, midi, loudness, 1.0, since_s, &mut amplitudes);
    fill_nulls(amplitudes)
}

/// Returns the integral of `10^((level − decay·t)/10)` over t from `from_s` to `to_s`.
fn decaying_energy(level_db: f64, decay_db_per_s: f64, from_s: f64, to_s: f64) -> f64 {
    let rate_per_s = decay_db_per_s * std::f64::consts::LN_10 / 10.0;
    let length_s = (to_s - from_s).max(0.0);
    let power = db_to_power(level_db) * (-rate_per_s * from_s).exp();
    if rate_per_s.abs() < 1e-9 { power * length_s } else { power * -(-rate_per_s * length_s).exp_m1() / rate_per_s }
}

/// Effect of one note on the measurement of another.
pub(super) struct Interference {
    overlap: (f64, f64),
    pub(super) energy: f64,
    /// Power in the bins in which the disturbed note's harmonics are measured.
    pub(super) in_bin: [f64; HARMONICS],
    /// Power of partials within the range in which these harmonics are searched.
    pub(super) in_search_range: [f64; HARMONICS],
    /// Like `in_bin`, for another note that is `collision_cents` out of tune.
    pub(super) in_bin_detuned: [f64; HARMONICS],
    /// See [`decay_overlap::decay_interference`].
    pub(super) on_decay: [f64; HARMONICS],
}

impl Interference {
    /// Interference of `other` with the measurement of `span`, whose harmonics have the powers
    /// `own`.
    ///
    /// `None` if `other` is silent then. Its pressed and its ringing part are added as powers, as
    /// if their phases were independent: up to 3 dB too little on a bin, and too much far from it.
    pub(super) fn between(
        span: &NoteSpan,
        window: (f64, f64),
        own: &[f64; HARMONICS],
        other: &NoteSpan,
        settings: &IsolationSettings,
    ) -> Option<Self> {
        // A reed that is struck again continues as the new note: its ringing is no interference.
        let ringing_s = if other.midi == span.midi { 0.0 } else { settings.ringing_s.max(0.0) };
        let overlap = (window.0.max(other.start_s), window.1.min(other.end_s + ringing_s));
        let on_decay = decay_overlap::decay_interference(span, other, ringing_s, settings);
        if overlap.0 >= overlap.1 && on_decay == NOTHING {
            return None;
        }
        let energy = other.energy(overlap, settings);
        let [in_bin, in_search_range, in_bin_detuned] = [NOTHING; 3];
        let mut interference = Self { overlap, energy, in_bin, in_search_range, in_bin_detuned, on_decay };
        let (from_s, to_s) = span.steady();
        let damping_per_s = settings.level.damping_per_s();
        let pressed = (from_s.max(other.start_s), to_s.min(other.end_s));
        let ringing = (from_s.max(other.end_s), to_s.min(other.end_s + ringing_s));
        for ((begin_s, end_s), fading_per_s) in [(pressed, 0.0), (ringing, damping_per_s)] {
            let part = (begin_s - from_s, end_s - from_s);
            let Some(leakage) = HannLeakage::new(part, to_s - from_s, fading_per_s) else { continue };
            // A pressed key has its mean level in the middle, a released one fades from the start
            // of the part.
            let at_s = if fading_per_s > 0.0 { begin_s } else { 0.5 * (begin_s + end_s) };
            let partials = PartialSeries { f0_hz: other.f0_hz, amplitudes: other.amplitudes_at(at_s, settings) };
            interference.add(span, own, &partials, &leakage, settings);
        }
        Some(interference)
    }

    /// Adds the powers of partials during a part of the window.
    fn add(
        &mut self,
        span: &NoteSpan,
        own: &[f64; HARMONICS],
        partials: &PartialSeries,
        leakage: &HannLeakage,
        settings: &IsolationSettings,
    ) {
        let on_bin = leakage.amplitude_at(0.0).powi(2);
        for (index, own) in own.iter().enumerate() {
            let target_hz = span.f0_hz * (index + 1) as f64;
            // Reeds are out of tune by some cents, and an event may know its pitch only to the key.
            let detuned_hz = target_hz * settings.collision_cents / CENTS_PER_NEPER;
            let reach_hz = target_hz * if index == 0 { F0_SEARCH } else { HARMONIC_SEARCH };
            for (order, amplitude) in partials.amplitudes.iter().enumerate() {
                let distance_hz = (partials.f0_hz * (order + 1) as f64 - target_hz).abs();
                let detuned_distance_hz = (distance_hz - detuned_hz).max(0.0);
                let power = amplitude.powi(2);
                if power * leakage.amplitude_bound(detuned_distance_hz).powi(2) < NEGLIGIBLE * own {
                    continue;
                }
                let leaked = |hz: f64| if hz > 0.0 { power * leakage.amplitude_at(hz).powi(2) } else { power * on_bin };
                self.in_bin_detuned[index] += leaked(detuned_distance_hz);
                self.in_bin[index] += leaked(distance_hz);
                if distance_hz < reach_hz {
                    self.in_search_range[index] += power * on_bin;
                }
            }
        }
    }
}

impl LevelModel {
    /// Returns the damping of a reed under its damper, nepers per second.
    fn damping_per_s(&self) -> f64 {
        self.damped_db_per_s.max(0.0) / DB_PER_NEPER
    }
}

const NOTHING: [f64; HARMONICS] = [0.0; HARMONICS];

/// Returns the power that falsifies a harmonic's level, relative to its own.
///
/// Either the power in its bin, or a stronger partial in its search range, which is then measured
/// instead.
pub(super) fn effective_interference(own: f64, in_bin: f64, in_search_range: f64) -> f64 {
    let [in_bin, in_search_range] =
        [in_bin, in_search_range].map(|power| (power / own.max(f64::MIN_POSITIVE)).clamp(0.0, MAX_INTERFERENCE));
    in_bin.max(in_search_range * in_search_range / (1.0 + in_search_range))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(midi: u8, velocity: u8) -> NoteSpan {
        let f0_hz = midi_to_hz(midi);
        NoteSpan::new(&NoteEvent { onset_s: 0.0, offset_s: 2.0, midi, velocity, velocity_known: true, f0_hz }, 9.0)
    }

    #[test]
    fn harmonics_sum_to_the_level_of_the_model() {
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
    fn bass_harmonics_are_audible_and_high_treble_ones_are_not() {
        let audibility = |midi: u8, velocity: u8| {
            let span = span(midi, velocity);
            span.audibility(&span.own_powers(&IsolationSettings::default()))
        };
        assert!(audibility(33, 109).iter().all(|share| *share > 0.9), "{:?}", audibility(33, 109));
        // C8 is 4.186 kHz: H5 and above lie beyond 18 kHz.
        let [first, .., last] = audibility(108, 60);
        assert_eq!((first, last), (1.0, 0.0));
        assert!(audibility(84, 20)[7] < 0.1, "{:?}", audibility(84, 20));
    }

    #[test]
    fn only_a_stronger_partial_replaces_a_harmonic() {
        assert!((effective_interference(1.0, 0.0, 100.0) / 100.0 - 1.0).abs() < 0.02);
        assert!(effective_interference(1.0, 0.0, 0.01) < 1.1e-4 && effective_interference(1.0, 0.01, 0.0) == 0.01);
        assert!(
            effective_interference(0.0, f64::MAX, f64::MAX).is_finite() && effective_interference(0.0, 0.0, 0.0) == 0.0
        );
    }

    #[test]
    fn energy_equals_the_integral_of_power() {
        let (level_db, decay_db_per_s) = (-6.0, 20.0);
        let steps = 100_000;
        let sum: f64 = (0..steps)
            .map(|i| 0.2 + 0.7 * (f64::from(i) + 0.5) / f64::from(steps))
            .map(|t| 10.0_f64.powf((level_db - decay_db_per_s * t) / 10.0) * 0.7 / f64::from(steps))
            .sum();
        assert!((decaying_energy(level_db, decay_db_per_s, 0.2, 0.9) / sum - 1.0).abs() < 1e-9);
    }
}
