//! What is said of a key that was not recorded: every key in turn is left out with all its velocities, and the network trained without.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;
use wurli_voice::corrections::{IDENTITY_OUTPUTS, OUTPUTS};

use super::{NoteComparison, errors_with};
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

/// Changes with whatever changes an error on keys left out, beside the key of the weights that all keys train.
pub const VERSION: u32 = 1;

/// Errors on keys that were left out, by what the others say of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// By a network trained on the others.
    pub network: Vec<NoteComparison>,
    /// By the mean of the others' targets, output by output.
    pub mean_offset: Vec<NoteComparison>,
    /// By the targets of the nearest recorded note: of the nearest key, the nearest velocity.
    pub nearest: Vec<NoteComparison>,
    /// Errors of those networks on the notes that they were trained on, all keys together.
    pub trained: Vec<NoteComparison>,
}

/// Leaves every key of `examples` out in turn; answers for each of `shares` of what was learned that are kept, instead of
/// [`TrainingSettings::shrinkage`]. `progress` is told how many keys are done, and of how many; it may be called from several
/// threads.
///
/// # Errors
/// [`TrainError`] if what is left teaches nothing, if a loss diverges, or if `renderer` does not play a note.
pub fn leave_one_out(
    renderer: &dyn Renderer,
    examples: &[Example<'_>],
    settings: &TrainingSettings,
    shares: &[f32],
    progress: &dyn Progress,
) -> Result<Vec<LeftOut>, TrainError> {
    let whole = TrainingSettings { shrinkage: 1.0, ..settings.clone() };
    let keys: BTreeSet<u8> = examples.iter().map(|example| example.row.midi).collect();
    let keys: Vec<u8> = keys.into_iter().collect();
    let counter = Counter::start(progress, "left out", keys.len());
    let of_key = |key: &u8| {
        let (out, others): (Vec<Example<'_>>, Vec<_>) = examples.iter().partition(|example| example.row.midi == *key);
        let notes: Vec<&MeasuredNote> = out.iter().map(|example| example.note).collect();
        let kept_notes: Vec<&MeasuredNote> = others.iter().map(|example| example.note).collect();
        let trained = refinement::train(renderer, &others, &whole, &Silent)?;
        let mean = mean_targets(&others);
        let baselines = LeftOut {
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
        let of_share = |share: &f32| {
            // Nobody keeps these weights: they need no key. Those that could not be used correct nothing.
            let kept = trained.clone().shrink(*share);
            let weights = to_weights(&kept, settings, Key([0; 32])).unwrap_or(Weights::IDENTITY);
            Ok(LeftOut {
                network: errors_with(renderer, &notes, |note| corrections_of(&weights, note), &Silent)?,
                trained: errors_with(renderer, &kept_notes, |note| corrections_of(&weights, note), &Silent)?,
                ..baselines.clone()
            })
        };
        let found: Vec<LeftOut> = shares.iter().map(of_share).collect::<Result<_, TrainError>>()?;
        counter.advance(1);
        Ok::<_, TrainError>(found)
    };
    let of_keys = in_order(&keys, of_key)?;
    let mut all = vec![LeftOut::default(); shares.len()];
    for of_key in of_keys {
        all.iter_mut().zip(of_key).for_each(|(all, of_key)| all.add(of_key));
    }
    Ok(all)
}

impl LeftOut {
    fn add(&mut self, of_key: Self) {
        self.network.extend(of_key.network);
        self.mean_offset.extend(of_key.mean_offset);
        self.nearest.extend(of_key.nearest);
        self.trained.extend(of_key.trained);
    }
}

/// The mean of every output over the examples in which it was observed; the identity where it never was.
fn mean_targets(examples: &[Example<'_>]) -> [f32; OUTPUTS] {
    std::array::from_fn(|output| {
        let observed = || examples.iter().filter(|example| example.row.mask[output]);
        let count = observed().count();
        let sum: f32 = observed().map(|example| example.row.targets[output]).sum();
        if count == 0 { IDENTITY_OUTPUTS[output] } else { sum / count as f32 }
    })
}

/// For every output, what the nearest example says in which it was observed.
fn nearest_targets(examples: &[Example<'_>], midi: u8, velocity: u8) -> [f32; OUTPUTS] {
    std::array::from_fn(|output| {
        let observed = examples.iter().filter(|example| example.row.mask[output]);
        observed
            .min_by_key(|example| (example.row.midi.abs_diff(midi), example.row.velocity.abs_diff(velocity)))
            .map_or(IDENTITY_OUTPUTS[output], |example| example.row.targets[output])
    })
}
