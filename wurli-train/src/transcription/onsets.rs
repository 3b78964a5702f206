//! When something is struck: spectral flux, then refinement in time.
//!
//! The flux is the rise of a log spectrum in quarter-tone bands over the largest of three neighbouring bands two
//! frames before, so that a partial which only drifts in pitch makes little (the idea of SuperFlux; Böck and
//! Widmer, DAFx 2013).

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
#[derive(Clone, Debug, PartialEq)]
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

/// All onsets of the signal, grouped.
pub(super) fn detect(signal: &Signal, settings: &TranscriptionSettings, analyser: &mut Analyser) -> Vec<Chord> {
    let flux = flux(signal, settings, analyser);
    let chords_over = |threshold: f64, is_faint: bool| {
        let frames = peaks(&flux, threshold).into_iter();
        let onsets_s = frames.map(|frame| refine(signal, frame as f64 * settings.flux_hop_s.max(1e-3)));
        // What begins later cannot be analysed, and a recording that is cut off ends with a click.
        let onsets_s = onsets_s.filter(|onset_s| onset_s + settings.shortest_window_s < signal.duration_s());
        grouped(onsets_s.collect(), settings.chord_s, is_faint)
    };
    let mut chords = chords_over(settings.flux_threshold, false);
    let mut faint = chords_over(settings.faint_flux_threshold, true);
    faint.retain(|faint| chords.iter().all(|chord| !chord.is_near(faint, settings.chord_s)));
    chords.append(&mut faint);
    chords.sort_by(|a, b| a.first_s().total_cmp(&b.first_s()));
    chords
}

/// Chords of the onsets: each at most `chord_s` after the first of its chord.
fn grouped(mut onsets_s: Vec<f64>, chord_s: f64, is_faint: bool) -> Vec<Chord> {
    onsets_s.sort_by(f64::total_cmp);
    onsets_s.dedup_by(|later, earlier| *later - *earlier < 2.0 * REFINE_WINDOW_S);
    let mut chords: Vec<Chord> = Vec::new();
    for onset_s in onsets_s {
        match chords.last_mut() {
            Some(chord) if onset_s - chord.first_s() <= chord_s => chord.onsets_s.push(onset_s),
            _ => chords.push(Chord { onsets_s: vec![onset_s], is_faint }),
        }
    }
    chords
}

/// Mean rise per band, one value per hop; frame n is centred on n hops.
fn flux(signal: &Signal, settings: &TranscriptionSettings, analyser: &mut Analyser) -> Vec<f32> {
    let length = (settings.flux_window_s * signal.rate_hz).round().max(16.0) as usize;
    let hop_s = settings.flux_hop_s.max(1e-3);
    let frames = (signal.duration_s() / hop_s).ceil() as usize + 1;
    let stretch =
        |frame: usize| Stretch { start: signal.index_at(frame as f64 * hop_s) - (length / 2) as isize, length };
    let gain = settings.flux_gain as f32 / signal.peak;
    let mut spectra = <[Spectrum; 2]>::default();
    let mut bands: Vec<std::ops::Range<usize>> = Vec::new();
    let mut recent: [Vec<f32>; LAG] = Default::default();
    let mut flux = Vec::with_capacity(frames + 1);
    for frame in (0..frames).step_by(2) {
        analyser.pair(signal, [stretch(frame), stretch(frame + 1)], 1, &mut spectra);
        for spectrum in &spectra {
            if bands.is_empty() {
                bands = band_edges(spectrum);
                recent = std::array::from_fn(|_| vec![0.0; bands.len()]);
            }
            let mut logs = std::mem::take(&mut recent[0]);
            flux.push(rise(&mut logs, spectrum, &bands, gain));
            recent.rotate_left(1);
            recent[LAG - 1] = logs;
        }
    }
    flux.truncate(frames);
    flux
}

/// Bins of each band; every band has at least one, none is in two.
fn band_edges(spectrum: &Spectrum) -> Vec<std::ops::Range<usize>> {
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
fn rise(logs: &mut Vec<f32>, spectrum: &Spectrum, bands: &[std::ops::Range<usize>], gain: f32) -> f32 {
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

/// Frames that are the largest around and stand above the running median.
fn peaks(flux: &[f32], threshold: f64) -> Vec<usize> {
    let mut sorting = Vec::new();
    let mut found: Vec<usize> = Vec::new();
    for (frame, value) in flux.iter().enumerate() {
        let around = |before: usize, after: usize| {
            flux.get(frame.saturating_sub(before)..(frame + after + 1).min(flux.len())).unwrap_or_default()
        };
        let is_largest = around(MAXIMUM_REACH, MAXIMUM_REACH).iter().all(|other| other <= value);
        let is_first = found.last().is_none_or(|last| frame - last > MAXIMUM_REACH);
        if !is_largest || !is_first {
            continue;
        }
        sorting.clear();
        sorting.extend_from_slice(around(MEDIAN_BEFORE, MEDIAN_AFTER));
        let middle = sorting.len() / 2;
        let (_, median, _) = sorting.select_nth_unstable_by(middle, f32::total_cmp);
        if f64::from(*value) > f64::from(*median) + threshold {
            found.push(frame);
        }
    }
    found
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
        let chords = detect(signal, &TranscriptionSettings::default(), &mut Analyser::new());
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
