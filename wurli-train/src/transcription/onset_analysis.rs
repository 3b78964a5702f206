//! Notes that begin at one onset.

use super::analyser::{Analyser, Segment, SegmentSpectrum};
use super::features::KeyFeatures;
use super::onsets::Chord;
use super::peaks::OnsetPeaks;
use super::pitches::{self, Pitch};
use super::restrike::{OnsetWindows, clear_rise_db, refined_f0_hz, restruck_keys, rise_db};
use super::settings::TranscriptionSettings;
use super::signal::Signal;
use super::timbre::Timbres;
use super::{CLEARANCE_S, SoundingKey, TrackedNote};
use crate::dsp::db_to_amplitude;

/// Window before an onset that is too short to contain a note damped shortly before, seconds.
const LATEST_S: f64 = 0.045;
/// Zero-padding of the spectra at an onset: three bins on a peak's main lobe fit a parabola.
const PADDING: usize = 2;

/// An onset, and all that is known there beside its peaks.
pub(super) struct OnsetContext<'a> {
    pub(super) onset_s: f64,
    /// Length of the spectrum after it, seconds.
    pub(super) length_s: f64,
    pub(super) is_faint: bool,
    /// Least amplitude that a note may have.
    pub(super) weakest: f64,
    /// Keys that sound already.
    pub(super) sounding: &'a [u8],
    /// Rise, in dB, of a fundamental's harmonics that are clear of those of other fundamentals, in
    /// Hz.
    pub(super) rise_db: &'a dyn Fn(f64, &[f64]) -> f64,
}

/// Spectra before and after an onset, and the keys that sound there.
pub(super) struct OnsetAnalysis<'a> {
    signal: &'a Signal,
    chord: &'a Chord,
    windows: OnsetWindows,
    /// Spectra before and after the onset.
    spectra: [SegmentSpectrum; 2],
    sounding: Vec<SoundingKey>,
    settings: &'a TranscriptionSettings,
}

impl<'a> OnsetAnalysis<'a> {
    pub(super) fn new(
        signal: &'a Signal,
        analyser: &mut Analyser,
        chord: &'a Chord,
        windows: OnsetWindows,
        sounding: Vec<SoundingKey>,
        settings: &'a TranscriptionSettings,
    ) -> Self {
        let segment = |start_s: f64, length_s: f64| Segment {
            start: signal.index_at(start_s),
            length: signal.index_at(length_s).unsigned_abs(),
        };
        let segments =
            [segment(windows.before_s, windows.before_length_s), segment(windows.after_s, windows.after_length_s)];
        let mut spectra = <[SegmentSpectrum; 2]>::default();
        analyser.pair(signal, segments, PADDING, &mut spectra);
        Self { signal, chord, windows, spectra, sounding, settings }
    }

    /// Finds the notes that begin, keys that are struck again included, and refines their pitches.
    ///
    /// `all_features` receives the features of all keys that the classifier saw.
    pub(super) fn find_pitches(&self, timbres: &Timbres, all_features: Option<&mut Vec<KeyFeatures>>) -> Vec<Pitch> {
        let mut features = Vec::new();
        let mut estimate = |restruck: &[SoundingKey]| {
            self.estimate(restruck, timbres, all_features.is_some().then_some(&mut features))
        };
        let mut found = estimate(&[]);
        let restruck = restruck_keys(self.signal, &self.windows, &self.sounding, &found, self.settings);
        if !restruck.is_empty() {
            let second = estimate(&restruck);
            // Only keys that are found again count as struck: others would make their harmonics
            // new.
            let is_found = |key: &&SoundingKey| second.iter().any(|pitch| pitch.midi == key.midi);
            let confirmed: Vec<SoundingKey> = restruck.iter().filter(is_found).copied().collect();
            if confirmed.len() == restruck.len() {
                found = second;
            } else if !confirmed.is_empty() {
                found = estimate(&confirmed);
            }
        }
        if let Some(all) = all_features {
            all.append(&mut features);
        }
        for pitch in &mut found {
            pitch.f0_hz = refined_f0_hz(self.signal, &self.windows, pitch.f0_hz);
        }
        found
    }

    /// Estimates the pitches, with the keys in `restruck` taken as struck again.
    fn estimate(
        &self,
        restruck: &[SoundingKey],
        timbres: &Timbres,
        features: Option<&mut Vec<KeyFeatures>>,
    ) -> Vec<Pitch> {
        let Self { signal, chord, settings, .. } = *self;
        let sustained: Vec<SoundingKey> = self.sounding.iter().filter(|key| !restruck.contains(key)).copied().collect();
        let latest = |frequency_hz: f64| {
            signal.amplitude_at(frequency_hz, chord.first_s() - CLEARANCE_S - LATEST_S, LATEST_S) as f32
        };
        let [before, after] = &self.spectra;
        let peaks = OnsetPeaks::find(before, after, &sustained, restruck, latest, settings);
        let sounding: Vec<u8> = self.sounding.iter().map(|key| key.midi).collect();
        let context = OnsetContext {
            onset_s: chord.first_s(),
            length_s: self.windows.after_length_s,
            is_faint: chord.is_faint,
            weakest: f64::from(db_to_amplitude(-settings.weakest_in_recording_db) as f32 * signal.peak),
            sounding: &sounding,
            rise_db: &|f0_hz, others_hz| {
                let rises_db = chord.onsets_s.iter().map(|onset_s| clear_rise_db(signal, f0_hz, *onset_s, others_hz));
                rises_db.fold(f64::NEG_INFINITY, f64::max)
            },
        };
        pitches::estimate(&peaks, timbres, &context, settings, features)
    }

    /// Returns the note of a pitch, at the onset of the chord at which it rises most.
    pub(super) fn note(&self, pitch: &Pitch) -> TrackedNote {
        let rise_db = |onset_s: f64| rise_db(self.signal, pitch.f0_hz, onset_s, |_| true);
        let best = self.chord.onsets_s.iter().copied().max_by(|a, b| rise_db(*a).total_cmp(&rise_db(*b)));
        let onset_s = best.unwrap_or_else(|| self.chord.first_s());
        let level_db = 20.0 * pitch.amplitude.max(f64::MIN_POSITIVE).log10();
        TrackedNote { onset_s, offset_s: onset_s, midi: pitch.midi, f0_hz: pitch.f0_hz, level_db }
    }
}
