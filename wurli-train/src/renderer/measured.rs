//! Measurement of rendered notes, by the same code that measures recordings.

use serde::{Deserialize, Serialize};
use wurli_voice::{Instrument, MlpCorrections, instrument::midi_to_hz};

use crate::audio::Audio;
use crate::measure::{Bounds, Measurement, find_bounds, measure};
use crate::renderer::{Note, ReferenceVoice, RenderError, Renderer};

/// Sample rate of renderings, Hz, that of the shipped recordings.
pub const SAMPLE_RATE: u32 = 44_100;

/// Longest rendering, s. Nothing is measured later than 1.5 s after the onset.
pub const LONGEST_S: f64 = 2.5;

/// Note to render and measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Key, MIDI.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// Length to measure from the onset, s, that of the recorded note.
    pub duration_s: f64,
    /// Corrections as network outputs, `None` for no corrections.
    pub outputs: Option<[f32; wurli_voice::corrections::OUTPUTS]>,
}

impl Request {
    /// Requests a note without corrections.
    #[must_use]
    pub fn plain(midi: u8, velocity: u8, duration_s: f64) -> Self {
        Self { midi, velocity, duration_s: duration_s.min(LONGEST_S), outputs: None }
    }

    /// Requests the same note with corrections.
    #[must_use]
    pub fn corrected(&self, corrections: &MlpCorrections) -> Self {
        Self { outputs: Some(corrections.to_outputs()), ..self.clone() }
    }

    fn corrections(&self) -> MlpCorrections {
        self.outputs.as_ref().map_or(MlpCorrections::IDENTITY, MlpCorrections::from_outputs)
    }

    fn note(&self) -> Note {
        Note {
            midi: self.midi,
            velocity: self.velocity,
            corrections: self.corrections(),
            // The detected onset is some milliseconds after the start of the rendering.
            seconds: self.duration_s + 0.05,
            sample_rate: SAMPLE_RATE,
        }
    }
}

/// Renders a note and measures it like a recording. `None` if it is too short or silent.
///
/// # Errors
/// [`RenderError`] if the note cannot be rendered.
pub fn render_and_measure(renderer: &dyn Renderer, request: &Request) -> Result<Option<Measurement>, RenderError> {
    Ok(measured(&renderer.render(&request.note())?, request))
}

/// Renders a note with the reference voice, which cannot fail, and measures it.
#[must_use]
pub fn render_instrument(instrument: Instrument, request: &Request) -> Option<Measurement> {
    measured(&ReferenceVoice { instrument }.play(&request.note()), request)
}

fn measured(audio: &Audio, request: &Request) -> Option<Measurement> {
    let onset_s = find_bounds(audio)?.onset_s;
    let bounds = Bounds { onset_s, end_s: onset_s + request.duration_s };
    let expected_hz = midi_to_hz(request.midi) * (f64::from(request.corrections().tuning_cents()) / 1200.0).exp2();
    measure(audio, bounds, expected_hz)
}
