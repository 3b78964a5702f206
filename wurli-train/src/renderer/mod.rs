//! Who plays the notes that are compared with the recordings: the reference voice, or a synth of somebody's own.
//!
//! The trainer asks a [`Renderer`] for notes and measures them as it measures the recordings. One that is written in Rust implements the
//! trait; for any other there are [`CommandRenderer`], which runs a program once per note, and [`FolderRenderer`], which reads notes that
//! were rendered beforehand. A synth that cannot apply corrections itself has them applied to its audio: [`Applied`].

mod applied;
mod check;
mod command;
mod corrections_file;
mod error;
mod folder;
pub mod measured;
mod partials;
mod reference;
mod template;

use wurli_voice::{Instrument, MlpCorrections};

use crate::audio::Audio;
use crate::key::Key;
use crate::measure::{HARMONICS, Measurement};

pub use applied::Applied;
pub use command::{CommandRenderer, TIMEOUT};
pub use corrections_file::{CorrectionsError, read_corrections};
pub use error::RenderError;
pub use folder::FolderRenderer;
pub use partials::correct;
pub use reference::ReferenceVoice;
pub use template::{Placeholder, Template, TemplateError};

/// One note to play.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Note {
    /// Key, MIDI, 21..=108.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// What to correct; [`MlpCorrections::IDENTITY`] for the synth as it is.
    pub corrections: MlpCorrections,
    /// Length from the note-on, s, the key held throughout. A synth may answer with less if the note has ended.
    pub seconds: f64,
    /// Sample rate, Hz.
    pub sample_rate: u32,
}

/// A synthesizer that can be asked for single notes.
///
/// Answers have to be repeatable: the same note must come out the same, or nearly so, as often as it is asked for. Notes are asked for
/// from several threads at once.
///
/// # Examples
///
/// A synth of two sines, of which the second can be corrected:
///
/// ```
/// use std::f64::consts::TAU;
/// use crate::audio::Audio;
/// use crate::key::{Key, KeyBuilder};
/// use crate::renderer::{Note, RenderError, Renderer};
///
/// struct TwoSines;
///
/// impl Renderer for TwoSines {
///     fn key(&self) -> Key {
///         KeyBuilder::new("two sines", 1).finish()
///     }
///
///     fn scales_displacement(&self) -> bool {
///         false
///     }
///
///     fn render(&self, note: &Note) -> Result<Audio, RenderError> {
///         let hz = 440.0 * ((f64::from(note.midi) - 69.0) / 12.0).exp2();
///         let second = 0.3 * 10f64.powf(f64::from(note.corrections.amp_offsets_db[0]) / 20.0);
///         let sample = |i: usize| {
///             let t = i as f64 / f64::from(note.sample_rate);
///             let sines = (TAU * hz * t).sin() + second * (2.0 * TAU * hz * t).sin();
///             (f64::from(note.velocity) / 127.0 * (-t).exp() * sines) as f32
///         };
///         let length = (note.seconds * f64::from(note.sample_rate)) as usize;
///         Ok(Audio { samples: (0..length).map(sample).collect(), sample_rate: note.sample_rate })
///     }
/// }
/// ```
pub trait Renderer: Sync {
    /// Content hash of everything that a rendering depends on beside its note. What was learned from one key is not used again
    /// under another.
    fn key(&self) -> Key;

    /// Plays a note.
    ///
    /// # Errors
    /// [`RenderError`] where the note cannot be played; it says what was tried.
    fn render(&self, note: &Note) -> Result<Audio, RenderError>;

    /// Is told, before any note is asked for, all keys and velocities that will be.
    ///
    /// # Errors
    /// [`RenderError`] where notes are known to be missing.
    fn prepare(&self, _notes: &[(u8, u8)]) -> Result<(), RenderError> {
        Ok(())
    }

    /// Whether [`MlpCorrections::displacement_scale`] has an effect. Where it has none, training has to be told to do without.
    fn scales_displacement(&self) -> bool {
        true
    }

    /// The instrument, where renderings are those of the reference voice: what its corrections do is then known without listening.
    fn closed_form(&self) -> Option<&Instrument> {
        None
    }
}

/// Where harmonic `index` (0 is H1) of an uncorrected rendering sounds, Hz. Those of the reference voice are exact multiples, also
/// where a null of the pickup hides one.
#[must_use]
pub fn sounding_hz(renderer: &dyn Renderer, rendered: &Measurement, index: usize) -> Option<f64> {
    debug_assert!(index < HARMONICS);
    match renderer.closed_form() {
        Some(_) => Some((index + 1) as f64 * rendered.f0_hz),
        None => rendered.harmonics[index].frequency_hz.valid(),
    }
}
