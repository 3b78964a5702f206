//! Powers of a note's harmonics over time, in steps short enough to time a damper.
//!
//! Each harmonic is demodulated to 0 Hz and summed over cells of 5 ms. A Hann window over some of
//! these is short enough to time a damper and long enough to separate most harmonics.

use std::f64::consts::TAU;

use super::TrackedNote;
use super::signal::Signal;

/// Harmonics that are followed.
pub(super) const HARMONICS: usize = 8;
/// Length of a cell, seconds.
pub(super) const CELL_S: f64 = 0.005;
/// Cells after an onset in which levels still rise.
pub(super) const RISING: usize = 8;
/// Cells that are read at a time.
const CHUNK: usize = 64;
/// Largest power before the onset, as a fraction of that after it, of a harmonic that the onset
/// made louder.
const MAX_EARLIER_POWER: f64 = 0.2;

/// Power of each harmonic.
pub(super) type Powers = [f64; HARMONICS];

/// Phasor at single precision.
#[derive(Clone, Copy, Default)]
struct Phasor {
    re: f32,
    im: f32,
}

/// Powers of a note's harmonics, one value per cell from the onset on, read as needed.
pub(super) struct HarmonicTrack<'a> {
    signal: &'a Signal,
    frequencies_hz: Powers,
    /// Rotation of each harmonic, radians per sample, with its cosine and sine.
    steps: Powers,
    step_cos: [f32; HARMONICS],
    step_sin: [f32; HARMONICS],
    /// Index of the first sample.
    first: isize,
    /// Samples in a cell.
    cell: usize,
    /// Sums over cells, from half a window before the onset on.
    sums: Vec<[Phasor; HARMONICS]>,
    powers: Vec<Powers>,
    window: Vec<f32>,
}

impl<'a> HarmonicTrack<'a> {
    /// Returns the track of a note through a window of `length` cells.
    pub(super) fn new(signal: &'a Signal, note: &TrackedNote, length: usize) -> Self {
        let cell = ((CELL_S * signal.rate_hz).round() as usize).max(1);
        let hann = |n: usize| (0.5 - 0.5 * (TAU * (n as f64 + 0.5) / length as f64).cos()) as f32;
        let frequencies_hz: Powers = std::array::from_fn(|index| (index + 1) as f64 * note.f0_hz);
        let steps = frequencies_hz.map(|frequency_hz| TAU * frequency_hz / signal.rate_hz);
        Self {
            signal,
            frequencies_hz,
            steps,
            step_cos: steps.map(|step| step.cos() as f32),
            step_sin: steps.map(|step| step.sin() as f32),
            first: signal.index_at(note.onset_s) - (cell * length / 2) as isize,
            cell,
            sums: Vec::new(),
            powers: Vec::new(),
            window: (0..length).map(hann).collect(),
        }
    }

    /// Powers at a cell; 0 where it was not read.
    pub(super) fn powers(&self, cell: usize) -> Powers {
        self.powers.get(cell).copied().unwrap_or([0.0; HARMONICS])
    }

    /// Returns the power that the onset added to each harmonic, relative to the strongest.
    ///
    /// 0 for a harmonic that was loud before, unless the key is `restruck`.
    pub(super) fn gained(&self, onset_s: f64, restruck: bool) -> Powers {
        let length_s = self.window.len() as f64 * CELL_S;
        // A Hann window's sum is half its length, and half of a real sinusoid has a negative
        // frequency.
        let scale = 0.25 * (self.window.len() * self.cell) as f64;
        let after = self.powers(RISING);
        let gained: Powers = std::array::from_fn(|index| {
            let before = scale * self.signal.amplitude_at(self.frequencies_hz[index], onset_s - length_s, length_s);
            if restruck || before * before < MAX_EARLIER_POWER * after[index] { after[index] } else { 0.0 }
        });
        let most = gained.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        gained.map(|power| power / most)
    }

    /// Reads the powers up to and including a cell.
    pub(super) fn read_to(&mut self, cell: usize) {
        while self.powers.len() <= cell {
            for _ in 0..CHUNK {
                self.sums.push(self.sum(self.sums.len()));
            }
            while self.powers.len() + self.window.len() <= self.sums.len() {
                let cells = self.sums.get(self.powers.len()..self.powers.len() + self.window.len()).unwrap_or_default();
                let mut totals = [Phasor::default(); HARMONICS];
                for (sums, weight) in cells.iter().zip(&self.window) {
                    for (total, sum) in totals.iter_mut().zip(sums) {
                        total.re += weight * sum.re;
                        total.im += weight * sum.im;
                    }
                }
                self.powers.push(totals.map(|total| f64::from(total.re * total.re + total.im * total.im)));
            }
        }
    }

    /// Demodulates each harmonic over one cell.
    fn sum(&self, cell: usize) -> [Phasor; HARMONICS] {
        let start = self.first + (cell * self.cell) as isize;
        let (leading_zeros, samples) = self.signal.slice(start, self.cell);
        // All harmonics side by side, so that the compiler can vectorise.
        let (mut cos, mut sin) = ([0.0_f32; HARMONICS], [0.0_f32; HARMONICS]);
        for lane in 0..HARMONICS {
            // The phase counts from the first cell, so that cells add up. Rounding removes whole
            // turns in a tenth of a remainder's time, to 10^-9 rad in a minute.
            let angle = self.steps[lane] * (cell * self.cell + leading_zeros) as f64;
            let (sine, cosine) = (angle - TAU * (angle / TAU).floor()).sin_cos();
            (sin[lane], cos[lane]) = (sine as f32, cosine as f32);
        }
        let (mut re, mut im) = ([0.0_f32; HARMONICS], [0.0_f32; HARMONICS]);
        for sample in samples {
            for lane in 0..HARMONICS {
                re[lane] += sample * cos[lane];
                im[lane] -= sample * sin[lane];
                let (cosine, sine) = (cos[lane], sin[lane]);
                cos[lane] = cosine * self.step_cos[lane] - sine * self.step_sin[lane];
                sin[lane] = sine * self.step_cos[lane] + cosine * self.step_sin[lane];
            }
        }
        // Harmonics beyond the band would be aliases.
        std::array::from_fn(|lane| {
            if self.steps[lane] > 0.45 * TAU { Phasor::default() } else { Phasor { re: re[lane], im: im[lane] } }
        })
    }
}
