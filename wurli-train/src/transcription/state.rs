//! Progress of a transcription through a recording.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::analyser::Analyser;
use super::features::KeyFeatures;
use super::offsets::OffsetTracker;
use super::onset_analysis::OnsetAnalysis;
use super::onsets::{Chord, OnsetDetector};
use super::restrike::OnsetWindows;
use super::settings::TranscriptionSettings;
use super::signal::Signal;
use super::timbre::Timbres;
use super::{CLEARANCE_S, TrackedNote};

/// Notes found up to some moment, and all that is needed to continue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TranscriptionState {
    detector: OnsetDetector,
    /// Chords that were detected and not yet analysed.
    chords: VecDeque<Chord>,
    /// Last onset at which a note may have begun.
    previous_s: Option<f64>,
    pub(super) offsets: OffsetTracker,
    pub(super) notes: Vec<TrackedNote>,
}

impl TranscriptionState {
    pub(super) fn new() -> Self {
        let (detector, chords) = <(OnsetDetector, VecDeque<Chord>)>::default();
        Self { detector, chords, previous_s: None, offsets: OffsetTracker::new(), notes: Vec::new() }
    }

    /// Transcribes the signal as far as it is loaded.
    ///
    /// Returns the time up to which all is known, except for the ends of notes that still sound.
    pub(super) fn advance(
        &mut self,
        signal: &Signal,
        analyser: &mut Analyser,
        settings: &TranscriptionSettings,
        mut all_features: Option<&mut Vec<KeyFeatures>>,
    ) -> f64 {
        let timbres = Timbres::new(settings.lowest_midi.min(127), settings.highest_midi.min(127));
        self.chords.extend(self.detector.advance(signal, settings, analyser));
        let complete_s = self.detector.complete_until_s(signal, settings);
        // An onset later than this after a chord does not shorten the chord's spectra.
        let reach_s = settings.longest_window_s.max(settings.shortest_window_s) + settings.chord_s + 2.0 * CLEARANCE_S;
        while let Some(chord) = self.chords.front().cloned() {
            let next_s = self.chords.iter().skip(1).find(|chord| !chord.is_faint).map(Chord::first_s);
            if next_s.is_none() && complete_s < chord.last_s() + reach_s {
                break;
            }
            self.offsets.advance(chord.first_s(), signal, analyser, &mut self.notes, settings);
            let windows = OnsetWindows::new(&chord, self.previous_s, next_s, settings);
            let sounding = self.offsets.sounding(chord.first_s());
            let analysis = OnsetAnalysis::new(signal, analyser, &chord, windows, sounding, settings);
            let found = analysis.find_pitches(&timbres, all_features.as_deref_mut());
            for pitch in &found {
                self.notes.push(analysis.note(pitch));
                self.offsets.start(self.notes.len() - 1, &mut self.notes);
            }
            if !chord.is_faint || !found.is_empty() {
                self.previous_s = Some(chord.last_s());
            }
            self.chords.pop_front();
        }
        let until_s = self.chords.front().map_or(complete_s, Chord::first_s).min(signal.duration_s());
        self.offsets.advance(until_s, signal, analyser, &mut self.notes, settings);
        until_s
    }
}
