//! Removal of the instrument's tremolo, whose rises would be detected as onsets.
//!
//! The levels of all notes wave together. The log amplitude `ln(1 + d·sin θ)` has the first
//! harmonic `2q·sin θ` with `q = (1 − √(1 − d²))/d`. A sine of every rate is fitted to the level's
//! slope, without the frames in which a note is struck or damped. The depth follows as `d = 2q/(1 +
//! q²)`.

use std::f64::consts::{LN_10, TAU};

use serde::{Deserialize, Serialize};

use super::signal::{Signal, largest_magnitude};
use crate::dsp::median;

/// Range of rates, Hz. Instruments of this make have 5 to 7.
const RATES_HZ: (f64, f64) = (4.0, 8.0);
/// Length of a block with constant rate, depth and phase, seconds. Blocks overlap by half.
const BLOCK_S: f64 = 16.0;
/// Least total length of the slopes for a fit, seconds: a dozen waves.
const SHORTEST_S: f64 = 2.0;
/// Length of a cell, seconds.
const HOP_S: f64 = 0.005;
/// Cells on either side of a slope.
const LENGTH: usize = 6;
/// Least energy of a slope, relative to the loudest cell: 50 dB below it there may be only noise.
const AUDIBLE: f64 = 1e-5;
/// Slopes above this come from a strike or a damper, dB per second. A tremolo of depth 0.6 and 7 Hz
/// has 290.
const STEEPEST_DB_PER_S: f64 = 300.0;
/// Least depth of a tremolo: ±0.9 dB.
const SHALLOWEST: f64 = 0.1;
/// Greatest depth that is removed. Beyond, the troughs contain only noise.
const DEEPEST: f64 = 0.8;
/// Least fraction of the slopes' variance that the wave explains. Less may be music.
const LEAST_SHARE: f64 = 0.25;
/// Rounds of fitting and rejecting outliers.
const ROUNDS: usize = 3;

/// Gain of `1 + depth·sin(2π·rate·t + phase)`, t from the start of the recording.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Wave {
    rate_hz: f64,
    depth: f64,
    phase: f64,
}

impl Wave {
    fn gain(&self, time_s: f64) -> f64 {
        1.0 + self.depth * (TAU * self.rate_hz * time_s + self.phase).sin()
    }
}

/// Divides the signal by its tremolo, if it has one.
pub(super) fn remove(signal: &mut Signal) {
    let mut envelope = EnergyEnvelope::new(signal.rate_hz);
    envelope.push(&signal.samples);
    let Some(tremolo) = envelope.tremolo() else { return };
    tremolo.remove_from(&mut signal.samples, 0);
    signal.peak = largest_magnitude(&signal.samples).max(f32::MIN_POSITIVE);
}

/// Tremolo of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Tremolo {
    /// Wave of each block, if it has one. Blocks start half a block apart.
    waves: Vec<Option<Wave>>,
    /// Half of a block, s.
    half_s: f64,
    rate_hz: f64,
}

impl Tremolo {
    /// Divides samples by the tremolo. The first is sample `first` of the recording.
    pub(super) fn remove_from(&self, samples: &mut [f32], first: usize) {
        for (index, sample) in (first..).zip(samples) {
            *sample /= self.gain(index as f64 / self.rate_hz) as f32;
        }
    }

    fn gain(&self, time_s: f64) -> f64 {
        // Linear between the centres of two blocks.
        let position = (time_s / self.half_s - 1.0).clamp(0.0, (self.waves.len() - 1) as f64);
        let (first, fraction) = (position as usize, position.fract());
        let gain = |index: usize| self.waves.get(index).copied().flatten().map_or(1.0, |wave| wave.gain(time_s));
        if fraction > 0.0 { (1.0 - fraction) * gain(first) + fraction * gain(first + 1) } else { gain(first) }
    }
}

/// Energy of a signal in cells of 5 ms.
pub(super) struct EnergyEnvelope {
    cells: Vec<f64>,
    hop: usize,
    rate_hz: f64,
    /// Samples in the current cell.
    filled: usize,
    /// Energy of the current cell.
    energy: f64,
}

impl EnergyEnvelope {
    pub(super) fn new(rate_hz: f64) -> Self {
        let hop = ((HOP_S * rate_hz).round() as usize).max(1);
        Self { cells: Vec::new(), hop, rate_hz, filled: 0, energy: 0.0 }
    }

    /// Takes in the next samples.
    pub(super) fn push(&mut self, mut samples: &[f32]) {
        while let Some((cell, rest)) = samples.split_at_checked(self.hop - self.filled) {
            self.add(cell);
            self.cells.push(std::mem::take(&mut self.energy));
            self.filled = 0;
            samples = rest;
        }
        self.add(samples);
    }

