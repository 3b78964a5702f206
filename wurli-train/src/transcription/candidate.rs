//! A fundamental and the peaks on its harmonics.

use super::HARMONICS;
use super::peaks::{OnsetPeaks, SpectralPeak};
use crate::dsp::hz_to_midi;

/// Largest distance of a peak from a harmonic, relative to the frequency. 14 cents: reeds are
/// harmonic, but two partials in one peak shift its vertex.
const RELATIVE_TOLERANCE: f64 = 0.008;
/// Largest distance of a peak from a harmonic, relative to the resolution: the uncertainty of a
/// peak's vertex.
const RESOLUTION_TOLERANCE: f64 = 0.5;
/// Weight of the frequency at which a candidate starts; the loudest peak has 1.
const PRIOR: f64 = 0.3;
/// Largest distance of a peak from a harmonic, relative to the fundamental. More would match any
/// peak.
const FUNDAMENTAL_TOLERANCE: f64 = 0.2;
/// Harmonics that adjust the fundamental while they are followed. Higher ones only follow.
const ADJUSTING_HARMONICS: usize = 8;

/// A fundamental with the peaks on its harmonics.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) f0_hz: f64,
    /// Index of the peak on each harmonic.
    pub(super) peaks: [Option<usize>; HARMONICS],
}

impl Candidate {
    /// Follows the harmonics of `start_hz` upwards, adjusting the fundamental by least squares on
    /// the way.
    pub(super) fn follow(peaks: &OnsetPeaks, start_hz: f64) -> Self {
        let mut found = [None; HARMONICS];
        // Weights grow with loudness: weak peaks may belong to another note.
        let loudest = peaks.all.iter().map(|peak| peak.after).fold(f32::MIN_POSITIVE, f32::max);
        let (mut products, mut squares) = (PRIOR * start_hz, PRIOR);
        let mut f0_hz = start_hz;
        for (order, slot) in (1_u32..).map(f64::from).zip(found.iter_mut()) {
            let target_hz = order * f0_hz;
            let tolerance_hz = (RELATIVE_TOLERANCE * target_hz + RESOLUTION_TOLERANCE * peaks.resolution_hz)
                .min(FUNDAMENTAL_TOLERANCE * f0_hz);
            *slot = peaks.loudest_within(target_hz, tolerance_hz);
            if let Some(peak) = slot.and_then(|index| peaks.all.get(index))
                && order <= ADJUSTING_HARMONICS as f64
            {
                let weight = f64::from(peak.after / loudest);
                products += weight * order * peak.frequency_hz;
                squares += weight * order * order;
                f0_hz = products / squares;
            }
        }
        Self { f0_hz, peaks: found }
    }

    /// Returns the nearest key; `None` outside 0..=127.
    pub(super) fn midi(&self) -> Option<u8> {
        let midi = hz_to_midi(self.f0_hz).round();
        (0.0..=127.0).contains(&midi).then_some(midi as u8)
    }

    /// Returns the peak on a harmonic, H1 = 1.
    pub(super) fn peak<'a>(&self, peaks: &'a OnsetPeaks, order: usize) -> Option<&'a SpectralPeak> {
        let index = *self.peaks.get(order.checked_sub(1)?)?;
        peaks.all.get(index?)
    }
}
