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
    let peak = audio.samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
    if peak <= 0.0 {
        return None;
    }
    let onset = audio.samples.iter().position(|s| s.abs() > ONSET_SHARE * peak)?;
    let end = audio.samples.iter().rposition(|s| s.abs() > END_SHARE * peak)?;
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
    fn silence_holds_no_note() {
        assert_eq!(find_bounds(&Audio { samples: vec![0.0; 100], sample_rate: 1000 }), None);
    }
}
