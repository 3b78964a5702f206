//! Estimate of what corrections do to notes that were not recorded: other dynamics and other keys.
//!
//! Each dynamic, and each third of the keys, is left out of a short training, and its errors are
//! predicted in closed form. [`leave_one_out`](super::leave_one_out) trains in full and renders,
//! which takes longer.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;
use wurli_weights::Weights;

use super::{Fold, NoteComparison};
use crate::comparison::{NoteErrors, corrections_of};
use crate::key::Key;
use crate::parallel::in_order;
use crate::progress::Silent;
use crate::training::refinement::{Example, training_set};
use crate::training::{TrainError, TrainingSettings, to_weights, train_finalists};

/// Epochs of the short trainings. On 34 recordings the errors are within 0.1 dB of those of full
/// trainings: corrections of notes that are left out are small.
const EPOCHS: u32 = 150;
/// Initial learning rate of the short trainings.
const LEARNING_RATE: f64 = 0.03;
/// Parts into which the keys are divided, by turns from the lowest to the highest.
const KEY_PARTS: usize = 3;

/// Errors on notes that were left out of a training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CarryOver {
    /// Without corrections.
    pub uncorrected: Vec<NoteComparison>,
    /// Corrected by a network trained on the other notes.
    pub corrected: Vec<NoteComparison>,
}

/// Leaves out parts of `examples` in turn and predicts their errors.
///
/// With [`Fold::Dynamics`] the notes of recorded keys at other dynamics are judged, with
/// [`Fold::Keys`] all notes of other keys. Empty if no note can be judged.
///
/// # Errors
/// [`TrainError::Diverged`].
pub fn carry_over(examples: &[Example<'_>], folds: Fold, settings: &TrainingSettings) -> Result<CarryOver, TrainError> {
    let short = TrainingSettings {
        starts: 1,
        start_epochs: 0,
        finalists: 1,
        epochs: settings.epochs.min(EPOCHS),
        learning_rate: LEARNING_RATE,
        ..settings.clone()
    };
    let keys: Vec<u8> = BTreeSet::from_iter(examples.iter().map(|example| example.row.midi)).into_iter().collect();
    let part = |example: &Example<'_>| match folds {
        Fold::Keys => keys.binary_search(&example.row.midi).unwrap_or_else(|at| at) % KEY_PARTS,
        Fold::Dynamics => folds.number(example),
    };
    let parts: Vec<usize> = BTreeSet::from_iter(examples.iter().map(part)).into_iter().collect();
    let validate = |number: &usize| {
        let (mut out, others): (Vec<Example<'_>>, Vec<_>) = examples.iter().partition(|one| part(one) == *number);
        out.retain(|example| folds.judges(example, &others));
        let trained = match train_finalists(&training_set(&others), &short, &Silent) {
            Ok(trained) if !out.is_empty() => trained,
            Ok(_) | Err(TrainError::NoTargets { .. }) => return Ok(CarryOver::default()),
            Err(problem) => return Err(problem),
        };
        let trained = trained.into_iter().next().map(|trained| trained.shrink(settings.shrinkage));
        // These weights are not stored and need no key. Unusable ones count as no correction. Levels
        // may fall with the velocity: the growth takes longer than all of this.
        let weights = trained.and_then(|trained| to_weights(&trained, settings, None, Key([0; 32])).ok());
        let weights = weights.unwrap_or(Weights::IDENTITY);
        let errors = |corrections: &dyn Fn(&Example<'_>) -> MlpCorrections| {
            let note = |example: &Example<'_>| NoteComparison {
                midi: example.row.midi,
                velocity: example.row.velocity,
                errors: NoteErrors::predict(example.row, &corrections(example)),
            };
            out.iter().map(note).collect()
        };
        Ok(CarryOver {
            uncorrected: errors(&|_| MlpCorrections::IDENTITY),
            corrected: errors(&|example| corrections_of(&weights, example.note)),
        })
    };
    let mut all = CarryOver::default();
    for part in in_order(&parts, validate)? {
        all.uncorrected.extend(part.uncorrected);
        all.corrected.extend(part.corrected);
    }
    Ok(all)
}
