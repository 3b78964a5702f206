//! Recordings that are no plain struck notes, told by words in file or folder names: release
//! samples, noises, other ways to play.

use std::collections::BTreeMap;
use std::path::Path;

use super::file::without_extension;
use super::naming::normalised;
use crate::import::warning::ImportWarning;

/// A kind of such recordings.
struct Kind {
    /// Words that mean it.
    words: &'static [&'static str],
    /// Beginnings of words that mean it.
    beginnings: &'static [&'static str],
    /// Ends of words that mean it, as in `keynoise`.
    ends: &'static [&'static str],
    /// Two words that mean it together.
    pairs: &'static [(&'static str, &'static str)],
    /// Words that may be part of something else: only at the beginning of a file or folder name.
    first: &'static [&'static str],
    /// Words behind one of `words` that negate it: `tremolo off`.
    negated_by: &'static [&'static str],
    what: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind {
        words: &[
            "rel",
            "rels",
            "rls",
            "rlse",
            "rlses",
            "reltrig",
            "rtrig",
            "keyoff",
            "keyoffs",
            "noteoff",
            "noteoffs",
            "keyup",
            "keyups",
            "noteup",
            "loslassen",
            "losgelassen",
            "loslaten",
            "relache",
            "upstroke",
            "upstrokes",
            "tail",
            "tails",
            "rilascio",
            "soltar",
            "suelta",
        ],
        beginnings: &["release", "releasing"],
        ends: &["release", "releases"],
        pairs: &[
            ("key", "off"),
            ("key", "offs"),
            ("note", "off"),
            ("note", "offs"),
            ("key", "up"),
            ("note", "up"),
            ("taste", "los"),
            ("let", "go"),
        ],
        first: &["rt"],
        negated_by: &[],
        what: "a release sample, not a struck note",
    },
    Kind {
        words: &[
            "mech",
            "mechanik",
            "mechaniek",
            "mecanique",
            "mecanica",
            "meccanica",
            "thump",
            "thumps",
            "thud",
            "thuds",
            "click",
            "clicks",
            "clack",
            "clacks",
            "klick",
            "knock",
            "knocks",
            "klopfen",
            "klappern",
            "squeak",
            "squeaks",
            "creak",
            "creaks",
            "rattle",
            "rattles",
            "hiss",
            "damper",
            "dampers",
            "demper",
            "dempers",
            "bruit",
            "bruits",
            "ruido",
            "ruidos",
            "rumore",
            "rumori",
            "roomtone",
        ],
        beginnings: &["mechanic", "dämpfer", "daempfer"],
        ends: &["noise", "noises", "geräusch", "geräusche", "geraeusch", "geraeusche"],
        pairs: &[("room", "tone")],
        first: &[],
        // "Key noise off" is the noise of a key that is let go.
        negated_by: &[],
        what: "a noise, not a struck note",
    },
    Kind {
        words: &[
            "muted",
            "mute",
            "muffled",
            "damped",
            "stacc",
            "staccato",
            "legato",
            "gliss",
            "glissando",
            "trill",
            "trills",
            "chord",
            "chords",
            "akkord",
            "akkorde",
            "trem",
            "tremolo",
            "vibrato",
            "vib",
            "chorus",
            "phaser",
            "flanger",
            "reverb",
            "delay",
            "echo",
            "wet",
            "distorted",
            "distortion",
            "overdrive",
            "pedal",
            "pedals",
            "pedale",
        ],
        beginnings: &["gedämpft", "gedaempft"],
        ends: &[],
        pairs: &[],
        first: &[],
        negated_by: &["off", "aus", "up"],
        what: "played in another way or with an effect; import that in a folder of its own",
    },
];

/// Words that negate the next one: `no tremolo`.
const NEGATIONS: [&str; 8] = ["no", "non", "not", "without", "ohne", "sans", "zonder", "senza"];

/// Removes such recordings from `keys` and warns.
pub(super) fn leave_out(folder: &Path, keys: &mut Vec<String>, warnings: &mut Vec<ImportWarning>) {
    let found = not_struck(keys);
    keys.retain(|key| !found.contains_key(key));
    warnings.extend(found.into_iter().map(|(key, why)| ImportWarning::File { path: folder.join(key), why }));
}

/// Returns the paths among `keys` that name no struck notes, with the reason. A word that all names
/// have is part of the pack's title.
pub(crate) fn not_struck(keys: &[String]) -> BTreeMap<String, String> {
    let mut left: Vec<&String> = keys.iter().collect();
    let mut reasons = BTreeMap::new();
    for kind in &KINDS {
        let (found, others): (Vec<_>, Vec<_>) = left.iter().copied().partition(|key| kind.is_named_by(key));
        if others.is_empty() {
            continue;
        }
        left = others;
        let why = format!("its name says that it is {}", kind.what);
        reasons.extend(found.into_iter().map(|key| (key.clone(), why.clone())));
    }
    reasons
}

impl Kind {
    /// Returns true if a file or folder name of the path says that it is of this kind.
    fn is_named_by(&self, key: &str) -> bool {
        let stem = normalised(without_extension(key));
        let found = words_of(&stem);
        let word = |at: usize| found.get(at).map_or("", String::as_str);
        let begins = |name: &str| words_of(name).first().is_some_and(|word| self.first.contains(&word.as_str()));
        stem.split('/').any(begins)
            || (0..found.len()).any(|at| {
                let before = at.checked_sub(1).map_or("", word);
                let negated = NEGATIONS.contains(&before) || self.negated_by.contains(&word(at + 1));
                self.has(word(at)) && !negated || self.pairs.contains(&(word(at), word(at + 1)))
            })
    }

    fn has(&self, word: &str) -> bool {
        self.words.contains(&word)
            || self.beginnings.iter().any(|start| word.starts_with(start))
            || self.ends.iter().any(|end| word.ends_with(end) && !word.starts_with("de"))
    }
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
        ] {
            assert_eq!(left(&[name, "A3_mf.wav"]), ["A3_mf.wav"], "{name}");
        }
        for name in [
            "relaxed A3.wav",
            "A3 off.wav",
            "key A3.wav",
            "Soft/A3.wav",
            "TremOff/A3.wav",
            "not muted A3.wav",
            "Pedal Up/A3.wav",
            "Tremolo/Off/A3.wav",
            "denoise/A3.wav",
            "A3 left rt.wav",
        ] {
            assert_eq!(left(&[name, "A3_mf.wav"]).len(), 2, "{name}");
        }
        let titled = ["Wurli release 2/A3 mf.wav", "Wurli release 2/B3 mf.wav"];
        assert_eq!(left(&titled), titled);
    }
}
