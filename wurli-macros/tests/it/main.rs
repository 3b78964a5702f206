//! The macro as a user meets it: what compiles, what it computes, and what the compiler reports when it
//! cannot expand.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking, their shared functions too")]

mod compile;
mod expanded;
mod placement;
mod rejected;
