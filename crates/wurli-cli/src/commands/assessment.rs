//! Table of the errors beyond the harmonics of trained notes.

use wurli_train::comparison::WholeNoteErrors;
use wurli_train::evaluation::{CarryOver, Errors};
use wurli_train::pipeline::Assessment;
use wurli_train::pipeline::assessment::WholeNotes;

/// A line of the table: quantity, error without and with corrections.
pub(super) type Line = [String; 3];

/// Formats the errors of whole notes. Empty without notes.
pub(super) fn whole_note_lines(notes: &WholeNotes) -> Vec<Line> {
    if notes.uncorrected.is_empty() {
        return Vec::new();
    }
    let [before, after] = [&notes.uncorrected, &notes.corrected].map(|notes| WholeNoteErrors::mean(notes));
    vec![
        line("whole note, attack, log-mel, dB", before.attack_db, after.attack_db),
        line("whole note, sustain, log-mel, dB", before.sustain_db, after.sustain_db),
        line("whole note, centroid, octaves", before.centroid_octaves, after.centroid_octaves),
    ]
}

/// Formats the errors of notes that were left out of the training. Empty if none could be judged.
pub(super) fn carry_over_lines(assessment: &Assessment) -> Vec<Line> {
    let lines = |name: &str, notes: &CarryOver| {
        let [before, after] = [&notes.uncorrected, &notes.corrected].map(|notes| Errors::mean(notes));
        let level = line(&format!("{name}, level H2-H8, dB"), before.level_db, after.level_db);
        let decay = line(&format!("{name}, decay, |log2 ratio|"), before.decay_log2, after.decay_log2);
        if before.levels == 0 { Vec::new() } else { vec![level, decay] }
    };
    let dynamics = lines("other dynamics of these keys", &assessment.other_dynamics);
    [dynamics, lines("other keys", &assessment.other_keys)].concat()
}

fn line(quantity: &str, before: f64, after: f64) -> Line {
    [quantity.to_owned(), format!("{before:.2}"), format!("{after:.2}")]
}
