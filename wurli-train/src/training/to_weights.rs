//! Conversion of a trained network to weights.

use wurli_weights::{TrainingErrors, Weights, WeightsError};

use crate::key::Key;

use super::{Trained, TrainingSettings};

/// Makes the weights of a trained network, without the errors of its notes. `key` is the hash of its
/// data and settings.
///
/// # Errors
/// [`WeightsError`] if an output of the network may not be finite.
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
        errors: TrainingErrors::NONE,
        network: trained.network(),
        coverage: settings.reach.coverage(&trained.notes),
    };
    weights.check()?;
    Ok(weights)
}
