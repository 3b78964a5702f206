//! The seven stages, one file each.

pub mod harmonics;
pub mod isolation;
pub mod notes;
pub mod render;
