//! Stage 6, `train`: trains the network.

pub use crate::training::refinement::train_network;

/// Version of the results, raised when any trained network changes.
pub const VERSION: u32 = 7;
