//! The sound of a recording, compared with its claim.

use std::collections::HashMap;
use std::path::PathBuf;

use rayon::prelude::*;

use crate::import::Claim;
use crate::import::warning::ImportWarning;
use wurli_train::audio::{Audio, AudioError, AudioFile, FileType, Format, LoadedAudio, Passages};
use wurli_train::catalogue::{MIDI_MAX, MIDI_MIN};
use wurli_train::findings::without_path;
use wurli_train::key::{Key, KeyBuilder};
use wurli_train::measure::clipping_warning;
use wurli_train::measure::octaves;
use wurli_train::measure::octaves::OCTAVES;
use wurli_train::note_event::NoteEvent;
use wurli_train::note_name::note_name;
use wurli_train::progress::{Counter, Progress};
use wurli_train::transcription::Labels;
use wurli_train::transcription::{NotesError, identify_note, sounds_beside};
use wurli_voice::instrument::midi_to_hz;

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
    /// Hash of its samples; none if it is one of the notes of a take.
    pub samples: Option<Key>,
}

/// A decoded recording, with the octaves from its claims in which something sounds.
struct Heard<'a> {
    claim: &'a Claim,
    read: Result<(Format, LoadedAudio), String>,
    /// Claimed notes and their octaves, from the lowest up.
    octaves: Vec<(i16, Vec<i16>)>,
}

/// Cache of the notes that were heard, by recording and claimed notes.
///
/// Names that are read in several ways mostly claim the same notes.
#[derive(Default)]
pub(super) struct Known(HashMap<Recording, Option<i16>>);

/// File, part of it and claimed notes.
type Recording = (PathBuf, Option<(u64, u64)>, Vec<i16>);

impl Known {
    /// Returns the octave from its claim in which each recording sounds; `None` if it cannot be
    /// read or sounds another key. `progress` receives the number of recordings that are decoded.
    pub(super) fn listen(&mut self, claims: &[Claim], progress: &dyn Progress) -> Vec<Option<i16>> {
        let recording = |claim: &Claim| (claim.path.clone(), claim.cut, claim.midi.clone());
        let unknown: Vec<&Claim> = claims.iter().filter(|claim| !self.0.contains_key(&recording(claim))).collect();
        let counter = Counter::start(progress, "listen", unknown.len());
        let lowest = |claim: &&Claim| {
            let heard = hear(claim);
            counter.advance(1);
            // The fundamental is the lowest octave in which something sounds; the others are its
            // harmonics.
            (recording(claim), heard.octaves.iter().find_map(|(_, octaves)| octaves.first().copied()))
        };
        self.0.extend(unknown.par_iter().map(lowest).collect::<Vec<_>>());
        claims.iter().map(|claim| self.0.get(&recording(claim)).copied().flatten()).collect()
    }
}

/// A recording's label and the key that sounds.
pub(super) struct Sounding {
    pub(super) path: PathBuf,
    /// MIDI, after the octave shift.
    pub(super) labelled: u8,
    /// MIDI.
    pub(super) sounds: u8,
    /// Distance of the fundamental from the label.
    pub(super) semitones: f64,
}

/// Returns the keys that sound, whatever is claimed, of the recordings in which one is recognised.
pub(super) fn sounding(claims: &[Claim], octaves: i16) -> Vec<Sounding> {
    let one = |claim: &Claim| {
        let labelled = key(*claim.midi.first()?, octaves)?;
        let (_, loaded) = read(claim).ok()?;
        let (event, _) = identify_note(&loaded.audio, None, claim.velocity, Labels::Kept).ok()?;
        let semitones = 12.0 * (event.f0_hz / midi_to_hz(labelled)).log2();
        Some(Sounding { path: claim.path.clone(), labelled, sounds: event.midi, semitones })
    };
    claims.par_iter().filter_map(one).collect()
}

/// Returns each recording's note, if the claimed one can be found as the pipeline will look for it,
/// and a warning.
pub(super) fn find(claims: &[Claim], octaves: i16, labels: Labels) -> Vec<(Option<Note>, Vec<ImportWarning>)> {
    // Decoded again: all audio of a large pack does not fit into memory.
    claims.par_iter().map(|claim| find_note(&hear(claim), octaves, labels)).collect()
}

fn hear(claim: &Claim) -> Heard<'_> {
    let read = read(claim);
    let octaves = read
        .as_ref()
        .map_or(Vec::new(), |(_, read)| claim.midi.iter().map(|midi| (*midi, octaves(&read.audio, *midi))).collect());
    Heard { claim, read, octaves }
}

