//! Corrections of one note, with the order, identities and bounds of the network's outputs.

/// Number of corrected harmonics, H2 to H8.
pub const CORRECTED_HARMONICS: usize = 7;

/// Number of network outputs, in this order: 7 levels, 7 frequencies, 7 decays, 1 displacement.
pub const OUTPUTS: usize = 3 * CORRECTED_HARMONICS + 1;

/// Index of the first level output (H2, dB).
pub const LEVELS: usize = 0;
/// Index of the first frequency output (H2, cents).
pub const FREQUENCIES: usize = CORRECTED_HARMONICS;
/// Index of the first decay output (H2, ratio).
pub const DECAYS: usize = 2 * CORRECTED_HARMONICS;
/// Index of the displacement output (scale).
pub const DISPLACEMENT: usize = 3 * CORRECTED_HARMONICS;

/// Outputs that change nothing: 0 dB, 0 cents, ratio 1, scale 1.
pub const IDENTITY_OUTPUTS: [f32; OUTPUTS] = outputs(0.0, 0.0, 1.0, 1.0);

/// Lower bounds of the outputs: −40 dB, −100 cents, ratio 0.3, scale 0.5.
pub const MIN_OUTPUTS: [f32; OUTPUTS] = outputs(-40.0, -100.0, 0.3, 0.5);

/// Upper bounds of the outputs: 40 dB, 100 cents, ratio 3, scale 2.5.
pub const MAX_OUTPUTS: [f32; OUTPUTS] = outputs(40.0, 100.0, 3.0, 2.5);

const fn outputs(level: f32, frequency: f32, decay: f32, displacement: f32) -> [f32; OUTPUTS] {
    let mut all = [displacement; OUTPUTS];
    let mut k = 0;
    while k < CORRECTED_HARMONICS {
        all[LEVELS + k] = level;
        all[FREQUENCIES + k] = frequency;
        all[DECAYS + k] = decay;
        k += 1;
    }
    all
}

/// Corrections of one note relative to the model. Index 0 is H2, index 6 is H8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MlpCorrections {
    /// Level offsets of H2–H8, dB relative to H1, −40..=40. Positive where the model is too quiet.
    pub amp_offsets_db: [f32; CORRECTED_HARMONICS],
    /// Frequency offsets of H2–H8, cents, −100..=100. Positive where the model is flat.
    ///
    /// They include the tuning of the reed, see [`tuning_cents`](Self::tuning_cents).
    pub freq_offsets_cents: [f32; CORRECTED_HARMONICS],
    /// Decay ratios of H2–H8, 0.3..=3, by which to divide the decay rate. Above 1 where the model
    /// decays too fast.
    ///
    /// They include the decay of the reed, see [`reed_decay_ratio`](Self::reed_decay_ratio).
    pub decay_ratios: [f32; CORRECTED_HARMONICS],
    /// Factor on the displacement of the reed's tip in the pickup, 0.5..=2.5.
    pub displacement_scale: f32,
}

impl MlpCorrections {
    /// Corrections that change nothing: 0 dB, 0 cents, ratio 1, scale 1.
    pub const IDENTITY: Self = Self::from_outputs(&IDENTITY_OUTPUTS);

    /// Creates corrections from network outputs. Values are not clamped.
    #[must_use]
    pub const fn from_outputs(outputs: &[f32; OUTPUTS]) -> Self {
        let mut corrections = Self {
            amp_offsets_db: [0.0; CORRECTED_HARMONICS],
            freq_offsets_cents: [0.0; CORRECTED_HARMONICS],
            decay_ratios: [0.0; CORRECTED_HARMONICS],
            displacement_scale: outputs[DISPLACEMENT],
        };
        let mut k = 0;
        while k < CORRECTED_HARMONICS {
            corrections.amp_offsets_db[k] = outputs[LEVELS + k];
            corrections.freq_offsets_cents[k] = outputs[FREQUENCIES + k];
            corrections.decay_ratios[k] = outputs[DECAYS + k];
            k += 1;
        }
        corrections
    }

    /// Returns the values in the order of the network's outputs.
    #[must_use]
    pub const fn to_outputs(&self) -> [f32; OUTPUTS] {
        let mut all = [self.displacement_scale; OUTPUTS];
        let mut k = 0;
        while k < CORRECTED_HARMONICS {
            all[LEVELS + k] = self.amp_offsets_db[k];
            all[FREQUENCIES + k] = self.freq_offsets_cents[k];
            all[DECAYS + k] = self.decay_ratios[k];
            k += 1;
        }
        all
    }

    /// Returns the corrections clamped to their bounds. NaN becomes the identity.
    #[must_use]
    pub const fn clamped(&self) -> Self {
        let mut outputs = self.to_outputs();
        let mut i = 0;
        while i < OUTPUTS {
            outputs[i] = if outputs[i].is_nan() {
                IDENTITY_OUTPUTS[i]
            } else {
                // Not `f32::clamp`, which contains a panic for unordered bounds.
                outputs[i].max(MIN_OUTPUTS[i]).min(MAX_OUTPUTS[i])
            };
            i += 1;
        }
        Self::from_outputs(&outputs)
    }

    /// Returns the tuning of the reed relative to equal temperament, cents.
    ///
    /// H1 has no frequency output, so the offset of its octave H2 is used. The detuning of a
    /// harmonic relative to the reed is its offset minus this.
    #[must_use]
    pub const fn tuning_cents(&self) -> f32 {
        self.freq_offsets_cents[0]
    }

    /// Returns the decay ratio of the reed.
    ///
    /// H1 has no decay output, so the ratio of its octave H2 is used. The ratio of a harmonic
    /// relative to the reed is its decay ratio divided by this.
    #[must_use]
    pub const fn reed_decay_ratio(&self) -> f32 {
        self.decay_ratios[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_and_corrections_convert_both_ways() {
        let mut outputs = [0.0; OUTPUTS];
        for (i, value) in outputs.iter_mut().enumerate() {
            *value = i as f32;
        }
        let corrections = MlpCorrections::from_outputs(&outputs);
        assert_eq!(corrections.amp_offsets_db, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(corrections.freq_offsets_cents[0], 7.0);
        assert_eq!(corrections.decay_ratios[6], 20.0);
        assert_eq!(corrections.displacement_scale, 21.0);
        assert_eq!(corrections.to_outputs(), outputs);
    }

    #[test]
    fn identity_is_within_bounds() {
        for i in 0..OUTPUTS {
            assert!(MIN_OUTPUTS[i] < IDENTITY_OUTPUTS[i] && IDENTITY_OUTPUTS[i] < MAX_OUTPUTS[i], "output {i}");
        }
    }
}
