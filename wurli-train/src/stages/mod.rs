//! The seven stages, one file each: functions from typed input to typed output.

pub mod harmonics;
pub mod isolation;
pub mod notes;
pub mod render;
pub mod residuals;
pub mod train;
pub mod weights;
