//! Performances with known notes, mixed from recordings of single notes by chance.

pub mod mix;
pub mod piano;
pub mod score;

pub use mix::{Conditions, Performance, damped, perform};
pub use piano::Piano;
pub use score::{Kind, Struck};
