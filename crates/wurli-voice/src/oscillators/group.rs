//! Group of oscillators in the layout of a vector unit: one oscillator per lane.

use num_complex::Complex;

use crate::trig::{sin_cos, sin_cos_within_quarter};

/// Oscillators of a group.
pub(super) const LANES: usize = 8;
/// Distances from the centre of a segment: 0.5, 1.5, … samples.
pub(super) const DISTANCES: usize = 8;
/// Samples of a segment.
pub(super) const SEGMENT: usize = 2 * DISTANCES;
/// Distance from the first sample of a segment to its centre, samples.
pub(super) const TO_CENTRE: f64 = (SEGMENT as f64 - 1.0) / 2.0;

/// Amplitude below which an oscillator is silent, −240 dB re full scale.
///
/// Decaying further would produce subnormal numbers, which many processors handle slowly.
const INAUDIBLE: f32 = 1e-12;

/// Oscillators that share a [`PartialState`](super::PartialState).
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Cosine of the phase at the centre of the next segment.
    pub(super) cosine: [f32; LANES],
    /// Sine of the phase at the centre of the next segment.
    pub(super) sine: [f32; LANES],
    /// Cosine of the phase increment per segment.
    pub(super) turn_cosine: [f32; LANES],
    /// Sine of the phase increment per segment.
    pub(super) turn_sine: [f32; LANES],
    /// Amplitude at the first sample of the next segment.
    pub(super) amplitude: [f32; LANES],
    /// Amplitude increment per sample.
    pub(super) step: [f32; LANES],
    /// Cosine of the phase increment over each distance.
    pub(super) cosines: [[f32; DISTANCES]; LANES],
    /// Sine of the phase increment over each distance.
    pub(super) sines: [[f32; DISTANCES]; LANES],
    /// Frequencies at pitch ratio 1, turns per sample.
    pub(super) turns: [f64; LANES],
    /// Pitch ratio of the phases and tables.
    pub(super) ratio: f64,
}

impl Group {
    /// Group without oscillators.
    pub(super) const SILENT: Self = Self {
        cosine: [0.0; LANES],
        sine: [0.0; LANES],
        turn_cosine: [1.0; LANES],
        turn_sine: [0.0; LANES],
        amplitude: [0.0; LANES],
        step: [0.0; LANES],
        cosines: [[0.0; DISTANCES]; LANES],
        sines: [[0.0; DISTANCES]; LANES],
        turns: [0.0; LANES],
        ratio: 1.0,
    };

    /// Sets the amplitudes to reach in `1 / per_sample` samples. Returns true if any lane is
    /// audible.
    pub(super) fn set_targets(&mut self, targets: &[f32; LANES], per_sample: f32) -> bool {
        let mut any_audible = false;
        for (lane, target) in targets.iter().enumerate() {
            let amplitude = self.amplitude[lane];
            // `|` instead of `||` keeps the loop free of branches.
            let is_audible = (target.abs() >= INAUDIBLE) | (amplitude.abs() >= INAUDIBLE);
            self.amplitude[lane] = if is_audible { amplitude } else { 0.0 };
            self.step[lane] = if is_audible { (target - amplitude) * per_sample } else { 0.0 };
            any_audible |= is_audible;
        }
        any_audible
    }

    /// Sets frequency, phase at the next sample and tables of an oscillator.
    pub(super) fn set_oscillator(&mut self, lane: usize, turns: f64, phase_turns: f64, ratio: f64) {
        if lane < LANES {
            let phase = to_f32(phasor(phase_turns + TO_CENTRE * (turns * ratio)));
            (self.cosine[lane], self.sine[lane]) = (phase.re, phase.im);
            (self.turns[lane], self.ratio) = (turns, ratio);
            self.tabulate(lane, phasor(0.5 * turns * ratio));
        }
    }

    /// Changes all frequencies at the border of two segments, where the phases stay.
    pub(super) fn set_pitch_ratio(&mut self, ratio: f64) {
        // Cheap enough to bend every voice at every tick. This loop is vectorised.
        let mut halves = [(0.0, 0.0); LANES];
        for (half, turns) in halves.iter_mut().zip(&self.turns) {
            *half = sin_cos_within_quarter(0.5 * turns * ratio);
        }
        for (lane, (sine, cosine)) in halves.into_iter().enumerate() {
            let before = self.rotation_to_centre(lane);
            let half_turns = 0.5 * self.turns[lane] * ratio;
            // Muted oscillators are the only ones beyond a quarter turn in half a sample.
            let half = if half_turns > 0.25 { phasor(half_turns) } else { Complex::new(cosine, sine) };
            self.tabulate(lane, half);
            let moved = self.rotation_to_centre(lane) * before.conj();
            let phase = Complex::new(self.cosine[lane], self.sine[lane]) * moved;
            (self.cosine[lane], self.sine[lane]) = (phase.re, phase.im);
        }
        self.ratio = ratio;
    }

    /// Returns the rotation from the border before a segment to its centre, ½ and 7½ samples.
    fn rotation_to_centre(&self, lane: usize) -> Complex<f32> {
        let by = |distance: usize| Complex::new(self.cosines[lane][distance], self.sines[lane][distance]);
        by(0) * by(DISTANCES - 1)
    }

