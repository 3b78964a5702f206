//! Stage 7, `weights`: network to weights file.

pub use crate::training::to_weights;

/// Changes with whatever changes a weights file, beside its layout's [`wurli_weights::VERSION`].
pub const VERSION: u32 = 1;
