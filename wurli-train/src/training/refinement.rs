//! Closed-loop training: a network is trained, what it says is rendered and measured, and its targets are moved by what that still shows.
//!
//! Stage 6 expects what its corrections will do from the closed form. The rendering knows better: noise floors, nulls that pass while a
//! level is read, decays that are not exponential.

use std::sync::atomic::{AtomicU32, Ordering};

use wurli_voice::MlpCorrections;
use wurli_voice::corrections::{DECAYS, DISPLACEMENT, FREQUENCIES, LEVELS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS};

use crate::comparison::{Rendered, rerender};
use crate::isolation::MeasuredNote;
use crate::parallel::in_order;
use crate::renderer::{RenderError, Renderer};
use crate::targets::{Row, TrainingSet, level_residuals_db};
use crate::training::aims::{Aim, Aims};
use crate::training::{TrainError, Trained, TrainingSettings, objective};
use wurli_weights::{midi_to_input, velocity_to_input};

/// A row of the training set and the note that it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Lesson<'a> {
    /// The targets.
    pub row: &'a Row,
    /// What was measured.
    pub note: &'a MeasuredNote,
}

/// The rows of `lessons`.
#[must_use]
pub fn training_set(lessons: &[Lesson<'_>]) -> TrainingSet {
    TrainingSet { rows: lessons.iter().map(|lesson| lesson.row.clone()).collect() }
}

/// Trains on `lessons`, and refines the targets of each finalist as long as the rendered notes come nearer to the recordings; answers with
/// the one whose notes come nearest. `progress` is told how many epochs are done, those of refinements included; it may be called from
/// several threads.
///
/// # Errors
/// [`TrainError`] if there is nothing to learn from, if the loss diverges, or if `renderer` does not play a note.
pub fn train(
    renderer: &dyn Renderer,
    lessons: &[Lesson<'_>],
    settings: &TrainingSettings,
    progress: &(dyn Fn(u32) + Sync),
) -> Result<Trained, TrainError> {
    let lessons: Vec<_> = lessons.iter().copied().filter(|lesson| lesson.row.weight > 0.0).collect();
    let set = training_set(&lessons);
    let finalists = super::train_finalists(&set, settings, progress)?;
    let done = AtomicU32::new(settings.total_epochs());
    let count = |epochs: u32| progress(done.fetch_add(epochs, Ordering::Relaxed) + epochs);
    let refined =
        in_order(finalists, |finalist| refined(renderer, finalist, &lessons, Aims::of(&set), settings, &count))?;
    // The first of equals: the one with the lowest loss.
    let nearest = refined.into_iter().min_by(|a, b| a.1.total_cmp(&b.1));
    match nearest {
        Some((nearest, _)) => Ok(nearest.keeping(settings.kept)),
        None => Err(TrainError::NoTargets { rows: lessons.len() }),
    }
}

/// The network that hearing the `best` so far leads to, and how far its renderings are from the recordings.
fn refined(
    renderer: &dyn Renderer,
    mut best: Trained,
    lessons: &[Lesson<'_>],
    mut aims: Aims,
    settings: &TrainingSettings,
    count: &(dyn Fn(u32) + Sync),
) -> Result<(Trained, f64), RenderError> {
    let mut heard = listen(renderer, lessons, &best)?;
    for left in (0..settings.refinements).rev() {
        for (aim, heard) in aims.notes.iter_mut().zip(&heard) {
            refine(aim, heard);
        }
        // What diverges is no step nearer.
        let next = super::fine_tune(&best, &aims, settings).ok();
        let next_heard = next.as_ref().map(|next| listen(renderer, lessons, next)).transpose()?;
        count(settings.refinement_epochs);
        let (Some(next), Some(next_heard)) = (next, next_heard.filter(|next| distance(next) < distance(&heard))) else {
            count(left * settings.refinement_epochs);
            break;
        };
        (best, heard) = (next, next_heard);
    }
    let distance = distance(&heard);
    Ok((best, distance))
}

/// A lesson as it was recorded and as it sounds corrected.
struct Heard<'a> {
    lesson: Lesson<'a>,
    outputs: [f32; OUTPUTS],
    rendered: Option<Rendered>,
}

fn listen<'a>(
    renderer: &dyn Renderer,
    lessons: &[Lesson<'a>],
    trained: &Trained,
) -> Result<Vec<Heard<'a>>, RenderError> {
    let network = trained.network();
    let of_lesson = |lesson: &Lesson<'a>| -> Result<_, RenderError> {
        let inputs = [midi_to_input(lesson.row.midi), velocity_to_input(lesson.row.velocity)];
        let normalised = network.forward(inputs).map(|value| value as f32);
        let [outputs] = trained.normalisation.outputs(&normalised)[..] else { return Ok(None) };
        let corrections = MlpCorrections::from_outputs(&outputs).clamped();
        let rendered = rerender(renderer, lesson.note, &corrections)?;
        Ok(Some(Heard { lesson: *lesson, outputs: corrections.to_outputs(), rendered }))
    };
    Ok(in_order(lessons, of_lesson)?.into_iter().flatten().collect())
}

/// How far renderings are from their recordings, by the weights of the objective.
fn distance(heard: &[Heard<'_>]) -> f64 {
    let of_note = |heard: &Heard<'_>| Some((heard.lesson.row.weight, heard.rendered.as_ref()?.errors));
    let errors: Vec<_> = heard.iter().filter_map(of_note).collect();
    objective::distance(&errors)
}

/// Moves the targets so that what the network said of this note is wrong by what was heard to be wrong.
fn refine(aim: &mut Aim, heard: &Heard<'_>) {
    let (Some(real), Some(rendered)) = (&heard.lesson.note.measurement, &heard.rendered) else { return };
    let moved = aim.response.at(heard.outputs[DISPLACEMENT]);
    let mut set = |output: usize, value: f32| {
        if aim.mask[output] {
            aim.targets[output] = value.clamp(MIN_OUTPUTS[output], MAX_OUTPUTS[output]);
        }
    };
    let residuals_db = level_residuals_db(real, &rendered.measurement);
    for (output, residual_db) in (LEVELS..FREQUENCIES).zip(residuals_db.into_iter().skip(1)) {
        if let Some(residual_db) = residual_db {
            set(output, heard.outputs[output] + moved.levels_db[output - LEVELS] + residual_db as f32);
        }
    }
    let ratios = std::array::from_fn(|i| heard.outputs[DECAYS + i]);
    aim.decays = aim.decays.heard(&ratios, real, &rendered.measurement);
}
