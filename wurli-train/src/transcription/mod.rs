//! Transcription of a performance to note events.
//!
//! 0. `tremolo`: removes the instrument's tremolo.
//! 1. `onsets`: detects onsets by spectral flux and refines them to the millisecond by energy.
//! 2. `peaks`, `candidate`, `cost`, `pitches`: explain the new peaks at each onset by as few keys
//!    as possible, each with the timbre that the pickup gives it (`timbre`).
//!    `features`, `classifier`, `review`: a logistic regression accepts or rejects each key.
//! 3. `offsets`: follows the harmonics of each note to its end, so that sounding notes are known at
//!    the next onset.
//! 4. `release`: refines the ends, with all notes known.
//! 5. `velocity`: estimates velocities from relative levels.
//!
//! One pass in time. Memory holds the signal at about 24 kHz and the sounding notes. Longer
//! recordings are transcribed chunk by chunk: `long`.

mod analyser;
mod beside;
mod candidate;
mod classifier;
mod classifier_weights;
mod cost;
mod decimated_stream;
mod features;
mod foreign;
mod harmonic_track;
mod label;
mod long;
mod low_pass;
mod offsets;
mod onset_analysis;
mod onsets;
mod overview;
mod peaks;
mod pitches;
mod release;
mod restrike;
mod review;
mod ringing;
mod settings;
mod signal;
mod single_note;
mod state;
mod steepest_rise;
mod timbre;
mod tremolo;
mod velocity;

pub use beside::{Beside, sounds_beside};
pub use classifier::{CLASSIFIER_TERMS, classifier_terms};
pub use features::{FEATURE_NAMES, FEATURES, KeyFeatures};
pub use label::{LabelFinding, Labels, single_note};
pub use long::{ChunkNotes, ChunkState, LongTranscription};
pub use overview::Overview;
pub use settings::TranscriptionSettings;
pub use single_note::{NotesError, identify_note};

use serde::{Deserialize, Serialize};

use crate::audio::Audio;
use crate::note_event::NoteEvent;
use analyser::Analyser;
use signal::Signal;
use state::TranscriptionState;

/// Harmonics that a note may have. 40: H34 of a hard A1 is still above the noise.
const HARMONICS: usize = 40;
/// Time kept clear on either side of an onset, seconds: the uncertainty of its refinement.
const CLEARANCE_S: f64 = 0.003;

/// A note that has begun. Its velocity is not known yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct TrackedNote {
    onset_s: f64,
    offset_s: f64,
    midi: u8,
    f0_hz: f64,
    level_db: f64,
}

/// A key that sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct SoundingKey {
    midi: u8,
    f0_hz: f64,
}

/// Transcribes a recording of one electric piano, by onset, then by key.
///
/// Velocities are estimates from the notes' relative levels. Silence, noise and samples that are
/// not finite give no notes.
#[must_use]
pub fn transcribe(audio: &Audio, settings: &TranscriptionSettings) -> Vec<NoteEvent> {
    transcribe_with_features(audio, settings, None)
}

/// Transcribes like [`transcribe`] and collects the features of all keys that the classifier saw.
///
/// `all_features` receives reported and rejected keys, to fit the classifier.
pub fn transcribe_with_features(
    audio: &Audio,
    settings: &TranscriptionSettings,
    all_features: Option<&mut Vec<KeyFeatures>>,
) -> Vec<NoteEvent> {
    let Some(mut signal) = Signal::from_audio(audio) else { return Vec::new() };
    tremolo::remove(&mut signal);
    let mut state = TranscriptionState::new();
    state.advance(&signal, &mut Analyser::new(), settings, all_features);
    let TranscriptionState { mut offsets, mut notes, .. } = state;
    offsets.finish(signal.duration_s(), &mut notes);
    sort(&mut notes);
    release::refine(&signal, &mut notes, settings);
    events(&notes, settings)
}

/// Sorts by onset, then by key.
fn sort(notes: &mut [TrackedNote]) {
    notes.sort_by(|a, b| a.onset_s.total_cmp(&b.onset_s).then(a.midi.cmp(&b.midi)));
}

/// Estimates velocities and converts to events.
fn events(notes: &[TrackedNote], settings: &TranscriptionSettings) -> Vec<NoteEvent> {
    let levels_db: Vec<f64> = notes.iter().map(|note| note.level_db).collect();
    let velocities = velocity::estimate_velocities(&levels_db, settings.median_velocity, settings.velocity_exponent);
    let event = |(note, velocity): (&TrackedNote, u8)| NoteEvent {
        onset_s: note.onset_s,
        offset_s: note.offset_s,
        midi: note.midi,
        velocity,
        velocity_known: false,
        f0_hz: note.f0_hz,
    };
    notes.iter().zip(velocities).map(event).collect()
}
