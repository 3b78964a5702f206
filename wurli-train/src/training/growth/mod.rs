//! Growth of the levels with the velocity.
//!
//! A harder blow is brighter: without corrections nearly every harmonic grows with the velocity.
//! Corrections fade beside the recorded velocities, so that a raised harmonic could fall there. The
//! training penalises [falling levels](Growth), and the coverage is [reduced](keep_growing) where
//! one is left.
//!
//! An overdriven pickup hardly grows, and the smallest correction can turn such a step into a fall.
//! A level that grows by less than [`TOLERANCE_DB`] without corrections may therefore fall with
//! them, by at most the difference.

mod loss;
mod reduction;

use wurli_voice::Instrument;
use wurli_voice::corrections::CORRECTED_HARMONICS;
use wurli_weights::{HIGHEST_VELOCITY, LOWEST_VELOCITY};

use crate::dsp::amplitude_to_db;
use crate::measure::locate::STEADY_S;
use crate::targets::level_table::hann_mean_amplitudes;

pub use loss::Growth;
pub use reduction::keep_growing;

/// Largest fall of a level that does not grow without corrections, dB.
///
/// It is well below the smallest audible change of level, about 1 dB. At 0 the coverage of recorded
/// notes falls from 0.92 to 0.83 on average.
pub const TOLERANCE_DB: f64 = 0.1;
/// Difference of the MIDI velocities between which a level grows. Smaller steps may hold a null.
const STEP: usize = 8;
/// Instants of the steady window at which a level is evaluated.
const INSTANTS: usize = 8;

/// Levels of H2–H8, dB.
type Levels = [f64; CORRECTED_HARMONICS];

/// Returns every velocity, 0..=1, ascending.
fn velocities() -> impl Iterator<Item = f64> {
    (LOWEST_VELOCITY..=HIGHEST_VELOCITY).map(|velocity| f64::from(velocity) / f64::from(HIGHEST_VELOCITY))
}

/// Returns the levels of H2–H8 in the steady window by the closed form.
fn levels_db(instrument: &Instrument, midi: u8, velocity: f64, displacement_scale: f64) -> Levels {
    let [_, upper @ ..] = hann_mean_amplitudes(instrument, midi, velocity, displacement_scale, STEADY_S, INSTANTS);
    upper.map(|amplitude| amplitude_to_db(amplitude.abs()))
}
