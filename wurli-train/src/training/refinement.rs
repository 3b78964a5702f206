//! Refinement of targets in the closed loop.
//!
//! A trained network is rendered and measured, and the targets are moved by the remaining errors. The objective predicts the
//! effect of corrections in closed form; renderings also show noise floors, moving nulls and non-exponential decays.

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

/// Training example: targets and the note that they were made from.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// Targets.
    pub row: &'a Row,
    /// Measured note.
    pub note: &'a MeasuredNote,
}

/// Collects the rows of `examples`.
#[must_use]
pub fn training_set(examples: &[Example<'_>]) -> TrainingSet {
    TrainingSet { rows: examples.iter().map(|example| example.row.clone()).collect() }
}

/// Trains a network on `examples`.
///
/// Each finalist is first fine-tuned until its levels [grow](crate::training::growth) with the
/// velocity. Its targets are then refined for as long as its renderings get closer to the
/// recordings. Returns the finalist with the closest renderings. Progress counts epochs, those of
/// refinements included.
///
/// # Errors
/// [`TrainError`] if there are no targets, the loss diverges, or a note cannot be rendered.
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
    let voice = renderer.closed_form().filter(|_| settings.levels_grow);
    let targets = Targets::from_set(&set).growing(&set, voice, settings.reach);
    let refined = in_order(finalists, |finalist| {
        refine_finalist(renderer, finalist, &examples, targets.clone(), settings, &counter)
    })?;
    // The first of equals, which has the lowest loss.
    let nearest = refined.into_iter().min_by(|a, b| a.1.total_cmp(&b.1));
    match nearest {
        Some((nearest, _)) => Ok(nearest.shrink(settings.shrinkage)),
        None => Err(TrainError::NoTargets { rows: examples.len() }),
    }
}

/// Refines one finalist. Returns it with the distance of its renderings from the recordings.
fn refine_finalist(
    renderer: &dyn Renderer,
    mut best: Trained,
    examples: &[Example<'_>],
    mut targets: Targets,
    settings: &TrainingSettings,
    counter: &Counter<'_>,
) -> Result<(Trained, f64), RenderError> {
    if !targets.growth.is_empty() {
        // A divergence leaves it as it is; the coverage then makes the levels grow.
        best = super::fine_tune(&best, &targets, settings).unwrap_or(best);
    }
    let mut renderings = render_examples(renderer, examples, &best)?;
    for left in (0..settings.refinements).rev() {
        for (target, rendering) in targets.notes.iter_mut().zip(&renderings) {
            refine_targets(target, rendering);
        }
        // A divergence counts as no improvement.
        let next = super::fine_tune(&best, &targets, settings).ok();
        let next_renderings = next.as_ref().map(|next| render_examples(renderer, examples, next)).transpose()?;
        counter.advance(settings.refinement_epochs as usize);
        let (Some(next), Some(next_renderings)) =
            (next, next_renderings.filter(|next| distance(next) < distance(&renderings)))
        else {
            counter.advance((left * settings.refinement_epochs) as usize);
            break;
        };
        (best, renderings) = (next, next_renderings);
    }
    let distance = distance(&renderings);
    Ok((best, distance))
}

/// Example with its corrected rendering.
struct Rendering<'a> {
    example: Example<'a>,
    outputs: [f32; OUTPUTS],
    rendered: Option<Rendered>,
}

fn render_examples<'a>(
    renderer: &dyn Renderer,
    examples: &[Example<'a>],
    trained: &Trained,
) -> Result<Vec<Rendering<'a>>, RenderError> {
    let network = trained.network();
    let render = |example: &Example<'a>| -> Result<_, RenderError> {
        let inputs = [midi_to_input(example.row.midi), velocity_to_input(example.row.velocity)];
        let normalised = network.forward(inputs).map(|value| value as f32);
        let [outputs] = trained.normalisation.outputs(&normalised)[..] else { return Ok(None) };
        let corrections = MlpCorrections::from_outputs(&outputs).clamped();
        let rendered = rerender(renderer, example.note, &corrections)?;
        Ok(Some(Rendering { example: *example, outputs: corrections.to_outputs(), rendered }))
    };
    Ok(in_order(examples, render)?.into_iter().flatten().collect())
}

/// Returns the distance of renderings from their recordings, see [`objective::distance`].
fn distance(renderings: &[Rendering<'_>]) -> f64 {
    let error = |rendering: &Rendering<'_>| Some((rendering.example.row.weight, rendering.rendered.as_ref()?.errors));
    let errors: Vec<_> = renderings.iter().filter_map(error).collect();
    objective::distance(&errors)
}

/// Moves the targets so that the network's output differs from them by the measured errors.
fn refine_targets(target: &mut NoteTargets, rendering: &Rendering<'_>) {
    let (Some(real), Some(rendered)) = (&rendering.example.note.measurement, &rendering.rendered) else { return };
    let shift = target.response.at(rendering.outputs[DISPLACEMENT]);
    let mut set = |output: usize, value: f32| {
        if target.mask[output] {
            target.targets[output] = value.clamp(MIN_OUTPUTS[output], MAX_OUTPUTS[output]);
        }
    };
    let residuals_db = level_residuals_db(real, &rendered.measurement);
    for (output, residual_db) in (LEVELS..FREQUENCIES).zip(residuals_db.into_iter().skip(1)) {
        if let Some(residual_db) = residual_db {
            set(output, rendering.outputs[output] + shift.levels_db[output - LEVELS] + residual_db as f32);
        }
    }
    let ratios = std::array::from_fn(|i| rendering.outputs[DECAYS + i]);
    target.decays = target.decays.refined(&ratios, real, &rendered.measurement);
}
