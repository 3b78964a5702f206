//! The command `wurli-train`.

fn main() {}
