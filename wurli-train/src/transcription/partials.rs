//! The partials of an onset: peaks of the spectrum after it, and what of each was not there before.

use super::HARMONICS;
use super::settings::TranscriptionSettings;
use super::spectrum::{NoiseFloor, Spectrum};

/// Width of the blocks of the noise floor, Hz: several harmonics of any bass note.
const FLOOR_BLOCK_HZ: f64 = 400.0;

/// Part of a partial's amplitude that must be new for it to count as struck.
const NEW_SHARE: f32 = 0.5;
/// Reach of a Hann window's first three side lobes, in parts of the resolution, and the height of the first; −31.5 dB and
/// a little, for decaying partials raise it.
const SIDE_LOBES: f64 = 4.6;
const SIDE_LOBE: f32 = 0.033;
/// Distance within which a partial is on a held note's harmonic, in parts of the resolution.
const HELD_WITHIN: f64 = 0.7;

/// A peak of the spectrum after an onset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Partial {
    pub(super) frequency_hz: f64,
    /// Amplitude before the onset, the largest within a bin; 0 for what is taken as struck again.
    pub(super) before: f32,
    /// The same, whatever it is taken as.
    pub(super) was: f32,
    /// Amplitude after the onset.
    pub(super) after: f32,
    /// What of it is new.
    pub(super) new: f32,
    /// Whether it lies on a harmonic of a note held from before.
    pub(super) held: bool,
}

impl Partial {
    /// Whether it is struck, not merely held.
    pub(super) fn is_new(&self) -> bool {
        self.new > NEW_SHARE * self.after
    }
}

/// The partials of one onset, by frequency.
pub(super) struct Partials {
    pub(super) peaks: Vec<Partial>,
    pub(super) resolution_hz: f64,
    floor: NoiseFloor,
    threshold: f32,
    band_hz: f64,
}

