//! Cross-validation: each key, or each dynamic, is left out in turn.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;
use wurli_voice::corrections::{IDENTITY_OUTPUTS, OUTPUTS};

use super::{Fold, NoteComparison, errors_with};
use crate::comparison::corrections_of;
use crate::isolation::MeasuredNote;
use crate::key::Key;
use crate::parallel::in_order;
use crate::progress::{Counter, Progress, Silent};
use crate::renderer::Renderer;
use crate::training::refinement;
use crate::training::refinement::Example;
use crate::training::{TrainError, TrainingSettings, to_weights};
use wurli_weights::Weights;

/// Version of the results, part of their cache key beside the key of the weights.
pub const VERSION: u32 = 2;

/// Errors on notes that were left out, corrected by what the others give.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Without corrections.
    pub uncorrected: Vec<NoteComparison>,
    /// Corrected by a network trained on the others.
    pub network: Vec<NoteComparison>,
    /// Corrected by the mean targets of the others.
    pub mean_offset: Vec<NoteComparison>,
    /// Corrected by the targets of the nearest note: nearest key, then nearest velocity.
    pub nearest: Vec<NoteComparison>,
    /// Errors of the same networks on their training notes, over all folds.
    pub trained: Vec<NoteComparison>,
}

/// Leaves out each fold of `examples` in turn and returns the errors for each of `shrinkages`.
///
/// A shrinkage replaces [`TrainingSettings::shrinkage`]; the networks are trained once for all of them.
///
/// # Errors
/// [`TrainError`] if the remaining notes have no targets, a loss diverges, or a note is not rendered.
pub fn leave_one_out(
    renderer: &dyn Renderer,
    examples: &[Example<'_>],
    folds: Fold,
    settings: &TrainingSettings,
    shrinkages: &[f32],
    progress: &dyn Progress,
) -> Result<Vec<LeftOut>, TrainError> {
    let unshrunk = TrainingSettings { shrinkage: 1.0, ..settings.clone() };
    let numbers: BTreeSet<usize> = examples.iter().map(|example| folds.number(example)).collect();
    let numbers: Vec<usize> = numbers.into_iter().collect();
    let counter = Counter::start(progress, "left out", numbers.len());
    let validate_fold = |number: &usize| {
        let (mut out, others): (Vec<Example<'_>>, Vec<_>) =
            examples.iter().partition(|example| folds.number(example) == *number);
        out.retain(|example| folds.judges(example, &others));
        if out.is_empty() {
            counter.advance(1);
            return Ok(vec![LeftOut::default(); shrinkages.len()]);
        }
        let notes: Vec<&MeasuredNote> = out.iter().map(|example| example.note).collect();
        let trained_notes: Vec<&MeasuredNote> = others.iter().map(|example| example.note).collect();
        let trained = refinement::train_network(renderer, &others, &unshrunk, &Silent)?;
        let mean = mean_targets(&others);
        let baselines = LeftOut {
            uncorrected: errors_with(renderer, &notes, |_| MlpCorrections::IDENTITY, &Silent)?,
            mean_offset: errors_with(renderer, &notes, |_| MlpCorrections::from_outputs(&mean), &Silent)?,
            nearest: errors_with(
                renderer,
                &notes,
                |note| {
                    let event = &note.note.event;
                    MlpCorrections::from_outputs(&nearest_targets(&others, event.midi, event.velocity))
                },
                &Silent,
            )?,
            ..LeftOut::default()
        };
        let validate = |shrinkage: &f32| {
            // These weights are not stored and need no key. Unusable ones count as no correction.
            let shrunk = trained.clone().shrink(*shrinkage);
            let weights =
                to_weights(&shrunk, settings, renderer.closed_form(), Key([0; 32])).unwrap_or(Weights::IDENTITY);
            Ok(LeftOut {
                network: errors_with(renderer, &notes, |note| corrections_of(&weights, note), &Silent)?,
                trained: errors_with(renderer, &trained_notes, |note| corrections_of(&weights, note), &Silent)?,
                ..baselines.clone()
            })
        };
        let found: Vec<LeftOut> = shrinkages.iter().map(validate).collect::<Result<_, TrainError>>()?;
        counter.advance(1);
        Ok::<_, TrainError>(found)
    };
    let found = in_order(&numbers, validate_fold)?;
    let mut all = vec![LeftOut::default(); shrinkages.len()];
    for fold in found {
        all.iter_mut().zip(fold).for_each(|(all, fold)| all.extend(fold));
    }
    Ok(all)
}

impl LeftOut {
    fn extend(&mut self, fold: Self) {
        self.uncorrected.extend(fold.uncorrected);
        self.network.extend(fold.network);
        self.mean_offset.extend(fold.mean_offset);
        self.nearest.extend(fold.nearest);
        self.trained.extend(fold.trained);
    }
}

/// Returns the mean of each target over the examples in which it was observed, else the identity.
fn mean_targets(examples: &[Example<'_>]) -> [f32; OUTPUTS] {
    std::array::from_fn(|output| {
        let observed = || examples.iter().filter(|example| example.row.mask[output]);
        let count = observed().count();
        let sum: f32 = observed().map(|example| example.row.targets[output]).sum();
        if count == 0 { IDENTITY_OUTPUTS[output] } else { sum / count as f32 }
    })
}

/// Returns each target of the nearest example in which it was observed, else the identity.
fn nearest_targets(examples: &[Example<'_>], midi: u8, velocity: u8) -> [f32; OUTPUTS] {
    std::array::from_fn(|output| {
        let observed = examples.iter().filter(|example| example.row.mask[output]);
        observed
            .min_by_key(|example| (example.row.midi.abs_diff(midi), example.row.velocity.abs_diff(velocity)))
            .map_or(IDENTITY_OUTPUTS[output], |example| example.row.targets[output])
    })
}
