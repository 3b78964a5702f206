//! Peaks of the spectrum after an onset, and the part of each that is new.

use super::analyser::{NoiseFloor, SegmentSpectrum};
use super::settings::TranscriptionSettings;
use super::{HARMONICS, SoundingKey};
use crate::dsp::db_to_amplitude;
use crate::dsp::parabola::vertex;

/// Width of the blocks of the noise floor, Hz: several harmonics of any bass note.
const FLOOR_BLOCK_HZ: f64 = 400.0;

/// Least fraction of a peak's amplitude that must be new for it to count as struck.
const NEW_SHARE: f32 = 0.5;
/// Reach of a Hann window's first three side lobes, relative to the resolution.
const SIDE_LOBES: f64 = 4.6;
/// Height of the first side lobe: −31.5 dB, and a little more for decaying partials.
const SIDE_LOBE: f32 = 0.033;
/// Amplitude before the onset, relative to the peak, from which on the moment before the onset is
/// read as well.
const LATEST_FROM: f32 = 0.1;
/// Distance within which a peak lies on a sustained note's harmonic, relative to the resolution.
const SUSTAINED_WITHIN: f64 = 0.7;

/// Peak of the spectrum after an onset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SpectralPeak {
    pub(super) frequency_hz: f64,
    /// Amplitude before the onset, the largest within a bin; 0 on a restruck key.
    pub(super) before: f32,
    /// Amplitude before the onset, also on a restruck key.
    pub(super) measured_before: f32,
    /// Amplitude after the onset.
    pub(super) after: f32,
    /// Part of the amplitude that is new.
    pub(super) new: f32,
    /// `true` if it lies on a harmonic of a sustained note.
    pub(super) is_sustained: bool,
}

impl SpectralPeak {
    /// Returns `true` if the peak was struck, not merely sustained.
    pub(super) fn is_new(&self) -> bool {
        self.new > NEW_SHARE * self.after
    }
}

/// Peaks of one onset.
pub(super) struct OnsetPeaks {
    /// Peaks by ascending frequency.
    pub(super) all: Vec<SpectralPeak>,
    pub(super) resolution_hz: f64,
    floor: NoiseFloor,
    threshold: f32,
    band_hz: f64,
}

impl OnsetPeaks {
    /// Finds the peaks of the spectrum `after` an onset.
    ///
    /// Peaks on harmonics of `sustained` keys may grow a little without being new. All peaks of
    /// `restruck` keys are new. `latest` tells the amplitude at a frequency immediately before the
    /// onset.
    pub(super) fn find(
        before: &SegmentSpectrum,
        after: &SegmentSpectrum,
        sustained: &[SoundingKey],
        restruck: &[SoundingKey],
        latest: impl Fn(f64) -> f32,
        settings: &TranscriptionSettings,
    ) -> Self {
        let threshold = db_to_amplitude(settings.partial_over_noise_db) as f32;
        let floor = NoiseFloor::from_spectrum(after, FLOOR_BLOCK_HZ, &mut Vec::new());
        let usual_gain = db_to_amplitude(settings.new_partial_db) as f32;
        let sustained_gain = db_to_amplitude(settings.new_on_sustained_db) as f32;
        let near_hz = SUSTAINED_WITHIN * after.resolution_hz;
        let is_on = |keys: &[SoundingKey], frequency_hz: f64| {
            keys.iter().any(|key| {
                let order = (frequency_hz / key.f0_hz).round();
                (1.0..=HARMONICS as f64).contains(&order) && (order * key.f0_hz - frequency_hz).abs() < near_hz
            })
        };
        let band_hz = after.bin_hz * after.amplitudes.len() as f64;
        let triples = after.amplitudes.windows(3).enumerate();
        let peaks = triples.filter_map(|(left, triple)| {
            let &[low, mid, high] = triple else { return None };
            let bin = (left + 1) as f64;
            if mid <= low || mid < high || mid < threshold * floor.at(bin * after.bin_hz) {
                return None;
            }
            let logs = [low, mid, high].map(|a| f64::from(a.max(f32::MIN_POSITIVE)).ln());
            let (offset, amplitude) = vertex(logs).map_or((0.0, mid), |top| (top.offset, top.height.exp() as f32));
            let frequency_hz = (bin + offset) * after.bin_hz;
            let is_restruck = is_on(restruck, frequency_hz);
            let measured_before = before.amplitude_near(frequency_hz);
            let measured_before = if measured_before > LATEST_FROM * amplitude {
                measured_before.min(latest(frequency_hz))
            } else {
                measured_before
            };
            let before = if is_restruck { 0.0 } else { measured_before };
            let is_sustained = !is_restruck && is_on(sustained, frequency_hz);
            let old = before * if is_sustained { sustained_gain } else { usual_gain };
            let new = (amplitude * amplitude - old * old).max(0.0).sqrt();
            Some(SpectralPeak { frequency_hz, before, measured_before, after: amplitude, new, is_sustained })
        });
        let mut peaks: Vec<SpectralPeak> = peaks.collect();
        drop_side_lobes(&mut peaks, after.resolution_hz);
        Self { all: peaks, resolution_hz: after.resolution_hz, floor, threshold, band_hz }
    }

