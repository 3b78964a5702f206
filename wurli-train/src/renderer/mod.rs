//! Renderers of the notes that are compared with the recordings: the reference voice or another
//! synth.
//!
//! A synth in Rust implements [`Renderer`]. For any other, [`CommandRenderer`] runs a program once
//! per note, and [`FolderRenderer`] reads notes that were rendered in advance. [`Applied`] applies
//! corrections to the audio of a synth that cannot apply them itself.

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

/// Note to render.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Note {
    /// Key, MIDI, 21..=108.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// Corrections to apply.
    pub corrections: MlpCorrections,
    /// Length from the note-on with the key held throughout, s. The rendering may be shorter if the
    /// note has ended.
    pub seconds: f64,
    /// Sample rate, Hz.
    pub sample_rate: u32,
}

/// Synthesizer that renders single notes.
///
/// Rendering must be repeatable: a note must sound the same, or nearly so, every time. Methods are
/// called from several threads at once.
///
/// # Examples
///
/// Synth of two sines, the second of which can be corrected:
///
/// ```
/// use std::f64::consts::TAU;
/// use wurli_train::audio::Audio;
/// use wurli_train::key::{Key, KeyBuilder};
/// use wurli_train::renderer::{Note, RenderError, Renderer};
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
    /// Returns the hash of everything that a rendering depends on, except the note.
    ///
    /// Cached results are reused only for the same key.
    fn key(&self) -> Key;

    /// Renders a note.
    ///
    /// # Errors
    /// [`RenderError`] if the note cannot be rendered.
    fn render(&self, note: &Note) -> Result<Audio, RenderError>;

    /// Receives the keys and velocities of all notes before the first is rendered.
    ///
    /// # Errors
    /// [`RenderError`] if notes are known to be missing.
    fn prepare(&self, _notes: &[(u8, u8)]) -> Result<(), RenderError> {
        Ok(())
    }

    /// Returns whether [`MlpCorrections::displacement_scale`] has an effect.
    ///
    /// If not, [`Without`](crate::without::Without) must exclude it.
    fn scales_displacement(&self) -> bool {
        true
    }

    /// Returns the instrument if the renderer is the reference voice.
    ///
    /// Its response to corrections has a closed form.
    fn closed_form(&self) -> Option<&Instrument> {
        None
    }
}

/// Returns the frequency of harmonic `index` (0 is H1) of an uncorrected rendering, Hz.
///
/// Harmonics of the reference voice are exact multiples, even where a null of the pickup hides one.
#[must_use]
pub fn sounding_hz(renderer: &dyn Renderer, rendered: &Measurement, index: usize) -> Option<f64> {
    debug_assert!(index < HARMONICS);
    match renderer.closed_form() {
        Some(_) => Some((index + 1) as f64 * rendered.f0_hz),
        None => rendered.harmonics[index].frequency_hz.valid(),
    }
}
