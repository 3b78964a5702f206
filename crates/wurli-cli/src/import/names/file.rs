//! The file names of a folder, split into what may be notes, velocities and dynamics.

use std::collections::BTreeSet;

use super::naming::{Naming, normalised};
use super::tokens::{Token, tokens};
use crate::import::dynamics::{DynamicWords, PIANO};

/// A file with the tokens of its name, in one language of note names.
#[derive(Clone, Debug)]
pub(crate) struct NamedFile {
    /// Path below the folder.
    pub(crate) key: String,
    /// Note names, MIDI.
    pub(crate) notes: Vec<i16>,
    /// Numbers behind `note`, `key` or `midi`.
    pub(crate) keys: Vec<u32>,
    /// Numbers behind `v`; those of the folder where the name has none.
    pub(crate) velocities: Vec<u32>,
    /// Bare numbers.
    pub(crate) numbers: Vec<u32>,
    /// Velocity of the word for its dynamic, in the name or in that of a folder.
    pub(crate) word: Option<u8>,
}

impl NamedFile {
    /// Splits all names of a folder.
    pub(crate) fn all(keys: &[String], naming: Naming, words: &DynamicWords) -> Vec<Self> {
        let mut dynamics: Vec<Dynamics> = keys.iter().map(|key| Dynamics::parse(key, naming, words)).collect();
        Dynamics::drop_separators(&mut dynamics);
        let common = Dynamics::common(&dynamics);
        let mut files: Vec<Self> = keys
            .iter()
            .zip(&dynamics)
            .map(|(key, dynamics)| {
                let found = tokens(&stem(key), naming, words);
                let marked = each(&found, |token| if let Token::Velocity(n) = token { Some(*n) } else { None });
                Self {
                    key: key.clone(),
                    notes: each(&found, |token| if let Token::Note(midi) = token { Some(*midi) } else { None }),
                    keys: each(&found, |token| if let Token::Key(n) = token { Some(*n) } else { None }),
                    velocities: if marked.is_empty() { of_folders(key, naming, words) } else { marked },
                    numbers: each(&found, |token| if let Token::Number(n) = token { Some(*n) } else { None }),
                    word: dynamics.word(&common).and_then(|word| words.velocity(word)),
                }
            })
            .collect();
        drop_title(&mut files);
        files
    }

    /// Returns the nth bare number.
    pub(crate) fn number(&self, place: usize) -> Option<u32> {
        self.numbers.get(place).copied()
    }

    /// Returns the nth number behind `v`.
    pub(crate) fn marked(&self, place: usize) -> Option<u32> {
        self.velocities.get(place).copied()
    }
}

/// Removes a note that all names have beside another one: `A1` in `Studio A1 C4.wav` is part of the
/// title.
fn drop_title(files: &mut [NamedFile]) {
    if files.len() < 2 || files.iter().any(|file| file.notes.len() < 2) {
        return;
    }
    let notes = |file: &NamedFile| file.notes.iter().copied().collect::<BTreeSet<i16>>();
    let common = files.iter().map(notes).reduce(|a, b| &a & &b).unwrap_or_default();
    for file in files {
        for title in &common {
            if let Some(place) = file.notes.iter().position(|note| note == title) {
                file.notes.remove(place);
            }
        }
    }
}

/// Words for dynamics in a name, and that of the innermost folder that has exactly one.
struct Dynamics {
    name: Vec<String>,
    folder: Option<String>,
}

impl Dynamics {
    fn parse(key: &str, naming: Naming, words: &DynamicWords) -> Self {
        let dynamics = |text: &str| {
            each(&tokens(&normalised(text), naming, words), |token| match token {
                Token::Dynamic(word) => Some(word.clone()),
                _ => None,
            })
        };
        let folders = key.rsplit('/').skip(1);
        Self { name: dynamics(&stem(key)), folder: folders.filter_map(|folder| only(&dynamics(folder))).next() }
    }

    /// Removes a sign that all of several words have: it separates them from what follows.
    fn drop_separators(all: &mut [Self]) {
        for sign in ['+', '-'] {
            let found: BTreeSet<&String> =
                all.iter().flat_map(|dynamics| dynamics.name.iter().chain(&dynamics.folder)).collect();
            if found.len() < 2 || !found.iter().all(|word| word.ends_with(sign)) {
                continue;
            }
            for word in all.iter_mut().flat_map(|dynamics| dynamics.name.iter_mut().chain(&mut dynamics.folder)) {
                word.pop();
            }
        }
    }

    /// Returns the words in all names. They do not tell names apart: "piano" is the instrument
    /// then. If names have no other words, these are their dynamic.
    fn common(all: &[Self]) -> BTreeSet<String> {
        let words = |dynamics: &Self| dynamics.name.iter().chain(&dynamics.folder).cloned().collect::<BTreeSet<_>>();
        let mut common = all.iter().map(words).reduce(|a, b| &a & &b).unwrap_or_default();
        let told_apart = all.iter().any(|dynamics| !words(dynamics).is_subset(&common));
        common.retain(|word| told_apart && all.len() > 1 || word == PIANO);
        common
    }

    fn word(&self, common: &BTreeSet<String>) -> Option<&String> {
        let own: Vec<_> = self.name.iter().filter(|word| !common.contains(*word)).collect();
        match own.as_slice() {
            [word] => Some(*word),
            [] => self.folder.as_ref().filter(|word| !common.contains(*word)),
            _ => None,
        }
    }
}

/// Returns the numbers behind `v` in the innermost folder that has any.
fn of_folders(key: &str, naming: Naming, words: &DynamicWords) -> Vec<u32> {
    let velocities = |folder: &str| {
        each(
            &tokens(&normalised(folder), naming, words),
            |token| if let Token::Velocity(n) = token { Some(*n) } else { None },
        )
    };
    key.rsplit('/').skip(1).map(velocities).find(|found| !found.is_empty()).unwrap_or_default()
}

fn stem(key: &str) -> String {
    let path = without_extension(key);
    normalised(path.rsplit('/').next().unwrap_or(path))
}

/// Returns a path without the extension of its file name.
pub(super) fn without_extension(key: &str) -> &str {
    // A name without extension may have a point: `Take 1.2 C4 mf`.
    let is_extension = |text: &str| text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    key.rsplit_once('.').filter(|(_, text)| is_extension(text)).map_or(key, |(path, _)| path)
}

fn each<T>(tokens: &[Token], value: impl Fn(&Token) -> Option<T>) -> Vec<T> {
    tokens.iter().filter_map(value).collect()
}

fn only(words: &[String]) -> Option<String> {
    if let [word] = words { Some(word.clone()) } else { None }
}