/// Reads the part of a file that is claimed to be one note, or returns the reason why it cannot be
/// read.
fn read(claim: &Claim) -> Result<(Format, LoadedAudio), String> {
    let Claim { path, cut, .. } = claim;
    let unreadable = |error| format!("it cannot be read: {error}");
    // A device or a pipe may never end.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err("it is not a file".into());
    }
    let load = || {
        let file = AudioFile::open(path, |_| {})?;
        let Some(cut) = cut else { return file.load() };
        let mut passages = Passages::open(&file)?;
        let (from_s, to_s) = cut_s(*cut, passages.sample_rate());
        let audio = passages.read(from_s, to_s)?;
        Ok(LoadedAudio { audio, warnings: passages.warnings().to_vec() })
    };
    let loaded = load().map_err(|error: AudioError| without_path(&error.to_string(), path))?;
    match FileType::read(path).map_err(unreadable)? {
        FileType::Readable(format) => Ok((format, loaded)),
        _ => Err("it has changed while it was read".into()),
    }
}

/// Converts sample indices to seconds.
fn cut_s((from, to): (u64, u64), sample_rate: u32) -> (f64, f64) {
    (from as f64 / f64::from(sample_rate), to as f64 / f64::from(sample_rate))
}

/// Returns the octaves from `midi` in which a partial sounds, from the lowest up; of those, the
/// ones on the keyboard.
fn octaves(audio: &Audio, midi: i16) -> Vec<i16> {
    let on_keyboard = OCTAVES.into_iter().filter(|octave| key(midi, *octave).is_some());
    let heard = octaves::listen(audio, 440.0 * (f64::from(midi - 69) / 12.0).exp2(), on_keyboard);
    heard.octaves.into_iter().map(|(octave, _)| octave).collect()
}

fn key(midi: i16, octaves: i16) -> Option<u8> {
    u8::try_from(midi + 12 * octaves).ok().filter(|midi| (MIDI_MIN..=MIDI_MAX).contains(midi))
}

fn samples(audio: &Audio) -> Key {
    let bytes: Vec<u8> = audio.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    KeyBuilder::new("samples", audio.sample_rate).bytes("samples", &bytes).finish()
}

fn find_note(heard: &Heard<'_>, octaves: i16, labels: Labels) -> (Option<Note>, Vec<ImportWarning>) {
    let Claim { path, cut, midi, velocity } = heard.claim;
    let leave_out = |why: String| (None, vec![ImportWarning::File { path: path.clone(), why }]);
    let (format, LoadedAudio { audio, warnings: defects }) = match &heard.read {
        Ok(read) => read,
        Err(why) => return leave_out(why.clone()),
    };
    // Regions that contradict each other are decided by the sound.
    let mut sounding = heard.octaves.iter().filter(|(_, heard)| heard.contains(&octaves));
    let claimed = match (sounding.next(), sounding.next()) {
        (Some((midi, _)), None) => Some(*midi),
        (Some(_), Some(_)) => {
            let notes: Vec<_> = midi.iter().map(ToString::to_string).collect();
            return leave_out(format!("its labels contradict each other: it is MIDI {}", notes.join(" and ")));
        }
        (None, _) => midi.first().copied(),
    };
    let label = claimed.map(|claimed| key(claimed, octaves).ok_or(claimed + 12 * octaves)).transpose();
    let label = match label {
        Ok(label) => label,
        Err(midi) => return (None, vec![ImportWarning::OutOfRange { path: path.clone(), midi }]),
    };
    let lower = heard.octaves.iter().find(|(midi, _)| Some(*midi) == claimed).and_then(|(_, heard)| heard.first());
    let lower = lower.filter(|lower| **lower < octaves).map(|lower| octaves - lower);
    match identify_note(audio, label, *velocity, labels) {
        Ok((event, finding)) => {
            let NoteEvent { midi: taken, f0_hz, .. } = event;
            let (cut, format) = match cut {
                Some(cut) => {
                    let (from_s, _) = cut_s(*cut, audio.sample_rate);
                    (Some((from_s, from_s + audio.duration_s())), Format::Wav)
                }
                None => (None, *format),
            };
            let note = Note {
                path: path.clone(),
                cut,
                format,
                midi: taken,
                velocity: *velocity,
                f0_hz,
                samples: Some(samples(audio)),
            };
            let mut warnings: Vec<_> = match (lower, finding) {
                // About octaves, the labels of the other recordings may say more.
                (Some(octaves), _) if Some(taken) == label => {
                    vec![ImportWarning::LowerOctave { path: path.clone(), midi: taken, octaves }]
                }
                (_, Some(finding)) => {
                    vec![ImportWarning::Recording { path: path.clone(), finding: finding.to_string() }]
                }
                _ => Vec::new(),
            };
            let beside = sounds_beside(audio, &event).map(|beside| beside.finding);
            let found = beside.into_iter().chain(defects.iter().map(ToString::to_string));
            let found = found.chain(audio.clipping().as_ref().map(clipping_warning));
            warnings.extend(found.map(|finding| ImportWarning::Recording { path: path.clone(), finding }));
            (Some(note), warnings)
        }
        Err(NotesError::NoFundamental { midi, expected_hz }) => leave_out(format!(
            "nothing sounds within half a semitone of {} ({expected_hz:.1} Hz), which the pack says it is, and no other note is recognised",
            note_name(midi)
        )),
        Err(problem) => leave_out(problem.to_string()),
    }
}