impl Partials {
    /// `held` are keys held from before, with their fundamentals in Hz: what lies on their harmonics may grow a little.
    /// Of those `struck_again` all is new.
    pub(super) fn of(
        before: &Spectrum,
        after: &Spectrum,
        held: &[(u8, f64)],
        struck_again: &[(u8, f64)],
        latest: impl Fn(f64) -> f32,
        settings: &TranscriptionSettings,
    ) -> Self {
        let threshold = db_to_amplitude(settings.partial_over_noise_db);
        let floor = NoiseFloor::of(after, FLOOR_BLOCK_HZ, &mut Vec::new());
        let usual_gain = db_to_amplitude(settings.new_partial_db);
        let held_gain = db_to_amplitude(settings.new_on_held_db);
        let near_hz = HELD_WITHIN * after.resolution_hz;
        let is_on = |keys: &[(u8, f64)], frequency_hz: f64| {
            keys.iter().any(|(_, f0_hz)| {
                let order = (frequency_hz / f0_hz).round();
                (1.0..=HARMONICS as f64).contains(&order) && (order * f0_hz - frequency_hz).abs() < near_hz
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
            let (shift, amplitude) = parabola(low, mid, high);
            let frequency_hz = (bin + shift) * after.bin_hz;
            let is_again = is_on(struck_again, frequency_hz);
            let was = before.amplitude_near(frequency_hz);
            let was = if was > 0.1 * amplitude { was.min(latest(frequency_hz)) } else { was };
            let before = if is_again { 0.0 } else { was };
            let held = !is_again && is_on(held, frequency_hz);
            let old = before * if held { held_gain } else { usual_gain };
            let new = (amplitude * amplitude - old * old).max(0.0).sqrt();
            Some(Partial { frequency_hz, before, was, after: amplitude, new, held })
        });
        let mut peaks: Vec<Partial> = peaks.collect();
        drop_side_lobes(&mut peaks, after.resolution_hz);
        Self { peaks, resolution_hz: after.resolution_hz, floor, threshold, band_hz }
    }

    /// Index of the loudest partial within `tolerance_hz`.
    pub(super) fn loudest_within(&self, frequency_hz: f64, tolerance_hz: f64) -> Option<usize> {
        let from = self.peaks.partition_point(|peak| peak.frequency_hz < frequency_hz - tolerance_hz);
        let near = self.peaks.iter().enumerate().skip(from);
        near.take_while(|(_, peak)| peak.frequency_hz <= frequency_hz + tolerance_hz)
            .max_by(|(_, a), (_, b)| a.after.total_cmp(&b.after))
            .map(|(index, _)| index)
    }

    /// Where the spectrum ends.
    pub(super) fn band_hz(&self) -> f64 {
        self.band_hz
    }

    /// Amplitude under which no partial would be seen at this frequency.
    pub(super) fn visible_from(&self, frequency_hz: f64) -> f32 {
        self.threshold * self.floor.at(frequency_hz)
    }
}

/// Takes away what are no partials but side lobes of the window around louder ones.
fn drop_side_lobes(peaks: &mut Vec<Partial>, resolution_hz: f64) {
    let limits: Vec<f32> = peaks
        .iter()
        .enumerate()
        .map(|(index, peak)| {
            let near = |other: &&Partial| (other.frequency_hz - peak.frequency_hz).abs() < SIDE_LOBES * resolution_hz;
            let below = peaks.iter().take(index).rev().take_while(near);
            let above = peaks.iter().skip(index + 1).take_while(near);
            SIDE_LOBE * below.chain(above).map(|other| other.after).fold(0.0, f32::max)
        })
        .collect();
    let mut limits = limits.into_iter();
    peaks.retain(|peak| limits.next().is_none_or(|limit| peak.after > limit));
}

/// Vertex of the parabola through the logarithms of three amplitudes: shift in bins, −0.5..=0.5, and amplitude.
fn parabola(low: f32, mid: f32, high: f32) -> (f64, f32) {
    let [l, m, h] = [low, mid, high].map(|a| f64::from(a.max(f32::MIN_POSITIVE)).ln());
    let curvature = l - 2.0 * m + h;
    if curvature >= 0.0 {
        return (0.0, mid);
    }
    let shift = (0.5 * (l - h) / curvature).clamp(-0.5, 0.5);
    (shift, (m - 0.25 * (l - h) * shift).exp() as f32)
}

/// 20 dB are a factor of ten.
pub(super) fn db_to_amplitude(level_db: f64) -> f32 {
    10.0_f64.powf(level_db / 20.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A spectrum of Gaussian peaks on a floor.
    fn spectrum(tones: &[(f64, f32)]) -> Spectrum {
        let amplitude = |bin: usize| {
            let lobe = |(hz, a): &(f64, f32)| a * (-(bin as f64 * 2.0 - hz).powi(2) / 40.0).exp() as f32;
            1e-4 + tones.iter().map(lobe).sum::<f32>()
        };
        Spectrum { amplitudes: (0..2000).map(amplitude).collect(), bin_hz: 2.0, resolution_hz: 4.0 }
    }

    #[test]
    fn a_held_tone_is_not_new_and_a_struck_one_is() {
        let before = spectrum(&[(441.0, 0.5)]);
        let after = spectrum(&[(441.0, 0.48), (700.3, 0.3)]);
        let found = Partials::of(&before, &after, &[], &[], |_| f32::MAX, &TranscriptionSettings::default());
        assert_eq!(found.peaks.len(), 2);
        assert!((found.peaks[0].frequency_hz - 441.0).abs() < 0.05 && found.peaks[0].new == 0.0);
        assert!((found.peaks[1].frequency_hz - 700.3).abs() < 0.05 && (found.peaks[1].new - 0.3).abs() < 0.01);
        assert_eq!(found.loudest_within(699.0, 2.0), Some(1));
        assert_eq!(found.loudest_within(699.0, 1.0), None);
    }
}
