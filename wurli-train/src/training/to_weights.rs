//! A trained network as a weights file.

use wurli_weights::{Weights, WeightsError};

use crate::key::Key;

use super::{Trained, TrainingSettings};

/// The weights of a trained network, made from the data and settings that `key` stands for.
///
/// # Errors
/// [`WeightsError`] if the network could answer with something that is not finite.
pub fn to_weights(trained: &Trained, settings: &TrainingSettings, key: Key) -> Result<Weights, WeightsError> {
    let normalisation = &trained.normalisation;
    let weights = Weights {
        range: trained.range(),
        observed: normalisation.observed,
        means: normalisation.means,
        deviations: normalisation.deviations,
        seed: settings.seed,
        epochs: settings.epochs,
        loss: trained.losses.last().copied().unwrap_or(0.0),
        key: key.0,
        network: trained.network(),
    };
    weights.check()?;
    Ok(weights)
}
