//! One long take of single notes, a scale at several dynamics, cut at the onsets of its notes.
//!
//! Velocities cannot be measured. Unless the user gives them, the take stays whole, as a
//! performance: the pipeline trains tuning and decays on it, but no levels.

use std::collections::BTreeMap;
use std::path::Path;

use crate::import::error::ImportError;
use crate::import::pitch::Note;
use crate::import::rounds;
use crate::import::warning::ImportWarning;
use wurli_train::audio::{AudioError, AudioFile, FileType, Format, Passages};
use wurli_train::key::KeyBuilder;
use wurli_train::note_event::NoteEvent;
use wurli_train::note_name::note_name;
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::takes;
use wurli_train::progress::Progress;
use wurli_train::stages::notes;
use wurli_train::transcription::{Labels, TranscriptionSettings, identify_note};

/// Kept before a note, s: more than an onset is uncertain by.
const LEAD_S: f64 = 0.02;
/// Kept after it, s, unless the next one begins.
const TAIL_S: f64 = 0.1;
/// Kept clear of the next note, s: what an onset is uncertain by, and the hammer's way.
const CLEARANCE_S: f64 = 0.02;
/// A note that the one before still sounds into for longer than this is not on its own, s: what a
/// damper takes.
const OVERLAP_S: f64 = 0.05;

/// Notes of a take.
pub(super) struct Take {
    /// Notes to be cut out; if it stays whole, all that were heard.
    pub(super) notes: Vec<Note>,
    /// The file's format, if it stays whole.
    pub(super) whole: Option<Format>,
}

/// Cuts a take into its notes. `played` are the velocities of the first, second, … time that a key
/// is struck, whether the player goes up the scale once per dynamic or strikes each key at all of
/// them in turn; if it is empty, the take stays whole.
///
/// The file is streamed: memory does not grow with its length.
pub(super) fn read(
    path: &Path,
    played: &[u8],
    progress: &dyn Progress,
    warnings: &mut Vec<ImportWarning>,
) -> Result<Take, ImportError> {
    let nothing = |why| ImportError::Nothing { path: path.into(), why };
    let unreadable = |source| ImportError::Unreadable { path: path.into(), source };
    let (file, key) = takes::open(path, KeyBuilder::new("import", notes::VERSION))?;
    let settings = TranscriptionSettings::default();
    let found = takes::transcribe_take(&file, key, &settings, &Cache::none(), progress)?;
    warnings.extend(found.warnings.into_iter().map(|finding| ImportWarning::Recording { path: path.into(), finding }));
    let events = found.notes;
    if events.is_empty() {
        return Err(nothing(format!("no note was recognised in its {:.1} s", found.duration_s)));
    }
    if !played.is_empty() {
        return Ok(Take { notes: cut(&file, &events, played, warnings)?, whole: None });
    }
    let FileType::Readable(format) = FileType::read(path).map_err(unreadable)? else {
        return Err(AudioError::Changed { path: path.into() }.into());
    };
    warnings.push(ImportWarning::Whole);
    let note = |event: &NoteEvent| Note {
        path: path.into(),
        cut: Some((event.onset_s, event.offset_s)),
        format,
        midi: event.midi,
        velocity: event.velocity,
        f0_hz: event.f0_hz,
        samples: None,
    };
    Ok(Take { notes: events.iter().map(note).collect(), whole: Some(format) })
}

