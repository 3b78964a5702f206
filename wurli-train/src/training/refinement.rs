//! Closed-loop training: a network is trained, what it says is rendered and measured, and its targets are moved by what that still shows.
//!
//! Stage 6 expects what its corrections will do from the closed form. The rendering knows better: noise floors, nulls that pass while a
//! level is read, decays that are not exponential.

use wurli_voice::MlpCorrections;
use wurli_voice::corrections::{DECAYS, DISPLACEMENT, FREQUENCIES, LEVELS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS};

use crate::comparison::{Rendered, rerender};
use crate::isolation::MeasuredNote;
use crate::parallel::in_order;
use crate::progress::{Counter, Progress};
use crate::renderer::{RenderError, Renderer};
use crate::stage::Stage;
use crate::targets::{Row, TrainingSet, level_residuals_db};
use crate::training::targets::{NoteTargets, Targets};
use crate::training::{TrainError, Trained, TrainingSettings, objective};
use wurli_weights::{midi_to_input, velocity_to_input};

/// A row of the training set and the note that it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// The targets.
    pub row: &'a Row,
    /// What was measured.
    pub note: &'a MeasuredNote,
}

/// The rows of `examples`.
#[must_use]
pub fn training_set(examples: &[Example<'_>]) -> TrainingSet {
    TrainingSet { rows: examples.iter().map(|example| example.row.clone()).collect() }
}

/// Trains on `examples`, and refines the targets of each finalist as long as the rendered notes come nearer to the recordings; answers with
/// the one whose notes come nearest. `progress` is told how many epochs are done, those of refinements included; it may be called from
/// several threads.
///
/// # Errors
/// [`TrainError`] if there is nothing to learn from, if the loss diverges, or if `renderer` does not play a note.
pub fn train_network(
    renderer: &dyn Renderer,
    examples: &[Example<'_>],
    settings: &TrainingSettings,
    progress: &dyn Progress,
) -> Result<Trained, TrainError> {
    let examples: Vec<_> = examples.iter().copied().filter(|example| example.row.weight > 0.0).collect();
    let set = training_set(&examples);
    let epochs = settings.total_epochs() + settings.max_refinement_epochs();
    let counter = Counter::start(progress, Stage::Train.name(), epochs as usize);
    let finalists = super::finalists(&set, settings, &counter)?;
    let refined = in_order(finalists, |finalist| {
        refined(renderer, finalist, &examples, Targets::from_set(&set), settings, &counter)
    })?;
    // The first of equals: the one with the lowest loss.
    let nearest = refined.into_iter().min_by(|a, b| a.1.total_cmp(&b.1));
    match nearest {
        Some((nearest, _)) => Ok(nearest.shrink(settings.shrinkage)),
        None => Err(TrainError::NoTargets { rows: examples.len() }),
    }
}

/// The network that hearing the `best` so far leads to, and how far its renderings are from the recordings.
fn refined(
    renderer: &dyn Renderer,
    mut best: Trained,
    examples: &[Example<'_>],
    mut targets: Targets,
    settings: &TrainingSettings,
    counter: &Counter<'_>,
) -> Result<(Trained, f64), RenderError> {
    let mut heard = listen(renderer, examples, &best)?;
    for left in (0..settings.refinements).rev() {
        for (target, heard) in targets.notes.iter_mut().zip(&heard) {
            refine(target, heard);
        }
        // What diverges is no step nearer.
        let next = super::fine_tune(&best, &targets, settings).ok();
        let next_heard = next.as_ref().map(|next| listen(renderer, examples, next)).transpose()?;
        counter.advance(settings.refinement_epochs as usize);
        let (Some(next), Some(next_heard)) = (next, next_heard.filter(|next| distance(next) < distance(&heard))) else {
            counter.advance((left * settings.refinement_epochs) as usize);
            break;
        };
        (best, heard) = (next, next_heard);
    }
    let distance = distance(&heard);
    Ok((best, distance))
}

/// A example as it was recorded and as it sounds corrected.
struct Heard<'a> {
    example: Example<'a>,
    outputs: [f32; OUTPUTS],
    rendered: Option<Rendered>,
}

fn listen<'a>(
    renderer: &dyn Renderer,
    examples: &[Example<'a>],
    trained: &Trained,
) -> Result<Vec<Heard<'a>>, RenderError> {
    let network = trained.network();
    let of_example = |example: &Example<'a>| -> Result<_, RenderError> {
        let inputs = [midi_to_input(example.row.midi), velocity_to_input(example.row.velocity)];
        let normalised = network.forward(inputs).map(|value| value as f32);
        let [outputs] = trained.normalisation.outputs(&normalised)[..] else { return Ok(None) };
        let corrections = MlpCorrections::from_outputs(&outputs).held();
        let rendered = rerender(renderer, example.note, &corrections)?;
        Ok(Some(Heard { example: *example, outputs: corrections.to_outputs(), rendered }))
    };
    Ok(in_order(examples, of_example)?.into_iter().flatten().collect())
}

/// How far renderings are from their recordings, by the weights of the objective.
fn distance(heard: &[Heard<'_>]) -> f64 {
    let of_note = |heard: &Heard<'_>| Some((heard.example.row.weight, heard.rendered.as_ref()?.errors));
    let errors: Vec<_> = heard.iter().filter_map(of_note).collect();
    objective::distance(&errors)
}

/// Moves the targets so that what the network said of this note is wrong by what was heard to be wrong.
fn refine(target: &mut NoteTargets, heard: &Heard<'_>) {
    let (Some(real), Some(rendered)) = (&heard.example.note.measurement, &heard.rendered) else { return };
    let moved = target.response.at(heard.outputs[DISPLACEMENT]);
    let mut set = |output: usize, value: f32| {
        if target.mask[output] {
            target.targets[output] = value.clamp(MIN_OUTPUTS[output], MAX_OUTPUTS[output]);
        }
    };
    let residuals_db = level_residuals_db(real, &rendered.measurement);
    for (output, residual_db) in (LEVELS..FREQUENCIES).zip(residuals_db.into_iter().skip(1)) {
        if let Some(residual_db) = residual_db {
            set(output, heard.outputs[output] + moved.levels_db[output - LEVELS] + residual_db as f32);
        }
    }
    let ratios = std::array::from_fn(|i| heard.outputs[DECAYS + i]);
    target.decays = target.decays.refined(&ratios, real, &rendered.measurement);
}
