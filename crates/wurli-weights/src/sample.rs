//! Weights for tests: every number of them different, none of them special.

use wurli_voice::corrections::{IDENTITY_OUTPUTS, OUTPUTS};

use crate::{Network, PARAMETERS, TrainedRange, Weights};

/// Plausible weights, the same on every call; output 11 was not observed.
pub(crate) fn weights() -> Weights {
    let mut state = 9_u32;
    // A linear congruential generator (Numerical Recipes); its upper 24 bits as −1..1.
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    let mut parameters = [0.0; PARAMETERS];
    parameters.fill_with(&mut next);
    let mut means = IDENTITY_OUTPUTS;
    means.iter_mut().for_each(|mean| *mean += 0.1 * next());
    let mut deviations = [0.0; OUTPUTS];
    deviations.fill_with(|| 0.5 + 0.4 * next());
    let mut observed = [true; OUTPUTS];
    observed[11] = false;
    Weights {
        range: TrainedRange { lowest_midi: 33, highest_midi: 96, lowest_velocity: 20, highest_velocity: 110 },
        observed,
        means,
        deviations,
        seed: 0x0123_4567_89ab_cdef,
        epochs: 10_000,
        loss: 0.074,
        key: core::array::from_fn(|i| i as u8 + 100),
        network: Network::from_parameters(&parameters),
    }
}
