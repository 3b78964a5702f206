//! The reference physical voice of the Wurlitzer electric piano, and the corrections it accepts.
#![no_std]

pub mod corrections;

pub use corrections::MlpCorrections;
