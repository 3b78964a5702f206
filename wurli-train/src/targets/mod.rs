//! Targets of the training, one row per note: the corrections that make the model sound like the
//! recording.
//!
//! [`residual_rows`] makes the rows. First [`displacement`] estimates the scale of the reed's
//! displacement, then the model is rendered with it, and what remains goes to levels, frequencies
//! and [`decays`]. [`normalisation`] scales the targets for the network.

pub mod decays;
pub mod displacement;
mod huber;
pub mod level_response;
pub mod level_table;
mod levels;
pub mod normalisation;
mod observed;
pub mod residuals;
mod row;

pub use huber::huber;
pub use levels::level_residuals_db;
pub use residuals::{Model, request, residual_rows};
pub use row::{Row, TrainingSet};
