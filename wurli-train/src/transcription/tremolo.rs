//! The instrument's tremolo, found and undone before anything is read: left in, every rise of it would strike keys.
//!
//! The levels of all that sounds wave together. In log amplitude, `ln(1 + d·sin θ)` has the first harmonic `2q·sin θ` with
//! `q = (1 − √(1 − d²))/d`, whatever is played under it; so its slope, less the frames in which something is struck or
//! damped, is fitted by a sine of every rate, and the depth follows as `d = 2q/(1 + q²)`.

use std::f64::consts::{LN_10, TAU};

use serde::{Deserialize, Serialize};

use super::signal::Signal;

/// Rates that are sought, Hz. Instruments of this make wave at 5 to 7.
const RATES_HZ: (f64, f64) = (4.0, 8.0);
/// Stretch over which rate, depth and phase are taken as steady, seconds; the next begins at half of it.
const BLOCK_S: f64 = 16.0;
/// Shortest stretch that can tell, seconds: a dozen waves.
const SHORTEST_S: f64 = 2.0;
/// Distance of the frames whose levels are compared, seconds, and their length in frames.
const HOP_S: f64 = 0.005;
const LENGTH: usize = 6;
/// Slope over which something was struck or damped, dB per second. A tremolo of depth 0.6 and 7 Hz has 290.
const STEEPEST_DB_PER_S: f64 = 300.0;
/// Depth under which there is nothing to undo: ±0.9 dB.
const SHALLOWEST: f64 = 0.1;
/// The deepest that is undone; deeper, nothing is left in the troughs.
const DEEPEST: f64 = 0.8;
/// Part of the slopes' variance that the wave must explain, or it is the music's.
const LEAST_SHARE: f64 = 0.25;
/// Times that wave and outliers are found anew.
const ROUNDS: usize = 3;

/// A gain of `1 + depth·sin(2π·rate·t + phase)`, t from the beginning of the recording.
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

/// Divides the signal by its tremolo, where it has one.
pub(super) fn undo(signal: &mut Signal) {
    let mut energies = Energies::new(signal.rate_hz);
    energies.push(&signal.samples);
    let Some(tremolo) = energies.tremolo() else { return };
    tremolo.undo(&mut signal.samples, 0);
    let peak = signal.samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
    signal.peak = peak.max(f32::MIN_POSITIVE);
}

/// How a recording's tremolo waves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Tremolo {
    /// One of each stretch of a block; the next begins half a block later.
    waves: Vec<Option<Wave>>,
    half_s: f64,
    rate_hz: f64,
}

impl Tremolo {
    /// Divides samples by it; the first is sample `first` of the recording.
    pub(super) fn undo(&self, samples: &mut [f32], first: usize) {
        for (index, sample) in (first..).zip(samples) {
            *sample /= self.gain(index as f64 / self.rate_hz) as f32;
        }
    }

    fn gain(&self, time_s: f64) -> f64 {
        // Between the middles of two stretches, from one wave to the other.
        let place = (time_s / self.half_s - 1.0).clamp(0.0, (self.waves.len() - 1) as f64);
        let (first, share) = (place as usize, place.fract());
        let gain = |index: usize| self.waves.get(index).copied().flatten().map_or(1.0, |wave| wave.gain(time_s));
        if share > 0.0 { (1.0 - share) * gain(first) + share * gain(first + 1) } else { gain(first) }
    }
}

/// Energies of the cells of a signal, of which its tremolo is read. Eight bytes for every 5 ms.
pub(super) struct Energies {
    cells: Vec<f64>,
    hop: usize,
    rate_hz: f64,
    /// The cell that is not full yet: samples, and their energy.
    filled: usize,
    energy: f64,
}

impl Energies {
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

    /// The tremolo of all samples; `None` if there is none.
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
                fitted(slopes.get(from..to).unwrap_or_default(), from, hop_s)
            })
            .collect();
        let half_s = half as f64 * hop_s;
        waves.iter().any(Option::is_some).then_some(Tremolo { waves, half_s, rate_hz: self.rate_hz })
    }
}

/// Slope of the level between frames on either side of each hop, dB per second; `None` where nothing sounds or the
/// slope is no tremolo's.
fn slopes(energies: &[f64], hop_s: f64) -> Vec<Option<f64>> {
    let loudest = energies.iter().copied().fold(0.0, f64::max);
    let mut slopes = vec![None; energies.len()];
    for (slot, cells) in slopes.iter_mut().skip(LENGTH).zip(energies.windows(2 * LENGTH)) {
        let (before, after) = cells.split_at(LENGTH);
        let [before, after] = [before, after].map(|side| side.iter().sum::<f64>());
        // 50 dB under the loudest moment, noise may be all there is.
        if before.min(after) > 1e-5 * loudest * LENGTH as f64 {
            let slope = 10.0 * (after / before).log10() / (LENGTH as f64 * hop_s);
            *slot = (slope.abs() < STEEPEST_DB_PER_S).then_some(slope);
        }
    }
    slopes
}

