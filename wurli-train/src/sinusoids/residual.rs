//! What a fit leaves over, and how strong the noise is about a sinusoid.

use super::normal::Mode;
use super::taper::Taper;
use crate::dsp::spectrum::Spectrum;

/// Share of a segment that is its beginning.
pub(super) const BEGINNING: f64 = 0.25;
/// Noise is read this far from a sinusoid on both sides, periods over the length of the segment.
const AROUND: f64 = 20.0;

/// `samples` less the modes.
pub(super) fn residual(samples: &[f32], modes: &[Mode], taper: &Taper) -> Vec<f32> {
    let step = 1.0 / taper.length() as f64;
    let mut left: Vec<f64> = samples.iter().map(|s| f64::from(*s)).collect();
    for mode in modes {
        let mut now = mode.amplitude * (mode.exponent * taper.time(0)).exp();
        let ratio = (mode.exponent * step).exp();
        for sample in &mut left {
            *sample -= now.re;
            now *= ratio;
        }
    }
    left.into_iter().map(|sample| sample as f32).collect()
}

/// Spectrum of a residual, and the modes that were taken out of it.
pub(super) struct Left {
    pub(super) spectrum: Spectrum,
    samples: Vec<f32>,
    fitted: Vec<f64>,
}

impl Left {
    pub(super) fn of(samples: &[f32], modes: &[Mode], taper: &Taper) -> Self {
        // In periods over the length of the segment.
        let samples = residual(samples, modes, taper);
        let spectrum = Spectrum::of(&samples, samples.len() as u32);
        let fitted = modes.iter().map(Mode::periods).collect();
        Self { spectrum, samples, fitted }
    }

    /// Spectrum of the [beginning](BEGINNING), in periods over its own length.
    pub(super) fn beginning(&self) -> Spectrum {
        let samples = &self.samples[..(BEGINNING * self.samples.len() as f64) as usize];
        Spectrum::of(samples, samples.len() as u32)
    }

    /// Standard deviation that white noise would have which is as strong as what is left about `periods` over the length. A sinusoid that
    /// was fitted there took the noise of two lines along.
    pub(super) fn noise(&self, periods: f64) -> f64 {
        let (_, band) = self.spectrum.band(periods - AROUND, periods + AROUND);
        if band.is_empty() {
            return 0.0;
        }
        let power = band.iter().map(|a| f64::from(*a).powi(2)).sum::<f64>() / band.len() as f64;
        let lines = band.len() as f64 * self.spectrum.line_hz;
        let taken = self.fitted.iter().filter(|fitted| (**fitted - periods).abs() < AROUND).count() as f64;
        let kept = (1.0 - 1.5 * taken / lines).max(0.25);
        // A line of a Hann window: 4σ²·Σw²/(Σw)² = 6σ²/N.
        (power / kept * self.samples.len() as f64 / 6.0).sqrt()
    }
}
