//! Notes that sound another key than they are called: they are kept, and nothing is trained on them.
//!
//! A correction says what a key is like. From a recording of another key, however it came by its name, the network would learn to detune this one
//! and, being smooth, its neighbours.

use wurli_voice::corrections::{FREQUENCIES, MAX_OUTPUTS};
use wurli_voice::instrument::midi_to_hz;

use super::Analysed;
use crate::dsp::interval_cents;

/// Further than this from the tuning of the others, a note is nearer to another key than to its own, cents.
const STRAYS_CENTS: f64 = 50.0;
/// Further than this from its key, no correction reaches it, cents.
const OUT_OF_REACH_CENTS: f64 = MAX_OUTPUTS[FREQUENCIES] as f64;

/// Takes the weight from rows whose notes are more than half a semitone from the tuning of the others, or out of reach, and says so.
pub(super) fn set_aside(all: &mut [Analysed]) {
    let mut tunings: Vec<f64> = all
        .iter()
        .flat_map(|found| found.rows.iter().filter(|row| row.weight > 0.0).map(|row| tuning_cents(found, row.note)))
        .collect();
    tunings.sort_by(f64::total_cmp);
    let Some(usual) = tunings.get(tunings.len() / 2).copied() else { return };
    for found in all {
        let mut strays = Vec::new();
        for index in 0..found.rows.len() {
            let cents = tuning_cents(found, found.rows[index].note);
            if (cents - usual).abs() > STRAYS_CENTS || cents.abs() > OUT_OF_REACH_CENTS {
                found.rows[index].weight = 0.0;
                strays.push(cents);
            }
        }
        if let Some(warning) = warning(&strays, usual) {
            found.notes.warnings.push(warning);
        }
    }
}

/// How far a note sounds from the key that it is called, cents.
fn tuning_cents(found: &Analysed, note: usize) -> f64 {
    let event = found.measured.get(note).map(|measured| &measured.note.event);
    event.map_or(0.0, |event| interval_cents(event.f0_hz, midi_to_hz(event.midi)))
}

fn warning(strays: &[f64], usual: f64) -> Option<String> {
    match strays {
        [] => None,
        [cents] => Some(format!("sounds {cents:+.0} cents from its key, notes usually {usual:+.0}: not trained on")),
        _ => Some(format!(
            "{} notes sound more than half a semitone from the usual tuning ({usual:+.0} cents): not trained on",
            strays.len()
        )),
    }
}
