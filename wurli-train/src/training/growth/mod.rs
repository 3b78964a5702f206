//! Growth of the levels with the velocity.
//!
//! A harder blow is brighter, and without corrections nearly every harmonic grows with the velocity. Corrections fade beside
//! the recorded velocities, so that a harmonic which is raised by much would fall beyond them. The training therefore
//! [weighs levels that fall](Growth), and the coverage is [reduced](keep_growing) where one still does.
//!
//! Where a level grows by less than [`TOLERANCE_DB`] without corrections, it may fall with them, but by no more than the rest
//! of it: an overdriven pickup hardly grows, and the least correction would turn such a step round.

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

/// Largest fall of a level that hardly grows without corrections, dB: a tenth of what is heard.
pub const TOLERANCE_DB: f64 = 0.1;
/// Difference of the velocities (MIDI) between which a level is to grow. A null of the pickup may pass within less.
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
