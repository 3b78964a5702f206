//! Start and end of a note in a recording of that note alone.

use crate::audio::Audio;

/// Fraction of the peak above which the first sample is the onset.
pub const ONSET_SHARE: f32 = 0.10;
/// Fraction of the peak above which the last sample is the end.
pub const END_SHARE: f32 = 0.01;

/// Start and end of a note, seconds from the start of the audio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// First sample above [`ONSET_SHARE`] of the peak.
    pub onset_s: f64,
    /// Last sample above [`END_SHARE`] of the peak.
    pub end_s: f64,
}

/// Finds a single note in `audio`; `None` if the audio is silent.
#[must_use]
pub fn find_bounds(audio: &Audio) -> Option<Bounds> {
    // A DC offset counted as sound would start every note at once and let none end.
    let offset = audio.samples.iter().map(|s| f64::from(*s)).sum::<f64>() / audio.samples.len().max(1) as f64;
    let height = |sample: &f32| (sample - offset as f32).abs();
    let peak = audio.samples.iter().fold(0.0f32, |peak, s| peak.max(height(s)));
    if peak <= 0.0 {
        return None;
    }
    let onset = audio.samples.iter().position(|s| height(s) > ONSET_SHARE * peak)?;
    let end = audio.samples.iter().rposition(|s| height(s) > END_SHARE * peak)?;
    let rate = f64::from(audio.sample_rate);
    Some(Bounds { onset_s: onset as f64 / rate, end_s: (end + 1) as f64 / rate })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_tenth_and_last_hundredth_of_the_peak() {
        let mut samples = vec![0.0; 1000];
        samples[100] = 0.04;
        samples[200] = -0.5;
        samples[700] = 0.006;
        samples[800] = 0.004;
        let bounds = find_bounds(&Audio { samples, sample_rate: 1000 }).unwrap();
        assert_eq!(bounds, Bounds { onset_s: 0.2, end_s: 0.701 });
    }

    #[test]
    fn ignores_a_dc_offset() {
        let mut samples = vec![0.25f32; 1000];
        for (i, sample) in samples[300..600].iter_mut().enumerate() {
            *sample += 0.5 * if i % 2 == 0 { 1.0 } else { -1.0 };
        }
        let bounds = find_bounds(&Audio { samples, sample_rate: 1000 }).unwrap();
        assert_eq!(bounds, Bounds { onset_s: 0.3, end_s: 0.6 });
    }

    #[test]
    fn rejects_silence() {
        assert_eq!(find_bounds(&Audio { samples: vec![0.0; 100], sample_rate: 1000 }), None);
    }
}
