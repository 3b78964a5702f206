//! What can be set about a training, and what each fit sets.

use serde::{Deserialize, Serialize};

use crate::catalogue::Fit;
use crate::training::optimizer;

/// How the network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingSettings {
    /// What the other values were chosen for.
    pub fit: Fit,
    /// Beginnings.
    pub starts: u32,
    /// Passes over the training set from each of them.
    pub start_epochs: u32,
    /// How many of them go on: those with the lowest loss.
    pub finalists: u32,
    /// Passes over the training set from there on.
    pub epochs: u32,
    /// Seed of the beginnings. 9: the published system's.
    pub seed: u64,
    /// Step of Adam at the beginning; it falls to a hundredth along half a cosine.
    pub learning_rate: f64,
    /// Weight of the squared parameters in the loss' gradient.
    pub weight_decay: f64,
    /// Weight of all anchors beside that of all levels.
    pub anchor_weight: f32,
    /// Share of the learned levels and displacements that is kept, 0..=1. The pull toward the identity that anchors exert ends where
    /// notes were recorded; what is then left over for a key between them is still more than that key can be told (Stein 1956).
    pub shrinkage: f32,
    /// How often, at the most, targets are refined by what re-rendering still shows.
    pub refinements: u32,
    /// Passes over the training set after each.
    pub refinement_epochs: u32,
}

impl TrainingSettings {
    /// The settings of a fit, chosen by `wurli-train choose-fit` on 34 recordings of an EP200 (README.md has its table).
    /// [`Fit::Notes`]: the beginnings and epochs after which more of either stopped helping. [`Fit::Keyboard`]: the least pull
    /// toward the identity with which keys that were left out are not worse than uncorrected.
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
                weight_decay: 6e-3,
                anchor_weight: 0.8,
                shrinkage: 0.8,
                refinements: 2,
                refinement_epochs: 500,
                ..notes
            },
        }
    }

    /// Loss along a training, [`Trained::losses`](super::Trained::losses), by passes: the descent, then each refinement, as epochs of the whole and losses.
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

    /// Passes over the training set in all, refinements aside.
    #[must_use]
    pub fn total_epochs(&self) -> u32 {
        self.starts.saturating_mul(self.start_epochs).saturating_add(self.finalists.saturating_mul(self.epochs))
    }

    /// Epochs of all refinements, if none of them ends early.
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
