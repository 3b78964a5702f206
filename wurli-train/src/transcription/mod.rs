//! Notes of a performance.
//!
//! 0. `tremolo`: the instrument's own wave is found and undone.
//! 1. `onsets`: spectral flux says when something is struck, an envelope says it to the millisecond.
//! 2. `partials`, `candidate`, `explanation`, `pitches`: at each onset, what the spectrum gained is explained by as few
//!    keys as possible, each with the timbre that the law of the pickup expects of it (`timbre`).
//!    `evidence`, `judgement`, `weights`, `review`: what speaks for each key beside is weighed, and keys are taken in or out.
//! 3. `offsets`: the harmonics of each note are followed until they end, so that held notes are known at the next onset.
//! 4. `release`: with all notes known, when each damper fell.
//! 5. `velocity`: levels among each other become velocities.
//!
//! One pass in time; memory is the signal at about 24 kHz and the notes that sound. Of a recording that is too long for that,
//! stretch after stretch is looked at, and what goes on from one to the next is carried on: `long`.

mod candidate;
mod evidence;
mod explanation;
mod feed;
mod judgement;
mod label;
mod long;
mod offsets;
mod onsets;
mod overview;
mod partials;
mod pitches;
mod release;
mod restrike;
mod review;
mod settings;
mod signal;
mod single_note;
mod spectrum;
mod timbre;
mod tremolo;
mod velocity;
mod weights;

pub use evidence::{EVIDENCE, EVIDENCE_NAMES, Judged};
pub use judgement::{JUDGEMENT_TERMS, judgement_terms};
pub use label::{LabelFinding, Labels, single_note};
pub use long::{Carried, Heard, LongTranscription};
pub use overview::Overview;
pub use settings::TranscriptionSettings;
pub use single_note::{NotesError, catalogued};

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::audio::Audio;
use crate::note_event::NoteEvent;
use offsets::Offsets;
use onsets::{Chord, Detector};
use partials::{Partials, db_to_amplitude};
use pitches::Pitch;
use restrike::{Surroundings, clear_rise_db, refined_f0_hz, rise_db, struck_again};
use signal::Signal;
use spectrum::{Analyser, Spectrum, Stretch};
use timbre::Timbres;

/// Harmonics that a note may have. 40: on A1, struck hard, H34 is still above the noise.
const HARMONICS: usize = 40;
/// Time kept clear on either side of an onset, seconds: what its refinement is uncertain by.
const CLEARANCE_S: f64 = 0.003;
/// Stretch before an onset in which what was damped shortly before has faded, seconds.
const LATEST_S: f64 = 0.045;
/// Zero-padding of the spectra at an onset, so that three bins on a peak's main lobe fit a parabola.
const PADDING: usize = 2;

/// A note on its way to becoming an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    onset_s: f64,
    offset_s: f64,
    midi: u8,
    f0_hz: f64,
    level_db: f64,
}

/// An onset, and what is known there beside its partials.
struct NoteMoment<'a> {
    onset_s: f64,
    /// Length of the spectrum after it, seconds.
    length_s: f64,
    is_faint: bool,
    /// Least amplitude that a note may have.
    weakest: f64,
    /// Keys that sound already.
    sounding: &'a [u8],
    /// Rise, in dB, of a fundamental's harmonics that are clear of those of others, in Hz.
    rise_db: &'a dyn Fn(f64, &[f64]) -> f64,
}

/// The notes of a recording of one electric piano, by onset, then by key. Velocities are estimates from the
/// notes' levels among each other. Total: silence, noise and samples that are no numbers give no notes.
#[must_use]
pub fn transcribe(audio: &Audio, settings: &TranscriptionSettings) -> Vec<NoteEvent> {
    transcribe_judging(audio, settings, None)
}

/// The same; `all_judged` takes all keys that were weighed at each onset, reported or not, to fit the judgement by.
pub fn transcribe_judging(
    audio: &Audio,
    settings: &TranscriptionSettings,
    all_judged: Option<&mut Vec<Judged>>,
) -> Vec<NoteEvent> {
    let Some(mut signal) = Signal::of(audio) else { return Vec::new() };
    tremolo::undo(&mut signal);
    let mut analyser = Analyser::new();
    let mut performance = Performed::new();
    performance.follow(&signal, &mut analyser, settings, all_judged);
    let Performed { mut offsets, mut notes, .. } = performance;
    offsets.finish(signal.duration_s(), &mut notes);
    sort(&mut notes);
    release::refine(&signal, &mut notes, settings);
    events(&notes, settings)
}

/// What was heard of a performance up to some moment, and what is needed to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Performed {
    detector: Detector,
    /// Chords that were detected and not yet looked at, and the last onset at which a note may have begun.
    chords: VecDeque<Chord>,
    previous_s: Option<f64>,
    offsets: Offsets,
    notes: Vec<Note>,
}

impl Performed {
    fn new() -> Self {
        let (detector, chords) = <(Detector, VecDeque<Chord>)>::default();
        Self { detector, chords, previous_s: None, offsets: Offsets::new(), notes: Vec::new() }
    }

