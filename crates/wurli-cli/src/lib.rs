//! The command `wurli-train`: imports sample packs, measures, trains, evaluates and reports.

#![forbid(unsafe_code)]

pub mod c_header;
pub mod commands;
pub mod import;
