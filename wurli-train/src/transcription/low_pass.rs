//! Decimation to the working rate.

use std::ops::Range;

/// Least rate that carries all that the transcription reads, partials up to 10 kHz, Hz.
const WORKING_RATE_HZ: u32 = 22_050;
/// Half length of the low-pass, in samples of the lower rate. 12: flat to 0.36 of the lower rate,
/// −60 dB from 0.65 on (tested in `signal`), so that aliases lie above all that is read.
const HALF_LENGTH: usize = 12;

/// Returns the decimation factor for a sample rate.
pub(super) fn decimation_factor(sample_rate: u32) -> usize {
    (sample_rate / WORKING_RATE_HZ).max(1) as usize
}

/// Linear-phase low-pass without delay that keeps every `factor`-th sample.
pub(super) struct LowPass {
    factor: usize,
    half: usize,
    taps: Vec<f32>,
}

impl LowPass {
    pub(super) fn new(factor: usize) -> Self {
        let half = HALF_LENGTH * factor;
        let cutoff = 0.485 / factor as f64;
        let mut taps: Vec<f32> = (0..=2 * half)
            .map(|index| {
                let x = index as f64 - half as f64;
                let phase = std::f64::consts::PI * (x / half as f64 + 1.0);
                let blackman = 0.42 - 0.5 * phase.cos() + 0.08 * (2.0 * phase).cos();
                let sinc = if x == 0.0 {
                    2.0 * cutoff
                } else {
                    (std::f64::consts::TAU * cutoff * x).sin() / (std::f64::consts::PI * x)
                };
                (sinc * blackman) as f32
            })
            .collect();
        let sum: f32 = taps.iter().sum();
        taps.iter_mut().for_each(|tap| *tap /= sum);
        Self { factor, half, taps }
    }

    /// Returns the input samples that output sample `out` depends on.
    pub(super) fn span(&self, out: usize) -> Range<usize> {
        let centre = out * self.factor;
        centre.saturating_sub(self.half)..centre + self.half + 1
    }

    /// Returns the output sample `out`. `samples` begin with input sample `first`, which is in the
    /// span or before it.
    pub(super) fn at(&self, samples: &[f32], first: usize, out: usize) -> f32 {
        let span = self.span(out);
        let skipped = self.half.saturating_sub(out * self.factor);
        let (from, to) = (span.start.saturating_sub(first), span.end.saturating_sub(first).min(samples.len()));
        dot(samples.get(from..to).unwrap_or_default(), self.taps.get(skipped..).unwrap_or_default())
    }
}

/// Returns the scalar product over the shorter length, in eight lanes that the compiler can
/// vectorise.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let length = a.len().min(b.len());
    let (a, b) = (a.get(..length).unwrap_or_default(), b.get(..length).unwrap_or_default());
    let mut lanes = [0.0_f32; 8];
    let (chunks_a, chunks_b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = chunks_a.remainder().iter().zip(chunks_b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in chunks_a.zip(chunks_b) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += x * y;
        }
    }
    rest + lanes.iter().sum::<f32>()
}
