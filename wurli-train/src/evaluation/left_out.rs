//! What is said of a key that was not recorded: every key in turn is left out with all its velocities, and the network trained without.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;
use wurli_voice::corrections::{IDENTITY_OUTPUTS, OUTPUTS};

use super::{Compared, errors_with};
use crate::comparison::corrections_of;
use crate::isolation::MeasuredNote;
use crate::key::Key;
use crate::parallel::in_order;
use crate::renderer::Renderer;
use crate::training::refinement;
use crate::training::refinement::Lesson;
use crate::training::{TrainError, TrainingSettings, to_weights};
use wurli_weights::Weights;

/// Changes with whatever changes an error on keys left out, beside the key of the weights that all keys train.
pub const VERSION: u32 = 1;

/// Errors on keys that were left out, by what the others say of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// By a network trained on the others.
    pub network: Vec<Compared>,
    /// By the mean of the others' targets, output by output.
    pub mean_offset: Vec<Compared>,
    /// By the targets of the nearest recorded note: of the nearest key, the nearest velocity.
    pub nearest: Vec<Compared>,
    /// Errors of those networks on the notes that they were trained on, all keys together.
    pub trained: Vec<Compared>,
}

/// Leaves every key of `lessons` out in turn; answers for each of `shares` of what was learned that are kept, instead of
/// [`TrainingSettings::kept`]. `progress` is told how many keys are done, and of how many; it may be called from several
/// threads.
///
/// # Errors
/// [`TrainError`] if what is left teaches nothing, if a loss diverges, or if `renderer` does not play a note.
pub fn leave_one_out(
    renderer: &dyn Renderer,
    lessons: &[Lesson<'_>],
    settings: &TrainingSettings,
    shares: &[f32],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<LeftOut>, TrainError> {
    let whole = TrainingSettings { kept: 1.0, ..settings.clone() };
    let keys: BTreeSet<u8> = lessons.iter().map(|lesson| lesson.row.midi).collect();
    let keys: Vec<u8> = keys.into_iter().collect();
    let done = AtomicUsize::new(0);
    let of_key = |key: &u8| {
        let (out, others): (Vec<Lesson<'_>>, Vec<_>) = lessons.iter().partition(|lesson| lesson.row.midi == *key);
        let notes: Vec<&MeasuredNote> = out.iter().map(|lesson| lesson.note).collect();
        let kept_notes: Vec<&MeasuredNote> = others.iter().map(|lesson| lesson.note).collect();
        let trained = refinement::train(renderer, &others, &whole, &|_| ())?;
        let mean = mean_targets(&others);
        let baselines = LeftOut {
            mean_offset: errors_with(renderer, &notes, |_| MlpCorrections::from_outputs(&mean), &|_, _| ())?,
            nearest: errors_with(
                renderer,
                &notes,
                |note| {
                    let event = &note.note.event;
                    MlpCorrections::from_outputs(&nearest_targets(&others, event.midi, event.velocity))
                },
                &|_, _| (),
            )?,
            ..LeftOut::default()
        };
        let of_share = |share: &f32| {
            // Nobody keeps these weights: they need no key. Those that could not be used correct nothing.
            let kept = trained.clone().keeping(*share);
            let weights = to_weights(&kept, settings, Key([0; 32])).unwrap_or(Weights::IDENTITY);
            Ok(LeftOut {
                network: errors_with(renderer, &notes, |note| corrections_of(&weights, note), &|_, _| ())?,
                trained: errors_with(renderer, &kept_notes, |note| corrections_of(&weights, note), &|_, _| ())?,
                ..baselines.clone()
            })
        };
        let found: Vec<LeftOut> = shares.iter().map(of_share).collect::<Result<_, TrainError>>()?;
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, keys.len());
        Ok::<_, TrainError>(found)
    };
    progress(0, keys.len());
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

/// The mean of every output over the lessons in which it was observed; the identity where it never was.
fn mean_targets(lessons: &[Lesson<'_>]) -> [f32; OUTPUTS] {
    std::array::from_fn(|output| {
        let observed = || lessons.iter().filter(|lesson| lesson.row.mask[output]);
        let count = observed().count();
        let sum: f32 = observed().map(|lesson| lesson.row.targets[output]).sum();
        if count == 0 { IDENTITY_OUTPUTS[output] } else { sum / count as f32 }
    })
}

/// For every output, what the nearest lesson says in which it was observed.
fn nearest_targets(lessons: &[Lesson<'_>], midi: u8, velocity: u8) -> [f32; OUTPUTS] {
    std::array::from_fn(|output| {
        let observed = lessons.iter().filter(|lesson| lesson.row.mask[output]);
        observed
            .min_by_key(|lesson| (lesson.row.midi.abs_diff(midi), lesson.row.velocity.abs_diff(velocity)))
            .map_or(IDENTITY_OUTPUTS[output], |lesson| lesson.row.targets[output])
    })
}
