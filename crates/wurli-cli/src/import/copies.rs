//! Copies of a recording under another name: one is imported.

use std::collections::BTreeMap;
use std::path::Path;

use super::pitch::Note;
use super::warning::ImportWarning;
use wurli_train::key::Key;
use wurli_voice::instrument::midi_to_hz;

/// Removes notes with the samples of another one, and warns. The one nearest to its label stays, or
/// the first. `folder` is that of the pack.
pub(super) fn leave_out(folder: &Path, notes: &mut Vec<Note>, warnings: &mut Vec<ImportWarning>) {
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
    let name = |note: &Note| note.path.strip_prefix(folder).unwrap_or(&note.path).to_path_buf();
    let mut kept: BTreeMap<Key, Note> = BTreeMap::new();
    let mut copies = Vec::new();
    let mut relabelled = Vec::new();
    notes.retain(|note| {
        let Some(samples) = note.samples else { return true };
        let Some(first) = kept.get(&samples) else {
            kept.insert(samples, note.clone());
            return true;
        };
        let same_label = (note.midi, note.velocity) == (first.midi, first.velocity);
        let found = if same_label { &mut copies } else { &mut relabelled };
        found.push((name(note), name(first)));
        false
    });
    for (mut copies, relabelled) in [(copies, false), (relabelled, true)] {
        copies.sort();
        if !copies.is_empty() {
            warnings.push(ImportWarning::Copies { copies, relabelled });
        }
    }
}
