//! Review of the chosen keys: one by one, the key that the classifier contradicts most is added or
//! removed.

use super::classifier::log_odds;
use super::cost::{CostModel, KeyHypothesis, Sound};
use super::features::{ChosenKey, FEATURES, KeyFeatures, features};
use super::onset_analysis::OnsetContext;
use super::peaks::OnsetPeaks;
use super::pitches::Choice;
use super::settings::TranscriptionSettings;

/// Least cost that a key must save, alone and beside the others, to be classified. 0.5, assumed: a
/// seventh of a key's cost.
pub(super) const LEAST_SAVED: f32 = 0.5;
/// Index of the feature that tells how much cost a key saves.
const SAVED: usize = 1;

/// Input of the review.
pub(super) struct Review<'a> {
    pub(super) peaks: &'a OnsetPeaks,
    pub(super) keys: &'a [KeyHypothesis<'a>],
    /// Rise of each key at the onset, dB.
    pub(super) rises_db: &'a [f64],
    pub(super) context: &'a OnsetContext<'a>,
    /// Least amplitude of a key that is added.
    pub(super) least: f64,
}

/// A key with its features.
struct ClassifiedKey {
    /// Index of the key.
    index: usize,
    /// Index among the choices, if the key is chosen.
    choice: Option<usize>,
    sound: Sound,
    features: [f32; FEATURES],
}

impl Review<'_> {
    /// Adds and removes keys until the classifier agrees; each key at most once.
    pub(super) fn revise(&self, model: &mut CostModel, chosen: &mut Vec<Choice>, settings: &TranscriptionSettings) {
        let least = f64::from((settings.min_probability / (1.0 - settings.min_probability)).ln());
        let mut changed: Vec<u8> = Vec::new();
        loop {
            let is_full = chosen.len() >= settings.polyphony;
            let contradiction = |found: &ClassifiedKey| {
                let over = f64::from(log_odds(&found.features)) - least;
                if found.choice.is_some() { -over } else { over }
            };
            let worst = self
                .classify(model, chosen)
                .into_iter()
                .filter(|found| !changed.contains(&self.keys[found.index].midi))
                .filter(|found| found.choice.is_some() || !is_full)
                .map(|found| (contradiction(&found), found))
                .filter(|(contradiction, _)| *contradiction > 0.0)
                .max_by(|(a, _), (b, _)| a.total_cmp(b));
            let Some((_, ClassifiedKey { index, choice, sound, .. })) = worst else { break };
            let key = &self.keys[index];
            changed.push(key.midi);
            match choice {
                Some(choice) => model.remove(key, chosen.remove(choice).sound),
                None => {
                    model.add(key, sound);
                    chosen.push(Choice { index, sound });
                }
            }
        }
    }

    /// Features of all keys, given the choices.
    pub(super) fn features(&self, model: &mut CostModel, chosen: &[Choice]) -> Vec<KeyFeatures> {
        let features = |found: ClassifiedKey| KeyFeatures {
            onset_s: self.context.onset_s,
            midi: self.keys[found.index].midi,
            features: found.features,
        };
        self.classify(model, chosen).into_iter().map(features).collect()
    }

    /// Classifies each chosen key as if it were not chosen, and the others by pitch, the one that
    /// saves most.
    fn classify(&self, model: &mut CostModel, chosen: &[Choice]) -> Vec<ClassifiedKey> {
        let mut found: Vec<ClassifiedKey> = Vec::new();
        for (place, Choice { index, sound }) in chosen.iter().copied().enumerate() {
            let key = &self.keys[index];
            model.remove(key, sound);
            found.extend(self.classify_key(model, chosen, index, Some(place)));
            model.add(key, sound);
        }
        let chosen_count = found.len();
        for (index, key) in self.keys.iter().enumerate() {
            if chosen.iter().any(|choice| self.keys[choice.index].midi == key.midi) {
                continue;
            }
            let Some(new) = self.classify_key(model, chosen, index, None) else { continue };
            match found.iter_mut().skip(chosen_count).find(|known| self.keys[known.index].midi == key.midi) {
                Some(known) if known.features[SAVED] < new.features[SAVED] => *known = new,
                Some(_) => {}
                None => found.push(new),
            }
        }
        found
    }

    fn classify_key(
        &self,
        model: &CostModel,
        chosen: &[Choice],
        index: usize,
        choice: Option<usize>,
    ) -> Option<ClassifiedKey> {
        let others: Vec<ChosenKey> = chosen
            .iter()
            .filter(|other| other.index != index)
            .map(|other| ChosenKey { key: &self.keys[other.index], sound: other.sound })
            .collect();
        let key = &self.keys[index];
        // On a key that sounds, the rise of other keys' harmonics would count as its own.
        let rise_db = if self.context.sounding.contains(&key.midi) {
            let others_hz: Vec<f64> = others.iter().map(|other| other.key.candidate.f0_hz).collect();
            (self.context.rise_db)(key.candidate.f0_hz, &others_hz)
        } else {
            self.rises_db[index]
        };
        let (features, sound) = features(self.peaks, model, key, &others, rise_db, self.context)?;
        // A key that is not chosen, and saves nothing or is too soft, is not classified.
        let is_plausible =
            choice.is_some() || features[SAVED] > LEAST_SAVED.ln_1p() && model.amplitude(key, sound) >= self.least;
        is_plausible.then_some(ClassifiedKey { index, choice, sound, features })
    }
}
