//! The reference voice as a renderer.

use wurli_voice::{Instrument, Voice};

use super::{Note, RenderError, Renderer};
use crate::audio::Audio;
use crate::key::{Key, KeyBuilder};

/// The reference voice with the constants of one instrument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReferenceVoice {
    /// Its constants.
    pub instrument: Instrument,
}

impl ReferenceVoice {
    /// That of the EP200, which the shipped weights correct.
    pub const EP200: Self = Self { instrument: Instrument::EP200 };

    /// Plays a note; unlike [`Renderer::render`], it cannot fail.
    #[must_use]
    pub fn play(&self, note: &Note) -> Audio {
        let mut voice = Voice::with_instrument(note.sample_rate as f32, self.instrument);
        voice.note_on(note.midi, f32::from(note.velocity) / 127.0, &note.corrections);
        let mut samples = vec![0.0; (note.seconds * f64::from(note.sample_rate)).round() as usize];
        voice.render(&mut samples);
        Audio { samples, sample_rate: note.sample_rate }
    }
}

impl Renderer for ReferenceVoice {
    fn key(&self) -> Key {
        // Written out, a number is exact.
        KeyBuilder::new("voice", wurli_voice::VERSION).bytes("instrument", format!("{self:?}").as_bytes()).finish()
    }

    fn render(&self, note: &Note) -> Result<Audio, RenderError> {
        Ok(self.play(note))
    }

    fn closed_form(&self) -> Option<&Instrument> {
        Some(&self.instrument)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_instrument_is_another_key() {
        let mut other = ReferenceVoice::EP200;
        other.instrument.corner_hz *= 1.0 + f64::EPSILON;
        assert_ne!(other.key(), ReferenceVoice::EP200.key());
        assert_eq!(ReferenceVoice::EP200.key(), ReferenceVoice { instrument: Instrument::EP200 }.key());
    }
}
