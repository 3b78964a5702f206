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
    /// Bare numbers; that of the folder first, where folders are called by numbers.
    pub(crate) numbers: Vec<u32>,
    /// Numbers with a sign, decimals or a unit, in thousandths.
    pub(crate) quantities: Vec<i64>,
    /// Numbers in percent, in thousandths.
    pub(crate) percents: Vec<i64>,
    /// Velocity of the word for its dynamic, in the name or in that of a folder.
    pub(crate) word: Option<u8>,
}

impl NamedFile {
    /// Splits all names of a folder.
    pub(crate) fn all(keys: &[String], naming: Naming, words: &DynamicWords) -> Vec<Self> {
        let mut dynamics: Vec<Dynamics> = keys.iter().map(|key| Dynamics::parse(key, naming, words)).collect();
        Dynamics::drop_separators(&mut dynamics);
        let common = Dynamics::common(&dynamics);
        let stems = Stems::of(keys, naming, words);
        let mut files: Vec<Self> = keys
            .iter()
            .zip(&dynamics)
            .map(|(key, dynamics)| {
                let found = stems.tokens(key, naming, words);
                let marked = each(&found, |token| if let Token::Velocity(n) = token { Some(*n) } else { None });
                Self {
                    key: key.clone(),
                    notes: each(&found, |token| if let Token::Note(midi) = token { Some(*midi) } else { None }),
                    keys: each(&found, |token| if let Token::Key(n) = token { Some(*n) } else { None }),
                    velocities: if marked.is_empty() { of_folders(key, naming, words) } else { marked },
                    numbers: each(&found, |token| if let Token::Number(n) = token { Some(*n) } else { None }),
                    quantities: each(&found, |token| if let Token::Quantity(n) = token { Some(*n) } else { None }),
                    percents: each(&found, |token| if let Token::Percent(n) = token { Some(*n) } else { None }),
                    word: dynamics.word(&common).and_then(|word| words.velocity(word)),
                }
            })
            .collect();
        keep_roots(&mut files);
        drop_title(&mut files);
        zero_is_a_quantity(&mut files);
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

/// Keeps the recorded note where all names have the lowest and the highest key before it, as in
/// `A2_C3_B2`.
fn keep_roots(files: &mut [NamedFile]) {
    let has_range =
        |file: &NamedFile| matches!(file.notes.as_slice(), [low, high, root] if low <= root && root <= high);
    if files.iter().all(has_range) {
        files.iter_mut().for_each(|file| drop(file.notes.drain(..2)));
    }
}

/// Takes the last bare number for a quantity in names that have none, where others have one in its
/// place: 0 beside -6, 1 beside 0.5.
fn zero_is_a_quantity(files: &mut [NamedFile]) {
    let with = files.iter().filter(|file| !file.quantities.is_empty());
    let Some(numbers) = with.map(|file| file.numbers.len()).max() else { return };
    for file in files.iter_mut().filter(|file| file.quantities.is_empty() && file.numbers.len() == numbers + 1) {
        file.quantities.extend(file.numbers.pop().map(|number| 1000 * i64::from(number)));
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

/// Where the names of a folder have their notes and keys.
enum Stems {
    /// In the file names.
    Files,
    /// In the file names, apart from their octaves: `A 2 f`.
    SplitNotes,
    /// In the names of the folders: `A3/f.wav`, `45/110.wav`.
    Folders,
}

impl Stems {
    fn of(keys: &[String], naming: Naming, words: &DynamicWords) -> Self {
        let notes = |stems: &Self, key: &String| {
            each(&stems.tokens(key, naming, words), |token| match token {
                Token::Note(midi) => Some(i64::from(*midi)),
                Token::Key(key) => Some(i64::from(*key)),
                _ => None,
            })
        };
        if keys.iter().any(|key| !notes(&Self::Files, key).is_empty()) {
            return Self::Files;
        }
        let differ = |stems: &Self| {
            let found: BTreeSet<_> =
                keys.iter().map(|key| notes(stems, key)).filter(|found| found.len() == 1).collect();
            found.len() > 1 || keys.len() == 1 && found.len() == 1
        };
        let is_numbered = |key: &String| {
            let folder = key.rsplit('/').nth(1);
            folder.is_some_and(|folder| matches!(tokens(folder, naming, words).as_slice(), [Token::Number(_)]))
        };
        if differ(&Self::SplitNotes) {
            Self::SplitNotes
        } else if differ(&Self::Folders) || keys.iter().all(is_numbered) {
            Self::Folders
        } else {
            Self::Files
        }
    }

    fn tokens(&self, key: &str, naming: Naming, words: &DynamicWords) -> Vec<Token> {
        match self {
            Self::Files => tokens(&stem(key), naming, words),
            Self::SplitNotes => tokens(&joined_notes(&stem(key), naming), naming, words),
            Self::Folders => {
                let folder = normalised(key.rsplit('/').nth(1).unwrap_or_default());
                let is_key = |token: &Token| matches!(token, Token::Note(_) | Token::Key(_) | Token::Number(_));
                let mut found: Vec<Token> = tokens(&folder, naming, words).into_iter().filter(is_key).collect();
                found.append(&mut tokens(&stem(key), naming, words));
                found
            }
        }
    }
}

/// Joins the parts of note names that are written apart: `A 2 f` becomes `A2 f`.
fn joined_notes(stem: &str, naming: Naming) -> String {
    let separators = [' ', '_'];
    let mut joined = String::new();
    let mut rest = stem;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.find(separators).unwrap_or(rest.len()));
        let octave = after.strip_prefix(separators).unwrap_or_default();
        let octave = octave.split(separators).next().unwrap_or_default();
        let is_note = !octave.is_empty()
            && naming.split(&format!("{piece}{octave}")).is_some_and(|(_, rest)| rest.is_empty())
            && !piece.contains(|c: char| c.is_ascii_digit());
        joined.push_str(piece);
        let separator = after.find(|c| !separators.contains(&c)).unwrap_or(after.len());
        if !is_note {
            joined.push_str(&after[..separator]);
        }
        rest = &after[separator..];
    }
    joined
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
    let is_extension = |text: &str| {
        // `A3 0.25` has none.
        text.len() <= 5
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && text.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    key.rsplit_once('.').filter(|(_, text)| is_extension(text)).map_or(key, |(path, _)| path)
}

fn each<T>(tokens: &[Token], value: impl Fn(&Token) -> Option<T>) -> Vec<T> {
    tokens.iter().filter_map(value).collect()
}

fn only(words: &[String]) -> Option<String> {
    if let [word] = words { Some(word.clone()) } else { None }
}
