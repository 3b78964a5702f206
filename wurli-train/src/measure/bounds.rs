//! Where a note begins and ends in a recording of itself.

use crate::audio::Audio;

/// The onset is the first sample above this share of the peak.
pub const ONSET_SHARE: f32 = 0.10;
/// The end is the last sample above this share of the peak.
pub const END_SHARE: f32 = 0.01;

/// Beginning and end of a note, s from the beginning of the audio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// First sample above [`ONSET_SHARE`] of the peak.
    pub onset_s: f64,
    /// Last sample above [`END_SHARE`] of the peak.
    pub end_s: f64,
}

/// Finds a single note in `audio`; `None` if it is silent.
#[must_use]
pub fn find_bounds(audio: &Audio) -> Option<Bounds> {
    // An offset of the converter is no sound; counted as such, it would begin every note at once and let none end.
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
    fn a_note_lies_between_a_tenth_and_a_hundredth_of_its_peak() {
        let mut samples = vec![0.0; 1000];
        samples[100] = 0.04;
        samples[200] = -0.5;
        samples[700] = 0.006;
        samples[800] = 0.004;
        let bounds = find_bounds(&Audio { samples, sample_rate: 1000 }).unwrap();
        assert_eq!(bounds, Bounds { onset_s: 0.2, end_s: 0.701 });
    }

    #[test]
    fn an_offset_is_no_sound() {
        let mut samples = vec![0.25f32; 1000];
        for (i, sample) in samples[300..600].iter_mut().enumerate() {
            *sample += 0.5 * if i % 2 == 0 { 1.0 } else { -1.0 };
        }
        let bounds = find_bounds(&Audio { samples, sample_rate: 1000 }).unwrap();
        assert_eq!(bounds, Bounds { onset_s: 0.3, end_s: 0.6 });
    }

    #[test]
    fn silence_holds_no_note() {
        assert_eq!(find_bounds(&Audio { samples: vec![0.0; 100], sample_rate: 1000 }), None);
    }
}