    /// Follows the signal as far as it is here; answers up to when all is known, but for the ends of what still sounds.
    fn follow(
        &mut self,
        signal: &Signal,
        analyser: &mut Analyser,
        settings: &TranscriptionSettings,
        mut all_judged: Option<&mut Vec<Judged>>,
    ) -> f64 {
        let timbres = Timbres::new(settings.lowest_midi.min(127), settings.highest_midi.min(127));
        self.chords.extend(self.detector.advance(signal, settings, analyser));
        let answered_s = self.detector.answered_s(signal, settings);
        // What comes later than this after a chord leaves its spectra as long as they may be.
        let reach_s = settings.longest_window_s.max(settings.shortest_window_s) + settings.chord_s + 2.0 * CLEARANCE_S;
        while let Some(chord) = self.chords.front().cloned() {
            let next_s = self.chords.iter().skip(1).find(|chord| !chord.is_faint).map(Chord::first_s);
            if next_s.is_none() && answered_s < chord.last_s() + reach_s {
                break;
            }
            let found = self.strike(signal, &chord, next_s, &timbres, analyser, settings, all_judged.as_deref_mut());
            if !chord.is_faint || found > 0 {
                self.previous_s = Some(chord.last_s());
            }
            self.chords.pop_front();
        }
        let until_s = self.chords.front().map_or(answered_s, Chord::first_s).min(signal.duration_s());
        self.offsets.advance(until_s, signal, analyser, &mut self.notes, settings);
        until_s
    }

    /// The notes that begin with a chord; answers how many.
    #[expect(clippy::too_many_arguments, reason = "tools that are made once and borrowed")]
    fn strike(
        &mut self,
        signal: &Signal,
        chord: &Chord,
        next_s: Option<f64>,
        timbres: &Timbres,
        analyser: &mut Analyser,
        settings: &TranscriptionSettings,
        all_judged: Option<&mut Vec<Judged>>,
    ) -> usize {
        let Self { previous_s, offsets, notes, .. } = self;
        let weakest = f64::from(db_to_amplitude(-settings.weakest_in_recording_db) * signal.peak);
        let mut spectra = <[Spectrum; 2]>::default();
        offsets.advance(chord.first_s(), signal, analyser, notes, settings);
        let around = Surroundings::of(chord, *previous_s, next_s, settings);
        let stretches = [(around.before_s, around.before_length_s), (around.after_s, around.after_length_s)];
        let stretches = stretches.map(|(start_s, length_s)| Stretch {
            start: signal.index_at(start_s),
            length: signal.index_at(length_s).unsigned_abs(),
        });
        analyser.pair(signal, stretches, PADDING, &mut spectra);
        let [before, after] = &spectra;
        let sounding = offsets.sounding(chord.first_s());
        let sounding_keys: Vec<u8> = sounding.iter().map(|(midi, _)| *midi).collect();
        let moment = NoteMoment {
            onset_s: chord.first_s(),
            length_s: around.after_length_s,
            is_faint: chord.is_faint,
            weakest,
            sounding: &sounding_keys,
            rise_db: &|f0_hz, others_hz| {
                let rises_db = chord.onsets_s.iter().map(|onset_s| clear_rise_db(signal, f0_hz, *onset_s, others_hz));
                rises_db.fold(f64::NEG_INFINITY, f64::max)
            },
        };
        let mut judged = Vec::new();
        let mut strike = |again: &[(u8, f64)]| {
            let held: Vec<(u8, f64)> = sounding.iter().filter(|key| !again.contains(key)).copied().collect();
            let latest = |frequency_hz: f64| {
                signal.amplitude_at(frequency_hz, chord.first_s() - CLEARANCE_S - LATEST_S, LATEST_S) as f32
            };
            let partials = Partials::of(before, after, &held, again, latest, settings);
            pitches::estimate(&partials, timbres, &moment, settings, all_judged.is_some().then_some(&mut judged))
        };
        let mut found = strike(&[]);
        let again = struck_again(signal, &around, &sounding, &found, settings);
        if !again.is_empty() {
            let second = strike(&again);
            // Taken as struck, a held key's harmonics would make others believable.
            let is_found = |(midi, _): &&(u8, f64)| second.iter().any(|pitch| pitch.midi == *midi);
            let still: Vec<(u8, f64)> = again.iter().filter(is_found).copied().collect();
            if still.len() == again.len() {
                found = second;
            } else if !still.is_empty() {
                found = strike(&still);
            }
        }
        if let Some(all) = all_judged {
            all.append(&mut judged);
        }
        for pitch in &mut found {
            pitch.f0_hz = refined_f0_hz(signal, &around, pitch.f0_hz);
        }
        for pitch in &found {
            notes.push(begin(signal, chord, pitch));
            offsets.start(notes.len() - 1, notes);
        }
        found.len()
    }
}

/// By onset, then by key.
fn sort(notes: &mut [Note]) {
    notes.sort_by(|a, b| a.onset_s.total_cmp(&b.onset_s).then(a.midi.cmp(&b.midi)));
}

/// The note at that onset of its chord at which it gains most.
fn begin(signal: &Signal, chord: &Chord, pitch: &Pitch) -> Note {
    let gain_db = |onset_s: f64| rise_db(signal, pitch.f0_hz, onset_s, |_| true);
    let best = chord.onsets_s.iter().copied().max_by(|a, b| gain_db(*a).total_cmp(&gain_db(*b)));
    let onset_s = best.unwrap_or_else(|| chord.first_s());
    let level_db = 20.0 * pitch.amplitude.max(f64::MIN_POSITIVE).log10();
    Note { onset_s, offset_s: onset_s, midi: pitch.midi, f0_hz: pitch.f0_hz, level_db }
}

fn events(notes: &[Note], settings: &TranscriptionSettings) -> Vec<NoteEvent> {
    let levels_db: Vec<f64> = notes.iter().map(|note| note.level_db).collect();
    let velocities = velocity::velocities(&levels_db, settings.median_velocity, settings.velocity_exponent);
    let event = |(note, velocity): (&Note, u8)| NoteEvent {
        onset_s: note.onset_s,
        offset_s: note.offset_s,
        midi: note.midi,
        velocity,
        velocity_known: false,
        f0_hz: note.f0_hz,
    };
    notes.iter().zip(velocities).map(event).collect()
}
