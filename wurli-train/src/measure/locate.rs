//! Frequencies of a note's harmonics, and the noise between them.

use crate::dsp::refine::{refine_each_hz, refine_hz};
use crate::dsp::spectrum::Spectrum;
use crate::dsp::{db_to_amplitude, goertzel, interval_cents};

/// Window in which frequencies and noise are read, s after the onset: past the attack, before a
/// treble note has died.
pub const STEADY_S: (f64, f64) = (0.05, 0.45);
/// Distance within which the fundamental is searched, as a fraction: half a semitone.
pub const F0_SEARCH: f64 = 0.03;
/// Range around the fundamental, as factors, in which no partial may be [`NEIGHBOUR_DB`] stronger.
const NEIGHBOUR_RANGE: (f64, f64) = (0.8, 1.25);
/// Below the 31 dB of the Hann window's first side lobe: a weaker peak beside a strong partial may
/// be a side lobe.
const NEIGHBOUR_DB: f64 = 26.0;
/// A fundamental this far below the note's strongest bin is inaudible, dB.
const BELOW_STRONGEST_DB: f64 = 60.0;
/// Least level of a fundamental above the noise, dB. A bin of white noise exceeds it with a
/// probability of 2^-15.8: among the fifty bins searched for the highest key, once in a thousand
/// recordings.
const ABOVE_NOISE_DB: f64 = 12.0;
/// Periods that a segment must hold before noise half-way between two harmonics can be told from
/// them.
const NOISE_PERIODS: f64 = 8.0;
/// Distance within which a harmonic is searched, as a fraction of its multiple of the fundamental.
pub const HARMONIC_SEARCH: f64 = 0.01;
/// Noise of H_k is the median spectrum within this fraction of (k + ½)·f0.
const FLOOR_SEARCH: f64 = 0.01;
/// Highest frequency that is measured, Hz; see also `BAND_SHARE`.
pub const BAND_HZ: f64 = 18_000.0;
/// Highest frequency that is measured, as a fraction of the sample rate.
const BAND_SHARE: f64 = 0.45;
/// Largest change of a steady frequency from the first to the last two thirds of its window, cents.
/// The pickup is driven periodically: only a null, where a harmonic changes sign, or beating seems
/// to move one.
const STEADY_CENTS: f64 = 5.0;
/// A sinusoid weaker than this in the middle, as a fraction of both sides, passes a null there.
/// Such a null shifts both thirds alike, so that their frequencies agree.
const DIP_RATIO: f64 = 0.5;
/// Harmonics that are computed side by side.
const LANES: usize = 8;

/// Harmonics of a note.
#[derive(Clone, Debug)]
pub struct Located {
    /// Fundamental, Hz.
    pub f0_hz: f64,
    /// Frequencies from H1 on, Hz; beyond the band, multiples of the fundamental.
    pub frequencies_hz: Vec<f64>,
    /// For each harmonic, `true` if its frequency is steady.
    pub steady: Vec<bool>,
    /// Noise above each harmonic, as the amplitude in one bin of a window of `floor_samples`
    /// samples; 0 beyond the band.
    pub floors: Vec<f64>,
    /// Length of the window of the floors, in samples.
    pub floor_samples: usize,
    /// Upper end of the band, Hz.
    pub band_hz: f64,
}

/// Finds the first `count` harmonics in `body`, which begins at the onset.
///
/// `None` where nothing sounds near `expected_hz`.
pub fn locate(body: &[f32], sample_rate: u32, expected_hz: f64, count: usize) -> Option<Located> {
    let steady = steady_segment(body, sample_rate);
    let spectrum = Spectrum::new(steady, sample_rate);
    let peak_hz = fundamental_hz(&spectrum, sample_rate, expected_hz)?;
    let f0_hz = refined_or_peak(refine_hz(steady, peak_hz, sample_rate), peak_hz, peak_hz);
    let band_hz = BAND_HZ.min(BAND_SHARE * f64::from(sample_rate));
    let mut located = Located {
        f0_hz,
        frequencies_hz: Vec::with_capacity(count),
        steady: Vec::with_capacity(count),
        floors: Vec::with_capacity(count),
        floor_samples: spectrum.length,
        band_hz,
    };
    for first in (1..=count).step_by(LANES) {
        // Harmonics beyond the last are computed and discarded.
        let multiples_hz: [f64; LANES] = std::array::from_fn(|i| (first + i) as f64 * f0_hz);
        let in_band = multiples_hz.map(|multiple_hz| multiple_hz <= band_hz);
        let (mut frequencies_hz, mut is_steady) = (multiples_hz, [true; LANES]);
        if in_band.contains(&true) {
            let peaks_hz: [Option<f64>; LANES] = std::array::from_fn(|i| {
                let reach_hz = (HARMONIC_SEARCH * multiples_hz[i]).max(spectrum.bin_hz);
                let is_searched = first + i > 1 && in_band[i];
                spectrum.peak_hz(multiples_hz[i] - reach_hz, multiples_hz[i] + reach_hz).filter(|_| is_searched)
            });
            let starts_hz: [f64; LANES] = std::array::from_fn(|i| peaks_hz[i].unwrap_or(multiples_hz[i]));
            let refined = refine_each_hz(steady, starts_hz, sample_rate);
            frequencies_hz = std::array::from_fn(|i| {
                peaks_hz[i].map_or(multiples_hz[i], |peak_hz| refined_or_peak(refined[i], peak_hz, f0_hz))
            });
            is_steady = have_steady_frequencies(steady, frequencies_hz, sample_rate);
        }
        for i in 0..LANES.min(count + 1 - first) {
            // An unsteady peak is one side of a null; the harmonic itself is at its multiple.
            located.frequencies_hz.push(if is_steady[i] { frequencies_hz[i] } else { multiples_hz[i] });
            located.steady.push(is_steady[i] || !in_band[i]);
            located.floors.push(if in_band[i] { floor(&spectrum, f0_hz, first + i) } else { 0.0 });
        }
    }
    Some(located)
}