    fn add(&mut self, samples: &[f32]) {
        self.energy = samples.iter().fold(self.energy, |energy, s| energy + f64::from(*s).powi(2));
        self.filled += samples.len();
    }

    /// Finds the tremolo of all samples.
    pub(super) fn tremolo(mut self) -> Option<Tremolo> {
        if self.filled > 0 {
            self.cells.push(self.energy);
        }
        let hop_s = self.hop as f64 / self.rate_hz;
        let slopes = slopes(&self.cells, hop_s);
        let block = (BLOCK_S / hop_s) as usize;
        let half = (block / 2).max(1);
        let count = slopes.len().saturating_sub(half).div_ceil(half).max(1);
        let waves: Vec<Option<Wave>> = (0..count)
            .map(|index| {
                let from = index * half;
                let to = if index + 1 == count { slopes.len() } else { (from + block).min(slopes.len()) };
                fit_wave(slopes.get(from..to).unwrap_or_default(), from, hop_s)
            })
            .collect();
        let half_s = half as f64 * hop_s;
        waves.iter().any(Option::is_some).then_some(Tremolo { waves, half_s, rate_hz: self.rate_hz })
    }
}

/// Returns the slope of the level at each cell, dB per second; `None` in silence, or where it is
/// too steep for a tremolo.
fn slopes(energies: &[f64], hop_s: f64) -> Vec<Option<f64>> {
    let loudest = energies.iter().copied().fold(0.0, f64::max);
    let mut slopes = vec![None; energies.len()];
    for (slot, cells) in slopes.iter_mut().skip(LENGTH).zip(energies.windows(2 * LENGTH)) {
        let (before, after) = cells.split_at(LENGTH);
        let [before, after] = [before, after].map(|side| side.iter().sum::<f64>());
        if before.min(after) > AUDIBLE * loudest * LENGTH as f64 {
            let slope = 10.0 * (after / before).log10() / (LENGTH as f64 * hop_s);
            *slot = (slope.abs() < STEEPEST_DB_PER_S).then_some(slope);
        }
    }
    slopes
}

/// Fits a wave to slopes, of which the first has the index `first`; `None` if it explains too
/// little.
fn fit_wave(slopes: &[Option<f64>], first: usize, hop_s: f64) -> Option<Wave> {
    let all: Vec<Slope> = slopes
        .iter()
        .enumerate()
        .filter_map(|(index, slope)| Some(Slope { time_s: (first + index) as f64 * hop_s, db_per_s: (*slope)? }))
        .collect();
    if (all.len() as f64) * hop_s < SHORTEST_S {
        return None;
    }
    let step_hz = 0.25 / (slopes.len() as f64 * hop_s);
    let rates = ((RATES_HZ.1 - RATES_HZ.0) / step_hz) as usize;
    let mut kept = all.clone();
    let mut best = Sine::default();
    for _ in 0..ROUNDS {
        best = (0..=rates)
            .map(|index| Sine::fit(RATES_HZ.0 + index as f64 * step_hz, &kept))
            .max_by(|a, b| a.explained.total_cmp(&b.explained))?;
        // Residuals above twice the median come from strikes and dampers.
        let mut residuals: Vec<f64> = all.iter().map(|slope| best.residual(slope)).collect();
        let limit = 2.0 * median(&mut residuals)?;
        kept = all.iter().copied().filter(|slope| best.residual(slope) <= limit).collect();
    }
    // Averaging over two adjacent frames smooths the wave by a squared sinc.
    let smoothing = {
        let x = 0.5 * TAU * best.rate_hz * LENGTH as f64 * hop_s;
        (x.sin() / x).powi(2)
    };
    let slope = best.cosine.hypot(best.sine) * LN_10 / 20.0 / smoothing.max(0.1);
    let q = 0.5 * slope / (TAU * best.rate_hz);
    let depth = 2.0 * q / (1.0 + q * q);
    let is_tremolo = depth > SHALLOWEST && best.explained > LEAST_SHARE * all.len() as f64 / slopes.len() as f64;
    // The slope of sin(x + phase) is cos(x + phase) = cos phase · cos x − sin phase · sin x.
    is_tremolo.then(|| Wave {
        rate_hz: best.rate_hz,
        depth: depth.min(DEEPEST),
        phase: (-best.sine).atan2(best.cosine),
    })
}

/// A point of the level's slope.
#[derive(Clone, Copy, Debug)]
struct Slope {
    time_s: f64,
    db_per_s: f64,
}

/// A sine with a constant, fitted to slopes by least squares.
#[derive(Clone, Copy, Debug, Default)]
struct Sine {
    rate_hz: f64,
    constant: f64,
    cosine: f64,
    sine: f64,
    /// Fraction of the variance.
    explained: f64,
}

