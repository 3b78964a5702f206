//! Detection of clipping: runs of samples at full scale.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Audio;

/// Clipped samples of a recording. The levels of a clipped note are less accurate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clipping {
    /// Runs of samples at full scale that are longer than any crest.
    pub runs: usize,
    /// Samples in them.
    pub samples: usize,
    /// Start of the first, seconds from the beginning of the recording.
    pub first_s: f64,
}

impl fmt::Display for Clipping {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, samples, first_s } = self;
        let runs = if *runs == 1 { "a run".to_owned() } else { format!("{runs} runs") };
        write!(formatter, "{samples} samples at full scale in {runs}, the first at {first_s:.3} s")
    }
}

/// Full scale: the largest positive 16-bit sample.
const FULL_SCALE: f32 = 32_767.0 / 32_768.0;

/// Longest time that a sine of 55 Hz, the instrument's lowest key, stays at full scale without
/// being clipped, s.
///
/// A sine stays within a depth d of its crest for 2·√(2d)/ω. Rounded to 16 bits, samples 1.5 steps
/// below the largest magnitude still count as [`FULL_SCALE`]: d = 1.5/32768, ω = 2π·55/s.
const CREST_S: f64 = 55.4e-6;

impl Audio {
    /// Returns the runs of samples at full scale, of one sign, that are too long for a crest;
    /// `None` if there are none.
    #[must_use]
    pub fn clipping(&self) -> Option<Clipping> {
        let mut counter = ClippingCounter::new(self.sample_rate);
        counter.push(&self.samples);
        counter.finish()
    }
}

/// Detects clipping in samples that come block by block.
#[derive(Clone, Debug)]
pub struct ClippingCounter {
    sample_rate: u32,
    crest_samples: usize,
    /// Samples so far.
    samples: usize,
    /// Sign of the current run, 0 below full scale.
    side: i8,
    /// Length of the current run, samples.
    run: usize,
    found: Option<Clipping>,
}

impl ClippingCounter {
    /// Creates a counter for a recording with this sample rate, Hz.
    #[must_use]
    pub fn new(sample_rate: u32) -> Self {
        let crest_samples = (CREST_S * f64::from(sample_rate)) as usize + 1;
        Self { sample_rate, crest_samples, samples: 0, side: 0, run: 0, found: None }
    }

    /// Adds the next samples.
    pub fn push<'a>(&mut self, samples: impl IntoIterator<Item = &'a f32>) {
        for sample in samples {
            let side = i8::from(*sample >= FULL_SCALE) - i8::from(*sample <= -FULL_SCALE);
            if side != self.side {
                self.end_run();
                self.side = side;
            }
            self.run += 1;
            self.samples += 1;
        }
    }

    /// Returns the clipping of all samples.
    #[must_use]
    pub fn finish(mut self) -> Option<Clipping> {
        self.end_run();
        self.found
    }

    fn end_run(&mut self) {
        if self.side != 0 && self.run > self.crest_samples {
            let first_s = (self.samples - self.run) as f64 / f64::from(self.sample_rate);
            let found = self.found.get_or_insert(Clipping { runs: 0, samples: 0, first_s });
            found.runs += 1;
            found.samples += self.run;
        }
        self.run = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::{Audio, CREST_S};

    const SAMPLE_RATES_HZ: [u32; 5] = [22_050, 44_100, 48_000, 96_000, 192_000];

    /// Returns one second of a sine, clipped at full scale and rounded to 16 bits.
    fn sine(frequency_hz: f64, amplitude: f64, sample_rate: u32) -> Audio {
        let sample = |n: u32| amplitude * (TAU * frequency_hz * f64::from(n) / f64::from(sample_rate)).sin();
        let rounded = |x: f64| ((x * 32_768.0).round().clamp(-32_768.0, 32_767.0) / 32_768.0) as f32;
        Audio { samples: (0..sample_rate).map(|n| rounded(sample(n))).collect(), sample_rate }
    }

    #[test]
    fn the_crest_of_the_lowest_key_is_as_long_as_the_formula_says() {
        let crest_s = 2.0 * (2.0 * 1.5 / 32_768.0f64).sqrt() / (TAU * 55.0);
        assert!((CREST_S - crest_s).abs() < 0.1e-6, "{crest_s}");
    }

    #[test]
    fn a_sine_that_just_reaches_full_scale_is_not_clipped() {
        for sample_rate in SAMPLE_RATES_HZ {
            for frequency_hz in [55.0, 110.0, 880.0, 2_093.0] {
                let audio = sine(frequency_hz, 32_767.0 / 32_768.0, sample_rate);
                assert_eq!(audio.clipping(), None, "{frequency_hz} Hz at {sample_rate} Hz");
            }
        }
    }

    #[test]
    fn a_sine_clipped_by_1_db_is_clipped_in_every_half_period() {
        for sample_rate in SAMPLE_RATES_HZ {
            let clipping = sine(55.0, 1.122, sample_rate).clipping().unwrap();
            assert_eq!(clipping.runs, 110, "{sample_rate} Hz");
            // asin(1/1.122) = 63.04°: clipped for 2·(90° − 63.04°) of each 180°.
            let share = clipping.samples as f64 / f64::from(sample_rate);
            assert!((share - 0.2996).abs() < 110.0 / f64::from(sample_rate), "{share} at {sample_rate} Hz");
            assert!((clipping.first_s - 63.04 / 360.0 / 55.0).abs() < 2.0 / f64::from(sample_rate), "{clipping}");
        }
    }

    #[test]
    fn runs_of_opposite_sign_do_not_add_up() {
        let samples = [1.0, 1.0, 1.0, -1.0, -1.0, -1.0].repeat(4);
        assert_eq!(Audio { samples, sample_rate: 44_100 }.clipping(), None);
    }

    #[test]
    fn a_run_over_the_border_of_two_blocks_is_one() {
        let audio = sine(55.0, 1.122, 44_100);
        for length in [1, 7, 4096] {
            let mut counter = super::ClippingCounter::new(44_100);
            audio.samples.chunks(length).for_each(|block| counter.push(block));
            assert_eq!(counter.finish(), audio.clipping(), "blocks of {length}");
        }
    }

    #[test]
    fn a_warning_counts_and_locates() {
        let mut samples = vec![0.0; 441];
        samples.extend([1.0; 4]);
        samples.extend([0.0, -1.0, -1.0, -1.0, -1.0, -1.0]);
        let clipping = Audio { samples, sample_rate: 44_100 }.clipping().unwrap();
        assert_eq!(clipping.to_string(), "9 samples at full scale in 2 runs, the first at 0.010 s");
    }
}
