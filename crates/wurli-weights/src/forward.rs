//! Forward pass in plain `f64`.

use wurli_voice::corrections::{DECAYS, FREQUENCIES, IDENTITY_OUTPUTS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS};

use crate::{FADE_SEMITONES, TrainedRange, Weights, midi_to_input, velocity_to_input};

impl Weights {
    /// Computes the corrections of a note, in the order of [`wurli_voice::corrections`].
    ///
    /// Units are dB, cents, ratio and scale. `midi` is any note, `velocity` is 0..=1. This is the specification of the
    /// `compute_corrections` that `wurli-macros` generates.
    ///
    /// - The velocity is clamped to the trained range. NaN counts as the lowest.
    /// - A note outside the trained range has the corrections of the nearest trained note, faded linearly to the
    ///   identity over [`FADE_SEMITONES`].
    /// - The [coverage](Weights::coverage) of the nearest trained note, at the velocity as it was given, scales the
    ///   corrections. For frequencies it is [`Coverage::tuning_at`](crate::Coverage::tuning_at).
    /// - Outputs that were not observed are the identity. All others are clamped to [`MIN_OUTPUTS`]..=[`MAX_OUTPUTS`].
    ///
    /// Outputs are finite for weights that pass [`Weights::check`].
    ///
    /// ```
    /// use wurli_weights::Weights;
    /// use wurli_voice::MlpCorrections;
    ///
    /// let corrections = MlpCorrections::from_outputs(&Weights::IDENTITY.forward(60, 0.6));
    /// assert_eq!(corrections, MlpCorrections::IDENTITY);
    /// ```
    #[must_use]
    pub fn forward(&self, midi: u8, velocity: f32) -> [f32; OUTPUTS] {
        let trained_midi = self.range.clamp_midi(midi);
        let inputs = [midi_to_input(trained_midi), self.range.clamp_velocity(velocity)];
        let normalised = self.network.forward(inputs);
        let beyond = (1.0 - f64::from(midi.abs_diff(trained_midi)) / f64::from(FADE_SEMITONES)).max(0.0);
        let share = beyond * self.coverage.at(trained_midi, velocity);
        let tuning = beyond * self.coverage.tuning_at(trained_midi, velocity);

        let mut outputs = IDENTITY_OUTPUTS;
        for (i, output) in outputs.iter_mut().enumerate() {
            let fade = if (FREQUENCIES..DECAYS).contains(&i) { tuning } else { share };
            if self.observed[i] && fade > 0.0 {
                let identity = f64::from(IDENTITY_OUTPUTS[i]);
                let unclamped = f64::from(self.means[i]) + f64::from(self.deviations[i]) * normalised[i];
                let full = unclamped.clamp(f64::from(MIN_OUTPUTS[i]), f64::from(MAX_OUTPUTS[i]));
                *output = (identity + fade * (full - identity)) as f32;
            }
        }
        outputs
    }
}

impl TrainedRange {
    /// Returns the nearest trained note, MIDI.
    #[must_use]
    pub fn clamp_midi(&self, midi: u8) -> u8 {
        midi.min(self.highest_midi).max(self.lowest_midi)
    }

    /// Returns the nearest trained velocity, 0..=1. NaN counts as the lowest.
    #[must_use]
    pub fn clamp_velocity(&self, velocity: f32) -> f64 {
        // `f64::max` returns the other operand where one is NaN.
        let lowest = velocity_to_input(self.lowest_velocity);
        f64::from(velocity).max(lowest).min(velocity_to_input(self.highest_velocity))
    }
}

#[cfg(test)]
mod tests {
    use wurli_voice::corrections::{DISPLACEMENT, LEVELS};

    use super::*;
    use crate::{Coverage, Network, sample_weights};

    /// H2: 3 dB per unit of scaled note and 2 dB per unit of velocity. All other outputs: 5 deviations.
    fn linear() -> Weights {
        let mut weights = sample_weights();
        weights.range = TrainedRange { lowest_midi: 40, highest_midi: 80, lowest_velocity: 20, highest_velocity: 120 };
        weights.observed = [true; OUTPUTS];
        weights.coverage = Coverage::FULL;
        weights.means = IDENTITY_OUTPUTS;
        weights.deviations = [1.0; OUTPUTS];
        weights.network = Network::ZERO;
        weights.network.w1[0] = [3.0, 2.0];
        weights.network.w2[0][0] = 1.0;
        weights.network.w3[LEVELS][0] = 1.0;
        weights.network.b3 = [5.0; OUTPUTS];
        weights.network.b3[LEVELS] = 0.0;
        weights
    }

