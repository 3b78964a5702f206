//! Settings of the training, and their values for each fit.

use serde::{Deserialize, Serialize};

use crate::catalogue::Fit;
use crate::training::optimizer;
use crate::training::reach::Reach;

/// Settings of the training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingSettings {
    /// Fit for which the other values were chosen.
    pub fit: Fit,
    /// Number of random restarts.
    pub starts: u32,
    /// Epochs of each restart.
    pub start_epochs: u32,
    /// Number of restarts that are fine-tuned: those with the lowest loss.
    pub finalists: u32,
    /// Epochs of each finalist.
    pub epochs: u32,
    /// Seed of the restarts.
    pub seed: u64,
    /// Initial learning rate of Adam. Decays to a hundredth along half a cosine.
    pub learning_rate: f64,
    /// L2 weight decay.
    pub weight_decay: f64,
    /// Weight of all anchors relative to all levels: the strength of the identity prior.
    pub anchor_weight: f32,
    /// Factor on the learned level and displacement corrections, 0..=1 (Stein 1956).
    ///
    /// Anchors do not act on recorded keys. Without this factor, corrections of the keys in between
    /// would remain too large.
    pub shrinkage: f32,
    /// Distance from the recorded notes over which the corrections fade.
    pub reach: Reach,
    /// True if levels [grow](super::growth) with the velocity wherever uncorrected ones do.
    pub levels_grow: bool,
    /// Largest number of refinements in the closed loop.
    pub refinements: u32,
    /// Epochs of each refinement.
    pub refinement_epochs: u32,
}

impl TrainingSettings {
    /// Returns the settings of a fit, chosen on 34 recordings of an EP200, the fade over the velocity
    /// with `lab choose-fit`.
    ///
    /// [`Fit::Notes`] has as many restarts and epochs as improve the result. [`Fit::Keyboard`] has
    /// fewer, which a build has time for.
    ///
    /// Levels of [`Fit::Notes`] follow the recorded notes, also where these fall with the velocity.
    /// Limited to growth they miss them by 2.8 dB instead of 1.8 dB. Levels of [`Fit::Keyboard`]
    /// grow, and fade over more velocities for it. Neither its other dynamics nor its other keys
    /// get worse than uncorrected by more than 2 %, for any of eight sets of recordings.
    ///
    /// Trainings end elsewhere with other seeds. That of [`Fit::Keyboard`] is the only one of four
    /// whose corrections of the shipped recordings passed `openwurli-dsp/tests/harm.rs`.
    #[must_use]
    pub fn for_fit(fit: Fit) -> Self {
        let notes = Self {
            fit,
            starts: 64,
            start_epochs: 1500,
            finalists: 8,
            epochs: 32_000,
            seed: 9,
            learning_rate: 0.03,
            weight_decay: 1e-5,
            anchor_weight: 0.0,
            shrinkage: 1.0,
            reach: Reach { semitones: 1.5, log_velocity: 0.25 },
            levels_grow: false,
            refinements: 12,
            refinement_epochs: 2000,
        };
        match fit {
            Fit::Notes => notes,
            Fit::Keyboard => Self {
                starts: 4,
                start_epochs: 800,
                finalists: 1,
                epochs: 3000,
                learning_rate: 0.015,
                weight_decay: 1e-3,
                anchor_weight: 0.1,
                reach: Reach { semitones: 1.5, log_velocity: 0.4 },
                levels_grow: true,
                seed: 3,
                refinements: 2,
                refinement_epochs: 500,
                ..notes
            },
        }
    }

    /// Splits [`Trained::losses`](super::Trained::losses) into the training and each refinement, as
    /// pairs of epoch and loss.
    #[must_use]
    pub fn passes(&self, losses: &[f32]) -> Vec<Vec<(u32, f32)>> {
        let (mut passes, mut rest, mut begun, mut epochs) = (Vec::new(), losses, 0, self.epochs);
        while !rest.is_empty() {
            let step = optimizer::report_epochs(epochs);
            let (pass, after) = rest.split_at(rest.len().min(epochs.div_ceil(step) as usize + 1));
            let epoch = |i: usize| begun + (i as u32 * step).min(epochs);
            passes.push(pass.iter().enumerate().map(|(i, loss)| (epoch(i), *loss)).collect());
            (rest, begun, epochs) = (after, begun + epochs, self.refinement_epochs);
        }
        passes
    }

    /// Returns the number of epochs without refinements.
    #[must_use]
    pub fn total_epochs(&self) -> u32 {
        self.starts.saturating_mul(self.start_epochs).saturating_add(self.finalists.saturating_mul(self.epochs))
    }

    /// Returns the number of epochs of all refinements, if none ends early.
    #[must_use]
    pub fn max_refinement_epochs(&self) -> u32 {
        self.finalists.max(1).saturating_mul(self.refinements).saturating_mul(self.refinement_epochs)
    }
}

impl Default for TrainingSettings {
    fn default() -> Self {
        Self::for_fit(Fit::default())
    }
}
