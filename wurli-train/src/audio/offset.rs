//! Detection of a DC offset, a fault of converters and interfaces.

use std::fmt;

use super::Audio;

/// Least offset that is reported, dBFS: 3 in a thousand. Smaller ones change no measurement.
const REPORTED_MIN_DBFS: f64 = -50.0;

/// DC offset of a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offset {
    /// Mean of the samples, full scale 1.
    pub mean: f64,
}

impl fmt::Display for Offset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a DC offset of {:+.4} of full scale ({:.0} dBFS)", self.mean, 20.0 * self.mean.abs().log10())
    }
}

impl Audio {
    /// Returns the offset of the samples if it is −50 dBFS or more.
    #[must_use]
    pub fn offset(&self) -> Option<Offset> {
        let mut counter = OffsetCounter::default();
        counter.push(&self.samples);
        counter.finish()
    }
}

/// Detects an offset in samples that come block by block.
#[derive(Clone, Copy, Debug, Default)]
pub struct OffsetCounter {
    sum: f64,
    samples: usize,
}

impl OffsetCounter {
    /// Adds the next samples.
    pub fn push(&mut self, samples: &[f32]) {
        self.sum += samples.iter().map(|sample| f64::from(*sample)).sum::<f64>();
        self.samples += samples.len();
    }

    /// Returns the offset of all samples.
    #[must_use]
    pub fn finish(self) -> Option<Offset> {
        let mean = self.sum / self.samples.max(1) as f64;
        (20.0 * mean.abs().log10() >= REPORTED_MIN_DBFS).then_some(Offset { mean })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(offset: f32) -> Option<String> {
        let tone = |n: u16| 0.5 * (f32::from(n) * 0.1).sin() + offset;
        let audio = Audio { samples: (0..44_100).map(tone).collect(), sample_rate: 44_100 };
        audio.offset().map(|offset| offset.to_string())
    }

    #[test]
    fn offsets_are_reported_from_minus_50_dbfs_on() {
        assert_eq!(reported(-0.02).unwrap(), "a DC offset of -0.0200 of full scale (-34 dBFS)");
        assert_eq!(reported(0.0033).unwrap(), "a DC offset of +0.0033 of full scale (-50 dBFS)");
        assert_eq!(reported(0.0030), None);
        assert_eq!(reported(0.0), None);
    }
}
