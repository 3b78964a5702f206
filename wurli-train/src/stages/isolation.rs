//! Stage 2, `isolation`: scores how well each note is isolated and masks overlapped harmonics.

pub use crate::isolation::isolate;

/// Version of the results, raised when any score, tier or mask changes.
pub const VERSION: u32 = 5;
