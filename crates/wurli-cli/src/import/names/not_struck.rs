//! Recordings that are no plain struck notes, told by words in file or folder names: release
//! samples, noises, other ways to play.

use std::collections::BTreeMap;
use std::path::Path;

mod kinds;

use self::kinds::{EFFECTS, KINDS, Kind, NOISES, RELEASES, SWITCHED};
use super::file::without_extension;
use super::naming::normalised;
use crate::import::warning::ImportWarning;

/// Words that negate the next one: `no tremolo`.
const NEGATIONS: [&str; 8] = ["no", "non", "not", "without", "ohne", "sans", "zonder", "senza"];

/// Removes such recordings from `keys` and warns.
pub(super) fn leave_out(folder: &Path, keys: &mut Vec<String>, warnings: &mut Vec<ImportWarning>) {
    warnings.extend(all_named(keys));
    let found = not_struck(keys);
    keys.retain(|key| !found.contains_key(key));
    warnings.extend(found.into_iter().map(|(key, why)| ImportWarning::File { path: folder.join(key), why }));
}

/// Returns a warning if all names say that they are release samples or noises, which then are
/// imported.
pub(crate) fn all_named(keys: &[String]) -> Option<ImportWarning> {
    let is_of_all = |kind: &&Kind| keys.len() > 1 && keys.iter().all(|key| kind.is_named_by(key));
    [&KINDS[RELEASES], &KINDS[NOISES]]
        .into_iter()
        .find(is_of_all)
        .map(|kind| ImportWarning::AllNamed { what: kind.what })
}

/// Returns the paths among `keys` that name no struck notes, with the reason. A word that all names
/// have is part of the pack's title.
pub(crate) fn not_struck(keys: &[String]) -> BTreeMap<String, String> {
    let mut reasons = BTreeMap::new();
    let mut add = |kind: &Kind, is_named: &dyn Fn(&str) -> bool| {
        let found: Vec<_> = keys.iter().filter(|key| is_named(key)).collect();
        if found.len() < keys.len() {
            let why = format!("its name says that it is {}", kind.what);
            for key in found {
                reasons.entry(key.clone()).or_insert_with(|| why.clone());
            }
        }
    };
    for kind in &KINDS {
        add(kind, &|key| kind.is_named_by(key));
    }
    // Beside names with L, R is a channel.
    if !keys.iter().any(|key| has_prefix(key, "l")) {
        add(&KINDS[RELEASES], &|key| has_prefix(key, "r"));
    }
    reasons
}

/// Returns true for a file name that begins with that letter, as in `R-A3 f.wav`.
fn has_prefix(key: &str, letter: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    let (first, rest) = name.split_at(name.find(|c: char| !c.is_alphanumeric()).unwrap_or(name.len()));
    first.eq_ignore_ascii_case(letter) && rest.starts_with(['-', '_'])
}

impl Kind {
    /// Returns true if a file or folder name of the path says that it is of this kind.
    fn is_named_by(&self, key: &str) -> bool {
        let path = if self.of_folders {
            key.rsplit_once('/').map_or("", |(folders, _)| folders)
        } else {
            without_extension(key)
        };
        let stem = normalised(path);
        let found = words_of(&stem);
        let word = |at: usize| found.get(at).map_or("", String::as_str);
        let begins = |name: &str| words_of(name).first().is_some_and(|word| self.first.contains(&word.as_str()));
        stem.split('/').any(begins)
            || (0..found.len()).any(|at| {
                let before = at.checked_sub(1).map_or("", word);
                let negated = NEGATIONS.contains(&before) || self.negated_by.contains(&word(at + 1));
                self.has(word(at)) && !negated
                    || self.pairs.contains(&(word(at), word(at + 1)))
                    || self.bare.contains(&word(at))
                        && word(at + 1) != "axis"
                        && !found[..at].iter().any(|word| is_switched(word))
            })
    }

    fn has(&self, word: &str) -> bool {
        self.words.contains(&word)
            || self.beginnings.iter().any(|start| word.starts_with(start))
            || self.ends.iter().any(|end| word.ends_with(end) && !word.starts_with("de"))
    }
}

/// Returns true for effects, pedals and what else may be off or up.
fn is_switched(word: &str) -> bool {
    SWITCHED.contains(&word) || KINDS[EFFECTS].has(word) || NEGATIONS.contains(&word)
}

