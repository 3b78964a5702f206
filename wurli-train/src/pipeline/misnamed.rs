//! Notes that sound another key than they are called: they are kept, and nothing is trained on them.
//!
//! A correction says what a key is like. From a recording of another key, however it came by its name, the network would learn to detune this one
//! and, being smooth, its neighbours. What an instrument is tuned to does not matter: it is the others of the folder that a note is compared with.

use wurli_voice::instrument::midi_to_hz;

use super::Analysed;
use crate::dsp::interval_cents;
use crate::note_event::NoteEvent;
use crate::note_name::note_name;

/// Further than this from the tuning of the others, a note is nearer to another key than to its own, cents.
const STRAYS_CENTS: f64 = 50.0;

/// Sets aside the notes that sound more than half a semitone from the tuning of most, and says so.
pub(super) fn exclude_mistuned(all: &mut [Analysed]) {
    let tunings: Vec<f64> =
        all.iter().flat_map(|found| found.rows.iter().filter_map(|row| tuning_cents(found, row.note))).collect();
    let Some(modal) = modal_tuning(&tunings) else { return };
    for found in all {
        let mut strays = Vec::new();
        for index in 0..found.rows.len() {
            let note = found.rows[index].note;
            if let Some(cents) = tuning_cents(found, note).filter(|cents| strays_from(modal, *cents)) {
                found.rows[index].weight = 0.0;
                found.excluded.insert(note);
                strays.push((note, cents));
            }
        }
        if let Some(warning) = strays.first().and_then(|(note, cents)| {
            let event = &found.measured.get(*note)?.note.event;
            Some(warning(event, *cents, modal, strays.len()))
        }) {
            found.notes.warnings.push(warning);
        }
    }
}

/// How far a note sounds from the key that it is called, cents, in equal temperament at 440 Hz.
fn tuning_cents(found: &Analysed, note: usize) -> Option<f64> {
    let event = &found.measured.get(note)?.note.event;
    Some(interval_cents(event.f0_hz, midi_to_hz(event.midi)))
}

fn strays_from(modal: f64, cents: f64) -> bool {
    (cents - modal).abs() > STRAYS_CENTS
}

/// The tuning from which the fewest stray, of several such the one nearest to none at all.
fn modal_tuning(tunings: &[f64]) -> Option<f64> {
    let mut sorted = tunings.to_vec();
    sorted.sort_by(f64::total_cmp);
    let astray = |modal: f64| {
        let below = sorted.partition_point(|cents| *cents < modal && strays_from(modal, *cents));
        let above = sorted.partition_point(|cents| *cents < modal || !strays_from(modal, *cents));
        below + sorted.len() - above
    };
    let counted = tunings.iter().map(|cents| (astray(*cents), cents.abs(), *cents));
    counted.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2))).map(|(.., cents)| cents)
}

/// Of the first of so many strays in a recording.
fn warning(event: &NoteEvent, cents: f64, modal: f64, strays: usize) -> String {
    let others = match strays {
        1 => String::new(),
        2 => " and another note".to_owned(),
        _ => format!(" and {} other notes", strays - 1),
    };
    // Not "-0".
    let modal = modal.round() + 0.0;
    format!(
        "not trained on: {} at {:.1} s{others}, more than half a semitone from the tuning of most ({cents:+.0} cents where that is {modal:+.0})",
        note_name(event.midi),
        event.onset_s
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_tuning_is_that_of_most_and_of_two_alike_the_smaller() {
        assert_eq!(modal_tuning(&[]), None);
        assert_eq!(modal_tuning(&[-101.0]), Some(-101.0));
        // One of two notes called a semitone too low, or too high.
        assert_eq!((modal_tuning(&[5.0, 104.0]), modal_tuning(&[5.0, -96.0])), (Some(5.0), Some(5.0)));
        assert_eq!(modal_tuning(&[104.0, 98.0, 5.0, -3.0]), Some(-3.0));
        // An instrument a semitone flat, and one of its notes a semitone lower still.
        assert_eq!(modal_tuning(&[-97.0, -104.0, -100.0, -200.0]), Some(-97.0));
        assert_eq!(modal_tuning(&[1205.0, 4.0, 6.0]), Some(4.0));
    }

    #[test]
    fn half_a_semitone_is_as_far_as_a_note_of_a_key_strays() {
        assert!(
            !strays_from(5.0, 55.0)
                && strays_from(5.0, 55.1)
                && strays_from(5.0, -45.1)
                && !strays_from(-100.0, -140.0)
        );
    }

    #[test]
    fn a_warning_names_the_first_note_and_counts_the_others() {
        let event =
            NoteEvent { onset_s: 1.25, offset_s: 2.0, midi: 58, velocity: 40, velocity_known: true, f0_hz: 220.0 };
        assert_eq!(
            warning(&event, -95.2, 4.6, 1),
            "not trained on: A#3 at 1.2 s, more than half a semitone from the tuning of most (-95 cents where that is +5)"
        );
        assert!(warning(&event, -95.2, -0.3, 2).ends_with(
            "and another note, more than half a semitone from the tuning of most (-95 cents where that is +0)"
        ));
        assert!(warning(&event, -95.2, 4.6, 3).contains("A#3 at 1.2 s and 2 other notes, more"));
    }
}
