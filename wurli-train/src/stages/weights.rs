//! Stage 7, `weights`: turns the network into a weights file.

pub use crate::training::to_weights;

/// Version of the results, raised when any weights change. [`wurli_weights::VERSION`] is hashed
/// beside it.
pub const VERSION: u32 = 3;
