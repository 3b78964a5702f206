//! What the benchmarks measure against: the same work as somebody would write it who had no reason to hurry.
#![forbid(unsafe_code)]

pub mod network;
pub mod voice;
