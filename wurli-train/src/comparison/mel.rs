//! Log-mel spectrogram of a note, aligned at its onset and normalised in loudness.

use std::ops::Range;

use rustfft::num_complex::Complex32;

use crate::audio::Audio;
use crate::dsp::{goertzel::hann, spectrum};

/// Number of mel bands.
pub(super) const BANDS: usize = 64;
/// Edges of the lowest and of the highest band, Hz.
const BAND_LIMITS_HZ: (f64, f64) = (30.0, 12_000.0);
/// Length of a window, s: 2048 samples at 44.1 kHz.
const WINDOW_S: f64 = WINDOW_SAMPLES / 44_100.0;
/// Samples of a window at 44.1 kHz. The power of a longer one is scaled to it.
const WINDOW_SAMPLES: f64 = 2048.0;
/// Distance of two windows, s: 512 samples at 44.1 kHz.
pub(super) const HOP_S: f64 = 512.0 / 44_100.0;
/// Longest part of a note that is compared, s.
const LONGEST_S: f64 = 1.2;
/// The onset is the first sample above this fraction of the peak.
const ONSET_FRACTION: f32 = 0.1;
/// Time before the onset that is kept, s.
const BEFORE_ONSET_S: f64 = 0.005;
/// Part by whose root mean square notes are normalised, s from the start.
const LOUDNESS_S: (f64, f64) = (0.055, 0.455);
/// Power added to each band, so that silence has a level.
const SILENCE: f32 = 1e-12;

/// Levels of the mel bands in each window, dB.
#[derive(Clone, Debug, PartialEq)]
pub struct LogMel(pub(super) Vec<[f32; BANDS]>);

impl LogMel {
    /// Analyses a recorded note, up to its end. `None` if it is silent, or shorter than a window
    /// and two hops, 70 ms.
    #[must_use]
    pub fn from_recording(note: &Audio) -> Option<Self> {
        let (begin, _) = aligned(note)?;
        let length = (note.samples.len() as isize - begin) as f64 / f64::from(note.sample_rate);
        let frames = (LONGEST_S.min(length - WINDOW_S) / HOP_S) as usize;
        Self::with_frames(note, frames)
    }

    /// Analyses a rendered note in as many windows as `recording` has. Silence follows its end.
    /// `None` if it is silent.
    #[must_use]
    pub fn from_rendering(note: &Audio, recording: &Self) -> Option<Self> {
        Self::with_frames(note, recording.0.len())
    }

    fn with_frames(note: &Audio, frames: usize) -> Option<Self> {
        let (begin, gain) = aligned(note)?;
        let bank = FilterBank::new(note.sample_rate);
        let rate = f64::from(note.sample_rate);
        let window = hann(bank.window);
        let starts: Vec<isize> =
            (0..frames).map(|frame| begin + (frame as f64 * HOP_S * rate).round() as isize).collect();
        let sample =
            |index: isize| usize::try_from(index).ok().and_then(|i| note.samples.get(i)).map_or(0.0, |s| s * gain);
        let fft = spectrum::forward(bank.window);
        let mut bins = vec![Complex32::default(); bank.window];
        let mut scratch = vec![Complex32::default(); fft.get_inplace_scratch_len()];
        let mut levels = Vec::with_capacity(frames);
        // Two real windows make one complex transform; their spectra are its even and odd parts.
        for pair in starts.chunks(2) {
            let (first, second) = (pair[0], pair.last().copied().unwrap_or(pair[0]));
            for ((i, bin), weight) in bins.iter_mut().enumerate().zip(window.iter()) {
                let at = |start: isize| sample(start + i as isize) * weight;
                *bin = Complex32::new(at(first), at(second));
            }
            fft.process_with_scratch(&mut bins, &mut scratch);
            let spectra = |k: usize| {
                let (one, other) = (bins[k], bins[(bank.window - k) % bank.window].conj());
                [(one + other).norm_sqr() / 4.0, (one - other).norm_sqr() / 4.0]
            };
            let both = bank.apply(spectra);
            levels.extend(both.into_iter().take(pair.len()));
        }
        (frames > 1).then_some(Self(levels))
    }

