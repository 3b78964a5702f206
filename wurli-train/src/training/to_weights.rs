//! Conversion of a trained network to weights.

use wurli_voice::Instrument;
use wurli_weights::{TrainingErrors, Weights, WeightsError};

use crate::key::Key;

use super::{Trained, TrainingSettings, growth};

/// Makes the weights of a trained network, without the errors of its notes. `key` is the hash of its
/// data and settings. Corrected levels of `voice` [grow](growth) with the velocity if the
/// settings ask for it.
///
/// # Errors
/// [`WeightsError`] if an output of the network may not be finite.
pub fn to_weights(
    trained: &Trained,
    settings: &TrainingSettings,
    voice: Option<&Instrument>,
    key: Key,
) -> Result<Weights, WeightsError> {
    let normalisation = &trained.normalisation;
    let mut weights = Weights {
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
    if let Some(voice) = voice.filter(|_| settings.levels_grow) {
        growth::keep_growing(&mut weights, voice);
    }
    Ok(weights)
}
