//! Training of the network.
//!
//! Full-batch Adam minimises a perceptually weighted [objective] from several random restarts. The
//! best of them are fine-tuned until levels [grow](growth) with the velocity, and
//! [refined](refinement) in the closed loop. Anchors regularise the corrections towards the identity
//! on keys that were not recorded, because the errors of neighbouring keys barely correlate.

pub mod growth;
pub mod objective;
mod optimizer;
pub mod reach;
pub mod refinement;
mod settings;
mod start;
pub mod targets;
mod to_weights;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use wurli_voice::corrections::{DISPLACEMENT, FREQUENCIES, LEVELS, OUTPUTS};

use crate::progress::{Counter, Progress, Silent};
use crate::random::Random;
use crate::renderer::RenderError;
use crate::stage::Stage;
use crate::targets::normalisation::Normalisation;
use wurli_weights::{HIDDEN, Network, PARAMETERS, TrainedRange};

use crate::targets::TrainingSet;
use objective::Objective;
pub use optimizer::{Architecture, Model};
use optimizer::{Optimized, Schedule, optimize};
pub use settings::TrainingSettings;
use targets::Targets;
pub use to_weights::to_weights;

/// Trained network with its normalisation and range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// Parameters of the network.
    pub parameters: Parameters,
    /// Normalisation of its outputs.
    pub normalisation: Normalisation,
    /// Notes of the training set, key (MIDI) and velocity. Not empty.
    pub notes: Vec<(u8, u8)>,
    /// Loss at every hundredth of the epochs and at the end, followed by those of each refinement. See
    /// [`TrainingSettings::passes`].
    pub losses: Vec<f32>,
}

/// Parameters layer by layer, weight before bias, row-major `[output][input]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f32>", into = "Vec<f32>")]
pub struct Parameters(pub [f32; PARAMETERS]);

impl From<Parameters> for Vec<f32> {
    fn from(parameters: Parameters) -> Self {
        parameters.0.to_vec()
    }
}

impl TryFrom<Vec<f32>> for Parameters {
    type Error = String;

    fn try_from(list: Vec<f32>) -> Result<Self, String> {
        let received = list.len();
        list.try_into().map(Self).map_err(|_| format!("{received} parameters, expected {PARAMETERS}"))
    }
}

/// Error of the training.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A note of the closed loop could not be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The training set has no targets.
    #[error("no training targets: none of {rows} notes was measured above the noise; record longer or louder notes")]
    NoTargets {
        /// Number of notes in the training set.
        rows: usize,
    },
    /// The loss is not finite.
    #[error("the loss became {loss} in epoch {epoch}: lower learning_rate = {learning_rate}")]
    Diverged {
        /// Loss.
        loss: f32,
        /// Epoch.
        epoch: u32,
        /// Initial learning rate.
        learning_rate: f64,
    },
}

/// Trains networks on `set` and returns the finalists, lowest loss first, at least one. Progress counts epochs.
///
/// # Errors
/// [`TrainError`] if there are no targets or the loss diverges.
pub fn train_finalists(
    set: &TrainingSet,
    settings: &TrainingSettings,
    progress: &dyn Progress,
) -> Result<Vec<Trained>, TrainError> {
    finalists(set, settings, &Counter::start(progress, Stage::Train.name(), settings.total_epochs() as usize))
}

fn finalists(
    set: &TrainingSet,
    settings: &TrainingSettings,
    counter: &Counter<'_>,
) -> Result<Vec<Trained>, TrainError> {
    let normalisation = Normalisation::from_set(set);
    if !normalisation.observed.contains(&true) {
        return Err(TrainError::NoTargets { rows: set.rows.len() });
    }
    let targets = Targets::from_set(set);
    let objective = Objective::new(&targets, settings.anchor_weight);
    let best = |starts: Vec<[f32; PARAMETERS]>, epochs: u32| {
        let schedule = Schedule { epochs, learning_rate: settings.learning_rate, weight_decay: settings.weight_decay };
        let mut ends = starts
            .par_iter()
            .map(|start| optimize(start, &targets, &objective, &normalisation, schedule, counter))
            .collect::<Result<Vec<_>, TrainError>>()?;
        // A stable sort: of equal losses the earlier restart wins, independent of threads.
        ends.sort_by(|a, b| a.loss().total_cmp(&b.loss()));
        Ok::<_, TrainError>(ends)
    };
    let notes: Vec<_> = targets.notes.iter().map(|note| note.inputs).collect();
    let mut random = Random(settings.seed);
    let starts = (0..settings.starts.max(1)).map(|_| start::parameters(&notes, &mut random)).collect();
    let mut restarts: Vec<Optimized> = best(starts, settings.start_epochs)?;
    restarts.truncate(settings.finalists.max(1) as usize);
    let finalists = best(restarts.iter().map(|end| end.parameters).collect(), settings.epochs)?;
    let trained = |end: Optimized| Trained {
        parameters: Parameters(end.parameters),
        normalisation: normalisation.clone(),
        notes: set.notes(),
        losses: end.losses,
    };
    Ok(finalists.into_iter().map(trained).collect())
}

