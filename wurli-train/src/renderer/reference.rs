//! The reference voice as a renderer.

use wurli_voice::{Instrument, Voice};

use super::{Note, RenderError, Renderer};
use crate::audio::Audio;
use crate::key::{Key, KeyBuilder};

/// The reference voice with the constants of one instrument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReferenceVoice {
    /// Constants of the instrument.
    pub instrument: Instrument,
}

impl ReferenceVoice {
    /// Voice of the EP200, which the shipped weights correct.
    pub const EP200: Self = Self { instrument: Instrument::EP200 };

    /// Renders a note. Unlike [`Renderer::render`], this cannot fail.
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
        // The debug format of a float is exact.
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
    fn key_depends_on_the_instrument() {
        let mut other = ReferenceVoice::EP200;
        other.instrument.corner_hz *= 1.0 + f64::EPSILON;
        assert_ne!(other.key(), ReferenceVoice::EP200.key());
        assert_eq!(ReferenceVoice::EP200.key(), ReferenceVoice { instrument: Instrument::EP200 }.key());
    }
}
