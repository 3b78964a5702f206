//! A synth that plays, and corrections that are applied to what it played.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use wurli_voice::MlpCorrections;
use wurli_voice::instrument::midi_to_hz;

use super::partials::correct;
use super::{Note, RenderError, Renderer};
use crate::audio::Audio;
use crate::key::{Key, KeyBuilder};
use crate::measure::{Bounds, Measurement, find_bounds, measure};

/// Changes with whatever [`correct`] makes of a note.
const VERSION: u32 = 1;

/// A renderer that knows nothing of corrections: every note is asked for once, uncorrected, and [corrected](correct) as often as need be.
/// Levels, frequencies and decays can be corrected, displacement cannot. All notes are kept, half a megabyte each.
#[derive(Debug)]
pub struct Applied<R> {
    synth: R,
    played: Mutex<BTreeMap<Place, Cell>>,
}

/// Empty until the note was played.
type Cell = Arc<Mutex<Option<Arc<Played>>>>;

/// Key, velocity, bits of the length, sample rate.
type Place = (u8, u8, u64, u32);

#[derive(Debug)]
struct Played {
    audio: Audio,
    /// Where it begins and what it is; `None` if nothing could be measured.
    measured: Option<(f64, Measurement)>,
}

impl<R: Renderer> Applied<R> {
    /// Applies corrections to what `synth` plays.
    #[must_use]
    pub fn to(synth: R) -> Self {
        Self { synth, played: Mutex::default() }
    }

    fn played(&self, note: &Note) -> Result<Arc<Played>, RenderError> {
        let place = (note.midi, note.velocity, note.seconds.to_bits(), note.sample_rate);
        let cell = Arc::clone(self.played.lock().unwrap_or_else(PoisonError::into_inner).entry(place).or_default());
        // Who asks for a note that is being played waits for it: played twice, it might not be the same.
        let mut cell = cell.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(played) = cell.as_ref() {
            return Ok(Arc::clone(played));
        }
        let audio = self.synth.render(&Note { corrections: MlpCorrections::IDENTITY, ..*note })?;
        let measured = find_bounds(&audio).and_then(|bounds| {
            let bounds = Bounds { end_s: bounds.onset_s + note.seconds, ..bounds };
            Some((bounds.onset_s, measure(&audio, bounds, midi_to_hz(note.midi))?))
        });
        Ok(Arc::clone(cell.insert(Arc::new(Played { audio, measured }))))
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
        let played = self.played(note)?;
        Ok(match &played.measured {
            Some((onset_s, plain)) => correct(&played.audio, plain, *onset_s, &note.corrections),
            None => played.audio.clone(),
        })
    }

    fn scales_displacement(&self) -> bool {
        false
    }
}