/// Returns the frequency of the partial near `expected_hz`, Hz; `None` for noise, or the side lobe
/// of another partial.
pub(super) fn fundamental_hz(spectrum: &Spectrum, sample_rate: u32, expected_hz: f64) -> Option<f64> {
    // In a short segment, bins are far apart and peaks wide.
    let reach_hz = (F0_SEARCH * expected_hz).max(1.5 * spectrum.bin_hz);
    let (low_hz, high_hz) = (expected_hz - reach_hz, expected_hz + reach_hz);
    let peak_hz = spectrum.peak_hz(low_hz, high_hz)?;
    let highest = |bins: &[f32]| bins.iter().fold(0.0f64, |highest, bin| highest.max(f64::from(*bin)));
    let highest_between = |low_hz, high_hz| highest(spectrum.band(low_hz, high_hz).1);
    let peak = highest_between(low_hz, high_hz);
    let is_on_a_slope = highest_between(low_hz - spectrum.bin_hz, high_hz + spectrum.bin_hz) > peak;
    let (below, above) = NEIGHBOUR_RANGE;
    let neighbour = highest_between(below * expected_hz, above * expected_hz) * db_to_amplitude(-NEIGHBOUR_DB);
    let faint = highest(&spectrum.amplitudes) * db_to_amplitude(-BELOW_STRONGEST_DB);
    let periods = spectrum.length as f64 * peak_hz / f64::from(sample_rate);
    let noise =
        if periods < NOISE_PERIODS { 0.0 } else { floor(spectrum, peak_hz, 1) * db_to_amplitude(ABOVE_NOISE_DB) };
    (!is_on_a_slope && peak > neighbour.max(faint).max(noise)).then_some(peak_hz)
}

/// For each sinusoid, `true` if it keeps its frequency. Segments too short to tell count as steady.
fn have_steady_frequencies(samples: &[f32], frequencies_hz: [f64; LANES], sample_rate: u32) -> [bool; LANES] {
    let third = samples.len() / 3;
    let parts = [samples.get(..2 * third), samples.get(third..)].map(|part| part.unwrap_or(&[]));
    let [earlier, later] = parts.map(|part| refine_each_hz(part, frequencies_hz, sample_rate));
    let has_dip = dips(samples, frequencies_hz, sample_rate);
    std::array::from_fn(|i| match (earlier[i], later[i]) {
        (Some(earlier), Some(later)) => interval_cents(later, earlier).abs() <= STEADY_CENTS && !has_dip[i],
        _ => true,
    })
}

/// For each sinusoid, `true` if it is much weaker in the middle than in both halves.
fn dips(samples: &[f32], frequencies_hz: [f64; LANES], sample_rate: u32) -> [bool; LANES] {
    let half = samples.len() / 2;
    let window = goertzel::hann(half);
    let [before, middle, after] = [0, half / 2, samples.len() - half].map(|from| {
        let part = samples.get(from..).unwrap_or(&[]);
        goertzel::phasors([part; LANES], &window, frequencies_hz, sample_rate).map(|phasor| phasor.norm())
    });
    std::array::from_fn(|i| middle[i] < DIP_RATIO * before[i].min(after[i]))
}

/// Returns the amplitude of the noise between H_k and the next harmonic, in one bin of `spectrum`.
///
/// Below H_k, where the spectrum ends before the next harmonic.
pub fn floor(spectrum: &Spectrum, f0_hz: f64, k: usize) -> f64 {
    let around = |multiple: f64| {
        let between_hz = multiple * f0_hz;
        spectrum.median(between_hz * (1.0 - FLOOR_SEARCH), between_hz * (1.0 + FLOOR_SEARCH))
    };
    around(k as f64 + 0.5).or_else(|| around(k as f64 - 0.5)).unwrap_or(0.0)
}

/// Returns the part of a note in which frequencies and noise are read.
pub fn steady_segment(body: &[f32], sample_rate: u32) -> &[f32] {
    segment(body, sample_rate, STEADY_S.0, STEADY_S.1)
}

/// Returns the part of `samples` from `from_s` to `to_s`, as far as it exists.
pub fn segment(samples: &[f32], sample_rate: u32, from_s: f64, to_s: f64) -> &[f32] {
    let index = |time_s: f64| ((time_s * f64::from(sample_rate)).round().max(0.0) as usize).min(samples.len());
    samples.get(index(from_s)..index(to_s)).unwrap_or(&[])
}

/// Returns `refined_hz`, or `peak_hz` where refinement failed or left the harmonic's neighbourhood.
pub(super) fn refined_or_peak(refined_hz: Option<f64>, peak_hz: f64, f0_hz: f64) -> f64 {
    refined_hz.filter(|refined| (refined - peak_hz).abs() < (0.02 * peak_hz).min(0.25 * f0_hz)).unwrap_or(peak_hz)
}
