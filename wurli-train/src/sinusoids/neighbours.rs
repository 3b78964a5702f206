//! Sinusoids that nobody expected, beside those that were.

use std::f64::consts::{LN_2, TAU};

use rustfft::num_complex::Complex64;

use super::residual::{BEGINNING, Left};
use super::taper::Taper;
use crate::dsp::{self, spectrum::Spectrum};

/// Closer than this, two sinusoids are not told apart, periods over the length of the segment.
pub(super) const APART: f64 = 1.3;
/// Peaks nearer to a stronger one than this may be its skirt, and are left to the next search.
const SKIRT: f64 = 24.0;
/// Noise is read this far on both sides of a peak.
const AROUND: f64 = 24.0;
/// What is left of a sinusoid that was fitted wrongly lies within this distance.
const BESIDE: f64 = 10.0;
/// Power of a neighbour over that of the noise in a line, at least. Noise alone is stronger in one line of e^14, and there are some hundred
/// near the harmonics of a note.
const LOUD: f64 = 14.0;
/// A neighbour counts where it leaks this share of the noise's amplitude into an expected sinusoid.
const FELT: f64 = 0.03;
/// What is left disturbs a sinusoid into which it leaks this share of the noise's amplitude.
const DISTURBING: f64 = 0.05;

/// A peak of what is left.
pub(super) struct Peak {
    /// Where it is, periods over the length.
    pub(super) at: f64,
    /// Its amplitude: the mean under a Hann window.
    amplitude: f64,
    /// Root of the mean power of the noise in a line about it.
    noise: f64,
}

/// How far above the highest expected frequency neighbours are looked for, Hz.
pub(super) fn above(lowest_hz: f64, duration_s: f64) -> f64 {
    (0.5 * lowest_hz).max(AROUND / duration_s)
}

/// Peaks of what is left about the first `expected` of the `fitted` sinusoids, strongest first. Where all of it shows none, its beginning may: what
/// decays quickly is soon below the noise.
pub(super) fn find(left: &Left, expected: usize, fitted: &[f64]) -> Vec<Peak> {
    let peaks = standing_out(&left.spectrum, 1.0, expected, fitted);
    if !peaks.is_empty() {
        return peaks;
    }
    standing_out(&left.beginning(), BEGINNING, expected, fitted)
}

/// Peaks of the spectrum of this `share` of the segment, from its beginning on.
fn standing_out(spectrum: &Spectrum, share: f64, expected: usize, fitted: &[f64]) -> Vec<Peak> {
    let fitted: Vec<f64> = fitted.iter().map(|at| at * share).collect();
    let range = fitted[..expected].iter();
    let (lowest, highest) = range.fold((f64::INFINITY, 0.0f64), |(low, high), at| (low.min(*at), high.max(*at)));
    // The whole segment is one unit long here.
    let (first, band) = spectrum.band(0.5 * lowest, highest + share * above(lowest / share, 1.0));
    let mut peaks: Vec<(f32, usize)> = band
        .windows(3)
        .enumerate()
        .filter(|(_, lines)| lines[1] > lines[0] && lines[1] >= lines[2])
        .map(|(i, lines)| (lines[1], first + i + 1))
        .collect();
    peaks.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut chosen: Vec<Peak> = Vec::new();
    for (line, index) in peaks {
        let at = index as f64 * spectrum.line_hz;
        let in_a_skirt = chosen.iter().any(|other| (at - other.at * share).abs() < SKIRT);
        if in_a_skirt || fitted.iter().any(|other| (at - other).abs() < APART) {
            continue;
        }
        let Some(noise) = noise(spectrum, at) else { continue };
        let amplitude = f64::from(line);
        if amplitude < LOUD.sqrt() * noise {
            // What follows is weaker still.
            break;
        }
        let half = spectrum.line_hz / 2.0;
        let at = spectrum.peak_hz(at - half, at + half).unwrap_or(at);
        // Noise in one line grows as the segment shortens, and the amplitude of what decays.
        chosen.push(Peak { at: at / share, amplitude: amplitude * share, noise: noise * share.sqrt() });
    }
    chosen
}

impl Peak {
    /// Whether a sinusoid with this exponent there leaks into one of the `expected`.
    pub(super) fn is_felt(&self, exponent: Complex64, expected: &[f64], taper: &Taper) -> bool {
        let nearest = expected.iter().fold(f64::INFINITY, |nearest, other| nearest.min((self.at - other).abs()));
        let sum = |taper: &Taper, turn: f64| taper.moments(Complex64::new(exponent.re, TAU * turn))[0].norm();
        let hann = Taper::hann(taper.length());
        // Half the samples are the sum of a Hann window, of which the peak is the mean.
        let leaks = self.amplitude * 0.5 * sum(taper, nearest) / sum(&hann, 0.0);
        leaks >= FELT * self.noise
    }
}

/// Whether something is left about `at` that is no noise: a sinusoid that was not told apart, or one that does not decay exponentially.
pub(super) fn is_disturbed(left: &Left, at: f64) -> bool {
    is_left(left, at, BESIDE)
}

/// Whether something is left in the very place of a sinusoid: it does not decay exponentially.
pub(super) fn strays(left: &Left, at: f64) -> bool {
    is_left(left, at, APART)
}

/// Whether something that is left, wherever it is, leaks into what grows by `growth` nepers at `at`: two sinusoids that were taken for one, say.
pub(super) fn reaches(left: &Left, at: f64, growth: f64, taper: &Taper) -> bool {
    let Some(here) = noise(&left.spectrum, at) else { return true };
    let hann = Taper::hann(taper.length());
    let sum = |taper: &Taper, turn: f64| taper.moments(Complex64::new(growth, TAU * turn))[0].norm();
    let whole = sum(&hann, 0.0);
    left.spectrum.amplitudes.windows(3).enumerate().any(|(index, lines)| {
        let (peak, amplitude) = ((index + 1) as f64 * left.spectrum.line_hz, f64::from(lines[1]));
        let is_peak = lines[1] > lines[0] && lines[1] >= lines[2] && amplitude > LOUD.sqrt() * here;
        is_peak && amplitude * 0.5 * sum(taper, peak - at) / whole > DISTURBING * here
    })
}

fn is_left(left: &Left, at: f64, reach: f64) -> bool {
    let (_, band) = left.spectrum.band(at - reach, at + reach);
    let strongest = band.iter().fold(0.0f32, |strongest, line| strongest.max(*line));
    noise(&left.spectrum, at).is_some_and(|noise| f64::from(strongest) > LOUD.sqrt() * noise)
}

/// Root of the mean power of the noise in a line about `at`: of noise, half the lines are weaker than ln 2 of the mean.
pub(super) fn noise(spectrum: &Spectrum, at: f64) -> Option<f64> {
    let (_, band) = spectrum.band(at - AROUND, at + AROUND);
    let mut powers: Vec<f64> = band.iter().map(|a| f64::from(*a).powi(2)).collect();
    Some((dsp::median(&mut powers)? / LN_2).sqrt())
}