    /// Returns the index of the loudest peak within `tolerance_hz`.
    pub(super) fn loudest_within(&self, frequency_hz: f64, tolerance_hz: f64) -> Option<usize> {
        let from = self.all.partition_point(|peak| peak.frequency_hz < frequency_hz - tolerance_hz);
        let near = self.all.iter().enumerate().skip(from);
        near.take_while(|(_, peak)| peak.frequency_hz <= frequency_hz + tolerance_hz)
            .max_by(|(_, a), (_, b)| a.after.total_cmp(&b.after))
            .map(|(index, _)| index)
    }

    /// Returns the upper end of the spectrum, Hz.
    pub(super) fn band_hz(&self) -> f64 {
        self.band_hz
    }

    /// Returns the least amplitude of a peak at this frequency.
    pub(super) fn visible_from(&self, frequency_hz: f64) -> f32 {
        self.threshold * self.floor.at(frequency_hz)
    }
}

/// Removes side lobes of louder peaks.
fn drop_side_lobes(peaks: &mut Vec<SpectralPeak>, resolution_hz: f64) {
    let limits: Vec<f32> = peaks
        .iter()
        .enumerate()
        .map(|(index, peak)| {
            let near =
                |other: &&SpectralPeak| (other.frequency_hz - peak.frequency_hz).abs() < SIDE_LOBES * resolution_hz;
            let below = peaks.iter().take(index).rev().take_while(near);
            let above = peaks.iter().skip(index + 1).take_while(near);
            SIDE_LOBE * below.chain(above).map(|other| other.after).fold(0.0, f32::max)
        })
        .collect();
    let mut limits = limits.into_iter();
    peaks.retain(|peak| limits.next().is_none_or(|limit| peak.after > limit));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a spectrum of Gaussian peaks on a floor.
    fn spectrum(tones: &[(f64, f32)]) -> SegmentSpectrum {
        let amplitude = |bin: usize| {
            let lobe = |(hz, a): &(f64, f32)| a * (-(bin as f64 * 2.0 - hz).powi(2) / 40.0).exp() as f32;
            1e-4 + tones.iter().map(lobe).sum::<f32>()
        };
        SegmentSpectrum { amplitudes: (0..2000).map(amplitude).collect(), bin_hz: 2.0, resolution_hz: 4.0 }
    }

    #[test]
    fn only_a_struck_tone_is_new() {
        let before = spectrum(&[(441.0, 0.5)]);
        let after = spectrum(&[(441.0, 0.48), (700.3, 0.3)]);
        let found = OnsetPeaks::find(&before, &after, &[], &[], |_| f32::MAX, &TranscriptionSettings::default());
        assert_eq!(found.all.len(), 2);
        assert!((found.all[0].frequency_hz - 441.0).abs() < 0.05 && found.all[0].new == 0.0);
        assert!((found.all[1].frequency_hz - 700.3).abs() < 0.05 && (found.all[1].new - 0.3).abs() < 0.01);
        assert_eq!(found.loudest_within(699.0, 2.0), Some(1));
        assert_eq!(found.loudest_within(699.0, 1.0), None);
    }
}
