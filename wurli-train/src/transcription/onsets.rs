//! When something is struck: spectral flux, then refinement in time.
//!
//! The flux is the rise of a log spectrum in quarter-tone bands over the largest of three neighbouring bands two
//! frames before, so that a partial which only drifts in pitch makes little (the idea of SuperFlux; Böck and
//! Widmer, DAFx 2013).

use std::collections::VecDeque;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::settings::TranscriptionSettings;
use super::signal::Signal;
use super::spectrum::{Analyser, Spectrum, Stretch};

/// Bands of the flux, Hz. Below, thumps; above, nothing that a lower band does not show.
const BANDS_HZ: (f64, f64) = (30.0, 10_000.0);
const BANDS_PER_OCTAVE: f64 = 24.0;
/// Frames between the two spectra that are compared: the window's length is about four hops.
const LAG: usize = 2;
/// Frames before and after a frame in which it must be the largest; 30 ms.
const MAXIMUM_REACH: usize = 3;
/// Frames before and after a frame from which the median is taken; as in SuperFlux, mostly the past.
const MEDIAN_BEFORE: usize = 10;
const MEDIAN_AFTER: usize = 7;
/// Around a flux peak, where the onset is sought, seconds: the window's half length and a hop.
const REFINE_S: f64 = 0.034;
/// Stretches compared first, seconds: the period of A1, 18 ms.
const COARSE_WINDOW_S: f64 = 0.018;
/// Stretches compared then, seconds. 8 ms: three periods of the middle of the keyboard.
const REFINE_WINDOW_S: f64 = 0.008;
/// Resolution of the refinement, seconds.
const REFINE_STEP_S: f64 = 0.001;

/// Onsets so close that they are analysed together; at least one, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Chord {
    pub(super) onsets_s: Vec<f64>,
    /// Whether no more than the faint threshold was passed: as likely two partials that beat.
    pub(super) is_faint: bool,
}

impl Chord {
    pub(super) fn first_s(&self) -> f64 {
        self.onsets_s.first().copied().unwrap_or(0.0)
    }

    pub(super) fn last_s(&self) -> f64 {
        self.onsets_s.last().copied().unwrap_or(0.0)
    }

    fn is_near(&self, other: &Self, within_s: f64) -> bool {
        other.first_s() <= self.last_s() + within_s && self.first_s() <= other.last_s() + within_s
    }
}

/// Onsets over one threshold.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Track {
    /// The last frame that was a peak.
    last_peak: Option<usize>,
    /// Onsets to which an earlier one may still come, in order.
    unsettled_s: Vec<f64>,
    last_onset_s: Option<f64>,
    /// The chord to which an onset may still come.
    open: Option<Chord>,
}

impl Track {
    /// The chords to which none of the onsets after `known_s` belongs: each at most `chord_s` after the first of its chord.
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
            // What begins later cannot be analysed, and a recording that is cut off ends with a click.
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

    /// Up to here, every chord is known, seconds.
    fn answered_s(&self, known_s: f64) -> f64 {
        self.open.as_ref().map_or(f64::INFINITY, Chord::first_s).min(known_s)
    }
}

/// Goes through a signal, once, in time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Detector {
    /// Mean rise per band, one value per hop, from frame `first` on; frame n is centred on n hops.
    flux: VecDeque<f32>,
    first: usize,
    /// Bands of the last `LAG` frames.
    recent: [Vec<f32>; LAG],
    /// The frame that is looked at next.
    next: usize,
    clear: Track,
    faint: Track,
    /// Chords before which another may still come, and clear ones beside which a faint one may.
    waiting: Vec<Chord>,
    passed: Vec<Chord>,
    #[serde(skip)]
    bands: Vec<Range<usize>>,
}

