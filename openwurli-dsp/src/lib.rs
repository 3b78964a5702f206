//! Corrections that bring a physical model of the Wurlitzer electric piano close to the real
//! instrument.
//!
//! A synthesizer calls [`compute_corrections`] at each note-on and applies the result to the new
//! note:
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
//! # Meaning of the corrections
//!
//! Harmonic H_k is the k-th multiple of the fundamental H1. H2–H8 have three corrections each, at
//! index k − 2. The reed has one.
//!
//! | field of [`MlpCorrections`] | unit | bounds | identity | use |
//! |---|---|---|---|---|
//! | [`amp_offsets_db`] | dB relative to H1 | ±40 | 0 | add to the level 0.25 s after the onset |
//! | [`freq_offsets_cents`] | cents | ±100 | 0 | multiply the frequency by 2^(cents/1200) |
//! | [`decay_ratios`] | – | 0.3 to 3 | 1 | divide the decay rate by it |
//! | [`displacement_scale`] | – | 0.5 to 2.5 | 1 | multiply displacement by it before the pickup |
//!
//! [`amp_offsets_db`]: MlpCorrections::amp_offsets_db
//! [`freq_offsets_cents`]: MlpCorrections::freq_offsets_cents
//! [`decay_ratios`]: MlpCorrections::decay_ratios
//! [`displacement_scale`]: MlpCorrections::displacement_scale
//!
//! H1 has no correction of its own: levels are relative to it, and its tuning and decay are those
//! of the reed ([`tuning_cents`](MlpCorrections::tuning_cents),
//! [`reed_decay_ratio`](MlpCorrections::reed_decay_ratio)). Level offsets assume that the
//! displacement scale is applied, and vice versa.
//!
//! ```
//! # use openwurli_dsp::voice::corrections::{DECAYS, DISPLACEMENT, FREQUENCIES, LEVELS};
//! # use openwurli_dsp::voice::corrections::{IDENTITY_OUTPUTS, MAX_OUTPUTS, MIN_OUTPUTS};
//! # let bounds = |i: usize| (MIN_OUTPUTS[i], IDENTITY_OUTPUTS[i], MAX_OUTPUTS[i]);
//! # assert_eq!(bounds(LEVELS), (-40.0, 0.0, 40.0));
//! # assert_eq!(bounds(FREQUENCIES), (-100.0, 0.0, 100.0));
//! # assert_eq!(bounds(DECAYS), (0.3, 1.0, 3.0));
//! # assert_eq!(bounds(DISPLACEMENT), (0.5, 1.0, 2.5));
//! use openwurli_dsp::MlpCorrections;
//!
//! let plain = MlpCorrections::IDENTITY;
//! assert_eq!(plain.amp_offsets_db[0], 0.0);
//! assert_eq!((plain.decay_ratios[0], plain.displacement_scale), (1.0, 1.0));
//! ```
//!
//! # Reference voice
//!
//! [`voice`] is the model that the corrections are trained for:
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
//! [`Polyphony`](voice::Polyphony) plays many voices by MIDI, with pedals, bends and voice
//! stealing:
//!
//! ```
//! use openwurli_dsp::compute_corrections;
//! use openwurli_dsp::voice::{Polyphony, Slot};
//!
//! let mut piano = Polyphony::new(48_000.0, vec![Slot::new(); 64], compute_corrections);
//! piano.handle_message(&[0x90, 60, 100]);
//! let mut block = [0.0; 256];
//! piano.render(&mut block);
//! ```
//!
//! For a similar model the corrections are a starting point. `wurli-train` trains weights for other
//! models and instruments.
//!
//! # Real-time safety
//!
//! [`compute_corrections`] does not allocate, block or panic. It is defined for every `u8` and
//! `f32`, and takes tens of nanoseconds for every input. No method of [`Voice`](voice::Voice)
//! or [`Polyphony`](voice::Polyphony) allocates. The crate does not need the standard library.
//!
//! # Tables at compile time
//!
//! [`compute_corrections`] is a `const fn`, so that a table can be computed by the compiler:
//!
//! ```
//! use openwurli_dsp::{MlpCorrections, compute_corrections};
//!
//! /// Corrections of each key at velocities 1/8, 2/8 … 8/8.
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
//! # Origin of the weights
//!
//! The build script writes the weights of a small network to `OUT_DIR`, and a macro compiles them
//! into [`compute_corrections`]. [`TRAINING`] holds the trained range and the training settings.
//!
//! # C and C++
//!
//! Feature `capi` provides the functions of `openwurli.h`.
//! [cargo-c](https://github.com/lu-zero/cargo-c) installs the header, the libraries and a
//! pkg-config file.
//!
//! # Features
//!
//! - `train` (default): the build script trains if the recordings in `data/` or `WURLI_DATA` differ
//!   from those of the shipped weights. Without it the shipped weights are used and no trainer is
//!   compiled.
//! - `capi`: C interface, with the standard library.
//! - `capi-no-std`: C interface without it. The linking program provides allocator and panic
//!   handler.
//! - `live`: dependencies of the example `play_live`.
#![no_std]
// The C interface needs unsafe code. With it, the workspace's `deny` still covers the rest.
#![cfg_attr(not(feature = "capi-no-std"), forbid(unsafe_code))]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "capi-no-std")]
extern crate alloc;
// Provides the panic handler and the allocator of a library for C programs.
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
