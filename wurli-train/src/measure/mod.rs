//! Measurement of a single note, recorded or rendered, always by the same code.

pub mod bounds;
pub mod decay;
pub mod decay_law;
mod defects;
mod hum;
mod interruptions;
pub mod locate;
pub mod note;
pub mod octaves;
mod own_harmonics;
mod steady_partials;
pub mod strikes;
pub mod uncertainty;

pub use bounds::{Bounds, find_bounds};
pub use decay_law::DecayLaw;
pub use defects::clipping_warning;
pub(crate) use defects::defects;
pub(crate) use hum::ANALYSED_S;
pub use hum::{Hum, HumDetector};
pub use note::{Harmonic, Levels, Measurement, Reading, SHORTEST_S, Status, measure};
pub use strikes::find_note_bounds;

/// Harmonics that are measured: H1–H8.
pub const HARMONICS: usize = 8;
