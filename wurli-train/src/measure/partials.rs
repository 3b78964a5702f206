//! Where the partials of a note lie, and how much noise lies between them.

use crate::dsp::refine::{refine_each_hz, refine_hz};
use crate::dsp::spectrum::Spectrum;
use crate::dsp::{db_to_amplitude, goertzel, interval_cents};

/// Frequencies and noise are read here, s after the onset: past the attack, before a treble note is gone.
pub const STEADY_S: (f64, f64) = (0.05, 0.45);
/// The fundamental is looked for this far from where it should be, as a share: half a semitone.
pub const F0_SEARCH: f64 = 0.03;
/// Nothing within this share below and above the fundamental is stronger by more than [`BESIDE_DB`].
const BESIDE: (f64, f64) = (0.8, 1.25);
/// Less than the 31 dB by which a first side lobe of the Hann window lies below its sinusoid: what is found beside a strong partial is
/// no partial.
const BESIDE_DB: f64 = 26.0;
/// A fundamental this far below the strongest line of the note is not heard, dB.
const BELOW_STRONGEST_DB: f64 = 60.0;
/// A fundamental stands at least this far above the noise, dB. One line of white noise does so with a probability of 2^-15.8: of the
/// fifty lines in which the fundamental of the highest key is looked for, one in a thousand times.
const HEARD_DB: f64 = 12.0;
/// Periods that a segment must hold for the noise half-way between two harmonics to be told from them.
const NOISE_PERIODS: f64 = 8.0;
/// A harmonic is looked for this far from its multiple of the fundamental, as a share.
pub const HARMONIC_SEARCH: f64 = 0.01;
/// Noise of H_k is the median spectrum within this share of (k + ½)·f0.
const FLOOR_SEARCH: f64 = 0.01;
/// Harmonics above this are not measured, Hz, nor above [`BAND_SHARE`] of the sample rate.
pub const BAND_HZ: f64 = 18_000.0;
const BAND_SHARE: f64 = 0.45;
/// A frequency that differs by more than this between the earlier and the later two thirds of its window is none, cents. The pickup
/// is driven periodically, so its harmonics keep their frequency; one that passes a null turns round and seems to move, and
/// so does one that something else beats with.
const STEADY_CENTS: f64 = 5.0;
/// A sinusoid that is weaker than this share in the middle of its window than before and after, passes a null there. To both thirds, such
/// a null seems the same shift.
const DIP_SHARE: f64 = 0.5;
/// Harmonics that are computed side by side.
const AT_ONCE: usize = 8;

/// The partials of a note.
#[derive(Clone, Debug)]
pub struct Located {
    /// Fundamental, Hz.
    pub f0_hz: f64,
    /// Harmonics from the first on, Hz; beyond the band, multiples of the fundamental.
    pub frequencies_hz: Vec<f64>,
    /// Whether each harmonic keeps its frequency.
    pub steady: Vec<bool>,
    /// Amplitude of the noise above each harmonic, in one line of a window of `floor_samples` samples; 0 beyond the band.
    pub floors: Vec<f64>,
    /// Length of the window behind the floors.
    pub floor_samples: usize,
    /// Upper end of the band, Hz.
    pub band_hz: f64,
}

/// Finds the first `count` harmonics in `body`, which begins at the onset. `None` where nothing sounds near `expected_hz`.
pub fn locate(body: &[f32], sample_rate: u32, expected_hz: f64, count: usize) -> Option<Located> {
    let steady = steady(body, sample_rate);
    let spectrum = Spectrum::of(steady, sample_rate);
    let near_hz = fundamental_hz(&spectrum, sample_rate, expected_hz)?;
    let f0_hz = kept_near(refine_hz(steady, near_hz, sample_rate), near_hz, near_hz);
    let band_hz = BAND_HZ.min(BAND_SHARE * f64::from(sample_rate));
    let mut located = Located {
        f0_hz,
        frequencies_hz: Vec::with_capacity(count),
        steady: Vec::with_capacity(count),
        floors: Vec::with_capacity(count),
        floor_samples: spectrum.length,
        band_hz,
    };
    for first in (1..=count).step_by(AT_ONCE) {
        // Those beyond the last are computed and not looked at.
        let multiples_hz: [f64; AT_ONCE] = std::array::from_fn(|i| (first + i) as f64 * f0_hz);
        let within = multiples_hz.map(|multiple_hz| multiple_hz <= band_hz);
        let (mut frequencies_hz, mut keep) = (multiples_hz, [true; AT_ONCE]);
        if within.contains(&true) {
            let peaks_hz: [Option<f64>; AT_ONCE] = std::array::from_fn(|i| {
                let reach_hz = (HARMONIC_SEARCH * multiples_hz[i]).max(spectrum.line_hz);
                let sought = first + i > 1 && within[i];
                spectrum.peak_hz(multiples_hz[i] - reach_hz, multiples_hz[i] + reach_hz).filter(|_| sought)
            });
            let near_hz: [f64; AT_ONCE] = std::array::from_fn(|i| peaks_hz[i].unwrap_or(multiples_hz[i]));
            let refined = refine_each_hz(steady, near_hz, sample_rate);
            frequencies_hz = std::array::from_fn(|i| {
                peaks_hz[i].map_or(multiples_hz[i], |peak_hz| kept_near(refined[i], peak_hz, f0_hz))
            });
            keep = are_steady(steady, frequencies_hz, sample_rate);
        }
        for i in 0..AT_ONCE.min(count + 1 - first) {
            // What was found of one that does not keep its frequency is a side of a null; the harmonic itself is where the others say.
            located.frequencies_hz.push(if keep[i] { frequencies_hz[i] } else { multiples_hz[i] });
            located.steady.push(keep[i] || !within[i]);
            located.floors.push(if within[i] { floor(&spectrum, f0_hz, first + i) } else { 0.0 });
        }
    }
    Some(located)
}

