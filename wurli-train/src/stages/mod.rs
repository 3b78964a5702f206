//! The seven stages, one file each, from recordings to a weights file.
//!
//! Each has a function from typed input to typed output, and a version that is part of the cache
//! key of its results.

pub mod harmonics;
pub mod isolation;
pub mod notes;
pub mod render;
pub mod residuals;
pub mod train;
pub mod weights;
