//! Warnings about keys and dynamics that the training set does not cover.

use std::collections::{BTreeMap, BTreeSet};

use crate::note_name::note_name;
use crate::targets::TrainingSet;

/// Fewest notes that show what neighbouring keys have in common: six keys at two dynamics.
const MIN_NOTES: usize = 12;
/// Widest gap between recorded keys, semitones: that of the 34 notes on which the fit `keyboard`
/// was chosen.
const MAX_GAP_SEMITONES: u8 = 7;
/// Largest fraction of keys recorded at a single dynamic. The same 34 notes have 10 of 19; all of
/// them would not cover dynamics.
const MAX_SINGLE_DYNAMIC: f64 = 0.8;

/// Returns a warning for each gap in keys or dynamics that leaves corrections to extrapolation.
#[must_use]
pub fn coverage_warnings(set: &TrainingSet) -> Vec<String> {
    let mut keys: BTreeMap<u8, BTreeSet<u8>> = BTreeMap::new();
    let mut notes = 0;
    for row in set.rows.iter().filter(|row| row.weight > 0.0) {
        keys.entry(row.midi).or_default().insert(row.velocity);
        notes += 1;
    }
    let mut warnings = Vec::new();
    if notes < MIN_NOTES {
        let notes = if notes == 1 { "one note".to_owned() } else { format!("{notes} notes") };
        warnings.push(format!("only {notes}: other keys and dynamics are hardly corrected; record more notes"));
    }
    let midi: Vec<u8> = keys.keys().copied().collect();
    for pair in midi.windows(2).filter(|pair| pair[1] - pair[0] > MAX_GAP_SEMITONES) {
        let names = [pair[0], pair[1]].map(note_name);
        warnings.push(format!(
            "no usable note between {} and {}: keys there are hardly corrected; record some",
            names[0], names[1]
        ));
    }
    let alone = keys.values().filter(|velocities| velocities.len() == 1).count();
    if keys.len() > 1 && alone as f64 > MAX_SINGLE_DYNAMIC * keys.len() as f64 {
        warnings.push(format!(
            "{alone} of {} keys are recorded at one dynamic only: other dynamics are hardly corrected; record more",
            keys.len()
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::Row;

    fn warnings(notes: &[(u8, u8)]) -> String {
        coverage_warnings(&TrainingSet {
            rows: notes.iter().map(|(midi, velocity)| Row::identity(*midi, *velocity)).collect(),
        })
        .join("; ")
    }

    #[test]
    fn warns_about_gaps_few_notes_and_single_dynamics() {
        let keyboard: Vec<(u8, u8)> = (0..12).flat_map(|i| [(33 + 5 * i, 50), (33 + 5 * i, 100)]).collect();
        assert_eq!(warnings(&keyboard), "");
        assert_eq!(
            warnings(&[keyboard[..8].to_vec(), keyboard[14..].to_vec()].concat()),
            "no usable note between C3 and G#4: keys there are hardly corrected; record some"
        );
        let one: Vec<_> = keyboard.iter().copied().step_by(2).collect();
        assert_eq!(
            warnings(&one),
            "12 of 12 keys are recorded at one dynamic only: other dynamics are hardly corrected; record more"
        );
        assert!(warnings(&keyboard[..10]).starts_with("only 10 notes: "), "{}", warnings(&keyboard[..10]));
    }
}
