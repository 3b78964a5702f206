//! Trains the weights of a correction network on recordings of an electric piano.
//!
//! Modules in the order of the data, each using only those before it: `dsp`, `audio`, `catalogue`,
//! `measure`, `transcription`, `isolation`, `renderer`, [`targets`] (the tuning of every note that
//! a network learns), `comparison`, `training`, `evaluation`, `stages` (the seven steps, one thin
//! file each), `pipeline`.

#![forbid(unsafe_code)]

pub mod dynamics;
pub mod files;
pub mod findings;
pub mod interrupt;
pub mod key;
pub mod note_event;
pub mod note_name;
pub mod parallel;
pub mod progress;
pub mod random;
pub mod stage;
pub mod without;

pub mod audio;
pub mod catalogue;
pub mod comparison;
pub mod dsp;
pub mod evaluation;
pub mod isolation;
pub mod measure;
pub mod pipeline;
pub mod renderer;
pub mod stages;
pub mod targets;
pub mod training;
pub mod transcription;