/// Sums of products of a cosine, a sine and the slopes.
#[derive(Default)]
struct Moments {
    cos: f64,
    sin: f64,
    cos_cos: f64,
    cos_sin: f64,
    sin_sin: f64,
    cos_slope: f64,
    sin_slope: f64,
    slope_slope: f64,
}

impl Sine {
    fn fit(rate_hz: f64, slopes: &[Slope]) -> Self {
        let count = slopes.len() as f64;
        let mean = slopes.iter().map(|slope| slope.db_per_s).sum::<f64>() / count;
        // The points lie on a grid, mostly one step apart: a rotation is cheaper than two library
        // calls.
        let step_s = slopes
            .windows(2)
            .filter_map(|pair| Some(pair.get(1)?.time_s - pair.first()?.time_s))
            .fold(f64::INFINITY, f64::min);
        let (step_sin, step_cos) = (TAU * rate_hz * step_s).sin_cos();
        let (mut last_s, mut s, mut c) = (f64::NEG_INFINITY, 0.0, 1.0);
        let mut sums = Moments::default();
        for slope in slopes {
            (s, c) = if (slope.time_s - last_s - step_s).abs() < 1e-3 * step_s {
                (s * step_cos + c * step_sin, c * step_cos - s * step_sin)
            } else {
                (TAU * rate_hz * slope.time_s).sin_cos()
            };
            last_s = slope.time_s;
            let y = slope.db_per_s - mean;
            sums.cos += c;
            sums.sin += s;
            sums.cos_cos += c * c;
            sums.cos_sin += c * s;
            sums.sin_sin += s * s;
            sums.cos_slope += c * y;
            sums.sin_slope += s * y;
            sums.slope_slope += y * y;
        }
        let cos_cos = sums.cos_cos - sums.cos * sums.cos / count;
        let cos_sin = sums.cos_sin - sums.cos * sums.sin / count;
        let sin_sin = sums.sin_sin - sums.sin * sums.sin / count;
        let determinant = cos_cos * sin_sin - cos_sin * cos_sin;
        if determinant <= 1e-9 * count * count || sums.slope_slope <= 0.0 {
            return Self { rate_hz, constant: mean, ..Self::default() };
        }
        let cosine = (sums.cos_slope * sin_sin - sums.sin_slope * cos_sin) / determinant;
        let sine = (sums.sin_slope * cos_cos - sums.cos_slope * cos_sin) / determinant;
        let constant = mean - (cosine * sums.cos + sine * sums.sin) / count;
        let explained = (cosine * sums.cos_slope + sine * sums.sin_slope) / sums.slope_slope;
        Self { rate_hz, constant, cosine, sine, explained }
    }

    /// Returns the magnitude of the residual at a point, dB per second.
    fn residual(&self, slope: &Slope) -> f64 {
        let (s, c) = (TAU * self.rate_hz * slope.time_s).sin_cos();
        (slope.db_per_s - self.constant - self.cosine * c - self.sine * s).abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Audio;

    /// Returns a tone that is struck every 0.7 s, under a tremolo.
    fn struck(depth: f64) -> Signal {
        let samples = (0..8 * 22_050).map(|n| {
            let time_s = f64::from(n) / 22_050.0;
            let tone = (TAU * 330.0 * time_s).sin() * (-2.0 * (time_s % 0.7)).exp();
            (0.5 * (1.0 + depth * (TAU * 5.7 * time_s + 1.0).sin()) * tone) as f32
        });
        Signal::from_audio(&Audio { samples: samples.collect(), sample_rate: 22_050 }).unwrap()
    }

    #[test]
    fn removes_more_than_half_of_any_tremolo() {
        for depth in [0.2, 0.5] {
            let (mut found, plain) = (struck(depth), struck(0.0));
            remove(&mut found);
            // Both are scaled to their peaks: the median ratio is that of a constant gain.
            let mut ratios: Vec<f64> = (0..11)
                .map(|strike| 0.7 * f64::from(strike) + 0.1)
                .flat_map(|from_s| (0..10).map(move |step| from_s + 0.05 * f64::from(step)))
                .map(|at_s| found.amplitude_at(330.0, at_s, 0.03) / plain.amplitude_at(330.0, at_s, 0.03))
                .collect();
            ratios.sort_by(f64::total_cmp);
            let middle = ratios[ratios.len() / 2];
            assert!(
                ratios.iter().all(|ratio| (ratio / middle - 1.0).abs() < 0.45 * depth),
                "{ratios:?} at depth {depth}"
            );
        }
    }

    #[test]
    fn leaves_a_signal_without_tremolo_unchanged() {
        let (mut found, plain) = (struck(0.0), struck(0.0));
        remove(&mut found);
        assert_eq!(found.samples, plain.samples);
    }
}
