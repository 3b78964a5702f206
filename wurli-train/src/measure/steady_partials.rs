//! Partials in the steady part of a note.

use std::rc::Rc;

use super::locate;
use crate::dsp::goertzel;
use crate::dsp::refine::refine_hz;
use crate::dsp::spectrum::Spectrum;

/// The steady part of a note with its spectrum, which all searches share.
pub(super) struct SteadyPartials<'a> {
    samples: &'a [f32],
    sample_rate: u32,
    spectrum: Spectrum,
    window: Rc<[f32]>,
}

impl<'a> SteadyPartials<'a> {
    /// Computes the spectrum of `body`, which begins at the onset.
    pub(super) fn new(body: &'a [f32], sample_rate: u32) -> Self {
        let samples = locate::steady_segment(body, sample_rate);
        Self {
            samples,
            sample_rate,
            spectrum: Spectrum::new(samples, sample_rate),
            window: goertzel::hann(samples.len()),
        }
    }

    /// Returns the frequency of the partial within half a semitone of `expected_hz`, Hz; see
    /// [`locate::locate`].
    pub(super) fn near(&self, expected_hz: f64) -> Option<f64> {
        let peak_hz = locate::fundamental_hz(&self.spectrum, self.sample_rate, expected_hz)?;
        Some(locate::refined_or_peak(refine_hz(self.samples, peak_hz, self.sample_rate), peak_hz, peak_hz))
    }

    /// Returns the frequency of the partial at `expected_hz`, which may differ by the fraction
    /// `tolerance`.
    pub(super) fn at(&self, expected_hz: f64, tolerance: f64) -> Option<f64> {
        self.near(expected_hz).filter(|hz| (hz / expected_hz - 1.0).abs() < tolerance)
    }

    /// Returns the frequency of the peak at `expected_hz`, which may differ by the fraction
    /// `tolerance`. Unlike [`at`](Self::at), it may be noise, or beside a stronger partial.
    pub(super) fn peak_at(&self, expected_hz: f64, tolerance: f64) -> Option<f64> {
        let reach_hz = (2.0 * tolerance * expected_hz).max(1.5 * self.spectrum.bin_hz);
        let peak_hz = self.spectrum.peak_hz(expected_hz - reach_hz, expected_hz + reach_hz)?;
        let hz = locate::refined_or_peak(refine_hz(self.samples, peak_hz, self.sample_rate), peak_hz, peak_hz);
        Some(hz).filter(|hz| (hz / expected_hz - 1.0).abs() < tolerance)
    }

    /// Returns the amplitude at a frequency.
    pub(super) fn amplitude(&self, hz: f64) -> f64 {
        goertzel::phasor(self.samples, &self.window, hz, self.sample_rate).norm()
    }

    /// Returns the distance of frequencies that the window separates, Hz.
    pub(super) fn resolution_hz(&self) -> f64 {
        f64::from(self.sample_rate) / self.samples.len().max(1) as f64
    }
}
