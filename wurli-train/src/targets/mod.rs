//! Targets of the training: what the recordings show less what the model shows.

pub mod decays;
pub mod displacement;
mod levels;
pub mod normalisation;
pub mod residuals;
mod row;

pub use levels::level_residuals_db;
pub use residuals::{Model, request};
pub use row::{Row, TrainingSet};
