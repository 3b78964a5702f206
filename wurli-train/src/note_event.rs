//! A note that sounds in a recording.

use serde::{Deserialize, Serialize};

/// One note that sounds in a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoteEvent {
    /// Start, seconds from the beginning of the recording.
    pub onset_s: f64,
    /// End, seconds from the beginning of the recording.
    pub offset_s: f64,
    /// Key, 21..=108.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// Whether the velocity comes from the catalogue; of a transcribed note it is an estimate.
    pub velocity_known: bool,
    /// Fundamental, Hz.
    pub f0_hz: f64,
}

/// A note of a performance, in the form that `wurli-train transcribe --json` prints.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerformedNote {
    /// Beginning, s.
    pub onset_s: f64,
    /// End, s: where the damper falls or the note has died away.
    pub offset_s: f64,
    /// Key, MIDI.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
}