    #[test]
    fn network_output_is_scaled_by_mean_and_deviation() {
        let mut weights = linear();
        weights.means[LEVELS] = -7.0;
        weights.deviations[LEVELS] = 4.0;
        let expected = -7.0 + 4.0 * (3.0 * (50.0 - 21.0) / 87.0 + 2.0 * 0.5);
        assert!((f64::from(weights.forward(50, 0.5)[LEVELS]) - expected).abs() < 1e-6);
    }

    #[test]
    fn velocity_is_clamped_and_nan_is_the_lowest() {
        let weights = linear();
        let lowest = weights.forward(50, 20.0 / 127.0);
        let highest = weights.forward(50, 120.0 / 127.0);
        assert!(highest[LEVELS] > lowest[LEVELS] + 1.0);
        for velocity in [f32::NAN, -f32::NAN, f32::NEG_INFINITY, -1.0, 0.0, 1e-40, 0.1] {
            assert_eq!(weights.forward(50, velocity), lowest, "{velocity}");
        }
        for velocity in [0.99, 1.0, 127.0, f32::INFINITY] {
            assert_eq!(weights.forward(50, velocity), highest, "{velocity}");
        }
    }

    #[test]
    fn outputs_are_clamped() {
        let mut weights = linear();
        weights.deviations = [100.0; OUTPUTS];
        assert_eq!(weights.forward(60, 1.0), MAX_OUTPUTS);
        weights.network.b3 = [-100.0; OUTPUTS];
        assert_eq!(weights.forward(60, 1.0), MIN_OUTPUTS);
    }

    #[test]
    fn notes_outside_the_range_fade_to_the_identity() {
        let weights = linear();
        let edge = weights.forward(40, 0.5);
        for beyond in 0..=40_u8 {
            let left = f32::from(12 - beyond.min(12)) / 12.0;
            let faded = weights.forward(40 - beyond, 0.5);
            for i in 0..OUTPUTS {
                let expected = IDENTITY_OUTPUTS[i] + left * (edge[i] - IDENTITY_OUTPUTS[i]);
                assert!((faded[i] - expected).abs() < 1e-5, "output {i}, {beyond} semitones beyond");
            }
        }
        assert_eq!(weights.forward(28, 0.5), IDENTITY_OUTPUTS);
        assert_eq!(weights.forward(92, 0.5), IDENTITY_OUTPUTS);
        assert_ne!(weights.forward(91, 0.5), IDENTITY_OUTPUTS);
    }

    #[test]
    fn coverage_scales_the_corrections() {
        let mut weights = linear();
        let full = weights.forward(50, 0.5);
        weights.coverage.0[50 - 21] = [64; crate::COVERAGE_VELOCITIES];
        weights.coverage.0[50 - 21][6] = 16;
        let scaled = weights.forward(50, 0.5);
        for i in 0..OUTPUTS {
            let share = if (FREQUENCIES..DECAYS).contains(&i) { 0.25 } else { 0.125 };
            let expected = IDENTITY_OUTPUTS[i] + share * (full[i] - IDENTITY_OUTPUTS[i]);
            assert!((scaled[i] - expected).abs() < 1e-5, "output {i}");
        }
        assert_eq!(weights.forward(51, 0.5), {
            weights.coverage = Coverage::FULL;
            weights.forward(51, 0.5)
        });
    }

    #[test]
    fn coverage_is_read_at_the_velocity_that_was_given() {
        let mut weights = linear();
        // Below the softest trained velocity, 20, nothing is covered.
        weights.coverage.0[50 - 21][0] = 0;
        assert_eq!(weights.forward(50, 0.0)[DECAYS..], IDENTITY_OUTPUTS[DECAYS..]);
        assert_ne!(weights.forward(50, 20.0 / 127.0), IDENTITY_OUTPUTS);
    }

    #[test]
    fn identity_weights_correct_nothing() {
        assert_eq!(Weights::IDENTITY.check(), Ok(()));
        for midi in 0..=255 {
            assert_eq!(Weights::IDENTITY.forward(midi, 0.7), IDENTITY_OUTPUTS, "{midi}");
        }
    }

    #[test]
    fn unobserved_outputs_are_the_identity() {
        let mut weights = linear();
        let all = weights.forward(60, 1.0);
        weights.observed[FREQUENCIES + 2] = false;
        weights.observed[DECAYS + 6] = false;
        weights.observed[DISPLACEMENT] = false;
        let some = weights.forward(60, 1.0);
        for i in 0..OUTPUTS {
            assert_ne!(all[i], IDENTITY_OUTPUTS[i], "output {i} is the identity, so that the test shows nothing");
            assert_eq!(some[i], if weights.observed[i] { all[i] } else { IDENTITY_OUTPUTS[i] }, "output {i}");
        }
    }
}
