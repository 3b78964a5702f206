//! Stage 2, `isolation`: note events to scores, tiers and collision masks.

pub use crate::isolation::isolate;

/// Changes with whatever changes a score, a tier or a mask.
pub const VERSION: u32 = 5;
