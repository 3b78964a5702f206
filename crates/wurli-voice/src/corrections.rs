//! What the network says of one note: seven level offsets, seven frequency offsets, seven decay ratios and one
//! displacement scale; their order as network outputs, their identities and their bounds, in this one place.

/// Harmonics that carry corrections: H2 to H8.
pub const CORRECTED_HARMONICS: usize = 7;

/// Number of network outputs: seven levels, seven frequencies, seven decays, one displacement, in this order.
pub const OUTPUTS: usize = 3 * CORRECTED_HARMONICS + 1;

/// Index of the first level output (H2, dB) among the [`OUTPUTS`].
pub const LEVELS: usize = 0;
/// Index of the first frequency output (H2, cents) among the [`OUTPUTS`].
pub const FREQUENCIES: usize = CORRECTED_HARMONICS;
/// Index of the first decay output (H2, ratio) among the [`OUTPUTS`].
pub const DECAYS: usize = 2 * CORRECTED_HARMONICS;
/// Index of the displacement output (scale) among the [`OUTPUTS`].
pub const DISPLACEMENT: usize = 3 * CORRECTED_HARMONICS;

/// What each output says where nothing is to be corrected: 0 dB, 0 cents, ratio 1, scale 1.
pub const IDENTITY_OUTPUTS: [f32; OUTPUTS] = outputs(0.0, 0.0, 1.0, 1.0);

/// Lowest value each output may take: −40 dB, −100 cents, ratio 0.3, scale 0.5.
pub const MIN_OUTPUTS: [f32; OUTPUTS] = outputs(-40.0, -100.0, 0.3, 0.5);

/// Highest value each output may take: 40 dB, 100 cents, ratio 3, scale 2.5.
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

/// How far the model is from the instrument on one key at one velocity. Index 0 is H2, index 6 is H8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MlpCorrections {
    /// Level offsets of H2–H8, dB relative to H1, −40..=40; positive where the model is too quiet.
    pub amp_offsets_db: [f32; CORRECTED_HARMONICS],
    /// Frequency offsets of H2–H8, cents, −100..=100; positive where the model is flat. What they share is the tuning
    /// of the reed: see [`tuning_cents`](Self::tuning_cents).
    pub freq_offsets_cents: [f32; CORRECTED_HARMONICS],
    /// Decay ratios of H2–H8, 0.3..=3; above 1 where the model decays too fast. Divide the decay rate by it. What they share is
    /// the decay of the reed: see [`reed_decay_ratio`](Self::reed_decay_ratio).
    pub decay_ratios: [f32; CORRECTED_HARMONICS],
    /// Multiplies the displacement of the reed's tip in the pickup, 0.5..=2.5.
    pub displacement_scale: f32,
}

impl MlpCorrections {
    /// Changes nothing: 0 dB, 0 cents, ratio 1, scale 1.
    pub const IDENTITY: Self = Self::from_outputs(&IDENTITY_OUTPUTS);

    /// The network's outputs as corrections; no value is changed.
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

    /// The corrections in the order of the network's outputs.
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

    /// The corrections held inside their bounds; what is not a number corrects nothing.
    #[must_use]
    pub const fn held(&self) -> Self {
        let mut outputs = self.to_outputs();
        let mut i = 0;
        while i < OUTPUTS {
            outputs[i] = if outputs[i].is_nan() {
                IDENTITY_OUTPUTS[i]
            } else {
                // `clamp` would ask whether the bounds are in order, and panic.
                outputs[i].max(MIN_OUTPUTS[i]).min(MAX_OUTPUTS[i])
            };
            i += 1;
        }
        Self::from_outputs(&outputs)
    }

    /// How far the reed itself is from equal temperament, in cents. The octave H2 stands for the fundamental, whose
    /// frequency has no output of its own; a partial's own detuning is its offset less this.
    #[must_use]
    pub const fn tuning_cents(&self) -> f32 {
        self.freq_offsets_cents[0]
    }

    /// By how much the reed itself decays too fast. As with the tuning, the octave H2 stands for the reed and with it for the
    /// fundamental, which has no output of its own; a partial's own ratio is its decay ratio over this.
    #[must_use]
    pub const fn reed_decay_ratio(&self) -> f32 {
        self.decay_ratios[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_and_corrections_are_the_same_numbers() {
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
    fn identity_lies_inside_the_bounds() {
        for i in 0..OUTPUTS {
            assert!(MIN_OUTPUTS[i] < IDENTITY_OUTPUTS[i] && IDENTITY_OUTPUTS[i] < MAX_OUTPUTS[i], "output {i}");
        }
    }
}
