//! Synthetic notes, performances and data folders for tests and examples.

#![deny(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test kit fails by panicking")]

pub mod additive;
pub mod audio_files;
pub mod counting;
pub mod folder;
pub mod long_take;
pub mod marks;
pub mod performances;
pub mod recordings;
pub mod synthetic;
pub mod user;

pub use wurli_train::random::Random;
