//! What one note does to the measuring window of another: time, energy and harmonics.

use wurli_voice::{Instrument, LEVEL_REFERENCE_S, harmonic_amplitudes};

use super::{HARMONICS, IsolationSettings};
use crate::stages::notes::NoteEvent;

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
    f0_hz: f64,
    /// Part of the note's energy in each harmonic, H1 first.
    shares: [f64; COLLIDING],
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
        let nominal_hz = 440.0 * ((f64::from(note.midi) - 69.0) / 12.0).exp2();
        let f0_hz = if usable { note.f0_hz } else { nominal_hz };
        let shares = shares(note.midi, note.velocity);
        Self { start_s, end_s, midi: note.midi, velocity: note.velocity, f0_hz, shares }
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

/// Part of a note's energy in each harmonic by the reference voice, its nulls filled: where they lie depends on the single reed.
fn shares(midi: u8, velocity: u8) -> [f64; COLLIDING] {
    let mut amplitudes = [0.0; COLLIDING];
    let loudness = f64::from(velocity.clamp(1, 127)) / 127.0;
    harmonic_amplitudes(&Instrument::EP200, midi, loudness, 1.0, f64::from(LEVEL_REFERENCE_S), &mut amplitudes);
    let at = |index: usize| amplitudes.get(index).map_or(0.0, |amplitude: &f64| amplitude.abs());
    let powers: [f64; COLLIDING] = std::array::from_fn(|index| {
        let beside = at(index + 1).max(if index == 0 { 0.0 } else { at(index - 1) });
        at(index).max(MOST_STEP * beside).powi(2)
    });
    let sum: f64 = powers.iter().sum();
    powers.map(|power| power / sum.max(f64::MIN_POSITIVE))
}

/// Part of a tone's power that a Hann window lets through at a distance in reciprocals of its length: the main lobe, then
/// side lobes that fall by 18 dB an octave.
fn leakage(distance: f64) -> f64 {
    if distance >= 2.0 {
        return FIRST_SIDE_LOBE * (2.4 / distance.max(2.4)).powi(6);
    }
    let x = std::f64::consts::PI * distance;
    let sinc = if x < 1e-9 { 1.0 } else { x.sin() / x };
    let edge = 1.0 - distance * distance;
    let lobe = if edge.abs() < 1e-6 { 0.5 } else { sinc / edge };
    lobe.powi(2).max(FIRST_SIDE_LOBE)
}

/// Harmonics of another note that can collide. 24: as many as the project's stand-ins carry.
const COLLIDING: usize = 24;
/// Least amplitude of a harmonic in parts of its louder neighbour's; as in the transcription's timbres.
const MOST_STEP: f64 = 0.1;
/// 1200 / ln 2.
const CENTS_PER_NEPER: f64 = 1_731.234_049_066_756;
/// Height of a Hann window's first side lobe, as power.
const FIRST_SIDE_LOBE: f64 = 7.1e-4;

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
    /// Energy where each of the disturbed note's harmonics is measured.
    pub(super) foreign: [f64; HARMONICS],
    /// The same, were the other as much out of tune as may be searched.
    pub(super) near: [f64; HARMONICS],
}

impl Disturbance {
    /// `None` if `other` does not sound in the window of `span`.
    pub(super) fn of(span: &Span, window: (f64, f64), other: &Span, settings: &IsolationSettings) -> Option<Self> {
        // A reed that is struck again goes on as the new note: what rings of the old one is not foreign.
        let ringing_s = if other.midi == span.midi { 0.0 } else { settings.ringing_s.max(0.0) };
        let overlap = (window.0.max(other.start_s), window.1.min(other.end_s + ringing_s));
        (overlap.0 < overlap.1).then(|| {
            let energy = other.energy(overlap, settings);
            let length_s = (window.1 - window.0).min(settings.resolving_s);
            // Reeds are out of tune by some cents, and the events' pitch may be no better than the key.
            let within = |cents: f64, index: usize| {
                let target_hz = span.f0_hz * (index + 1) as f64;
                let detuned_hz = target_hz * cents / CENTS_PER_NEPER;
                let at = |(order, share): (usize, &f64)| {
                    let distance_hz = (other.f0_hz * (order + 1) as f64 - target_hz).abs();
                    share * leakage((distance_hz - detuned_hz).max(0.0) * length_s)
                };
                energy * other.shares.iter().enumerate().map(at).sum::<f64>()
            };
            let foreign = std::array::from_fn(|index| within(0.0, index));
            let near = std::array::from_fn(|index| within(settings.collision_cents, index));
            Self { overlap, energy, foreign, near }
        })
    }
}

impl Span {
    /// Energy of each of the note's own harmonics in its window.
    pub(super) fn own(&self, window: (f64, f64), settings: &IsolationSettings) -> [f64; HARMONICS] {
        let energy = self.energy(window, settings);
        std::array::from_fn(|index| energy * self.shares[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_leaks_by_its_distance() {
        // A Hann window's half height lies one reciprocal length away; its first side lobe is 31.5 dB down.
        assert!((leakage(0.0) - 1.0).abs() < 1e-12 && (leakage(1.0) - 0.25).abs() < 1e-3);
        assert!((10.0 * leakage(2.4).log10() + 31.5).abs() < 0.1 && leakage(10.0) < 1e-6);
        let falling: Vec<f64> = (0..200).map(|step| leakage(f64::from(step) * 0.05)).collect();
        assert!(falling.windows(2).all(|pair| pair[1] <= pair[0]));
    }

    #[test]
    fn the_shares_of_a_note_are_all_of_it_and_no_harmonic_is_nothing() {
        for (midi, velocity) in [(33, 1), (60, 64), (96, 127), (21, 0), (108, 127)] {
            let shares = shares(midi, velocity);
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9 && shares.iter().all(|share| *share > 0.0));
        }
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
