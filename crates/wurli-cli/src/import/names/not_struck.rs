//! Recordings that are no plain struck notes, told by words in file or folder names: release
//! samples, noises, other ways to play.

use std::path::Path;

use super::naming::normalised;
use crate::import::warning::ImportWarning;

/// Words for release samples.
const RELEASE: [&str; 11] = [
    "release",
    "releases",
    "rel",
    "rls",
    "rlse",
    "rlses",
    "keyoff",
    "noteoff",
    "keyup",
    "releasetrigger",
    "releasetriggers",
];
/// Words for noises of the mechanism.
const NOISE: [&str; 11] = [
    "noise",
    "noises",
    "mech",
    "mechanical",
    "mechanics",
    "thump",
    "thumps",
    "pedalnoise",
    "keynoise",
    "damper",
    "dampers",
];
/// Words for other ways to play, and for effects.
const VARIANT: [&str; 14] = [
    "muted",
    "mute",
    "stacc",
    "staccato",
    "chord",
    "chords",
    "trem",
    "tremolo",
    "vibrato",
    "vib",
    "chorus",
    "phaser",
    "reverb",
    "distorted",
];
/// Two words that mean a release sample together.
const PAIRS: [(&str, &str); 4] = [("key", "off"), ("note", "off"), ("key", "up"), ("release", "trigger")];
/// A word for release samples that may be part of something else: only at the beginning of a name.
const RELEASE_FIRST: &str = "rt";

/// Words that negate the next one: `no tremolo`.
const NEGATIONS: [&str; 6] = ["no", "non", "not", "without", "ohne", "sans"];
/// A word that negates the effect before it: `tremolo off`.
const OFF: &str = "off";

/// Removes such recordings from `keys` and warns. A word that all names have is
/// part of the pack's title.
pub(super) fn leave_out(folder: &Path, keys: &mut Vec<String>, warnings: &mut Vec<ImportWarning>) {
    for (words, pairs, first, what) in [
        (&RELEASE[..], &PAIRS[..], Some(RELEASE_FIRST), "a release sample, not a struck note"),
        (&NOISE, &[], None, "a noise, not a struck note"),
        (&VARIANT, &[], None, "played in another way or with an effect; import that in a folder of its own"),
    ] {
        let is = |key: &String| has(key, words, pairs, first);
        let found: Vec<String> = keys.iter().filter(|key| is(key)).cloned().collect();
        if found.len() == keys.len() {
            continue;
        }
        keys.retain(|key| !is(key));
        warnings.extend(found.iter().map(|key| {
            let why = format!("its name says that it is {what}");
            ImportWarning::File { path: folder.join(key), why }
        }));
    }
}

fn has(key: &str, words: &[&str], pairs: &[(&str, &str)], first: Option<&str>) -> bool {
    let stem = key.rsplit_once('.').map_or(key, |(stem, _)| stem);
    let found = words_of(&normalised(stem));
    let name = stem.rsplit('/').next().map(|name| words_of(&normalised(name))).unwrap_or_default();
    first.is_some_and(|first| name.first().is_some_and(|word| word == first))
        || found.iter().enumerate().any(|(i, word)| words.contains(&word.as_str()) && !is_negated(&found, i, words))
        || found.windows(2).any(|pair| pairs.iter().any(|(a, b)| pair[0] == *a && pair[1] == *b))
}

/// Returns true if the name says that it is not what the word at `place`, one of `words`, means.
fn is_negated(found: &[String], place: usize, words: &[&str]) -> bool {
    let before = place.checked_sub(1).and_then(|before| found.get(before));
    // "Key noise off" is the noise of a key that is let go.
    let is_off = words == VARIANT && found.get(place + 1).is_some_and(|word| word == OFF);
    is_off || before.is_some_and(|word| NEGATIONS.contains(&word.as_str()))
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
            "A3_mf_muted.wav",
            "tremolo/A3_mf.wav",
            "Tremolo On/A3_mf.wav",
            "Key Noise Off/A3_mf.wav",
        ] {
            assert_eq!(left(&[name, "A3_mf.wav"]), ["A3_mf.wav"], "{name}");
        }
        for name in ["relaxed A3.wav", "A3 off.wav", "key A3.wav", "Soft/A3.wav", "TremOff/A3.wav", "not muted A3.wav"]
        {
            assert_eq!(left(&[name, "A3_mf.wav"]).len(), 2, "{name}");
        }
        let titled = ["Wurli release 2/A3 mf.wav", "Wurli release 2/B3 mf.wav"];
        assert_eq!(left(&titled), titled);
    }
}
