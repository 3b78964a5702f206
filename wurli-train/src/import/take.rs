//! One long take of single notes, a scale at several dynamics, cut where the transcription hears them begin.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::{ImportError, Remark};
use super::pitch::{self, Note};
use crate::audio::{Audio, Format};
use crate::catalogue::{Kind, note_name};
use crate::measure::partials;
use crate::stages::notes::{self, NoteEvent};
use crate::transcription::{TranscriptionSettings, transcribe};

/// Kept before a note, s: more than an onset is uncertain by.
const LEAD_S: f64 = 0.02;
/// Kept after it, s, unless the next one begins.
const TAIL_S: f64 = 0.1;
/// Kept clear of the next note, s: what an onset is uncertain by, and the hammer's way.
const CLEARANCE_S: f64 = 0.02;
/// A note that the one before still sounds into for longer than this is not on its own, s: what a damper takes.
const OVERLAP_S: f64 = 0.05;

/// Cuts a take into its notes. `played` are the velocities of the first, second, … time that a key is struck, whether the player goes up
/// the scale once per dynamic or strikes each key at all of them in turn; empty where the loudness of the notes has to do.
pub(super) fn read(path: &Path, played: &[u8], remarks: &mut Vec<Remark>) -> Result<Vec<Note>, ImportError> {
    let nothing = |why| ImportError::Nothing { path: path.into(), why };
    let (_, audio) = pitch::read(path).map_err(nothing)?;
    let events = transcribe(&audio, &TranscriptionSettings::default());
    if events.is_empty() {
        return Err(nothing(format!("no note was recognised in its {:.1} s", audio.duration_s())));
    }
    if played.is_empty() {
        remarks.push(Remark::VelocitiesEstimated);
    }
    let mut strikes: BTreeMap<u8, Vec<f64>> = BTreeMap::new();
    for event in &events {
        strikes.entry(event.midi).or_default().push(event.onset_s);
    }
    let mut leave_out = |what: String, why: &str| {
        remarks.push(Remark::File { path: path.into(), why: format!("{what}: {why}") });
    };
    if !played.is_empty() {
        strikes.retain(|midi, onsets| {
            let meant = onsets.len() == played.len();
            if !meant {
                let at: Vec<_> = onsets.iter().map(|onset_s| format!("{onset_s:.1}")).collect();
                let why = format!("struck {} times, not {}, at {} s", onsets.len(), played.len(), at.join(", "));
                leave_out(note_name(*midi), &why);
            }
            meant
        });
    }
    let mut found = Vec::new();
    for (i, event) in events.iter().enumerate() {
        let Some(onsets) = strikes.get(&event.midi) else { continue };
        let strike = onsets.iter().position(|onset_s| *onset_s == event.onset_s).unwrap_or(0);
        let velocity = played.get(strike).copied().unwrap_or(event.velocity);
        let what = format!("{} at {:.2} s", note_name(event.midi), event.onset_s);
        if overlaps(&events, i) {
            leave_out(what, "another note sounds with it; let go of each key before the next");
            continue;
        }
        let next_s = events.get(i + 1).map_or(f64::INFINITY, |next| next.onset_s - CLEARANCE_S);
        let cut = ((event.onset_s - LEAD_S).max(0.0), (event.offset_s + TAIL_S).min(next_s));
        let kind = Kind::Note { midi: event.midi, velocity };
        match notes::run(&piece(&audio, cut), &kind, &TranscriptionSettings::default()) {
            Ok(checked) => found.push(Note {
                path: path.into(),
                cut: Some(cut),
                format: Format::Wav,
                midi: event.midi,
                velocity,
                f0_hz: checked.notes.first().map_or(event.f0_hz, |note| note.f0_hz),
            }),
            Err(problem) => leave_out(what, &problem.to_string()),
        }
    }
    Ok(found)
}

fn overlaps(events: &[NoteEvent], index: usize) -> bool {
    let Some(event) = events.get(index) else { return false };
    // What begins later is cut away, unless it begins at once.
    let before = events.iter().take(index).any(|other| other.offset_s > event.onset_s + OVERLAP_S);
    before || events.iter().skip(index + 1).any(|other| other.onset_s < event.onset_s + OVERLAP_S)
}

/// What lies between two times, s, at the level of a recording: of a soft note in a loud take, 16 bits would leave little.
pub(super) fn piece(audio: &Audio, (from_s, to_s): (f64, f64)) -> Audio {
    let mut samples = partials::segment(&audio.samples, audio.sample_rate, from_s, to_s).to_vec();
    let peak = samples.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    if peak > 0.0 {
        samples.iter_mut().for_each(|sample| *sample *= 0.9 / peak);
    }
    Audio { samples, sample_rate: audio.sample_rate }
}
