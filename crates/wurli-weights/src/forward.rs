//! What a weights file means: corrections of a note at a velocity, in plain `f64`.

use wurli_voice::corrections::{IDENTITY_OUTPUTS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS};

use crate::{FADE_SEMITONES, TrainedRange, Weights, midi_to_input, velocity_to_input};

impl Weights {
    /// The outputs, in dB, cents, ratio and scale, of any note at any velocity (0..=1); the specification of
    /// `compute_corrections`.
    ///
    /// The velocity is held inside the trained range; NaN counts as the lowest. A note beyond the trained range takes
    /// the corrections of the range's edge, faded linearly to the identity over [`FADE_SEMITONES`]. Outputs that
    /// were not observed are the identity; all lie within [`MIN_OUTPUTS`] and [`MAX_OUTPUTS`].
    ///
    /// Finite for weights that pass [`Weights::check`].
    #[must_use]
    pub fn forward(&self, midi: u8, velocity: f32) -> [f32; OUTPUTS] {
        let held_midi = self.range.hold_midi(midi);
        let inputs = [midi_to_input(held_midi), self.range.hold_velocity(velocity)];
        let normalised = self.network.forward(inputs);
        let fade = (1.0 - f64::from(midi.abs_diff(held_midi)) / f64::from(FADE_SEMITONES)).max(0.0);

        let mut outputs = IDENTITY_OUTPUTS;
        for (i, output) in outputs.iter_mut().enumerate() {
            if self.observed[i] && fade > 0.0 {
                let identity = f64::from(IDENTITY_OUTPUTS[i]);
                let uncut = f64::from(self.means[i]) + f64::from(self.deviations[i]) * normalised[i];
                let full = uncut.clamp(f64::from(MIN_OUTPUTS[i]), f64::from(MAX_OUTPUTS[i]));
                *output = (identity + fade * (full - identity)) as f32;
            }
        }
        outputs
    }
}

impl TrainedRange {
    /// The nearest trained note.
    #[must_use]
    pub fn hold_midi(&self, midi: u8) -> u8 {
        midi.min(self.highest_midi).max(self.lowest_midi)
    }

    /// The nearest trained velocity, on the scale 0..=1; NaN counts as the lowest.
    #[must_use]
    pub fn hold_velocity(&self, velocity: f32) -> f64 {
        // `f64::max` returns the other operand where one is NaN.
        let lowest = velocity_to_input(self.lowest_velocity);
        f64::from(velocity).max(lowest).min(velocity_to_input(self.highest_velocity))
    }
}

#[cfg(test)]
mod tests {
    use wurli_voice::corrections::{DECAYS, DISPLACEMENT, FREQUENCIES, LEVELS};

    use super::*;
    use crate::{Network, sample};

    /// Says 3 dB per unit of scaled note and 2 dB per unit of velocity on H2, and 5 deviations on every other output.
    fn linear() -> Weights {
        let mut weights = sample::weights();
        weights.range = TrainedRange { lowest_midi: 40, highest_midi: 80, lowest_velocity: 20, highest_velocity: 120 };
        weights.observed = [true; OUTPUTS];
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
    fn inside_the_range_the_network_is_scaled_by_mean_and_deviation() {
        let mut weights = linear();
        weights.means[LEVELS] = -7.0;
        weights.deviations[LEVELS] = 4.0;
        let expected = -7.0 + 4.0 * (3.0 * (50.0 - 21.0) / 87.0 + 2.0 * 0.5);
        assert!((f64::from(weights.forward(50, 0.5)[LEVELS]) - expected).abs() < 1e-6);
    }

    #[test]
    fn velocity_is_held_in_the_trained_range_and_nan_is_the_lowest() {
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
    fn outputs_are_cut_at_their_bounds() {
        let mut weights = linear();
        weights.deviations = [100.0; OUTPUTS];
        assert_eq!(weights.forward(60, 1.0), MAX_OUTPUTS);
        weights.network.b3 = [-100.0; OUTPUTS];
        assert_eq!(weights.forward(60, 1.0), MIN_OUTPUTS);
    }

    #[test]
    fn beyond_the_range_the_edge_fades_linearly_to_the_identity() {
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
    fn identity_weights_are_usable_and_correct_nothing() {
        assert_eq!(Weights::IDENTITY.check(), Ok(()));
        for midi in 0..=255 {
            assert_eq!(Weights::IDENTITY.forward(midi, 0.7), IDENTITY_OUTPUTS, "{midi}");
        }
    }

    #[test]
    fn an_output_that_was_never_observed_is_the_identity() {
        let mut weights = linear();
        let all = weights.forward(60, 1.0);
        weights.observed[FREQUENCIES + 2] = false;
        weights.observed[DECAYS + 6] = false;
        weights.observed[DISPLACEMENT] = false;
        let some = weights.forward(60, 1.0);
        for i in 0..OUTPUTS {
            assert_ne!(all[i], IDENTITY_OUTPUTS[i], "output {i} tells nothing");
            assert_eq!(some[i], if weights.observed[i] { all[i] } else { IDENTITY_OUTPUTS[i] }, "output {i}");
        }
    }
}
