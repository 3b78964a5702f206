//! Stage 5, `residuals`: makes the training targets, recording minus model.

pub use crate::targets::residual_rows;

/// Version of the results, raised when any target changes.
pub const VERSION: u32 = 6;
