//! Exclusion of mislabelled notes from training.
//!
//! A note that sounds more than half a semitone away from its key would detune that key and, as the
//! network is smooth, its neighbours. Tuning is compared with the other notes of the folder, so
//! that an instrument may be tuned to any pitch.

use wurli_voice::instrument::midi_to_hz;

use super::Analysed;
use crate::dsp::interval_cents;
use crate::note_event::NoteEvent;
use crate::note_name::note_name;

/// Largest deviation from the usual tuning, cents. Beyond, a note is nearer to another key.
const MAX_DEVIATION_CENTS: f64 = 50.0;

/// Excludes notes that deviate from the usual tuning by more than half a semitone, and adds a
/// warning per recording.
pub(super) fn exclude_mistuned(all: &mut [Analysed]) {
    let tunings: Vec<f64> =
        all.iter().flat_map(|found| found.rows.iter().filter_map(|row| tuning_cents(found, row.note))).collect();
    let Some(usual_cents) = usual_tuning_cents(&tunings) else { return };
    for found in all {
        let mut excluded = Vec::new();
        for index in 0..found.rows.len() {
            let note = found.rows[index].note;
            if let Some(cents) = tuning_cents(found, note).filter(|cents| deviates(usual_cents, *cents)) {
                found.rows[index].weight = 0.0;
                found.excluded.insert(note);
                excluded.push((note, cents));
            }
        }
        if let Some(warning) = excluded.first().and_then(|(note, cents)| {
            let event = &found.measured.get(*note)?.note.event;
            Some(warning(event, *cents, usual_cents, excluded.len()))
        }) {
            found.notes.warnings.push(warning);
        }
    }
}

/// Returns the tuning of a note relative to its key in equal temperament at 440 Hz, cents.
fn tuning_cents(found: &Analysed, note: usize) -> Option<f64> {
    let event = &found.measured.get(note)?.note.event;
    Some(interval_cents(event.f0_hz, midi_to_hz(event.midi)))
}

/// Returns true if a note of that tuning is excluded from training.
#[must_use]
pub fn deviates(usual_cents: f64, cents: f64) -> bool {
    (cents - usual_cents).abs() > MAX_DEVIATION_CENTS
}

/// Returns the tuning from which the fewest notes deviate; among equals, the one nearest to 0.
#[must_use]
pub fn usual_tuning_cents(tunings: &[f64]) -> Option<f64> {
    let mut sorted = tunings.to_vec();
    sorted.sort_by(f64::total_cmp);
    let deviating = |usual: f64| {
        let below = sorted.partition_point(|cents| *cents < usual && deviates(usual, *cents));
        let above = sorted.partition_point(|cents| *cents < usual || !deviates(usual, *cents));
        below + sorted.len() - above
    };
    let counted = tunings.iter().map(|cents| (deviating(*cents), cents.abs(), *cents));
    counted.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2))).map(|(.., cents)| cents)
}

/// Makes the warning for the first of `count` excluded notes in a recording.
fn warning(event: &NoteEvent, cents: f64, usual_cents: f64, count: usize) -> String {
    let others = match count {
        1 => String::new(),
        2 => " and another note".to_owned(),
        _ => format!(" and {} other notes", count - 1),
    };
    // Adding 0 turns -0 into 0.
    let usual_cents = usual_cents.round() + 0.0;
    let name = note_name(event.midi);
    let direction = if cents < 0.0 { "below" } else { "above" };
    format!(
        "excluded from training: {name} at {:.1} s{others}, sounds {:.0} cents {direction} {name} (usual tuning: {usual_cents:+.0} cents); correct its name or midi in recordings.toml, or record it again",
        event.onset_s,
        cents.abs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_tuning_is_that_of_most_notes() {
        assert_eq!(usual_tuning_cents(&[]), None);
        assert_eq!(usual_tuning_cents(&[-101.0]), Some(-101.0));
        // One of two notes called a semitone too low, or too high.
        assert_eq!((usual_tuning_cents(&[5.0, 104.0]), usual_tuning_cents(&[5.0, -96.0])), (Some(5.0), Some(5.0)));
        assert_eq!(usual_tuning_cents(&[104.0, 98.0, 5.0, -3.0]), Some(-3.0));
        // An instrument a semitone flat, and one of its notes a semitone lower still.
        assert_eq!(usual_tuning_cents(&[-97.0, -104.0, -100.0, -200.0]), Some(-97.0));
        assert_eq!(usual_tuning_cents(&[1205.0, 4.0, 6.0]), Some(4.0));
    }

    #[test]
    fn a_note_deviates_beyond_half_a_semitone() {
        assert!(!deviates(5.0, 55.0) && deviates(5.0, 55.1) && deviates(5.0, -45.1) && !deviates(-100.0, -140.0));
    }

    #[test]
    fn a_warning_names_the_first_note_and_counts_the_others() {
        let event =
            NoteEvent { onset_s: 1.25, offset_s: 2.0, midi: 58, velocity: 40, velocity_known: true, f0_hz: 220.0 };
        assert_eq!(
            warning(&event, -95.2, 4.6, 1),
            "excluded from training: A#3 at 1.2 s, sounds 95 cents below A#3 (usual tuning: +5 cents); \
             correct its name or midi in recordings.toml, or record it again"
        );
        assert!(
            warning(&event, -95.2, -0.3, 2)
                .contains("A#3 at 1.2 s and another note, sounds 95 cents below A#3 (usual tuning: +0 cents);")
        );
        assert!(warning(&event, -95.2, 4.6, 3).contains("A#3 at 1.2 s and 2 other notes, sounds"));
    }
}