/// Continues the training of `trained` with other targets of the same notes.
///
/// # Errors
/// [`TrainError::Diverged`].
pub fn fine_tune(trained: &Trained, targets: &Targets, settings: &TrainingSettings) -> Result<Trained, TrainError> {
    let objective = Objective::new(targets, settings.anchor_weight);
    let schedule = Schedule {
        epochs: settings.refinement_epochs,
        learning_rate: settings.learning_rate / 4.0,
        weight_decay: settings.weight_decay,
    };
    let start = &trained.parameters.0;
    let end = optimize(
        start,
        targets,
        &objective,
        &trained.normalisation,
        schedule,
        &Counter::start(&Silent, Stage::Train.name(), 0),
    )?;
    let losses = [trained.losses.as_slice(), &end.losses].concat();
    Ok(Trained { parameters: Parameters(end.parameters), losses, ..trained.clone() })
}

impl Trained {
    /// Returns the final loss.
    #[must_use]
    pub fn loss(&self) -> f32 {
        self.losses.last().copied().unwrap_or(f32::INFINITY)
    }

    /// Returns the network as plain arrays.
    #[must_use]
    pub fn network(&self) -> Network {
        Network::from_parameters(&self.parameters.0)
    }

    /// Scales level and displacement corrections by `factor`.
    #[must_use]
    pub fn shrink(mut self, factor: f32) -> Self {
        let outputs = (LEVELS..FREQUENCIES).chain([DISPLACEMENT]);
        let (weights, biases) = (PARAMETERS - OUTPUTS * (HIDDEN + 1), PARAMETERS - OUTPUTS);
        for output in outputs {
            let row = weights + output * HIDDEN;
            self.parameters.0[row..row + HIDDEN].iter_mut().for_each(|weight| *weight *= factor);
            self.parameters.0[biases + output] *= factor;
        }
        self
    }

    /// Returns the trained range.
    #[must_use]
    pub fn range(&self) -> TrainedRange {
        let span = |value: fn(&(u8, u8)) -> u8| {
            let values = || self.notes.iter().map(value);
            (values().min().unwrap_or_default(), values().max().unwrap_or_default())
        };
        let (lowest_midi, highest_midi) = span(|note| note.0);
        let (lowest_velocity, highest_velocity) = span(|note| note.1);
        TrainedRange { lowest_midi, highest_midi, lowest_velocity, highest_velocity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Fit;
    use crate::isolation::Tier;
    use crate::targets::Row;
    use crate::targets::decays::DecayResponse;
    use crate::targets::level_response::LevelResponse;
    use wurli_voice::corrections::IDENTITY_OUTPUTS;
    use wurli_weights::{midi_to_input, velocity_to_input};

    #[test]
    fn shrinking_scales_only_levels_and_displacement() {
        let trained = Trained {
            parameters: Parameters(std::array::from_fn(|i| (i as f32 * 0.37).sin())),
            normalisation: Normalisation {
                means: IDENTITY_OUTPUTS,
                deviations: [2.0; OUTPUTS],
                observed: [true; OUTPUTS],
            },
            notes: vec![(33, 20), (96, 110)],
            losses: Vec::new(),
        };
        let whole = trained.network().forward([0.3, 0.6]);
        let half = trained.shrink(0.5).network().forward([0.3, 0.6]);
        for output in 0..OUTPUTS {
            let share = if output < FREQUENCIES || output == DISPLACEMENT { 0.5 } else { 1.0 };
            assert!((half[output] - share * whole[output]).abs() < 1e-6, "output {output}");
        }
    }

    #[test]
    fn losses_split_into_passes() {
        let mut targets = IDENTITY_OUTPUTS;
        targets[LEVELS] = 3.0;
        let mut mask = [false; OUTPUTS];
        mask[LEVELS] = true;
        let row = |midi, velocity| Row {
            file: String::new(),
            note: 0,
            midi,
            velocity,
            tier: Tier::Gold,
            inputs: [midi_to_input(midi) as f32, velocity_to_input(velocity) as f32],
            targets,
            mask,
            response: LevelResponse::zero(),
            decays: DecayResponse::default(),
            weight: 1.0,
        };
        let set = TrainingSet { rows: vec![row(40, 40), row(60, 90)] };
        // Losses are reported every second epoch, then every epoch; the first count is odd.
        let settings = TrainingSettings {
            starts: 1,
            start_epochs: 10,
            epochs: 251,
            refinement_epochs: 30,
            ..TrainingSettings::for_fit(Fit::Keyboard)
        };
        let first = train_finalists(&set, &settings, &Silent).unwrap().swap_remove(0);
        let second = fine_tune(&first, &Targets::from_set(&set), &settings).unwrap();
        let passes = settings.passes(&second.losses);
        assert_eq!(passes.iter().map(Vec::len).collect::<Vec<_>>(), [126 + 1, 30 + 1]);
        let ends = passes.iter().map(|pass| (pass[0].0, pass[pass.len() - 1].0)).collect::<Vec<_>>();
        assert_eq!(ends, [(0, 251), (251, 281)]);
        assert_eq!(passes[0].last().map(|(_, loss)| *loss), Some(first.loss()));
        assert_eq!(passes[1].last().map(|(_, loss)| *loss), Some(second.loss()));
        assert!(settings.passes(&[]).is_empty());
    }
}
