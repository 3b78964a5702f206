//! What is measured of a single note, recorded or rendered, always by the same code.

pub mod bounds;
pub mod decay;
mod defects;
mod hum;
pub mod note;
pub mod octaves;
mod own_harmonics;
pub mod partials;
pub mod strikes;

pub use bounds::{Bounds, find_bounds};
pub(crate) use defects::defects;
pub(crate) use hum::LOOKED_AT_S;
pub use hum::{Hum, HumListener};
pub use note::{Harmonic, Levels, Measurement, Reading, SHORTEST_S, Status, measure};
pub use strikes::{find_note_bounds, sounds_before};

/// Harmonics that are measured: H1–H8.
pub const HARMONICS: usize = 8;