fn cut(
    file: &AudioFile,
    events: &[NoteEvent],
    played: &[u8],
    warnings: &mut Vec<ImportWarning>,
) -> Result<Vec<Note>, AudioError> {
    let path = file.path();
    let mut passages = Passages::open(file)?;
    let mut strikes: BTreeMap<u8, Vec<&NoteEvent>> = BTreeMap::new();
    for event in events {
        strikes.entry(event.midi).or_default().push(event);
    }
    let mut leave_out = |what: String, why: &str| {
        warnings.push(ImportWarning::File { path: path.into(), why: format!("{what}: {why}") });
    };
    strikes.retain(|midi, struck| {
        let meant = struck.len() == played.len();
        if !meant {
            let times = if struck.len() == 1 { "time" } else { "times" };
            let at: Vec<_> = struck.iter().map(|event| format!("{:.1}", event.onset_s)).collect();
            let why = format!("struck {} {times}, not {}, at {} s", struck.len(), played.len(), at.join(", "));
            leave_out(note_name(*midi), &why);
        }
        meant
    });
    for (midi, why) in rounds::out_of_order(&strikes, events, played.len()) {
        let at: Vec<_> = strikes.remove(&midi).iter().flatten().map(|event| format!("{:.1}", event.onset_s)).collect();
        leave_out(note_name(midi), &format!("{why} (struck at {} s): strike each key once per round", at.join(", ")));
    }
    let mut found = Vec::new();
    for (i, event) in events.iter().enumerate() {
        let Some(struck) = strikes.get(&event.midi) else { continue };
        let strike = struck.iter().position(|other| other.onset_s == event.onset_s);
        let Some(velocity) = strike.and_then(|strike| played.get(strike)).copied() else { continue };
        let what = format!("{} at {:.2} s", note_name(event.midi), event.onset_s);
        if overlaps(events, i) {
            leave_out(what, "another note sounds with it; let go of each key before the next");
            continue;
        }
        let next_s = events.get(i + 1).map_or(f64::INFINITY, |next| next.onset_s - CLEARANCE_S);
        let cut = ((event.onset_s - LEAD_S).max(0.0), (event.offset_s + TAIL_S).min(next_s));
        match identify_note(&passages.read(cut.0, cut.1)?, Some(event.midi), velocity, Labels::Kept) {
            Ok((checked, None)) => found.push(Note {
                path: path.into(),
                cut: Some(cut),
                format: Format::Wav,
                midi: event.midi,
                velocity,
                f0_hz: checked.f0_hz,
                samples: None,
            }),
            Ok(_) => leave_out(what, "cut out of the take, it sounds like another key"),
            Err(problem) => leave_out(what, &problem.to_string()),
        }
    }
    warnings.extend(order(&strikes, played));
    Ok(found)
}

/// Velocities that most keys contradict: what is said to be struck harder is the softer note.
fn order(strikes: &BTreeMap<u8, Vec<&NoteEvent>>, played: &[u8]) -> Vec<ImportWarning> {
    let mut softest_first: Vec<_> = played.iter().copied().enumerate().collect();
    softest_first.sort_by_key(|(_, velocity)| *velocity);
    // Estimated from levels, velocities of one take order its notes by them.
    let level = |struck: &[&NoteEvent], strike: usize| struck.get(strike).map(|event| event.velocity);
    let contradiction = |pair: &[(usize, u8)]| {
        let [(first, softer), (second, harder)] = *pair else { return None };
        let keys = strikes.values().filter(|struck| level(struck, first) > level(struck, second)).count();
        let most = softer < harder && 2 * keys > strikes.len();
        most.then_some(ImportWarning::Order { softer, harder, keys, of: strikes.len() })
    };
    softest_first.windows(2).filter_map(contradiction).collect()
}

fn overlaps(events: &[NoteEvent], index: usize) -> bool {
    let Some(event) = events.get(index) else { return false };
    // A later note is cut off, unless it begins at once.
    let before = events.iter().take(index).any(|other| other.offset_s > event.onset_s + OVERLAP_S);
    before || events.iter().skip(index + 1).any(|other| other.onset_s < event.onset_s + OVERLAP_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn velocities_in_another_order_than_they_were_played_are_detected() {
        let event = |onset_s: f64, velocity: u8| NoteEvent {
            onset_s,
            offset_s: onset_s + 1.0,
            midi: 60,
            velocity,
            velocity_known: false,
            f0_hz: 261.6,
        };
        let (soft, loud) = (event(0.0, 30), event(2.0, 90));
        let strikes = BTreeMap::from([(60, vec![&soft, &loud]), (62, vec![&soft, &loud]), (64, vec![&loud, &soft])]);
        let said: Vec<_> = order(&strikes, &[100, 20]).iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "2 of 3 keys are louder where --played says velocity 20 than where it says 100: is that the order in which they were struck?"
            ]
        );
        assert!(order(&strikes, &[20, 100]).is_empty() && order(&strikes, &[64, 64]).is_empty());
    }
}
