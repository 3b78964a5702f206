//! Harmonics of an uncorrected note in closed form, without rendering.

use num_traits::Float;

use crate::instrument::midi_to_hz;
use crate::{HIGHEST_KEY, Instrument, LEVEL_REFERENCE_S, LOWEST_KEY, high_pass};

/// Writes the signed amplitudes of H1, H2, … of an uncorrected note `time_s` after its onset.
///
/// They equal those of the rendered voice up to its output gain. `displacement_scale` multiplies
/// the reed's displacement. The sign is that of the pickup's harmonic, which changes at its nulls.
pub fn harmonic_amplitudes(
    instrument: &Instrument,
    midi: u8,
    velocity: f64,
    displacement_scale: f64,
    time_s: f64,
    amplitudes: &mut [f64],
) {
    let displacement = displacement_scale * free_displacement(instrument, midi, velocity, time_s);
    instrument.pickup.harmonics(displacement, amplitudes);
    let fundamental_hz = midi_to_hz(midi.clamp(LOWEST_KEY, HIGHEST_KEY));
    for (i, amplitude) in amplitudes.iter_mut().enumerate() {
        *amplitude *= high_pass::gain((i + 1) as f64 * fundamental_hz, instrument.corner_hz);
    }
}

/// Writes the levels of H1, H2, … of an uncorrected note, dB relative to H1.
///
/// Parameters as in [`harmonic_amplitudes`]. A harmonic at a null of the pickup is given −300 dB.
pub fn harmonic_levels_db(
    instrument: &Instrument,
    midi: u8,
    velocity: f64,
    displacement_scale: f64,
    time_s: f64,
    levels_db: &mut [f64],
) {
    harmonic_amplitudes(instrument, midi, velocity, displacement_scale, time_s, levels_db);
    let mut first = 0.0;
    for (i, level) in levels_db.iter_mut().enumerate() {
        // An amplitude of 0 has no logarithm.
        *level = 20.0 * Float::log10(level.abs().max(1e-15));
        if i == 0 {
            first = *level;
        }
        *level -= first;
    }
}

/// Returns the mean decay rate of the near edge's ratio between two times after the onset, dB/s.
///
/// The decay ratio of harmonic k acts on the k-th power of this ratio
/// ([`Pickup::near_edge_ratio`](crate::pickup::Pickup::near_edge_ratio)).
#[must_use]
pub fn edge_decay_db_per_s(
    instrument: &Instrument,
    midi: u8,
    velocity: f64,
    displacement_scale: f64,
    (begin_s, end_s): (f64, f64),
) -> f64 {
    let edge_db = |time_s: f64| {
        let displacement = displacement_scale * free_displacement(instrument, midi, velocity, time_s);
        20.0 * Float::log10(instrument.pickup.near_edge_ratio(displacement))
    };
    (edge_db(begin_s) - edge_db(end_s)) / (end_s - begin_s)
}

/// Returns the displacement of the undamped, uncorrected reed at `time_s`.
fn free_displacement(instrument: &Instrument, midi: u8, velocity: f64, time_s: f64) -> f64 {
    let fall_db = instrument.decay_db_per_s(midi) * (time_s - f64::from(LEVEL_REFERENCE_S));
    instrument.displacement_at(midi, velocity) * Float::powf(10.0, -fall_db / 20.0)
}
