//! The seven stages, one file each.

pub mod isolation;
pub mod notes;