    /// Tabulates the rotations of an oscillator, given that by half a sample.
    #[inline]
    fn tabulate(&mut self, lane: usize, half: Complex<f64>) {
        // Rotations by 1, 2, 4, 8 and 16 samples.
        let one = half * half;
        let two = one * one;
        let four = two * two;
        let eight = four * four;
        let turn = to_f32(eight * eight);
        (self.turn_cosine[lane], self.turn_sine[lane]) = (turn.re, turn.im);

        // Rotations by ½, 1½, … samples, by doubling: a shorter dependency chain than seven steps
        // of one.
        let mut rotations = [to_f32(half), to_f32(half * one), ZERO, ZERO, ZERO, ZERO, ZERO, ZERO];
        for (count, rotation) in [(2, to_f32(two)), (4, to_f32(four))] {
            for i in 0..count {
                rotations[count + i] = rotations[i] * rotation;
            }
        }
        self.cosines[lane] = rotations.map(|rotation| rotation.re);
        self.sines[lane] = rotations.map(|rotation| rotation.im);
    }

    /// Sets the targets of oscillators above `max_turns` per sample to 0. Returns true if any was
    /// audible.
    pub(super) fn mute_above(&self, max_turns: f64, targets: &mut [f32; LANES]) -> bool {
        let mut any_muted = false;
        for (target, turns) in targets.iter_mut().zip(&self.turns) {
            if turns * self.ratio > max_turns {
                any_muted |= target.abs() >= INAUDIBLE;
                *target = 0.0;
            }
        }
        any_muted
    }

    /// Advances the phases by one segment.
    pub(super) fn advance_phases(&mut self) {
        for lane in 0..LANES {
            let cosine = self.cosine[lane] * self.turn_cosine[lane] - self.sine[lane] * self.turn_sine[lane];
            self.sine[lane] = self.cosine[lane] * self.turn_sine[lane] + self.sine[lane] * self.turn_cosine[lane];
            self.cosine[lane] = cosine;
        }
    }

    /// Restores the phasors to unit length.
    ///
    /// Rounding changes the length by about 1e-7 per rotation. One step of Newton's method for
    /// 1/√x.
    pub(super) fn normalise_phasors(&mut self) {
        for lane in 0..LANES {
            let square = self.cosine[lane] * self.cosine[lane] + self.sine[lane] * self.sine[lane];
            let correction = 1.5 - 0.5 * square;
            self.cosine[lane] *= correction;
            self.sine[lane] *= correction;
        }
    }
}

/// Sums over all oscillators, per distance d from the centre of a segment.
pub(super) struct Sums<const N: usize> {
    /// Σ a·cos φ·cos wd
    pub(super) a: [f32; N],
    /// Σ s·sin φ·sin wd
    pub(super) b: [f32; N],
    /// Σ a·sin φ·sin wd
    pub(super) c: [f32; N],
    /// Σ s·cos φ·cos wd
    pub(super) d: [f32; N],
}

impl<const N: usize> Sums<N> {
    pub(super) const ZERO: Self = Self { a: [0.0; N], b: [0.0; N], c: [0.0; N], d: [0.0; N] };
}

impl Sums<DISTANCES> {
    /// Adds a group and advances its amplitudes by one segment.
    #[inline(always)]
    pub(super) fn add(&mut self, group: &mut Group) {
        // Factors that do not depend on the distance, per lane.
        let mut factors = Sums::<LANES>::ZERO;
        for lane in 0..LANES {
            let (cosine, sine, step) = (group.cosine[lane], group.sine[lane], group.step[lane]);
            let amplitude = group.amplitude[lane] + TO_CENTRE as f32 * step;
            factors.a[lane] = amplitude * cosine;
            factors.b[lane] = step * sine;
            factors.c[lane] = amplitude * sine;
            factors.d[lane] = step * cosine;
            group.amplitude[lane] += SEGMENT as f32 * step;
        }
        for lane in 0..LANES {
            let (cosines, sines) = (&group.cosines[lane], &group.sines[lane]);
            for i in 0..DISTANCES {
                self.a[i] += factors.a[lane] * cosines[i];
                self.b[i] += factors.b[lane] * sines[i];
                self.c[i] += factors.c[lane] * sines[i];
                self.d[i] += factors.d[lane] * cosines[i];
            }
        }
    }

    /// Writes the samples of the segment: even(d) ± odd(d).
    pub(super) fn write_segment(&self, segment: &mut [f32; SEGMENT]) {
        for i in 0..DISTANCES {
            let distance = i as f32 + 0.5;
            let even = self.a[i] - distance * self.b[i];
            let odd = distance * self.d[i] - self.c[i];
            segment[DISTANCES + i] = even + odd;
            segment[DISTANCES - 1 - i] = even - odd;
        }
    }
}

const ZERO: Complex<f32> = Complex { re: 0.0, im: 0.0 };

/// Returns e^(2πi·turns).
fn phasor(turns: f64) -> Complex<f64> {
    let (sine, cosine) = sin_cos(turns);
    Complex::new(cosine, sine)
}

fn to_f32(phasor: Complex<f64>) -> Complex<f32> {
    Complex::new(phasor.re as f32, phasor.im as f32)
}
