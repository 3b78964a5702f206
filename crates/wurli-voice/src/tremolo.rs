//! Tremolo of the Wurlitzer 200A, which its panel calls vibrato.
//!
//! - Rate: fixed on the instrument. 5.5 Hz according to Apple's Logic Pro User Guide (Tremolo
//!   effect controls).
//! - Waveform: a light-dependent resistor in the preamp's feedback raises the gain periodically
//!   (service manual of the 200A). Here the level in dB follows a raised sine.
//! - Depth: no figure is published. An owner's oscilloscope showed 1.8 V without and 4.0 V with
//!   full vibrato, 6.9 dB (ep-forum.com, topic 10483).

use num_traits::Float;

use crate::note::NEPER_PER_DB;
use crate::trig::sin_cos;
use crate::voice::clamped_sample_rate;

/// Time constant (1/e) with which depth and rate follow their settings, s. Chosen.
const SMOOTHING_S: f64 = 0.02;

/// Change below which a setting has arrived, dB and Hz.
const RESOLUTION: f64 = 1e-6;

/// Amplitude modulation behind the voices, mono or as panning between two channels.
///
/// Off after creation: samples pass unchanged.
///
/// ```
/// use wurli_voice::Tremolo;
///
/// let mut tremolo = Tremolo::new(48_000.0);
/// tremolo.set_depth_db(Tremolo::FULL_DEPTH_DB);
/// let mut block = [0.1; 64]; // what the voices have rendered
/// tremolo.process(&mut block);
/// ```
#[derive(Clone, Debug)]
pub struct Tremolo {
    step_s: f64,
    /// Per sample.
    smoothing: f64,
    rate_hz: f64,
    target_rate_hz: f64,
    depth_db: f64,
    target_depth_db: f64,
    /// Phase of the oscillator, turns, 0..1.
    turns: f64,
}

impl Tremolo {
    /// Rate of the 200A, Hz.
    pub const RATE_HZ: f32 = 5.5;
    /// Depth of one 200A at full vibrato, dB from the lowest to the highest level.
    pub const FULL_DEPTH_DB: f32 = 6.9;

    /// Creates a tremolo of depth 0 at `sample_rate` Hz, clamped to 8,000..=768,000.
    #[must_use]
    pub fn new(sample_rate: f32) -> Self {
        let step_s = 1.0 / f64::from(clamped_sample_rate(sample_rate));
        let rate_hz = f64::from(Self::RATE_HZ);
        Self {
            step_s,
            smoothing: 1.0 - Float::exp(-step_s / SMOOTHING_S),
            rate_hz,
            target_rate_hz: rate_hz,
            depth_db: 0.0,
            target_depth_db: 0.0,
            turns: 0.0,
        }
    }

    /// Sets the depth, dB from the lowest to the highest level, clamped to 0..=24. NaN counts as 0.
    pub fn set_depth_db(&mut self, depth_db: f32) {
        self.target_depth_db = if depth_db.is_nan() { 0.0 } else { f64::from(depth_db.clamp(0.0, 24.0)) };
    }

    /// Sets the rate, Hz, clamped to 0.1..=20. NaN counts as [`RATE_HZ`](Self::RATE_HZ).
    pub fn set_rate_hz(&mut self, rate_hz: f32) {
        let rate_hz = if rate_hz.is_nan() { Self::RATE_HZ } else { rate_hz };
        self.target_rate_hz = f64::from(rate_hz.clamp(0.1, 20.0));
    }

    /// Restarts the oscillator at the lowest level. Depth and rate take their settings at once.
    pub fn reset(&mut self) {
        (self.turns, self.depth_db, self.rate_hz) = (0.0, self.target_depth_db, self.target_rate_hz);
    }

    /// Raises the samples by 0 dB to the depth, periodically. Block lengths have no effect.
    pub fn process(&mut self, samples: &mut [f32]) {
        for sample in samples {
            let level = self.advance();
            *sample *= self.gain(level);
        }
    }

    /// Writes `mono` to two channels that the tremolo raises in turn. Stops at the shortest slice.
    ///
    /// The 200A is mono. Stage pianos of its time pan like this.
    pub fn process_stereo(&mut self, mono: &[f32], left: &mut [f32], right: &mut [f32]) {
        for ((sample, left), right) in mono.iter().zip(left).zip(right) {
            let level = self.advance();
            *left = sample * self.gain(level);
            *right = sample * self.gain(1.0 - level);
        }
    }

    /// Advances by one sample. Returns the level between lowest (0) and highest (1).
    fn advance(&mut self) -> f64 {
        let level = 0.5 - 0.5 * sin_cos(self.turns).1;
        let turns = self.turns + self.rate_hz * self.step_s;
        self.turns = if turns >= 1.0 { turns - 1.0 } else { turns };
        follow(&mut self.depth_db, self.target_depth_db, self.smoothing);
        follow(&mut self.rate_hz, self.target_rate_hz, self.smoothing);
        level
    }

    /// Returns the gain at a level, exactly 1 at depth 0.
    fn gain(&self, level: f64) -> f32 {
        if self.depth_db == 0.0 { 1.0 } else { Float::exp((self.depth_db * level) as f32 * NEPER_PER_DB) }
    }
}

fn follow(value: &mut f64, target: f64, smoothing: f64) {
    let distance = target - *value;
    *value = if distance.abs() < RESOLUTION { target } else { *value + smoothing * distance };
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn passes_samples_unchanged_without_depth() {
        let mut tremolo = Tremolo::new(48_000.0);
        let mut samples = [0.3, -0.7, 1.0];
        tremolo.process(&mut samples);
        assert_eq!(samples, [0.3, -0.7, 1.0]);
    }

    #[test]
    fn level_swings_by_the_depth_at_the_rate() {
        let mut tremolo = Tremolo::new(48_000.0);
        tremolo.set_depth_db(6.0);
        tremolo.reset();
        let mut samples = std::vec![1.0f32; 480_000];
        for block in samples.chunks_mut(77) {
            tremolo.process(block);
        }
        let (low, high) = samples.iter().fold((9.0f32, 0.0f32), |(low, high), s| (low.min(*s), high.max(*s)));
        assert!((low - 1.0).abs() < 1e-4 && (20.0 * high.log10() - 6.0).abs() < 1e-3, "{low} {high}");
        let middle = 10f32.powf(3.0 / 20.0);
        let rises = samples.windows(2).filter(|pair| pair[0] < middle && pair[1] >= middle).count();
        assert_eq!(rises, 55, "periods in 10 s");
    }

    #[test]
    fn changes_are_smooth_and_channels_opposite() {
        let mut tremolo = Tremolo::new(48_000.0);
        let [mut left, mut right] = [[0.0f32; 9_600]; 2];
        tremolo.process_stereo(&[1.0; 4_000], &mut left, &mut right);
        tremolo.set_depth_db(24.0);
        tremolo.set_rate_hz(20.0);
        tremolo.process_stereo(&[1.0; 5_600], &mut left[4_000..], &mut right[4_000..]);
        for channel in [&left, &right] {
            let step = channel.windows(2).map(|pair| (pair[1] / pair[0]).ln().abs()).fold(0.0, f32::max);
            assert!(step < 0.007, "{step}");
        }
        // Five time constants after the change, 0.5 % of it are left.
        let product_db = 20.0 * (left[9_000] * right[9_000]).log10();
        assert!((product_db - 24.0).abs() < 0.2, "{product_db}");
    }
}
