//! How far a physical model of the Wurlitzer electric piano is from the real instrument, per key and velocity.
//!
//! A synthesizer asks once per note-on, with [`compute_corrections`], and applies the answer to the note it starts:
//!
//! ```
//! use openwurli_dsp::compute_corrections;
//!
//! // MIDI note 60 at velocity 100 of 127.
//! let corrections = compute_corrections(60, 100.0 / 127.0);
//!
//! // The model's second harmonic: level, frequency and decay, before and after.
//! let (level_db, frequency_hz, decay_db_per_s) = (-6.0, 523.25, 12.0);
//! let level_db = level_db + corrections.amp_offsets_db[0];
//! let frequency_hz = frequency_hz * (corrections.freq_offsets_cents[0] / 1200.0).exp2();
//! let decay_db_per_s = decay_db_per_s / corrections.decay_ratios[0];
//! # assert!(level_db.is_finite() && frequency_hz.is_finite() && decay_db_per_s.is_finite());
//! ```
//!
//! # In the audio thread
//!
//! [`compute_corrections`] neither allocates nor blocks nor panics, is defined for every `u8` and every `f32`, and takes
//! tens of nanoseconds, the same for every input. It is a `const fn`, so that a table can be made at compile time:
//!
//! ```
//! use openwurli_dsp::{MlpCorrections, compute_corrections};
//!
//! const MIDDLE_C: MlpCorrections = compute_corrections(60, 0.63);
//! assert_eq!(MIDDLE_C, compute_corrections(60, 0.63));
//! ```
//!
//! # Where the numbers come from
//!
//! The build script leaves the weights of a small network in `OUT_DIR`, a macro turns them into code; [`TRAINING`] says on
//! which part of the keyboard they were trained. Beyond it the corrections of the nearest trained note fade out over an
//! octave; a velocity that is softer or louder than any recording is taken for the softest or loudest recorded.
//!
//! What the corrections act on is up to the synthesizer; [`voice`] is the model that they were measured with.
#![no_std]
#![forbid(unsafe_code)]

mod corrections;

pub use corrections::{TRAINING, Training, compute_corrections, compute_corrections_batch};
pub use wurli_voice as voice;
pub use wurli_voice::MlpCorrections;
