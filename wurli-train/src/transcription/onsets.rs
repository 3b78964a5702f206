//! Onset detection by spectral flux.
//!
//! The flux is the rise of a log spectrum in quarter-tone bands over the largest of three
//! neighbouring bands two frames before. A partial that drifts in pitch hardly raises it
//! (SuperFlux; Böck and Widmer, DAFx 2013).

use std::collections::VecDeque;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::analyser::{Analyser, Segment, SegmentSpectrum};
use super::settings::TranscriptionSettings;
use super::signal::Signal;
use super::steepest_rise::{REFINE_S, REFINE_STEP_S, REFINE_WINDOW_S, refine_onset_s};

/// Range of the bands, Hz. Below there are thumps, above nothing that a lower band does not show.
const BANDS_HZ: (f64, f64) = (30.0, 10_000.0);
const BANDS_PER_OCTAVE: f64 = 24.0;
/// Frames between the two spectra that are compared. A window is about four hops long.
const LAG: usize = 2;
/// Frames on either side among which a peak must be the largest: 30 ms.
const MAXIMUM_REACH: usize = 3;
/// Frames of the running median before a frame. As in SuperFlux, most lie in the past.
const MEDIAN_BEFORE: usize = 10;
/// Frames of the running median after a frame.
const MEDIAN_AFTER: usize = 7;
/// Onsets so close that they are analysed together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Chord {
    /// Onsets in ascending order, at least one.
    pub(super) onsets_s: Vec<f64>,
    /// `true` if only the faint threshold was passed. The cause may be two partials that beat.
    pub(super) is_faint: bool,
}

impl Chord {
    pub(super) fn first_s(&self) -> f64 {
        self.onsets_s.first().copied().unwrap_or(0.0)
    }

    pub(super) fn last_s(&self) -> f64 {
        self.onsets_s.last().copied().unwrap_or(0.0)
    }

    /// Returns `true` if the chords overlap or lie within `within_s` of each other.
    fn is_near(&self, other: &Self, within_s: f64) -> bool {
        other.first_s() <= self.last_s() + within_s && self.first_s() <= other.last_s() + within_s
    }
}

/// Onsets over one threshold.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct ThresholdTrack {
    /// Last frame that was a peak.
    last_peak: Option<usize>,
    /// Onsets before which another may still be found.
    unsettled_s: Vec<f64>,
    last_onset_s: Option<f64>,
    /// Chord to which onsets may still be added.
    open: Option<Chord>,
}

impl ThresholdTrack {
    /// Returns the chords that are complete if all onsets before `known_s` are known.
    ///
    /// A chord's onsets lie at most `chord_s` after its first one.
    fn settle(
        &mut self,
        known_s: f64,
        is_faint: bool,
        signal: &Signal,
        settings: &TranscriptionSettings,
    ) -> Vec<Chord> {
        self.unsettled_s.sort_by(f64::total_cmp);
        let settled = self.unsettled_s.partition_point(|onset_s| *onset_s < known_s);
        let mut chords = Vec::new();
        for onset_s in self.unsettled_s.drain(..settled) {
            // A note at the very end cannot be analysed, and a recording that is cut off ends with
            // a click.
            let is_cut = onset_s + settings.shortest_window_s >= signal.duration_s();
            if is_cut || self.last_onset_s.is_some_and(|last_s| onset_s - last_s < 2.0 * REFINE_WINDOW_S) {
                continue;
            }
            self.last_onset_s = Some(onset_s);
            match &mut self.open {
                Some(chord) if onset_s - chord.first_s() <= settings.chord_s => chord.onsets_s.push(onset_s),
                open => chords.extend(open.replace(Chord { onsets_s: vec![onset_s], is_faint })),
            }
        }
        chords.extend(self.open.take_if(|chord| known_s - chord.first_s() > settings.chord_s));
        chords
    }

    /// Returns the time up to which every chord is complete, seconds.
    fn complete_until_s(&self, known_s: f64) -> f64 {
        self.open.as_ref().map_or(f64::INFINITY, Chord::first_s).min(known_s)
    }
}

/// Detects the onsets of a signal in one pass.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct OnsetDetector {
    /// Mean rise per band, one value per hop, from frame `first` on. Frame n is centred on n hops.
    flux: VecDeque<f32>,
    /// First frame of `flux`.
    first: usize,
    /// Bands of the last `LAG` frames.
    recent: [Vec<f32>; LAG],
    /// Next frame of the peak search.
    next: usize,
    clear: ThresholdTrack,
    faint: ThresholdTrack,
    /// Chords before which another may still be found.
    waiting: Vec<Chord>,
    /// Clear chords that were returned, and beside which a faint one may still be found.
    returned: Vec<Chord>,
    #[serde(skip)]
    bands: Vec<Range<usize>>,
}

