//! What one note does to the measuring window of another: time, energy and harmonics.

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
        Self { start_s, end_s, midi: note.midi, velocity: note.velocity, f0_hz }
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
    pub(super) collided: [bool; HARMONICS],
}

impl Disturbance {
    /// `None` if `other` does not sound in the window of `span`.
    pub(super) fn of(span: &Span, window: (f64, f64), other: &Span, settings: &IsolationSettings) -> Option<Self> {
        // A reed that is struck again goes on as the new note: what rings of the old one is not foreign.
        let ringing_s = if other.midi == span.midi { 0.0 } else { settings.ringing_s.max(0.0) };
        let overlap = (window.0.max(other.start_s), window.1.min(other.end_s + ringing_s));
        (overlap.0 < overlap.1).then(|| Self {
            overlap,
            energy: other.energy(overlap, settings),
            collided: collisions(span.f0_hz, other.f0_hz, settings),
        })
    }
}

/// For H1..=H8 of `f0_hz`: whether a harmonic of `other_hz` lies within the collision distance.
fn collisions(f0_hz: f64, other_hz: f64, settings: &IsolationSettings) -> [bool; HARMONICS] {
    std::array::from_fn(|index| {
        let target_hz = f0_hz * (index + 1) as f64;
        (1..=settings.colliding_harmonics).any(|order| {
            let cents = 1200.0 * (other_hz * f64::from(order) / target_hz).log2();
            cents.abs() <= settings.collision_cents
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmonics_collide_up_to_fifty_cents_and_not_beyond() {
        let settings = IsolationSettings { colliding_harmonics: 1, ..IsolationSettings::default() };
        for (cents, hit) in [(49.9, true), (50.1, false), (-49.9, true), (-50.1, false)] {
            assert_eq!(collisions(220.0, 220.0 * f64::exp2(cents / 1200.0), &settings)[0], hit, "{cents} cents");
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