/// The wave that explains the slopes best, if it explains enough of them. `first` is the index of the first slope.
fn fitted(slopes: &[Option<f64>], first: usize, hop_s: f64) -> Option<Wave> {
    let all: Vec<(f64, f64)> = slopes
        .iter()
        .enumerate()
        .filter_map(|(index, slope)| Some(((first + index) as f64 * hop_s, (*slope)?)))
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
            .map(|index| Sine::at(RATES_HZ.0 + index as f64 * step_hz, &kept))
            .max_by(|a, b| a.explained.total_cmp(&b.explained))?;
        // What strays further than twice the usual was struck or damped.
        let mut strays: Vec<f64> = all.iter().map(|point| best.stray(point)).collect();
        let middle = strays.len() / 2;
        let (_, median, _) = strays.select_nth_unstable_by(middle, f64::total_cmp);
        let limit = 2.0 * *median;
        kept = all.iter().copied().filter(|point| best.stray(point) <= limit).collect();
    }
    // Frames of some length smooth the wave: the mean of cosines over two frames, one after the other.
    let smoothing = {
        let x = 0.5 * TAU * best.rate_hz * LENGTH as f64 * hop_s;
        (x.sin() / x).powi(2)
    };
    let slope = best.cosine.hypot(best.sine) * LN_10 / 20.0 / smoothing.max(0.1);
    let q = 0.5 * slope / (TAU * best.rate_hz);
    let depth = 2.0 * q / (1.0 + q * q);
    let is_there = depth > SHALLOWEST && best.explained > LEAST_SHARE * all.len() as f64 / slopes.len() as f64;
    // The slope of sin(x + phase) is cos(x + phase) = cos phase · cos x − sin phase · sin x.
    is_there.then(|| Wave { rate_hz: best.rate_hz, depth: depth.min(DEEPEST), phase: (-best.sine).atan2(best.cosine) })
}

/// A sine fitted to slopes by least squares, with a constant.
#[derive(Clone, Copy, Debug, Default)]
struct Sine {
    rate_hz: f64,
    constant: f64,
    cosine: f64,
    sine: f64,
    /// Part of the variance.
    explained: f64,
}

impl Sine {
    fn at(rate_hz: f64, points: &[(f64, f64)]) -> Self {
        let count = points.len() as f64;
        let mean = points.iter().map(|(_, slope)| slope).sum::<f64>() / count;
        let [mut cc, mut cs, mut ss, mut cy, mut sy, mut yy, mut c0, mut s0] = [0.0; 8];
        // The points lie on a grid, mostly one step apart: turning on is cheaper than two library calls.
        let step_s =
            points.windows(2).filter_map(|pair| Some(pair.get(1)?.0 - pair.first()?.0)).fold(f64::INFINITY, f64::min);
        let (rs, rc) = (TAU * rate_hz * step_s).sin_cos();
        let (mut last_s, mut s, mut c) = (f64::NEG_INFINITY, 0.0, 1.0);
        for (time_s, slope) in points {
            (s, c) = if (time_s - last_s - step_s).abs() < 1e-3 * step_s {
                (s * rc + c * rs, c * rc - s * rs)
            } else {
                (TAU * rate_hz * time_s).sin_cos()
            };
            last_s = *time_s;
            let y = slope - mean;
            (cc, cs, ss, cy, sy, yy, c0, s0) =
                (cc + c * c, cs + c * s, ss + s * s, cy + c * y, sy + s * y, yy + y * y, c0 + c, s0 + s);
        }
        (cc, cs, ss) = (cc - c0 * c0 / count, cs - c0 * s0 / count, ss - s0 * s0 / count);
        let determinant = cc * ss - cs * cs;
        if determinant <= 1e-9 * count * count || yy <= 0.0 {
            return Self { rate_hz, constant: mean, ..Self::default() };
        }
        let (cosine, sine) = ((cy * ss - sy * cs) / determinant, (sy * cc - cy * cs) / determinant);
        let constant = mean - (cosine * c0 + sine * s0) / count;
        Self { rate_hz, constant, cosine, sine, explained: (cosine * cy + sine * sy) / yy }
    }

    fn stray(&self, (time_s, slope): &(f64, f64)) -> f64 {
        let (s, c) = (TAU * self.rate_hz * time_s).sin_cos();
        (slope - self.constant - self.cosine * c - self.sine * s).abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Audio;

    /// A tone struck anew every 0.7 s, under a tremolo.
    fn struck(depth: f64) -> Signal {
        let samples = (0..8 * 22_050).map(|n| {
            let time_s = f64::from(n) / 22_050.0;
            let tone = (TAU * 330.0 * time_s).sin() * (-2.0 * (time_s % 0.7)).exp();
            (0.5 * (1.0 + depth * (TAU * 5.7 * time_s + 1.0).sin()) * tone) as f32
        });
        Signal::of(&Audio { samples: samples.collect(), sample_rate: 22_050 }).unwrap()
    }

    #[test]
    fn less_than_half_of_a_tremolo_is_left_whatever_its_depth() {
        for depth in [0.2, 0.5] {
            let (mut found, plain) = (struck(depth), struck(0.0));
            undo(&mut found);
            // Both are scaled to their peaks: the middle ratio is what a constant gain makes.
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
    fn what_has_no_tremolo_is_left_as_it_is() {
        let (mut found, plain) = (struck(0.0), struck(0.0));
        undo(&mut found);
        assert_eq!(found.samples, plain.samples);
    }
}
