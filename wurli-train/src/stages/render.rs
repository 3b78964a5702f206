//! Stage 4, `render`: the model plays the same notes, and the same code measures it.

use serde::{Deserialize, Serialize};
use wurli_voice::{Instrument, MlpCorrections, Voice, instrument::midi_to_hz};

use crate::audio::Audio;
use crate::measure::{Bounds, Measurement, find_bounds, measure};

/// Changes with whatever changes a rendering, beside [`wurli_voice::VERSION`].
pub const VERSION: u32 = 2;

/// Sample rate of renderings, Hz: that of the shipped recordings.
pub const SAMPLE_RATE: u32 = 44_100;

/// Longest rendering that is measured, s: nothing is read later than 1.5 s after the onset.
pub const LONGEST_S: f64 = 2.5;

/// One note to render.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Key, MIDI.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// Length that is measured from the onset, s: that of the recorded note, so that both are cut alike.
    pub duration_s: f64,
    /// The corrections, as network outputs; `None` for the plain voice.
    pub outputs: Option<[f32; wurli_voice::corrections::OUTPUTS]>,
}

impl Request {
    /// A note of the plain voice.
    #[must_use]
    pub fn plain(midi: u8, velocity: u8, duration_s: f64) -> Self {
        Self { midi, velocity, duration_s: duration_s.min(LONGEST_S), outputs: None }
    }

    /// The same note with corrections.
    #[must_use]
    pub fn corrected(&self, corrections: &MlpCorrections) -> Self {
        Self { outputs: Some(corrections.to_outputs()), ..self.clone() }
    }

    fn corrections(&self) -> MlpCorrections {
        self.outputs.as_ref().map_or(MlpCorrections::IDENTITY, MlpCorrections::from_outputs)
    }
}

/// Renders `seconds` of a note with the reference voice of the EP200.
#[must_use]
pub fn render(midi: u8, velocity: u8, corrections: &MlpCorrections, seconds: f64, sample_rate: u32) -> Audio {
    render_instrument(Instrument::EP200, midi, velocity, corrections, seconds, sample_rate)
}

fn render_instrument(
    instrument: Instrument,
    midi: u8,
    velocity: u8,
    corrections: &MlpCorrections,
    seconds: f64,
    sample_rate: u32,
) -> Audio {
    let mut voice = Voice::with_instrument(sample_rate as f32, instrument);
    voice.note_on(midi, f32::from(velocity) / 127.0, corrections);
    let mut samples = vec![0.0; (seconds * f64::from(sample_rate)).round() as usize];
    voice.render(&mut samples);
    Audio { samples, sample_rate }
}

/// Measures a rendering as if it were a recording. `None` if it is too short or silent.
#[must_use]
pub fn run(request: &Request) -> Option<Measurement> {
    run_instrument(Instrument::EP200, request)
}

/// [`run`] with another instrument: what a fit of the voice varies.
#[must_use]
pub fn run_instrument(instrument: Instrument, request: &Request) -> Option<Measurement> {
    let corrections = request.corrections();
    // The onset found in the rendering lies some milliseconds after its beginning.
    let seconds = request.duration_s + 0.05;
    let audio = render_instrument(instrument, request.midi, request.velocity, &corrections, seconds, SAMPLE_RATE);
    let onset_s = find_bounds(&audio)?.onset_s;
    let bounds = Bounds { onset_s, end_s: onset_s + request.duration_s };
    let expected_hz = midi_to_hz(request.midi) * (f64::from(corrections.tuning_cents()) / 1200.0).exp2();
    measure(&audio, bounds, expected_hz)
}
