//! The amplitude spectrum of a segment, by rustfft.

use std::cell::RefCell;
use std::sync::Arc;

use rustfft::{Fft, FftPlanner, num_complex::Complex32};

use super::goertzel::hann;

/// The forward transform of that many samples. To plan one takes longer than to do it: a thread keeps its plans.
fn plan(length: usize) -> Arc<dyn Fft<f32>> {
    thread_local! {
        static PLANNER: RefCell<FftPlanner<f32>> = RefCell::new(FftPlanner::new());
    }
    PLANNER.with_borrow_mut(|planner| planner.plan_fft_forward(length))
}

/// Amplitudes of the lines of a Hann-windowed segment, zero-padded to more than twice its length.
#[derive(Clone, Debug)]
pub struct Spectrum {
    /// A sinusoid of amplitude 1 on a line reads 1.
    pub amplitudes: Vec<f32>,
    /// Distance of two lines, Hz.
    pub line_hz: f64,
    /// Samples that the segment had before padding.
    pub length: usize,
}

impl Spectrum {
    /// The spectrum of `samples`; an empty segment has no lines.
    #[must_use]
    pub fn of(samples: &[f32], sample_rate: u32) -> Self {
        let window = hann(samples.len());
        let sum: f32 = window.iter().sum();
        let padded = (2 * samples.len()).next_power_of_two();
        let mut lines: Vec<Complex32> =
            samples.iter().zip(window.iter()).map(|(s, w)| Complex32::new(s * w, 0.0)).collect();
        lines.resize(padded, Complex32::new(0.0, 0.0));
        plan(padded).process(&mut lines);
        lines.truncate(if samples.is_empty() { 0 } else { padded / 2 });
        let scale = if sum > 0.0 { 2.0 / sum } else { 0.0 };
        let amplitudes = lines.iter().map(|line| line.norm() * scale).collect();
        Self { amplitudes, line_hz: f64::from(sample_rate) / padded as f64, length: samples.len() }
    }

    /// The lines from `low_hz` to `high_hz`, with the index of the first.
    #[must_use]
    pub fn band(&self, low_hz: f64, high_hz: f64) -> (usize, &[f32]) {
        let first = ((low_hz / self.line_hz).ceil().max(0.0) as usize).min(self.amplitudes.len());
        let end = ((high_hz / self.line_hz).floor().max(-1.0) + 1.0) as usize;
        (first, self.amplitudes.get(first..end).unwrap_or(&[]))
    }

    /// Frequency of the highest line from `low_hz` to `high_hz`, refined by a parabola through the logarithms of its neighbours, Hz;
    /// `None` where the band holds no line or only silence.
    #[must_use]
    pub fn peak_hz(&self, low_hz: f64, high_hz: f64) -> Option<f64> {
        let (first, band) = self.band(low_hz, high_hz);
        let (index, peak) = band.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        if *peak <= 0.0 {
            return None;
        }
        let index = first + index;
        let log = |i: usize| f64::from(self.amplitudes.get(i).copied().unwrap_or(0.0).max(1e-20)).ln();
        let (left, middle, right) = (log(index.saturating_sub(1)), log(index), log(index + 1));
        let curvature = left - 2.0 * middle + right;
        let offset = if curvature < 0.0 { (0.5 * (left - right) / curvature).clamp(-0.5, 0.5) } else { 0.0 };
        Some((index as f64 + offset) * self.line_hz)
    }

    /// Median amplitude of the lines from `low_hz` to `high_hz`; of a band narrower than three lines, that of the three nearest.
    #[must_use]
    pub fn median(&self, low_hz: f64, high_hz: f64) -> Option<f64> {
        let wider = (3.0 * self.line_hz - (high_hz - low_hz)).max(0.0) / 2.0;
        let (_, band) = self.band(low_hz - wider, high_hz + wider);
        super::median(&mut band.iter().map(|a| f64::from(*a)).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sinusoid_stands_at_its_frequency_with_its_amplitude() {
        let samples: Vec<f32> = (0..17_640)
            .map(|i| 0.25 * (std::f64::consts::TAU * 441.3 * f64::from(i) / 44_100.0).sin() as f32)
            .collect();
        let spectrum = Spectrum::of(&samples, 44_100);
        let peak_hz = spectrum.peak_hz(400.0, 500.0).unwrap();
        assert!((peak_hz - 441.3).abs() < 0.02, "{peak_hz}");
        let highest = spectrum.band(440.0, 443.0).1.iter().fold(0.0f32, |a, b| a.max(*b));
        // Twofold padding puts a line within a quarter of a bin: 0.1 dB of scalloping.
        assert!((highest / 0.25 - 1.0).abs() < 0.012, "{highest}");
        assert!(spectrum.median(600.0, 620.0).unwrap() < 1e-6);
    }

    #[test]
    fn nothing_has_no_peak() {
        assert!(Spectrum::of(&[], 44_100).peak_hz(0.0, 1e4).is_none());
        let silence = Spectrum::of(&[0.0; 512], 44_100);
        assert!(silence.peak_hz(100.0, 200.0).is_none());
        assert!(silence.peak_hz(30_000.0, 40_000.0).is_none());
        assert!(silence.peak_hz(200.0, 100.0).is_none());
    }
}
