//! How far a physical model of the Wurlitzer electric piano is from the real instrument, per key and velocity.
#![no_std]

pub use wurli_voice::MlpCorrections;