/// Splits a path into lower-case words, also at capitals: `KeyOff/C4` has `key`, `off`, `c`.
fn words_of(path: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in path.chars() {
        if !c.is_alphabetic() || (c.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if c.is_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_samples_and_noises_are_told_by_their_names() {
        let left = |names: &[&str]| {
            let mut keys: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            leave_out(Path::new(""), &mut keys, &mut Vec::new());
            keys
        };
        for name in [
            "Rlse_MP_A3.wav",
            "Release Triggers/A3 mp.wav",
            "a/KeyOff_A3.wav",
            "rel A3.wav",
            "Key Off/A3 f.wav",
            "mech noise A3.wav",
            "A3 note-off.wav",
            "ReleaseSamples/A3.wav",
            "RT A3_mf.wav",
            "Damper_A3_mf.wav",
            "RT/A3_mf.wav",
            "wurli/rt1/A3_mf.wav",
            "loslassen/A3_mf.wav",
            "Releases/A3_mf.wav",
            "released/A3_mf.wav",
            "KeyReleases/A3_mf.wav",
            "relsamples/rels_A3_mf.wav",
            "note_up/A3_mf.wav",
            "upstroke A3_mf.wav",
            "Pedalgeräusche/A3_mf.wav",
            "pedalnoise_A3_mf.wav",
            "Pedal Down/A3_mf.wav",
            "Dämpfer/A3_mf.wav",
            "Tastenklick/klick A3_mf.wav",
            "Mechanik/A3_mf.wav",
            "A3_mf_muted.wav",
            "tremolo/A3_mf.wav",
            "Tremolo On/A3_mf.wav",
            "Key Noise Off/A3_mf.wav",
            "Wurli 1.2/Release/A3_mf",
            "A3_mf.2 released",
            "Rel\u{e2}chement/A3_mf.wav",
            "Rela\u{302}chement/A3_mf.wav",
            "Ausklang/A3_mf.wav",
            "A3_mf Nachklang.wav",
            "Libera\u{e7}\u{e3}o/A3_mf.wav",
            "Sl\u{e4}pp/A3_mf.wav",
            "отпускание/A3_mf.wav",
            "A3_mf_リリース.wav",
            "释音/A3_mf.wav",
            "A3_mf_释放.wav",
            "A3_f_off.wav",
            "A3 off.wav",
            "Off/A3_mf.wav",
            "Offs/A3_mf.wav",
            "A3 f up.wav",
            "Up/A3_mf.wav",
            "R-A3_mf.wav",
            "r_A3_mf.wav",
            "Ped/A3_mf.wav",
            "clunk A3_mf.wav",
            "hammer/A3_mf.wav",
            "Da\u{308}mpfer/A3_mf.wav",
            "Gera\u{308}usche/A3_mf.wav",
            "Loops/A3_mf.wav",
            "Aftertouch/A3_mf.wav",
            "FX/A3_mf.wav",
            "bad takes/A3_mf.wav",
            "wurli/unused/A3_mf.wav",
            "backup/A3_mf.wav",
            "Release 1.2/A3_mf.wav",
            "A3_mf_relsmp.wav",
            "A3_mf_rel.wav",
            "A3_mf_damp.wav",
            "A3_mf_stop.wav",
            "Tasten los/A3_mf.wav",
            "Low Noise/A3_mf.wav",
        ] {
            assert_eq!(left(&[name, "A3_mf.wav"]), ["A3_mf.wav"], "{name}");
        }
        for name in [
            "relaxed A3.wav",
            "key A3.wav",
            "Soft/A3.wav",
            "TremOff/A3.wav",
            "not muted A3.wav",
            "Pedal Up/A3.wav",
            "Tremolo/Off/A3.wav",
            "denoise/A3.wav",
            "Noise Removed/A3.wav",
            "A3 left rt.wav",
            "Ped Up/A3.wav",
            "off-axis/A3.wav",
            "PickUp/A3.wav",
            "A3_mf loop.wav",
            "R A3.wav",
            "R4-A3.wav",
            "unstopped A3.wav",
            "Nonstop/A3.wav",
            "undamped A3.wav",
        ] {
            assert_eq!(left(&[name, "A3_mf.wav"]).len(), 2, "{name}");
        }
        let channels = ["L-A3 mf.wav", "R-A3 mf.wav"];
        assert_eq!(left(&channels), channels);
        assert!(left(&["Release/A3 mf.wav", "noise A3 mf.wav"]).is_empty());
        let titled = ["Wurli release 2/A3 mf.wav", "Wurli release 2/B3 mf.wav"];
        assert_eq!(left(&titled), titled);
    }
}