/// The partial near `expected_hz`, Hz; `None` where there is only noise, or the skirt of another partial.
fn fundamental_hz(spectrum: &Spectrum, sample_rate: u32, expected_hz: f64) -> Option<f64> {
    // In a short segment lines are far apart, and peaks wide.
    let reach_hz = (F0_SEARCH * expected_hz).max(1.5 * spectrum.line_hz);
    let (low_hz, high_hz) = (expected_hz - reach_hz, expected_hz + reach_hz);
    let near_hz = spectrum.peak_hz(low_hz, high_hz)?;
    let highest = |lines: &[f32]| lines.iter().fold(0.0f64, |highest, line| highest.max(f64::from(*line)));
    let between = |low_hz, high_hz| highest(spectrum.band(low_hz, high_hz).1);
    let peak = between(low_hz, high_hz);
    let on_a_slope = between(low_hz - spectrum.line_hz, high_hz + spectrum.line_hz) > peak;
    let beside = between(BESIDE.0 * expected_hz, BESIDE.1 * expected_hz) * db_to_amplitude(-BESIDE_DB);
    let faint = highest(&spectrum.amplitudes) * db_to_amplitude(-BELOW_STRONGEST_DB);
    let periods = spectrum.length as f64 * near_hz / f64::from(sample_rate);
    let noise = if periods < NOISE_PERIODS { 0.0 } else { floor(spectrum, near_hz, 1) * db_to_amplitude(HEARD_DB) };
    (!on_a_slope && peak > beside.max(faint).max(noise)).then_some(near_hz)
}

/// Whether the sinusoid at each frequency has one frequency throughout; too short a segment says nothing against it.
fn are_steady(samples: &[f32], frequencies_hz: [f64; AT_ONCE], sample_rate: u32) -> [bool; AT_ONCE] {
    let third = samples.len() / 3;
    let parts = [samples.get(..2 * third), samples.get(third..)].map(|part| part.unwrap_or(&[]));
    let [earlier, later] = parts.map(|part| refine_each_hz(part, frequencies_hz, sample_rate));
    let dip = dips(samples, frequencies_hz, sample_rate);
    std::array::from_fn(|i| match (earlier[i], later[i]) {
        (Some(earlier), Some(later)) => interval_cents(later, earlier).abs() <= STEADY_CENTS && !dip[i],
        _ => true,
    })
}

/// Whether each sinusoid is much weaker in the middle than in both halves.
fn dips(samples: &[f32], frequencies_hz: [f64; AT_ONCE], sample_rate: u32) -> [bool; AT_ONCE] {
    let half = samples.len() / 2;
    let window = goertzel::hann(half);
    let [before, middle, after] = [0, half / 2, samples.len() - half].map(|from| {
        let part = samples.get(from..).unwrap_or(&[]);
        goertzel::lines([part; AT_ONCE], &window, frequencies_hz, sample_rate).map(|line| line.norm())
    });
    std::array::from_fn(|i| middle[i] < DIP_SHARE * before[i].min(after[i]))
}

/// Amplitude of the noise between H_k and the next harmonic, in one line of `spectrum`; below H_k where half the sample rate cuts
/// off what is above.
pub fn floor(spectrum: &Spectrum, f0_hz: f64, k: usize) -> f64 {
    let around = |multiple: f64| {
        let between_hz = multiple * f0_hz;
        spectrum.median(between_hz * (1.0 - FLOOR_SEARCH), between_hz * (1.0 + FLOOR_SEARCH))
    };
    around(k as f64 + 0.5).or_else(|| around(k as f64 - 0.5)).unwrap_or(0.0)
}

/// The part of a note in which frequencies and noise are read.
pub fn steady(body: &[f32], sample_rate: u32) -> &[f32] {
    segment(body, sample_rate, STEADY_S.0, STEADY_S.1)
}

/// The part of `samples` from `from_s` to `to_s`, as far as it exists.
pub fn segment(samples: &[f32], sample_rate: u32, from_s: f64, to_s: f64) -> &[f32] {
    let index = |time_s: f64| ((time_s * f64::from(sample_rate)).round().max(0.0) as usize).min(samples.len());
    samples.get(index(from_s)..index(to_s)).unwrap_or(&[])
}

/// `refined_hz` where there is such, and where it would not leave the neighbourhood of the harmonic near `near_hz`.
fn kept_near(refined_hz: Option<f64>, near_hz: f64, f0_hz: f64) -> f64 {
    refined_hz.filter(|refined| (refined - near_hz).abs() < (0.02 * near_hz).min(0.25 * f0_hz)).unwrap_or(near_hz)
}