impl Detector {
    /// The chords that are known once the signal is, as far as it is here; each is answered once, in order. None that is faint lies beside a
    /// clear one.
    pub(super) fn advance(
        &mut self,
        signal: &Signal,
        settings: &TranscriptionSettings,
        analyser: &mut Analyser,
    ) -> Vec<Chord> {
        self.read(signal, settings, analyser);
        self.seek(signal, settings);
        let known_s = self.known_s(signal, settings);
        self.waiting.extend(self.clear.settle(known_s, false, signal, settings));
        self.waiting.extend(self.faint.settle(known_s, true, signal, settings));
        self.waiting.sort_by(|a, b| a.first_s().total_cmp(&b.first_s()).then(a.is_faint.cmp(&b.is_faint)));

        let answered_s = self.answered_s(signal, settings);
        let clear = self.passed.iter().chain(&self.waiting).filter(|chord| !chord.is_faint);
        let clear: Vec<Chord> = clear.cloned().collect();
        let answered = self.waiting.partition_point(|chord| chord.first_s() < answered_s);
        let beside_clear = |faint: &Chord| clear.iter().any(|chord| chord.is_near(faint, settings.chord_s));
        let chords: Vec<Chord> =
            self.waiting.drain(..answered).filter(|chord| !chord.is_faint || !beside_clear(chord)).collect();
        let is_passed =
            |chord: &&Chord| chord.first_s() < answered_s && chord.last_s() + settings.chord_s >= answered_s;
        self.passed = clear.iter().filter(is_passed).cloned().collect();
        chords
    }

    /// Up to here, no onset will be found any more, seconds.
    pub(super) fn known_s(&self, signal: &Signal, settings: &TranscriptionSettings) -> f64 {
        if signal.is_complete() && self.next >= frames(signal, settings) {
            return f64::INFINITY;
        }
        // A peak moves by so much when it is refined.
        let moves_s = REFINE_S + REFINE_WINDOW_S + 4.0 * REFINE_STEP_S;
        self.next as f64 * hop_s(settings) - moves_s
    }

    /// Up to here, every chord has been answered, seconds: a faint one, once no clear one may come beside it.
    pub(super) fn answered_s(&self, signal: &Signal, settings: &TranscriptionSettings) -> f64 {
        let known_s = self.known_s(signal, settings);
        (self.clear.answered_s(known_s) - 2.0 * settings.chord_s).min(self.faint.answered_s(known_s))
    }

    /// The flux of all frames that are here.
    fn read(&mut self, signal: &Signal, settings: &TranscriptionSettings, analyser: &mut Analyser) {
        let length = (settings.flux_window_s * signal.rate_hz).round().max(16.0) as usize;
        let frames = frames(signal, settings);
        let stretch = |frame: usize| Stretch {
            start: signal.index_at(frame as f64 * hop_s(settings)) - (length / 2) as isize,
            length,
        };
        let gain = settings.flux_gain as f32 / signal.peak;
        let mut spectra = <[Spectrum; 2]>::default();
        let is_here = |frame: usize| {
            let Stretch { start, length } = stretch(frame);
            signal.is_complete() || start + length as isize <= signal.end() as isize
        };
        while self.first + self.flux.len() < frames && is_here(self.first + self.flux.len() + 1) {
            let frame = self.first + self.flux.len();
            analyser.pair(signal, [stretch(frame), stretch(frame + 1)], 1, &mut spectra);
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

    /// The onsets of all frames whose surroundings are known: those that are the largest around and stand above the running median.
    fn seek(&mut self, signal: &Signal, settings: &TranscriptionSettings) {
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
                    track.unsettled_s.push(refine(signal, frame as f64 * hop_s(settings)));
                }
            }
        }
        self.next = self.next.max(last);
        let passed = self.next.saturating_sub(MEDIAN_BEFORE).saturating_sub(self.first);
        self.flux.drain(..passed);
        self.first += passed;
    }
}

fn hop_s(settings: &TranscriptionSettings) -> f64 {
    settings.flux_hop_s.max(1e-3)
}

/// Frames of the whole recording.
fn frames(signal: &Signal, settings: &TranscriptionSettings) -> usize {
    (signal.duration_s() / hop_s(settings)).ceil() as usize + 1
}

/// Bins of each band; every band has at least one, none is in two.
fn band_edges(spectrum: &Spectrum) -> Vec<Range<usize>> {
    let count = ((BANDS_HZ.1 / BANDS_HZ.0).log2() * BANDS_PER_OCTAVE) as usize;
    let mut edges: Vec<usize> = (0..=count)
        .map(|band| BANDS_HZ.0 * (band as f64 / BANDS_PER_OCTAVE).exp2() / spectrum.bin_hz)
        .map(|bin| (bin.round() as usize).max(1))
        .filter(|bin| *bin < spectrum.amplitudes.len())
        .collect();
    edges.dedup();
    edges.windows(2).filter_map(|pair| Some(*pair.first()?..*pair.get(1)?)).collect()
}

