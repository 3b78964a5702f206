//! Corrections applied to the audio of a synth.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use wurli_voice::MlpCorrections;
use wurli_voice::instrument::midi_to_hz;

use super::partials::correct;
use super::{Note, RenderError, Renderer};
use crate::audio::Audio;
use crate::key::{Key, KeyBuilder};
use crate::measure::{Bounds, Measurement, find_bounds, measure};

/// Version of the corrected audio, raised when [`correct`] changes it.
const VERSION: u32 = 1;

/// Renderer that applies corrections to the audio of a synth without them.
///
/// Every note is rendered once and kept, half a megabyte each, then [corrected](correct) as often
/// as needed. Levels, frequencies and decays can be corrected, the displacement cannot.
#[derive(Debug)]
pub struct Applied<R> {
    synth: R,
    rendered: Mutex<BTreeMap<NoteKey, Cell>>,
}

/// Rendered note, empty while it is being rendered.
type Cell = Arc<Mutex<Option<Arc<RenderedNote>>>>;

/// Key, velocity, bits of the length, sample rate.
type NoteKey = (u8, u8, u64, u32);

#[derive(Debug)]
struct RenderedNote {
    audio: Audio,
    /// Onset, s, and measurement; `None` if the note could not be measured.
    measured: Option<(f64, Measurement)>,
}

impl<R: Renderer> Applied<R> {
    /// Applies corrections to the audio of `synth`.
    #[must_use]
    pub fn to(synth: R) -> Self {
        Self { synth, rendered: Mutex::default() }
    }

    fn uncorrected(&self, note: &Note) -> Result<Arc<RenderedNote>, RenderError> {
        let key = (note.midi, note.velocity, note.seconds.to_bits(), note.sample_rate);
        let cell = Arc::clone(self.rendered.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        // Other threads wait for a note that is being rendered: a second rendering might differ.
        let mut cell = cell.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rendered) = cell.as_ref() {
            return Ok(Arc::clone(rendered));
        }
        let audio = self.synth.render(&Note { corrections: MlpCorrections::IDENTITY, ..*note })?;
        let measured = find_bounds(&audio).and_then(|bounds| {
            let bounds = Bounds { end_s: bounds.onset_s + note.seconds, ..bounds };
            Some((bounds.onset_s, measure(&audio, bounds, midi_to_hz(note.midi))?))
        });
        Ok(Arc::clone(cell.insert(Arc::new(RenderedNote { audio, measured }))))
    }
}

impl<R: Renderer> Renderer for Applied<R> {
    fn key(&self) -> Key {
        KeyBuilder::new("applied", VERSION).key("synth", self.synth.key()).finish()
    }

    fn prepare(&self, notes: &[(u8, u8)]) -> Result<(), RenderError> {
        self.synth.prepare(notes)
    }

    fn render(&self, note: &Note) -> Result<Audio, RenderError> {
        let rendered = self.uncorrected(note)?;
        Ok(match &rendered.measured {
            Some((onset_s, plain)) => correct(&rendered.audio, plain, *onset_s, &note.corrections),
            None => rendered.audio.clone(),
        })
    }

    fn scales_displacement(&self) -> bool {
        false
    }
}
