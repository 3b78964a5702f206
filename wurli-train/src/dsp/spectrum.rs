//! Amplitude spectrum of a segment.

use std::cell::RefCell;
use std::sync::Arc;

use rustfft::{Fft, num_complex::Complex32};

use wurli_fft::Planner32;

use super::goertzel::hann;
use super::parabola::vertex;

/// Returns the forward transform of `length` samples. Planning takes longer than the transform:
/// each thread caches its plans.
pub(crate) fn forward(length: usize) -> Arc<dyn Fft<f32>> {
    thread_local! {
        static PLANNER: RefCell<Planner32> = RefCell::new(Planner32::new());
    }
    PLANNER.with_borrow_mut(|planner| planner.forward(length))
}

/// Amplitude spectrum of a Hann-windowed segment, zero-padded to more than twice its length.
#[derive(Clone, Debug)]
pub struct Spectrum {
    /// Amplitude by bin: a sinusoid of amplitude 1 on a bin reads 1.
    pub amplitudes: Vec<f32>,
    /// Distance of two bins, Hz.
    pub bin_hz: f64,
    /// Samples of the segment before padding.
    pub length: usize,
}

impl Spectrum {
    /// Transforms `samples`; an empty segment has no bins.
    #[must_use]
    pub fn new(samples: &[f32], sample_rate: u32) -> Self {
        let window = hann(samples.len());
        let sum: f32 = window.iter().sum();
        let padded = (2 * samples.len()).next_power_of_two();
        let mut bins: Vec<Complex32> =
            samples.iter().zip(window.iter()).map(|(s, w)| Complex32::new(s * w, 0.0)).collect();
        bins.resize(padded, Complex32::new(0.0, 0.0));
        forward(padded).process(&mut bins);
        bins.truncate(if samples.is_empty() { 0 } else { padded / 2 });
        let scale = if sum > 0.0 { 2.0 / sum } else { 0.0 };
        let amplitudes = bins.iter().map(|bin| bin.norm() * scale).collect();
        Self { amplitudes, bin_hz: f64::from(sample_rate) / padded as f64, length: samples.len() }
    }

    /// Bins from `low_hz` to `high_hz`, with the index of the first.
    #[must_use]
    pub fn band(&self, low_hz: f64, high_hz: f64) -> (usize, &[f32]) {
        let first = ((low_hz / self.bin_hz).ceil().max(0.0) as usize).min(self.amplitudes.len());
        let end = ((high_hz / self.bin_hz).floor().max(-1.0) + 1.0) as usize;
        (first, self.amplitudes.get(first..end).unwrap_or(&[]))
    }

    /// Returns the frequency of the highest bin from `low_hz` to `high_hz`, interpolated by a
    /// [parabola](super::parabola), Hz.
    ///
    /// `None` where the band holds no bin or only silence.
    #[must_use]
    pub fn peak_hz(&self, low_hz: f64, high_hz: f64) -> Option<f64> {
        let (first, band) = self.band(low_hz, high_hz);
        let (index, peak) = band.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        if *peak <= 0.0 {
            return None;
        }
        let index = first + index;
        let log = |i: usize| f64::from(self.amplitudes.get(i).copied().unwrap_or(0.0).max(1e-20)).ln();
        let vertex = vertex([log(index.saturating_sub(1)), log(index), log(index + 1)]);
        Some((index as f64 + vertex.map_or(0.0, |vertex| vertex.offset)) * self.bin_hz)
    }

    /// Returns the median amplitude of the bins from `low_hz` to `high_hz`. A band narrower than
    /// three bins is widened to three.
    #[must_use]
    pub fn median(&self, low_hz: f64, high_hz: f64) -> Option<f64> {
        let wider = (3.0 * self.bin_hz - (high_hz - low_hz)).max(0.0) / 2.0;
        let (_, band) = self.band(low_hz - wider, high_hz + wider);
        super::median(&mut band.iter().map(|a| f64::from(*a)).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_frequency_and_amplitude_of_a_sinusoid() {
        let samples: Vec<f32> = (0..17_640)
            .map(|i| 0.25 * (std::f64::consts::TAU * 441.3 * f64::from(i) / 44_100.0).sin() as f32)
            .collect();
        let spectrum = Spectrum::new(&samples, 44_100);
        let peak_hz = spectrum.peak_hz(400.0, 500.0).unwrap();
        assert!((peak_hz - 441.3).abs() < 0.02, "{peak_hz}");
        let highest = spectrum.band(440.0, 443.0).1.iter().fold(0.0f32, |a, b| a.max(*b));
        // Twofold padding puts a bin centre within a quarter of a bin: 0.1 dB of scalloping.
        assert!((highest / 0.25 - 1.0).abs() < 0.012, "{highest}");
        assert!(spectrum.median(600.0, 620.0).unwrap() < 1e-6);
    }

    #[test]
    fn silence_and_empty_bands_have_no_peak() {
        assert!(Spectrum::new(&[], 44_100).peak_hz(0.0, 1e4).is_none());
        let silence = Spectrum::new(&[0.0; 512], 44_100);
        assert!(silence.peak_hz(100.0, 200.0).is_none());
        assert!(silence.peak_hz(30_000.0, 40_000.0).is_none());
        assert!(silence.peak_hz(200.0, 100.0).is_none());
    }
}
