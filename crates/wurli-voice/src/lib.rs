//! The reference physical voice of the Wurlitzer electric piano, and the corrections it accepts.
//!
//! A hammer throws a steel reed, the reed's tip swings through a slot in a charged plate, and a high-pass turns the
//! plate's capacitance into sound:
//!
//! ```text
//! hammer ──▶ reed ──▶ pickup ──▶ circuit ──▶ partials ──▶ samples
//! attack     modes     harmonics   high-pass   oscillators
//!            decay     of C(u)         ▲
//! damper ─────▲                   corrections
//! ```
//!
//! The pickup's harmonics have a closed form ([`pickup`]), so the voice is a sum of sinusoids that cannot alias, and
//! each of H2–H8 can be made louder, detuned or longer by an [`MlpCorrections`] without disturbing the others.
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
//! Nothing here allocates, locks or panics; [`Voice`] is about seven kilobytes of plain numbers.
#![no_std]
#![forbid(unsafe_code)]

pub mod circuit;
pub mod corrections;
pub mod damper;
pub mod hammer;
pub mod instrument;
mod partials;
pub mod pickup;
pub mod reed;
mod turns;
mod voice;

pub use corrections::MlpCorrections;
pub use instrument::Instrument;
pub use voice::{LEVEL_REFERENCE_S, Voice, edge_decay_db_per_s, harmonic_amplitudes, harmonic_levels_db};

/// Lowest key the voice is asked for, MIDI; lower ones sound as this one.
pub const LOWEST_KEY: u8 = 21;
/// Highest key the voice is asked for, MIDI; higher ones sound as this one.
pub const HIGHEST_KEY: u8 = 108;

/// Changes with whatever changes a sample of the voice: measurements of its renderings are stored under this number.
/// `tests/version.rs` renders a phrase and notices when it was forgotten.
pub const VERSION: u32 = 8;
