//! Sample weights for tests and documentation.

use wurli_voice::corrections::{IDENTITY_OUTPUTS, OUTPUTS};

use crate::{Coverage, Network, PARAMETERS, TrainedRange, TrainingErrors, Weights};

/// Returns plausible weights, the same on every call. Output 11 was not observed.
#[must_use]
pub fn sample_weights() -> Weights {
    // Multiples of the golden ratio are spread evenly over 0..1.
    let parameters: [f32; PARAMETERS] = core::array::from_fn(|i| {
        let multiple = i as f64 * 0.618_033_988_749_894_9;
        ((multiple - multiple as u32 as f64) * 2.0 - 1.0) as f32
    });
    let mut observed = [true; OUTPUTS];
    observed[11] = false;
    Weights {
        range: TrainedRange { lowest_midi: 33, highest_midi: 96, lowest_velocity: 20, highest_velocity: 110 },
        observed,
        means: core::array::from_fn(|i| IDENTITY_OUTPUTS[i] + 0.01 * i as f32),
        deviations: core::array::from_fn(|i| 0.5 + 0.03 * i as f32),
        seed: 9,
        epochs: 10_000,
        loss: 0.074,
        key: core::array::from_fn(|i| i as u8),
        errors: TrainingErrors {
            notes: 13,
            level_db: [4.5, 3.75],
            frequency_cents: [5.25, 2.25],
            decay_log2: [0.625, 0.375],
        },
        network: Network::from_parameters(&parameters),
        // Every third key is recorded; the share falls by a quarter per key and grows with velocity.
        coverage: Coverage(core::array::from_fn(|key| {
            core::array::from_fn(|velocity| (128 - 32 * (key % 3) - 3 * (12 - velocity)) as u8)
        })),
    }
}
