//! Recordings of a Wurlitzer electric piano in, weights of a correction network out.

#![forbid(unsafe_code)]

pub mod weights;

#[cfg(feature = "train")]
pub mod audio;
#[cfg(feature = "train")]
pub mod build;
#[cfg(feature = "train")]
pub mod cache;
#[cfg(feature = "train")]
pub mod catalogue;
#[cfg(feature = "train")]
pub mod coverage;
#[cfg(feature = "train")]
pub mod decays;
#[cfg(feature = "train")]
pub mod displacement;
#[cfg(feature = "train")]
pub mod dsp;
#[cfg(feature = "train")]
pub mod error;
#[cfg(feature = "train")]
pub mod evaluation;
#[cfg(feature = "train")]
pub mod files;
#[cfg(feature = "train")]
pub mod fit;
#[cfg(feature = "train")]
pub mod import;
#[cfg(feature = "train")]
pub mod interrupt;
#[cfg(feature = "train")]
pub mod key;
#[cfg(feature = "train")]
pub mod measure;
#[cfg(feature = "train")]
pub mod normalisation;
#[cfg(feature = "train")]
mod parallel;
#[cfg(feature = "train")]
pub mod pipeline;
#[cfg(feature = "train")]
pub mod plot;
#[cfg(feature = "train")]
pub mod random;
#[cfg(feature = "train")]
pub mod refinement;
#[cfg(feature = "train")]
pub mod renderer;
#[cfg(feature = "report")]
pub mod report;
#[cfg(feature = "train")]
pub mod resynthesis;
#[cfg(feature = "train")]
pub mod settings;
#[cfg(feature = "train")]
pub mod stages;
#[cfg(feature = "train")]
pub mod takes;
#[cfg(feature = "train")]
pub mod transcription;