/// Replaces the bands of `LAG` frames ago by those of this frame, and returns the mean rise between them.
fn rise(logs: &mut Vec<f32>, spectrum: &Spectrum, bands: &[Range<usize>], gain: f32) -> f32 {
    let mut sum = 0.0;
    let mut below = f32::MIN;
    let mut now = Vec::with_capacity(bands.len());
    for (index, band) in bands.iter().enumerate() {
        let bins = spectrum.amplitudes.get(band.clone()).unwrap_or_default();
        let loudest = bins.iter().fold(0.0_f32, |most, amplitude| most.max(*amplitude));
        let log = (1.0 + gain * loudest).log10();
        let here = logs.get(index).copied().unwrap_or(0.0);
        let above = logs.get(index + 1).copied().unwrap_or(f32::MIN);
        sum += (log - here.max(below).max(above)).max(0.0);
        below = here;
        now.push(log);
    }
    *logs = now;
    sum / bands.len().max(1) as f32
}

/// Where the energy rises most, as a ratio, around `near_s`: first over long stretches, which hold a period of the
/// lowest note, then over short ones.
fn refine(signal: &Signal, near_s: f64) -> f64 {
    let coarse_s = steepest_rise(signal, near_s, REFINE_S, COARSE_WINDOW_S);
    let fine_s = steepest_rise(signal, coarse_s, REFINE_WINDOW_S, REFINE_WINDOW_S);
    fine_s.clamp(0.0, signal.duration_s())
}

/// The time within `reach_s` of `near_s` at which `window_s` after has most energy in relation to `window_s` before.
fn steepest_rise(signal: &Signal, near_s: f64, reach_s: f64, window_s: f64) -> f64 {
    let step = ((REFINE_STEP_S * signal.rate_hz).round() as usize).max(1);
    let width = ((window_s / REFINE_STEP_S).round() as usize).max(1);
    let reach = (reach_s / REFINE_STEP_S).round() as usize;
    let first = signal.index_at(near_s) - ((reach + width) * step) as isize;
    let cells = (0..2 * (reach + width)).map(|cell| signal.slice(first + (cell * step) as isize, step).1);
    let mut sums = vec![0.0];
    for samples in cells {
        let energy: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
        sums.push(sums.last().copied().unwrap_or(0.0) + energy);
    }
    let at = |cell: usize| sums.get(cell).copied().unwrap_or(0.0);
    let energy = |from: usize| at(from + width) - at(from);
    let candidates = width..=width + 2 * reach;
    let loudest = (0..=width + 2 * reach).map(energy).fold(0.0, f64::max);
    // 40 dB under the loudest: ratios among what is inaudible beside it say nothing.
    let ratio = |cell: usize| (energy(cell) + 1e-4 * loudest) / (energy(cell - width) + 1e-4 * loudest);
    let best = candidates.max_by(|a, b| ratio(*a).total_cmp(&ratio(*b)).then(b.cmp(a))).unwrap_or(width);
    (first + (best * step) as isize) as f64 / signal.rate_hz
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Audio;

    /// Decaying tones: onset s, frequency Hz, amplitude.
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
        Signal::of(&Audio { samples: (0..88_200).map(sample).collect(), sample_rate: 44_100 }).unwrap()
    }

    fn onsets_of(signal: &Signal) -> Vec<Vec<f64>> {
        let chords = Detector::default().advance(signal, &TranscriptionSettings::default(), &mut Analyser::new());
        chords.into_iter().map(|chord| chord.onsets_s).collect()
    }

    #[test]
    fn an_onset_is_found_to_five_milliseconds_from_bass_to_treble() {
        for hz in [55.0, 220.0, 880.0, 2093.0] {
            let found = onsets_of(&struck(&[(0.5, hz, 0.5)]));
            assert_eq!(found.len(), 1, "{hz} Hz: {found:?}");
            assert!((found[0][0] - 0.5).abs() < 0.005, "{hz} Hz: {found:?}");
        }
    }

    #[test]
    fn onsets_within_sixty_milliseconds_are_one_chord_and_others_are_not() {
        let found = onsets_of(&struck(&[(0.5, 220.0, 0.3), (0.54, 330.0, 0.3), (0.9, 440.0, 0.3)]));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!((found[1][0] - 0.9).abs() < 0.01, "{found:?}");
    }
}
