//! Copies of a recording under another name: one is imported.

use std::collections::BTreeMap;

use super::pitch::Note;
use super::warning::ImportWarning;
use wurli_train::key::Key;
use wurli_voice::instrument::midi_to_hz;

/// Removes notes with the samples of another one, and warns. The one nearest to its label stays, or
/// the first.
pub(super) fn leave_out(notes: &mut Vec<Note>, warnings: &mut Vec<ImportWarning>) {
    // Notes of a take stay in the order in which they were played.
    if notes.iter().all(|note| note.samples.is_none()) {
        return;
    }
    let octaves_off = |note: &Note| (note.f0_hz / midi_to_hz(note.midi)).log2().abs();
    notes.sort_by(|a, b| {
        octaves_off(a)
            .total_cmp(&octaves_off(b))
            .then_with(|| (a.path.as_os_str().len(), &a.path).cmp(&(b.path.as_os_str().len(), &b.path)))
    });
    let mut kept: BTreeMap<Key, Note> = BTreeMap::new();
    notes.retain(|note| {
        let Some(samples) = note.samples else { return true };
        let Some(first) = kept.get(&samples) else {
            kept.insert(samples, note.clone());
            return true;
        };
        let name = first.path.display();
        let why = match (note.midi, note.velocity) == (first.midi, first.velocity) {
            true => format!("a copy; {name} is the same recording, and imported"),
            false => {
                format!("a copy under another label; {name} is the same recording, and imported: is its label right?")
            }
        };
        warnings.push(ImportWarning::File { path: note.path.clone(), why });
        false
    });
}
