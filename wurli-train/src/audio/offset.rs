//! A direct-current offset: a converter's or an interface's mistake.

use std::fmt;

use super::Audio;

/// Offsets from here on are said, dBFS: 3 in a thousand. Below, no reading is moved by it.
const SAID_FROM_DBFS: f64 = -50.0;

/// The mean of a recording's samples, where that is no sound's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offset {
    /// Full scale is 1.
    pub mean: f64,
}

impl fmt::Display for Offset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a DC offset of {:+.4} of full scale ({:.0} dBFS)", self.mean, 20.0 * self.mean.abs().log10())
    }
}

impl Audio {
    /// The offset of the samples, if it is −50 dBFS or more.
    #[must_use]
    pub fn offset(&self) -> Option<Offset> {
        let mut counter = OffsetCounter::default();
        counter.push(&self.samples);
        counter.finish()
    }
}

/// Finds the same in samples that come block by block.
#[derive(Clone, Copy, Debug, Default)]
pub struct OffsetCounter {
    sum: f64,
    samples: usize,
}

impl OffsetCounter {
    /// Takes in the next samples.
    pub fn push(&mut self, samples: &[f32]) {
        self.sum += samples.iter().map(|sample| f64::from(*sample)).sum::<f64>();
        self.samples += samples.len();
    }

    /// What was found in all samples.
    #[must_use]
    pub fn finish(self) -> Option<Offset> {
        let mean = self.sum / self.samples.max(1) as f64;
        (20.0 * mean.abs().log10() >= SAID_FROM_DBFS).then_some(Offset { mean })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(offset: f32) -> Option<String> {
        let tone = |n: u16| 0.5 * (f32::from(n) * 0.1).sin() + offset;
        let audio = Audio { samples: (0..44_100).map(tone).collect(), sample_rate: 44_100 };
        audio.offset().map(|offset| offset.to_string())
    }

    #[test]
    fn offsets_of_either_sign_are_said_from_fifty_decibels_below_full_scale_on() {
        assert_eq!(said(-0.02).unwrap(), "a DC offset of -0.0200 of full scale (-34 dBFS)");
        assert_eq!(said(0.0033).unwrap(), "a DC offset of +0.0033 of full scale (-50 dBFS)");
        assert_eq!(said(0.0030), None);
        assert_eq!(said(0.0), None);
    }
}