impl OnsetDetector {
    /// Returns the chords that the loaded part of the signal completes; each once, in order.
    ///
    /// A faint chord beside a clear one is dropped.
    pub(super) fn advance(
        &mut self,
        signal: &Signal,
        settings: &TranscriptionSettings,
        analyser: &mut Analyser,
    ) -> Vec<Chord> {
        self.read(signal, settings, analyser);
        self.find_peaks(signal, settings);
        let known_s = self.known_s(signal, settings);
        self.waiting.extend(self.clear.settle(known_s, false, signal, settings));
        self.waiting.extend(self.faint.settle(known_s, true, signal, settings));
        self.waiting.sort_by(|a, b| a.first_s().total_cmp(&b.first_s()).then(a.is_faint.cmp(&b.is_faint)));

        let complete_s = self.complete_until_s(signal, settings);
        let clear = self.returned.iter().chain(&self.waiting).filter(|chord| !chord.is_faint);
        let clear: Vec<Chord> = clear.cloned().collect();
        let complete = self.waiting.partition_point(|chord| chord.first_s() < complete_s);
        let beside_clear = |faint: &Chord| clear.iter().any(|chord| chord.is_near(faint, settings.chord_s));
        let chords: Vec<Chord> =
            self.waiting.drain(..complete).filter(|chord| !chord.is_faint || !beside_clear(chord)).collect();
        let is_recent =
            |chord: &&Chord| chord.first_s() < complete_s && chord.last_s() + settings.chord_s >= complete_s;
        self.returned = clear.iter().filter(is_recent).cloned().collect();
        chords
    }

    /// Returns the time up to which all onsets are known, seconds.
    fn known_s(&self, signal: &Signal, settings: &TranscriptionSettings) -> f64 {
        if signal.is_complete() && self.next >= frame_count(signal, settings) {
            return f64::INFINITY;
        }
        // Refinement moves a peak by at most this.
        let shift_s = REFINE_S + REFINE_WINDOW_S + 4.0 * REFINE_STEP_S;
        self.next as f64 * hop_s(settings) - shift_s
    }

    /// Returns the time up to which every chord was returned, seconds. A faint one waits until no
    /// clear one can lie beside it.
    pub(super) fn complete_until_s(&self, signal: &Signal, settings: &TranscriptionSettings) -> f64 {
        let known_s = self.known_s(signal, settings);
        (self.clear.complete_until_s(known_s) - 2.0 * settings.chord_s).min(self.faint.complete_until_s(known_s))
    }

    /// Computes the flux of all loaded frames.
    fn read(&mut self, signal: &Signal, settings: &TranscriptionSettings, analyser: &mut Analyser) {
        let length = (settings.flux_window_s * signal.rate_hz).round().max(16.0) as usize;
        let frames = frame_count(signal, settings);
        let segment = |frame: usize| Segment {
            start: signal.index_at(frame as f64 * hop_s(settings)) - (length / 2) as isize,
            length,
        };
        let gain = settings.flux_gain as f32 / signal.peak;
        let mut spectra = <[SegmentSpectrum; 2]>::default();
        let is_loaded = |frame: usize| {
            let Segment { start, length } = segment(frame);
            signal.is_complete() || start + length as isize <= signal.end() as isize
        };
        while self.first + self.flux.len() < frames && is_loaded(self.first + self.flux.len() + 1) {
            let frame = self.first + self.flux.len();
            analyser.pair(signal, [segment(frame), segment(frame + 1)], 1, &mut spectra);
            for (frame, spectrum) in (frame..frames).zip(&spectra) {
                if self.bands.is_empty() {
                    self.bands = band_edges(spectrum);
                }
                if frame == 0 {
                    self.recent = std::array::from_fn(|_| vec![0.0; self.bands.len()]);
                }
                let mut logs = std::mem::take(&mut self.recent[0]);
                self.flux.push_back(rise(&mut logs, spectrum, &self.bands, gain));
                self.recent.rotate_left(1);
                self.recent[LAG - 1] = logs;
            }
        }
    }

