//! What is said of a recording against what sounds in it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::import::Claim;
use crate::import::error::ImportWarning;
use wurli_train::audio;
use wurli_train::audio::{Audio, Format};
use wurli_train::catalogue::{MIDI_MAX, MIDI_MIN};
use wurli_train::measure::octaves;
use wurli_train::measure::octaves::OCTAVES;
use wurli_train::note_event::NoteEvent;
use wurli_train::note_name::note_name;
use wurli_train::transcription::Labels;
use wurli_train::transcription::{NotesError, catalogued};

/// Longest file that is read, bytes: half an hour of stereo in 24 bits at 48 kHz.
const FILE_MAX: u64 = 1 << 29;

/// A recording that stage 1 accepts.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// The file in which it is.
    pub path: PathBuf,
    /// From when to when, s, where that file is a take of several notes.
    pub cut: Option<(f64, f64)>,
    /// Format of its own file.
    pub format: Format,
    /// Key, 21..=108.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// Fundamental, Hz.
    pub f0_hz: f64,
}

/// A recording that was read, and the octaves from its claim in which something sounds.
struct Heard<'a> {
    claim: &'a Claim,
    read: Result<(Format, Audio), String>,
    /// Of each claimed note.
    octaves: Vec<(i16, Vec<i16>)>,
}

/// Reads every recording, and keeps those in which the note that is claimed can be found as the
/// pipeline will look for it. Where most of them sound the same number of octaves from their
/// claims, all claims are moved; no measurement tells a name that is an octave off from a
/// convention, but together they do.
pub(super) fn check(
    claims: &[Claim],
    labels: Labels,
    progress: &(dyn Fn(usize, usize) + Sync),
    warnings: &mut Vec<ImportWarning>,
) -> Vec<Note> {
    let done = AtomicUsize::new(0);
    let step = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, claims.len());
    // Two passes: all audio of a large pack does not fit into memory, and what moves a claim is
    // known only after the first.
    let lowest: Vec<_> = claims
        .par_iter()
        .map(|claim| {
            let heard = hear(claim);
            step();
            // Of the octaves in which something sounds, the fundamental is the lowest: the others
            // are its harmonics.
            heard.octaves.first().and_then(|(_, octaves)| octaves.first().copied())
        })
        .collect();
    let octaves = common(&lowest, warnings);
    let found: Vec<_> = claims.par_iter().map(|claim| find(&hear(claim), octaves, labels)).collect();
    let mut notes = Vec::new();
    for (note, said) in found {
        notes.extend(note);
        warnings.extend(said);
    }
    notes
}

/// The octave by which more than half of them are off.
fn common(lowest: &[Option<i16>], warnings: &mut Vec<ImportWarning>) -> i16 {
    let heard = lowest.iter().flatten().count();
    let counted = OCTAVES.map(|octave| (lowest.iter().flatten().filter(|lowest| **lowest == octave).count(), octave));
    match counted.into_iter().max_by_key(|(of, octave)| (*of, -octave.abs())) {
        Some((of, octaves)) if octaves != 0 && 2 * of > heard => {
            warnings.push(ImportWarning::Octaves { octaves, of, heard });
            octaves
        }
        _ => 0,
    }
}

fn hear(claim: &Claim) -> Heard<'_> {
    let read = read(&claim.path);
    let octaves = read
        .as_ref()
        .map_or(Vec::new(), |(_, audio)| claim.midi.iter().map(|midi| (*midi, octaves(audio, *midi))).collect());
    Heard { claim, read, octaves }
}

/// The audio in a file, or why there is none.
pub(super) fn read(path: &Path) -> Result<(Format, Audio), String> {
    let metadata = std::fs::metadata(path).map_err(|error| format!("it cannot be read: {error}"))?;
    // A device or a pipe may never end.
    if !metadata.is_file() {
        return Err("it is not a file".into());
    }
    if metadata.len() > FILE_MAX {
        return Err(format!("{} bytes are more than the {FILE_MAX} that are read; cut it", metadata.len()));
    }
    let bytes = std::fs::read(path).map_err(|error| format!("it cannot be read: {error}"))?;
    let format = Format::of(&bytes);
    let audio = audio::decode(path, bytes).map_err(|error| {
        // The path stands before the warning already.
        let message = error.to_string();
        message.strip_prefix(&path.display().to_string()).unwrap_or(&message).trim_start_matches([':', ' ']).to_owned()
    })?;
    // Without a format, nothing was decoded.
    Ok((format.unwrap_or(Format::Wav), audio))
}

