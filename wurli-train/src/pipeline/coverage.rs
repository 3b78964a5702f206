//! Whether a training set says enough of the keys between its notes.

use std::collections::{BTreeMap, BTreeSet};

use crate::note_name::note_name;
use crate::targets::TrainingSet;

/// Fewer notes than this are too few to tell what neighbouring keys have in common: six keys at two dynamics.
const FEWEST_NOTES: usize = 12;
/// Keys further apart than this have too little in common, semitones: the widest gap of the 34 notes on which the fit "keyboard" was
/// chosen.
const WIDEST_GAP: u8 = 7;
/// Share of keys of which one dynamic may be recorded alone: between the 10 of 19 of those 34 notes and all, which say nothing of dynamics.
const MOST_ALONE: f64 = 0.8;

/// What is missing for corrections to hold between the recorded notes as well; nothing, if nothing is.
#[must_use]
pub fn coverage_warnings(set: &TrainingSet) -> Vec<String> {
    let mut keys: BTreeMap<u8, BTreeSet<u8>> = BTreeMap::new();
    let mut notes = 0;
    for row in set.rows.iter().filter(|row| row.weight > 0.0) {
        keys.entry(row.midi).or_default().insert(row.velocity);
        notes += 1;
    }
    let mut warnings = Vec::new();
    if notes < FEWEST_NOTES {
        let notes = if notes == 1 { "one note is".to_owned() } else { format!("{notes} notes are") };
        warnings.push(format!("{notes} few: what is said of other keys and dynamics is a guess"));
    }
    let midi: Vec<u8> = keys.keys().copied().collect();
    for pair in midi.windows(2).filter(|pair| pair[1] - pair[0] > WIDEST_GAP) {
        let names = [pair[0], pair[1]].map(note_name);
        warnings.push(format!(
            "no note that counts lies between {} and {}: what is said there is a guess",
            names[0], names[1]
        ));
    }
    let alone = keys.values().filter(|velocities| velocities.len() == 1).count();
    if keys.len() > 1 && alone as f64 > MOST_ALONE * keys.len() as f64 {
        warnings.push(format!(
            "of {alone} of {} keys one dynamic alone was recorded: what is said of others is a guess",
            keys.len()
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isolation::Tier;
    use crate::targets::Row;
    use crate::targets::decays::DecayResponse;
    use crate::targets::level_response::LevelResponse;
    use wurli_voice::corrections::{IDENTITY_OUTPUTS, OUTPUTS};

    fn of(notes: &[(u8, u8)]) -> String {
        let row = |(midi, velocity): &(u8, u8)| Row {
            file: String::new(),
            note: 0,
            midi: *midi,
            velocity: *velocity,
            tier: Tier::Gold,
            inputs: [0.5; 2],
            targets: IDENTITY_OUTPUTS,
            mask: [true; OUTPUTS],
            response: LevelResponse::zero(),
            decays: DecayResponse::default(),
            weight: 1.0,
        };
        coverage_warnings(&TrainingSet { rows: notes.iter().map(row).collect() }).join("; ")
    }

    #[test]
    fn a_keyboard_at_two_dynamics_lacks_nothing_and_whatever_it_lacks_is_named() {
        let keyboard: Vec<(u8, u8)> = (0..12).flat_map(|i| [(33 + 5 * i, 50), (33 + 5 * i, 100)]).collect();
        assert_eq!(of(&keyboard), "");
        assert_eq!(
            of(&[keyboard[..8].to_vec(), keyboard[14..].to_vec()].concat()),
            "no note that counts lies between C3 and G#4: what is said there is a guess"
        );
        let one: Vec<_> = keyboard.iter().copied().step_by(2).collect();
        assert_eq!(of(&one), "of 12 of 12 keys one dynamic alone was recorded: what is said of others is a guess");
        assert!(of(&keyboard[..10]).starts_with("10 notes are few"), "{}", of(&keyboard[..10]));
    }
}
