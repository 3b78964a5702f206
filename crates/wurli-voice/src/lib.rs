//! The reference physical model of the Wurlitzer electric piano, with per-harmonic corrections.
//!
//! ```
//! use wurli_voice::{MlpCorrections, Voice};
//!
//! let mut voice = Voice::new(48_000.0);
//! voice.note_on(61, 0.6, &MlpCorrections::IDENTITY);
//! let mut block = [0.0; 64];
//! voice.render(&mut block);
//! voice.note_off();
//! ```
//!
//! A hammer strikes a steel reed. The reed's tip moves through a slot in a charged plate, the
//! pickup. A high-pass turns the plate's capacitance into the output signal:
//!
//! ```text
//! hammer ──▶ reed ──▶ pickup ──▶ high-pass ──▶ oscillators ──▶ samples
//! attack     modes    harmonics      ▲
//!            decay    of C(u)   corrections
//! damper ─────▲
//! ```
//!
//! The pickup's harmonics have a closed form (module [`pickup`]). The voice is therefore a sum of
//! sinusoids: it cannot alias, and [`MlpCorrections`] change the level, tuning and decay of H2–H8
//! independently of each other.
//!
//! Nothing here allocates, locks or panics. A [`Voice`] is about 9 kB of plain numbers.
//!
//! [`Polyphony`] plays many voices by MIDI: one reed per key, pedals, bends, voice stealing.
#![no_std]
#![forbid(unsafe_code)]

mod closed_form;
pub mod corrections;
pub mod damper;
mod decay_shaper;
mod glide;
pub mod hammer;
pub mod high_pass;
pub mod instrument;
pub mod knock;
mod note;
mod oscillators;
pub mod pickup;
mod polyphony;
pub mod reed;
mod tremolo;
mod trig;
mod voice;

pub use closed_form::{edge_decay_db_per_s, harmonic_amplitudes, harmonic_levels_db};
pub use corrections::MlpCorrections;
pub use instrument::Instrument;
pub use polyphony::{ChannelMode, Event, Polyphony, Slot, TimedEvent};
pub use tremolo::Tremolo;
pub use voice::Voice;

/// Lowest key, MIDI. Lower notes are clamped to it.
pub const LOWEST_KEY: u8 = 21;
/// Highest key, MIDI. Higher notes are clamped to it.
pub const HIGHEST_KEY: u8 = 108;

/// Time after the onset at which a level offset applies exactly, s.
///
/// Decay ratios pivot each harmonic's envelope about this time, so levels and decays stay
/// independent.
pub const LEVEL_REFERENCE_S: f32 = 0.25;

/// Version of the rendered sound, part of the cache key of every measured rendering.
///
/// Raise it with any change of the samples. `tests/version.rs` fails if that was forgotten.
pub const VERSION: u32 = 10;