    /// Finds the frames that are the largest around and lie above the running median.
    fn find_peaks(&mut self, signal: &Signal, settings: &TranscriptionSettings) {
        let mut sorting = Vec::new();
        let end = self.first + self.flux.len();
        let last = if signal.is_complete() { end } else { end.saturating_sub(MEDIAN_AFTER) };
        let flux = self.flux.make_contiguous();
        for frame in self.next..last {
            let at = frame - self.first;
            let around = |before: usize, after: usize| {
                flux.get(at.saturating_sub(before)..(at + after + 1).min(flux.len())).unwrap_or_default()
            };
            let value = flux.get(at).copied().unwrap_or(0.0);
            if around(MAXIMUM_REACH, MAXIMUM_REACH).iter().any(|other| *other > value) {
                continue;
            }
            sorting.clear();
            sorting.extend_from_slice(around(MEDIAN_BEFORE, MEDIAN_AFTER));
            let middle = sorting.len() / 2;
            let (_, median, _) = sorting.select_nth_unstable_by(middle, f32::total_cmp);
            let tracks = [(&mut self.clear, settings.flux_threshold), (&mut self.faint, settings.faint_flux_threshold)];
            for (track, threshold) in tracks {
                let is_first = track.last_peak.is_none_or(|last| frame - last > MAXIMUM_REACH);
                if is_first && f64::from(value) > f64::from(*median) + threshold {
                    track.last_peak = Some(frame);
                    track.unsettled_s.push(refine_onset_s(signal, frame as f64 * hop_s(settings)));
                }
            }
        }
        self.next = self.next.max(last);
        let done = self.next.saturating_sub(MEDIAN_BEFORE).saturating_sub(self.first);
        self.flux.drain(..done);
        self.first += done;
    }
}

fn hop_s(settings: &TranscriptionSettings) -> f64 {
    settings.flux_hop_s.max(1e-3)
}

/// Returns the number of frames of the whole recording.
fn frame_count(signal: &Signal, settings: &TranscriptionSettings) -> usize {
    (signal.duration_s() / hop_s(settings)).ceil() as usize + 1
}

/// Bins of each band: at least one, and none in two bands.
fn band_edges(spectrum: &SegmentSpectrum) -> Vec<Range<usize>> {
    let count = ((BANDS_HZ.1 / BANDS_HZ.0).log2() * BANDS_PER_OCTAVE) as usize;
    let mut edges: Vec<usize> = (0..=count)
        .map(|band| BANDS_HZ.0 * (band as f64 / BANDS_PER_OCTAVE).exp2() / spectrum.bin_hz)
        .map(|bin| (bin.round() as usize).max(1))
        .filter(|bin| *bin < spectrum.amplitudes.len())
        .collect();
    edges.dedup();
    edges.windows(2).filter_map(|pair| Some(*pair.first()?..*pair.get(1)?)).collect()
}

/// Returns the mean rise of the bands over those of `LAG` frames before, which `logs` holds and
/// which are replaced.
fn rise(logs: &mut Vec<f32>, spectrum: &SegmentSpectrum, bands: &[Range<usize>], gain: f32) -> f32 {
    let mut sum = 0.0;
    let mut below = f32::MIN;
    let mut now = Vec::with_capacity(bands.len());
    for (index, band) in bands.iter().enumerate() {
        let bins = spectrum.amplitudes.get(band.clone()).unwrap_or_default();
        let loudest = bins.iter().fold(0.0_f32, |most, amplitude| most.max(*amplitude));
        let log = (1.0 + gain * loudest).log10();
        let middle = logs.get(index).copied().unwrap_or(0.0);
        let above = logs.get(index + 1).copied().unwrap_or(f32::MIN);
        sum += (log - middle.max(below).max(above)).max(0.0);
        below = middle;
        now.push(log);
    }
    *logs = now;
    sum / bands.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Audio;

    /// Returns decaying tones: onset s, frequency Hz, amplitude.
    fn struck(notes: &[(f64, f64, f64)]) -> Signal {
        let sample = |n: u32| -> f32 {
            let time_s = f64::from(n) / 44_100.0;
            let tone = |(onset_s, hz, amplitude): &(f64, f64, f64)| {
                let t = time_s - onset_s;
                let phase = std::f64::consts::TAU * hz * t;
                if t < 0.0 { 0.0 } else { amplitude * (-2.0 * t).exp() * (t / 0.003).min(1.0) * phase.sin() }
            };
            notes.iter().map(tone).sum::<f64>() as f32
        };
        Signal::from_audio(&Audio { samples: (0..88_200).map(sample).collect(), sample_rate: 44_100 }).unwrap()
    }

    fn detect(signal: &Signal) -> Vec<Vec<f64>> {
        let chords = OnsetDetector::default().advance(signal, &TranscriptionSettings::default(), &mut Analyser::new());
        chords.into_iter().map(|chord| chord.onsets_s).collect()
    }

    #[test]
    fn finds_onsets_to_five_milliseconds() {
        for hz in [55.0, 220.0, 880.0, 2093.0] {
            let found = detect(&struck(&[(0.5, hz, 0.5)]));
            assert_eq!(found.len(), 1, "{hz} Hz: {found:?}");
            assert!((found[0][0] - 0.5).abs() < 0.005, "{hz} Hz: {found:?}");
        }
    }

    #[test]
    fn groups_onsets_within_sixty_milliseconds() {
        let found = detect(&struck(&[(0.5, 220.0, 0.3), (0.54, 330.0, 0.3), (0.9, 440.0, 0.3)]));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!((found[1][0] - 0.9).abs() < 0.01, "{found:?}");
    }
}
