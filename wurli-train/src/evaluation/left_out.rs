//! What is said of a key that was not recorded: every key in turn is left out with all its velocities, and the network trained without.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use wurli_voice::MlpCorrections;
use wurli_voice::corrections::{IDENTITY_OUTPUTS, OUTPUTS};

use super::{Compared, corrections_of, errors_with};
use crate::key::Key;
use crate::refinement::{self, Lesson};
use crate::stages::harmonics::MeasuredNote;
use crate::stages::train::{TrainError, TrainingSettings};
use crate::stages::weights;

/// Errors on keys that were left out, by what the others say of them.
#[derive(Clone, Debug, Default, PartialEq)]
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

/// Leaves every key of `lessons` out in turn. `progress` is told how many keys are done, and of how many; it may be called from several
/// threads.
///
/// # Errors
/// [`TrainError`] if what is left teaches nothing, or if a loss diverges.
pub fn leave_one_out(
    lessons: &[Lesson<'_>],
    settings: &TrainingSettings,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<LeftOut, TrainError> {
    let keys: BTreeSet<u8> = lessons.iter().map(|lesson| lesson.row.midi).collect();
    let keys: Vec<u8> = keys.into_iter().collect();
    let done = AtomicUsize::new(0);
    let of_key = |key: &u8| {
        let (out, others): (Vec<Lesson<'_>>, Vec<_>) = lessons.iter().partition(|lesson| lesson.row.midi == *key);
        let notes: Vec<&MeasuredNote> = out.iter().map(|lesson| lesson.note).collect();
        let kept: Vec<&MeasuredNote> = others.iter().map(|lesson| lesson.note).collect();
        let trained = refinement::train(&others, settings, &|_| ())?;
        // Nobody keeps these weights: they need no key. Those that could not be used correct nothing.
        let weights = weights::run(&trained, settings, Key([0; 32])).unwrap_or(crate::weights::Weights::IDENTITY);
        let mean = mean_targets(&others);
        let found = LeftOut {
            network: errors_with(&notes, |note| corrections_of(&weights, note)),
            mean_offset: errors_with(&notes, |_| MlpCorrections::from_outputs(&mean)),
            nearest: errors_with(&notes, |note| {
                let event = &note.note.event;
                MlpCorrections::from_outputs(&nearest_targets(&others, event.midi, event.velocity))
            }),
            trained: errors_with(&kept, |note| corrections_of(&weights, note)),
        };
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, keys.len());
        Ok(found)
    };
    let of_keys = keys.par_iter().map(of_key).collect::<Result<Vec<_>, TrainError>>()?;
    Ok(of_keys.into_iter().fold(LeftOut::default(), |mut all, of_key| {
        all.network.extend(of_key.network);
        all.mean_offset.extend(of_key.mean_offset);
        all.nearest.extend(of_key.nearest);
        all.trained.extend(of_key.trained);
        all
    }))
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
