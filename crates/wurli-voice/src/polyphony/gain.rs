//! Output gain that changes without a click.

use crate::voice::clamped_sample_rate;

/// Duration of a change, s. Short enough to follow an automation, long enough not to click.
const DURATION_S: f32 = 0.02;

/// Largest gain, 12 dB.
const MAX_GAIN: f32 = 4.0;

/// Gain that moves linearly to its target.
#[derive(Clone, Debug)]
pub(super) struct Gain {
    value: f32,
    target: f32,
    /// Change per sample.
    step: f32,
    /// Samples until the target is reached.
    left: u32,
    /// Samples of a change.
    duration: u32,
}

impl Gain {
    /// Creates a gain of 1.
    pub(super) fn new(sample_rate: f32) -> Self {
        let duration = (DURATION_S * clamped_sample_rate(sample_rate)) as u32;
        Self { value: 1.0, target: 1.0, step: 0.0, left: 0, duration }
    }

    /// Sets the target, clamped to 0..=4. NaN counts as 1. A change is abrupt if `is_silent`.
    pub(super) fn set(&mut self, target: f32, is_silent: bool) {
        let target = if target.is_nan() { 1.0 } else { target.clamp(0.0, MAX_GAIN) };
        if target != self.target {
            self.target = target;
            self.left = self.duration;
            self.step = (target - self.value) / self.duration as f32;
        }
        if is_silent {
            self.finish();
        }
    }

    /// Moves to the target at once and sets the sample rate, Hz.
    pub(super) fn reset(&mut self, sample_rate: f32) {
        *self = Self { value: self.target, target: self.target, ..Self::new(sample_rate) };
    }

    /// Multiplies samples by the gain.
    pub(super) fn process(&mut self, samples: &mut [f32]) {
        if self.left == 0 && self.value == 1.0 {
            return;
        }
        for sample in samples {
            if self.left > 0 {
                self.value += self.step;
                self.left -= 1;
                if self.left == 0 {
                    self.finish();
                }
            }
            *sample *= self.value;
        }
    }

    fn finish(&mut self) {
        (self.value, self.left) = (self.target, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_is_linear_and_arrives_exactly() {
        let mut gain = Gain::new(50_000.0);
        gain.set(0.3, false);
        let mut samples = [1.0f32; 1_001];
        for block in samples.chunks_mut(7) {
            gain.process(block);
        }
        for (i, sample) in (1u16..).zip(&samples[..1_000]) {
            assert!((sample - (1.0 - 0.0007 * f32::from(i))).abs() < 1e-4, "sample {i}: {sample}");
        }
        assert_eq!(samples[999..], [0.3; 2]);
    }

    #[test]
    fn a_target_that_is_set_again_does_not_start_again() {
        let [mut once, mut often] = [Gain::new(48_000.0), Gain::new(48_000.0)];
        once.set(2.0, false);
        for _ in 0..960 {
            often.set(2.0, false);
            once.process(&mut [1.0]);
            often.process(&mut [1.0]);
        }
        assert_eq!((often.value, once.value), (2.0, 2.0));
    }

    #[test]
    fn targets_are_clamped() {
        let mut gain = Gain::new(48_000.0);
        for (target, expected) in [(f32::INFINITY, 4.0), (f32::NEG_INFINITY, 0.0), (4.1, 4.0), (f32::NAN, 1.0)] {
            gain.set(target, true);
            assert_eq!(gain.value, expected, "{target}");
        }
    }
}
