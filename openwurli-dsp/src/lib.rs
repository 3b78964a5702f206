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
//! # What the numbers mean
//!
//! Harmonic H_k is the k-th multiple of the note's fundamental H1. H2 to H8 have three corrections each, at index k − 2; the reed
//! has one:
//!
//! | field of [`MlpCorrections`] | unit | bounds | identity | what to do with it |
//! |---|---|---|---|---|
//! | [`amp_offsets_db`](MlpCorrections::amp_offsets_db) | dB relative to H1 | ±40 | 0 | add it to the level a quarter of a second after the onset |
//! | [`freq_offsets_cents`](MlpCorrections::freq_offsets_cents) | cents | ±100 | 0 | multiply the frequency by 2^(cents/1200) |
//! | [`decay_ratios`](MlpCorrections::decay_ratios) | – | 0.3 to 3 | 1 | divide the decay rate by it |
//! | [`displacement_scale`](MlpCorrections::displacement_scale) | – | 0.5 to 2.5 | 1 | multiply the swing of the reed in the pickup by it, before the pickup's curve |
//!
//! H1 has no correction of its own, being what the levels are relative to: its tuning and its decay are those of the reed, for
//! which the octave H2 stands ([`tuning_cents`](MlpCorrections::tuning_cents), [`reed_decay_ratio`](MlpCorrections::reed_decay_ratio)).
//! The levels are what the scale leaves over: one is not meant to be used without the other.
//!
//! ```
//! # use openwurli_dsp::voice::corrections::{DECAYS, DISPLACEMENT, FREQUENCIES, IDENTITY_OUTPUTS, LEVELS, MAX_OUTPUTS, MIN_OUTPUTS};
//! # let bounds = |i: usize| (MIN_OUTPUTS[i], IDENTITY_OUTPUTS[i], MAX_OUTPUTS[i]);
//! # assert_eq!(bounds(LEVELS), (-40.0, 0.0, 40.0));
//! # assert_eq!(bounds(FREQUENCIES), (-100.0, 0.0, 100.0));
//! # assert_eq!(bounds(DECAYS), (0.3, 1.0, 3.0));
//! # assert_eq!(bounds(DISPLACEMENT), (0.5, 1.0, 2.5));
//! use openwurli_dsp::MlpCorrections;
//!
//! let plain = MlpCorrections::IDENTITY;
//! assert_eq!((plain.amp_offsets_db[0], plain.decay_ratios[0], plain.displacement_scale), (0.0, 1.0, 1.0));
//! ```
//!
//! # Where they act
//!
//! [`voice`] is the model that the corrections were measured with, and whose notes they bring close to the recordings:
//!
//! ```text
//! hammer ──▶ reed ───────────────▶ pickup ──▶ high-pass ──▶ H1, H2 … ──▶ samples
//! damper ──▶ displacement_scale,              H2–H8: amp_offsets_db,
//!            tuning, decay                    freq_offsets_cents, decay_ratios
//! ```
//!
//! ```
//! use openwurli_dsp::compute_corrections;
//! use openwurli_dsp::voice::Voice;
//!
//! let mut voice = Voice::new(48_000.0);
//! voice.note_on(60, 0.8, &compute_corrections(60, 0.8));
//! let mut block = [0.0; 256];
//! voice.render(&mut block);
//! voice.note_off();
//! assert!(voice.is_active() && block.iter().any(|sample| *sample != 0.0));
//! ```
//!
//! For another model they are a starting point, as far as it resembles this one. `wurli-train` trains weights on recordings of
//! one's own.
//!
//! # In the audio thread
//!
//! [`compute_corrections`] neither allocates nor blocks nor panics, is defined for every `u8` and every `f32`, and takes
//! tens of nanoseconds, the same for every input. The voice does not allocate either, [`Voice::new`](voice::Voice::new) included.
//! Nothing here needs the standard library.
//!
//! # At compile time
//!
//! It is a `const fn`: a table for all keys costs nothing when the synthesizer runs.
//!
//! ```
//! use openwurli_dsp::{MlpCorrections, compute_corrections};
//!
//! /// Of each key, at velocities 1/8, 2/8 … 8/8.
//! static TABLE: [[MlpCorrections; 8]; 128] = {
//!     let mut table = [[MlpCorrections::IDENTITY; 8]; 128];
//!     let mut i = 0;
//!     while i < 8 * 128 {
//!         table[i / 8][i % 8] = compute_corrections((i / 8) as u8, (i % 8 + 1) as f32 / 8.0);
//!         i += 1;
//!     }
//!     table
//! };
//! assert_eq!(TABLE[60][3], compute_corrections(60, 0.5));
//! ```
//!
//! # Where the numbers come from
//!
//! The build script leaves the weights of a small network in `OUT_DIR`, a macro turns them into code; [`TRAINING`] says on
//! which part of the keyboard they were trained. Beyond it the corrections of the nearest trained note fade out over an
//! octave; a velocity that is softer or louder than any recording is taken for the softest or loudest recorded.
//!
//! # In C and C++
//!
//! With the feature `capi` the module `capi` holds the functions that `openwurli.h` declares: corrections by value, voices by
//! pointer. [cargo-c](https://github.com/lu-zero/cargo-c) installs header, shared and static library, and a file for pkg-config.
//!
//! # Features
//!
//! - `train` (default): the build script trains where `data/` or `WURLI_DATA` hold other recordings than those of the shipped
//!   weights. Without it, the shipped weights are used and no trainer is compiled.
//! - `capi`: the C interface, with the standard library; `capi-no-std`: the same where there is none.
//! - `live`: nothing but what the example `play_live` is linked with.
#![no_std]
// The C interface cannot be written without; with it, the workspace's `deny` holds everywhere else.
#![cfg_attr(not(feature = "capi-no-std"), forbid(unsafe_code))]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "capi-no-std")]
extern crate alloc;
// A library for C programs brings its panic handler and its allocator along.
#[cfg(feature = "capi")]
extern crate std;

#[cfg(feature = "capi-no-std")]
#[cfg_attr(docsrs, doc(cfg(feature = "capi")))]
pub mod capi;
mod corrections;

pub use corrections::{TRAINING, Training, compute_corrections, compute_corrections_batch};
pub use wurli_voice as voice;
pub use wurli_voice::MlpCorrections;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
