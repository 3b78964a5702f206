//! Stage 5, `residuals`: recorded less rendered, the training set.

pub use crate::targets::residual_rows;

/// Changes with whatever changes a residual.
pub const VERSION: u32 = 6;
