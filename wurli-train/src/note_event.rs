//! Notes of a recording.

use serde::{Deserialize, Serialize};

/// Note in a recording.
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
    /// True if the velocity comes from the catalogue. That of a transcribed note is an estimate.
    pub velocity_known: bool,
    /// Fundamental, Hz.
    pub f0_hz: f64,
}

/// Note of a performance, as printed by `wurli-train transcribe --json`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerformedNote {
    /// Onset, s.
    pub onset_s: f64,
    /// End, s, where the damper falls or the note has decayed.
    pub offset_s: f64,
    /// Key, MIDI.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
}
