//! Stage 6, `train`: training set to network.

pub use crate::training::refinement::train;

/// Changes with whatever changes a trained network.
pub const VERSION: u32 = 4;
