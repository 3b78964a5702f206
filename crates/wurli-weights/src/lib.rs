//! A file format for the weights of openwurli's correction network, and its forward pass.
//!
//! [`Weights::from_bytes`] reads a file, [`Weights::forward`] computes the corrections of a note:
//!
//! ```
//! # fn main() -> Result<(), wurli_weights::WeightsError> {
//! use wurli_voice::MlpCorrections;
//! use wurli_weights::Weights;
//!
//! # let bytes = wurli_weights::sample_weights().to_bytes();
//! let weights = Weights::from_bytes(&bytes)?;
//! // C4 at half velocity.
//! let corrections = MlpCorrections::from_outputs(&weights.forward(60, 0.5));
//! println!("H2 is raised by {:.1} dB", corrections.amp_offsets_db[0]);
//! # Ok(())
//! # }
//! ```
//!
//! The crate is `no_std` and allocates nothing. `wurli-train` writes these files and `wurli-macros` compiles them into a
//! `const` function, which is tested against [`Weights::forward`].
//!
//! # File format
//!
//! A file is [`FILE_BYTES`] long, little-endian, without padding:
//!
//! | offset | bytes | field |
//! |---:|---:|---|
//! | 0 | 8 | [`MAGIC`] |
//! | 8 | 2 | version, u16: [`VERSION`] |
//! | 10 | 8 | sizes of the layers, 4 × u16: [`LAYER_SIZES`] |
//! | 18 | 2 | lowest and highest trained note, MIDI, u8: 21..=108 |
//! | 20 | 2 | lowest and highest trained velocity, u8: 1..=127 |
//! | 22 | 22 | per output, u8: 1 where it was observed in training, 0 where it was not |
//! | 44 | 88 | means of the outputs, 22 × f32: dB, cents, ratio, scale |
//! | 132 | 88 | deviations of the outputs, 22 × f32, in the same units |
//! | 220 | 8 | seed of the training, u64 |
//! | 228 | 4 | epochs trained, u32 |
//! | 232 | 4 | loss at the end of the training, f32, 0 or more |
//! | 236 | 32 | key of the recordings and settings that it was trained with |
//! | 268 | 4 | notes trained on, u32 |
//! | 272 | 24 | mean errors of [`TrainingErrors`], 6 × f32: dB, cents, octaves, each uncorrected, then corrected |
//! | 296 | 1176 | parameters, 294 × f32: per layer the weight, row-major `[output][input]`, then the bias |
//! | 1472 | 1144 | coverage, per key 21..=108 and velocity 0, 1/12, … 1, u8: 0..=128, [`Coverage`] |
//! | 2616 | 4 | CRC-32 (IEEE) of all bytes before |
//!
//! The 22 outputs are in the order of [`wurli_voice::corrections`].

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod check;
mod coverage;
mod error;
pub mod fold;
mod format;
mod forward;
mod inputs;
mod network;
mod runtime;
mod sample;

pub use coverage::{COVERAGE_KEYS, COVERAGE_VELOCITIES, Coverage, FULL_COVERAGE};
pub use error::{Field, WeightsError};
pub use format::{FILE_BYTES, MAGIC, VERSION};
pub use inputs::{
    FADE_SEMITONES, HIGHEST_MIDI, HIGHEST_VELOCITY, LOWEST_MIDI, LOWEST_VELOCITY, midi_to_input, velocity_to_input,
};
pub use network::{HIDDEN, INPUTS, LAYER_SIZES, Network, PARAMETERS};
pub use runtime::RuntimeNetwork;
#[doc(hidden)]
pub use sample::sample_weights;

use wurli_voice::corrections::{IDENTITY_OUTPUTS, OUTPUTS};

/// Range of notes and velocities in the training set, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainedRange {
    /// Lowest note, MIDI, 21..=108.
    pub lowest_midi: u8,
    /// Highest note, MIDI, 21..=108.
    pub highest_midi: u8,
    /// Lowest velocity, 1..=127.
    pub lowest_velocity: u8,
    /// Highest velocity, 1..=127.
    pub highest_velocity: u8,
}

/// Mean absolute errors of the notes of a training, each uncorrected, then corrected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainingErrors {
    /// Number of notes.
    pub notes: u32,
    /// Levels of H2–H8, dB.
    pub level_db: [f32; 2],
    /// Frequencies of H1–H8, cents.
    pub frequency_cents: [f32; 2],
    /// Binary logarithm of the ratio of decays, H1–H8, octaves.
    pub decay_log2: [f32; 2],
}

impl TrainingErrors {
    /// Errors of no note.
    pub const NONE: Self = Self { notes: 0, level_db: [0.0; 2], frequency_cents: [0.0; 2], decay_log2: [0.0; 2] };
}

/// A trained network with its normalisation and provenance: the content of a weights file.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Trained notes and velocities. Outside, corrections are clamped (velocity) or faded out (notes).
    pub range: TrainedRange,
    /// Outputs that had a training target. All others are exactly the identity.
    pub observed: [bool; OUTPUTS],
    /// Mean of each output: dB, cents, ratio, scale.
    pub means: [f32; OUTPUTS],
    /// Deviation of each output, above 0: dB, cents, ratio, scale.
    pub deviations: [f32; OUTPUTS],
    /// Seed of the training.
    pub seed: u64,
    /// Epochs trained.
    pub epochs: u32,
    /// Loss at the end of the training, 0 or more.
    pub loss: f32,
    /// Content hash of the recordings and settings used for training.
    pub key: [u8; 32],
    /// Errors of the notes it was trained on.
    pub errors: TrainingErrors,
    /// The network, from scaled inputs to normalised outputs.
    pub network: Network,
    /// Share of the corrections that the recordings support.
    pub coverage: Coverage,
}

impl Weights {
    /// Weights that correct nothing.
    pub const IDENTITY: Self = Self {
        range: TrainedRange {
            lowest_midi: LOWEST_MIDI,
            highest_midi: HIGHEST_MIDI,
            lowest_velocity: LOWEST_VELOCITY,
            highest_velocity: HIGHEST_VELOCITY,
        },
        observed: [false; OUTPUTS],
        means: IDENTITY_OUTPUTS,
        deviations: [1.0; OUTPUTS],
        seed: 0,
        epochs: 0,
        loss: 0.0,
        key: [0; 32],
        errors: TrainingErrors::NONE,
        network: Network::ZERO,
        coverage: Coverage::FULL,
    };
}