/// The octaves from `midi` in which a partial sounds, from the lowest up; of those, the ones on the
/// keyboard.
fn octaves(audio: &Audio, midi: i16) -> Vec<i16> {
    let on_keyboard = OCTAVES.into_iter().filter(|octave| key(midi, *octave).is_some());
    let sounding = octaves::sounding(audio, 440.0 * (f64::from(midi - 69) / 12.0).exp2(), on_keyboard);
    sounding.into_iter().map(|(octave, _)| octave).collect()
}

fn key(midi: i16, octaves: i16) -> Option<u8> {
    u8::try_from(midi + 12 * octaves).ok().filter(|midi| (MIDI_MIN..=MIDI_MAX).contains(midi))
}

fn find(heard: &Heard<'_>, octaves: i16, labels: Labels) -> (Option<Note>, Option<ImportWarning>) {
    let Claim { path, midi, velocity } = heard.claim;
    let leave_out = |why: String| (None, Some(ImportWarning::File { path: path.clone(), why }));
    let (format, audio) = match &heard.read {
        Ok(read) => read,
        Err(why) => return leave_out(why.clone()),
    };
    // Regions that contradict each other are decided by what sounds.
    let mut sounding = heard.octaves.iter().filter(|(_, heard)| heard.contains(&octaves));
    let said = match (sounding.next(), sounding.next()) {
        (Some((midi, _)), None) => *midi,
        (Some(_), Some(_)) => {
            let notes: Vec<_> = midi.iter().map(ToString::to_string).collect();
            return leave_out(format!("its regions contradict each other: it is MIDI {}", notes.join(" and ")));
        }
        (None, _) => midi.first().copied().unwrap_or(0),
    };
    let Some(midi) = key(said, octaves) else {
        return (None, Some(ImportWarning::OutOfRange { path: path.clone(), midi: said + 12 * octaves }));
    };
    let lower = heard.octaves.iter().find(|(midi, _)| *midi == said).and_then(|(_, heard)| heard.first());
    let lower = lower.filter(|lower| **lower < octaves).map(|lower| octaves - lower);
    match catalogued(audio, Some(midi), *velocity, labels) {
        Ok((event, finding)) => {
            let NoteEvent { midi: taken, f0_hz, .. } = event;
            let note = Note { path: path.clone(), cut: None, format: *format, midi: taken, velocity: *velocity, f0_hz };
            let warning = match (lower, finding) {
                // Of an octave, the claims of the others may say more.
                (Some(octaves), _) if taken == midi => {
                    Some(ImportWarning::LowerOctave { path: path.clone(), midi, octaves })
                }
                (_, Some(finding)) => Some(ImportWarning::Label { path: path.clone(), finding: finding.to_string() }),
                _ => None,
            };
            (Some(note), warning)
        }
        Err(NotesError::NoFundamental { expected_hz, .. }) => leave_out(format!(
            "nothing sounds within half a semitone of {} ({expected_hz:.1} Hz), which the pack says it is, and no other note is recognised",
            note_name(midi)
        )),
        Err(problem) => leave_out(problem.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_moved_by_what_most_agree_on() {
        let mut warnings = Vec::new();
        for (lowest, octaves) in [
            (vec![Some(1), Some(1), None, Some(0)], 1),
            (vec![Some(1), Some(0)], 0),
            (vec![Some(-1)], -1),
            (vec![None, None], 0),
            (vec![], 0),
        ] {
            assert_eq!(common(&lowest, &mut warnings), octaves, "{lowest:?}");
        }
        assert_eq!(
            warnings[0].to_string(),
            "2 of 3 recordings sound 1 octave higher than the pack says, read with C4 = MIDI 60: all notes are moved by 12 semitones"
        );
        assert_eq!(warnings.len(), 2);
    }
}
