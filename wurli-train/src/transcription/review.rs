//! The choice of keys, reviewed: one after the other, the key about which it is most wrong by its evidence is taken in
//! or out.

use super::NoteMoment;
use super::evidence::{EVIDENCE, Judged, evidence};
use super::explanation::{Explanation, Key, Sound};
use super::judgement::log_odds;
use super::partials::Partials;
use super::settings::TranscriptionSettings;
use super::timbre::Timbres;

/// What the keys of an onset are judged by.
pub(super) struct Review<'a> {
    pub(super) partials: &'a Partials,
    pub(super) timbres: &'a Timbres,
    pub(super) keys: &'a [Key],
    /// By key: its rise at the onset, dB.
    pub(super) rises_db: &'a [f64],
    pub(super) moment: &'a NoteMoment<'a>,
    /// Least amplitude of a key that is taken in.
    pub(super) least: f64,
}

/// A key of the review, its place among the chosen ones if it is one, and its evidence.
struct Weighed {
    index: usize,
    place: Option<usize>,
    sound: Sound,
    evidence: [f32; EVIDENCE],
}

impl Review<'_> {
    /// Takes keys in and out until all are where their evidence wants them, each at most once.
    pub(super) fn settle(
        &self,
        explanation: &mut Explanation,
        chosen: &mut Vec<(usize, Sound)>,
        settings: &TranscriptionSettings,
    ) {
        let least = f64::from((settings.least_belief / (1.0 - settings.least_belief)).ln());
        let mut changed: Vec<u8> = Vec::new();
        loop {
            let is_full = chosen.len() >= settings.polyphony;
            let error = |weighed: &Weighed| {
                let over = f64::from(log_odds(&weighed.evidence)) - least;
                if weighed.place.is_some() { -over } else { over }
            };
            let wrong = self
                .weighed(explanation, chosen)
                .into_iter()
                .filter(|weighed| !changed.contains(&self.keys[weighed.index].midi))
                .filter(|weighed| weighed.place.is_some() || !is_full)
                .map(|weighed| (error(&weighed), weighed))
                .filter(|(error, _)| *error > 0.0)
                .max_by(|(a, _), (b, _)| a.total_cmp(b));
            let Some((_, Weighed { index, place, sound, .. })) = wrong else { break };
            let key = &self.keys[index];
            changed.push(key.midi);
            match place {
                Some(place) => {
                    let (_, sound) = chosen.remove(place);
                    explanation.change(key, self.timbres.of(key.midi), sound, -1.0);
                }
                None => {
                    explanation.change(key, self.timbres.of(key.midi), sound, 1.0);
                    chosen.push((index, sound));
                }
            }
        }
    }

    /// All keys as they are judged now.
    pub(super) fn primary_metric(&self, explanation: &mut Explanation, chosen: &[(usize, Sound)]) -> Vec<Judged> {
        let judged = |weighed: Weighed| Judged {
            onset_s: self.moment.onset_s,
            midi: self.keys[weighed.index].midi,
            evidence: weighed.evidence,
        };
        self.weighed(explanation, chosen).into_iter().map(judged).collect()
    }

    /// Each chosen key as if it alone were not, and of the others, of each pitch that which saves most.
    fn weighed(&self, explanation: &mut Explanation, chosen: &[(usize, Sound)]) -> Vec<Weighed> {
        let mut weighed: Vec<Weighed> = Vec::new();
        for (place, (index, sound)) in chosen.iter().copied().enumerate() {
            let key = &self.keys[index];
            explanation.change(key, self.timbres.of(key.midi), sound, -1.0);
            weighed.extend(self.weigh(explanation, chosen, index, Some(place)));
            explanation.change(key, self.timbres.of(key.midi), sound, 1.0);
        }
        let taken = weighed.len();
        for (index, key) in self.keys.iter().enumerate() {
            if chosen.iter().any(|(other, _)| self.keys[*other].midi == key.midi) {
                continue;
            }
            let Some(new) = self.weigh(explanation, chosen, index, None) else { continue };
            match weighed.iter_mut().skip(taken).find(|known| self.keys[known.index].midi == key.midi) {
                Some(known) if known.evidence[SAVED] < new.evidence[SAVED] => *known = new,
                Some(_) => {}
                None => weighed.push(new),
            }
        }
        weighed
    }

    fn weigh(
        &self,
        explanation: &Explanation,
        chosen: &[(usize, Sound)],
        index: usize,
        place: Option<usize>,
    ) -> Option<Weighed> {
        let others = chosen.iter().filter(|(other, _)| *other != index);
        let others: Vec<(&Key, Sound)> = others.map(|(other, sound)| (&self.keys[*other], *sound)).collect();
        let key = &self.keys[index];
        // Of a key that sounds, other keys' harmonics would rise too.
        let rise_db = if self.moment.sounding.contains(&key.midi) {
            let others_hz: Vec<f64> = others.iter().map(|(other, _)| other.candidate.f0_hz).collect();
            (self.moment.rise_db)(key.candidate.f0_hz, &others_hz)
        } else {
            self.rises_db[index]
        };
        let (evidence, sound) =
            evidence(self.partials, explanation, self.timbres, &self.keys[index], &others, rise_db, self.moment)?;
        // Of what was not chosen, what saves nothing or is too soft is not judged.
        let is_open = place.is_some()
            || evidence[SAVED] > LEAST_SAVED.ln_1p()
                && explanation.amplitude(key, self.timbres.of(key.midi), sound) >= self.least;
        is_open.then_some(Weighed { index, place, sound, evidence })
    }
}

/// Place among the evidence of what tells how much a key saves.
const SAVED: usize = 1;
/// Cost that a key must save, alone and beside the others, to be judged. 0.5, assumed: a seventh of what a key costs.
pub(super) const LEAST_SAVED: f32 = 0.5;