    /// Returns the centre frequencies of the bands, Hz.
    pub(super) fn centres_hz() -> [f64; BANDS] {
        std::array::from_fn(|band| band_edge_hz(band + 1))
    }
}

/// Returns the first sample of the aligned note, which may lie before the recording, and its gain.
fn aligned(note: &Audio) -> Option<(isize, f32)> {
    let rate = f64::from(note.sample_rate);
    let peak = note.samples.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    let onset = note.samples.iter().position(|sample| sample.abs() > ONSET_FRACTION * peak)?;
    let begin = onset as isize - (BEFORE_ONSET_S * rate) as isize;
    let at = |time_s: f64| (begin + (time_s * rate) as isize).clamp(0, note.samples.len() as isize) as usize;
    let loud = &note.samples[at(LOUDNESS_S.0)..at(LOUDNESS_S.1)];
    let square = loud.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / loud.len().max(1) as f64;
    (square > 0.0).then(|| (begin, (1.0 / square.sqrt()) as f32))
}

/// Returns an edge of the bands: band `b` extends from edge b to edge b + 2.
fn band_edge_hz(edge: usize) -> f64 {
    let mel = |hz: f64| (1.0 + hz / 700.0).log10();
    let (low, high) = (mel(BAND_LIMITS_HZ.0), mel(BAND_LIMITS_HZ.1));
    700.0 * (10f64.powf(low + (high - low) * edge as f64 / (BANDS + 1) as f64) - 1.0)
}

/// Triangular filters over the bins of a window (mel scale of O'Shaughnessy, 2595·log10(1 + f/700)).
struct FilterBank {
    /// Samples of a window.
    window: usize,
    /// Bins of each band with their weights, for the power of a window of [`WINDOW_SAMPLES`].
    bands: Vec<(Range<usize>, Vec<f32>)>,
}

impl FilterBank {
    fn new(sample_rate: u32) -> Self {
        let rate = f64::from(sample_rate);
        let window = (WINDOW_S * rate).round() as usize;
        let last = window / 2;
        let hz = |bin: usize| bin as f64 * rate / window as f64;
        let scale = (WINDOW_SAMPLES / window as f64).powi(2) as f32;
        let band = |band: usize| {
            let [low, centre, high] = [0, 1, 2].map(|edge| band_edge_hz(band + edge));
            let bins = (0..=last).filter(|bin| (low..high).contains(&hz(*bin)) && hz(*bin) > low);
            let bins: Vec<usize> = bins.collect();
            match bins[..] {
                [first, .., end] | [first @ end] => {
                    let weight =
                        |bin| ((hz(bin) - low) / (centre - low)).min((high - hz(bin)) / (high - centre)) as f32;
                    (first..end + 1, (first..=end).map(|bin| scale * weight(bin)).collect())
                }
                // Narrower than a bin: the nearest one.
                [] => {
                    let nearest = ((centre * window as f64 / rate).round() as usize).min(last);
                    (nearest..nearest + 1, vec![scale])
                }
            }
        };
        Self { window, bands: (0..BANDS).map(band).collect() }
    }

    /// Returns the levels of both windows, dB, from their power in each bin.
    fn apply(&self, power: impl Fn(usize) -> [f32; 2]) -> [[f32; BANDS]; 2] {
        let mut levels = [[0.0; BANDS]; 2];
        for (band, (bins, weights)) in self.bands.iter().enumerate() {
            let mut sums = [SILENCE; 2];
            for (bin, weight) in bins.clone().zip(weights) {
                let [first, second] = power(bin);
                sums[0] += weight * first;
                sums[1] += weight * second;
            }
            for (levels, sum) in levels.iter_mut().zip(sums) {
                levels[band] = 10.0 * sum.log10();
            }
        }
        levels
    }
}
