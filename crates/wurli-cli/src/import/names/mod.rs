//! A folder of recordings whose names say which note each is and how hard it was struck.
//!
//! Names are read alike or not at all: the reading is chosen for the folder as a whole, as that
//! which most of its files have, and files without it are listed.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

pub(crate) mod tokens;

use self::tokens::{Token, tokens};
use crate::import::Claim;
use crate::import::dynamics::{DynamicWords, velocity_of_layer};
use crate::import::error::{ImportError, ImportWarning};
use wurli_train::catalogue::scan;

/// More layers than this, and small numbers behind `v` are velocities after all.
const LAYERS_MAX: u32 = 16;

/// What stands for the note in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoteIn {
    /// Its name.
    Name,
    /// The number at that place among the name's numbers, as MIDI.
    Number(usize),
}

/// What stands for the velocity in a name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum VelocityIn {
    /// A number behind `v`.
    Marked,
    /// A number behind `v` that counts layers.
    Layer(BTreeSet<u32>),
    /// A word.
    Word,
    /// The number at that place among the name's numbers.
    Number(usize),
    /// Nothing: all are taken for this.
    Given(u8),
}

/// How the names of a folder are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    note: NoteIn,
    velocity: VelocityIn,
    example: (String, i16, u8),
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.note {
            NoteIn::Name => write!(formatter, "<note name>")?,
            NoteIn::Number(place) => write!(formatter, "<MIDI number, {} number of the name>", nth(place))?,
        }
        match &self.velocity {
            VelocityIn::Marked => write!(formatter, " v<velocity>")?,
            VelocityIn::Layer(layers) => write!(formatter, " v<layer of {}>", layers.len())?,
            VelocityIn::Word => write!(formatter, " <dynamic>")?,
            VelocityIn::Number(place) => write!(formatter, " <velocity, {} number of the name>", nth(*place))?,
            VelocityIn::Given(velocity) => write!(formatter, ", all at velocity {velocity}")?,
        }
        let (file, midi, velocity) = &self.example;
        write!(formatter, ", as in {file}: MIDI {midi}, velocity {velocity}")
    }
}

fn nth(place: usize) -> String {
    match place {
        0 => "first".into(),
        1 => "second".into(),
        2 => "third".into(),
        place => format!("{}th", place + 1),
    }
}

/// Reads a folder by its file names.
pub(super) fn read(
    folder: &Path,
    words: &DynamicWords,
    given: Option<u8>,
    warnings: &mut Vec<ImportWarning>,
) -> Result<(Vec<Claim>, Pattern), ImportError> {
    let mut names = Vec::new();
    for file in scan::audio_files(folder)? {
        if !scan::is_read(&file.key) {
            let why = "of a format that is not read; convert it to WAV, FLAC or AIFF".to_owned();
            warnings.push(ImportWarning::File { path: folder.join(&file.key), why });
            continue;
        }
        let name = file.key.rsplit('/').next().unwrap_or(&file.key);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let mut found = tokens(stem, words);
        if !found.iter().any(is_dynamic) {
            found.extend(of_folders(&file.key, words));
        }
        names.push((found, file.key));
    }
    let nothing = |why: String| ImportError::Nothing { path: folder.into(), why };
    if names.is_empty() {
        return Err(nothing("it holds no WAV, FLAC or AIFF file".into()));
    }
    let (note, velocity) = choose(&names, words, given).ok_or_else(|| {
        let (_, name) = &names[0];
        let notes = names.iter().filter(|(tokens, _)| note_in(NoteIn::Name, tokens).is_some()).count();
        nothing(if notes > 0 {
            format!(
                "the names say notes but not how hard they were struck, as in {name}; name the files as in A3_mf.wav or A3_v78.wav, or give \
                 --velocity if all were struck alike"
            )
        } else {
            format!("the names do not say which notes they are, as in {name}; name the files as in A3_mf.wav or 057_v78.wav")
        })
    })?;
    let mut claims = Vec::new();
    let mut example = None;
    for (tokens, key) in names {
        let path = folder.join(&key);
        match (note_in(note, &tokens), velocity_in(&velocity, &tokens, words)) {
            (Some(midi), Some(velocity)) => {
                example.get_or_insert((key, midi, velocity));
                claims.push(Claim { path, midi: vec![midi], velocity });
            }
            (midi, _) => {
                let what = if midi.is_none() { "note" } else { "velocity" };
                let why = format!("its name says no {what}, or more than one, in the way of the others");
                warnings.push(ImportWarning::File { path, why });
            }
        }
    }
    let example = example.unwrap_or_default();
    Ok((claims, Pattern { note, velocity, example }))
}

fn is_dynamic(token: &Token) -> bool {
    matches!(token, Token::Velocity(_) | Token::Dynamic(_))
}

/// What the innermost folder that says a dynamic says: `pp/A3.wav`.
fn of_folders(key: &str, words: &DynamicWords) -> Option<Token> {
    let folders = key.rsplit('/').skip(1);
    folders.filter_map(|folder| only(tokens(folder, words).into_iter().filter(is_dynamic))).next()
}

/// The reading that most names have; of several, the first, from the most to the least explicit.
fn choose(names: &[(Vec<Token>, String)], words: &DynamicWords, given: Option<u8>) -> Option<(NoteIn, VelocityIn)> {
    let numbers = names.iter().map(|(tokens, _)| numbers(tokens).count()).max().unwrap_or(0).min(8);
    let notes = std::iter::once(NoteIn::Name).chain((0..numbers).map(NoteIn::Number));
    let mut best: Option<(usize, NoteIn, VelocityIn)> = None;
    for note in notes {
        if matches!(note, NoteIn::Number(_)) && !varies(names, |tokens| note_in(note, tokens).map(i64::from)) {
            continue;
        }
        let marked = layers(names).map_or(VelocityIn::Marked, VelocityIn::Layer);
        let places = (0..numbers).filter(|place| note != NoteIn::Number(*place)).map(VelocityIn::Number);
        // What the user says comes before what a bare number might mean.
        let said = given.map(VelocityIn::Given);
        for velocity in [marked, VelocityIn::Word].into_iter().chain(said).chain(places) {
            // A number that counts takes, or that all names have, is no velocity.
            if let VelocityIn::Number(place) = velocity {
                let small = names.iter().filter_map(|(tokens, _)| numbers_at(tokens, place)).all(|n| n <= LAYERS_MAX);
                if small || !varies(names, |tokens| numbers_at(tokens, place).map(i64::from)) {
                    continue;
                }
            }
            let read =
                |tokens: &[Token]| note_in(note, tokens).is_some() && velocity_in(&velocity, tokens, words).is_some();
            let count = names.iter().filter(|(tokens, _)| read(tokens)).count();
            if count > best.as_ref().map_or(0, |best| best.0) {
                best = Some((count, note, velocity));
            }
        }
    }
    best.map(|(_, note, velocity)| (note, velocity))
}

/// The layers, if the numbers behind `v` count them: all of 1, 2, … or 0, 1, …, and no more than
/// sixteen.
fn layers(names: &[(Vec<Token>, String)]) -> Option<BTreeSet<u32>> {
    let found: BTreeSet<_> = names.iter().filter_map(|(tokens, _)| marked(tokens)).collect();
    let (first, last) = (*found.first()?, *found.last()?);
    (first <= 1 && last <= LAYERS_MAX && found.len() as u32 == last - first + 1).then_some(found)
}

fn varies(names: &[(Vec<Token>, String)], value: impl Fn(&[Token]) -> Option<i64>) -> bool {
    names.len() == 1 || names.iter().filter_map(|(tokens, _)| value(tokens)).collect::<BTreeSet<_>>().len() > 1
}

fn numbers(tokens: &[Token]) -> impl Iterator<Item = u32> {
    tokens.iter().filter_map(|token| if let Token::Number(number) = token { Some(*number) } else { None })
}

fn numbers_at(tokens: &[Token], place: usize) -> Option<u32> {
    numbers(tokens).nth(place)
}

/// The only one, if there is just one.
fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    found.next().filter(|_| found.next().is_none())
}

fn marked(tokens: &[Token]) -> Option<u32> {
    only(tokens.iter().filter_map(|token| if let Token::Velocity(number) = token { Some(*number) } else { None }))
}

fn note_in(note: NoteIn, tokens: &[Token]) -> Option<i16> {
    match note {
        NoteIn::Name => {
            only(tokens.iter().filter_map(|token| if let Token::Note(midi) = token { Some(*midi) } else { None }))
        }
        NoteIn::Number(place) => {
            numbers_at(tokens, place).filter(|midi| (12..=120).contains(midi)).and_then(|midi| i16::try_from(midi).ok())
        }
    }
}

fn velocity_in(velocity: &VelocityIn, tokens: &[Token], words: &DynamicWords) -> Option<u8> {
    let bounded = |number| u8::try_from(number).ok().filter(|velocity| (1..=127).contains(velocity));
    match velocity {
        VelocityIn::Marked => marked(tokens).and_then(bounded),
        VelocityIn::Layer(layers) => {
            let layer = marked(tokens)?;
            Some(velocity_of_layer(layers.iter().position(|l| *l == layer)?, layers.len()))
        }
        VelocityIn::Word => only(tokens.iter().filter_map(|token| match token {
            Token::Dynamic(word) => words.velocity(word),
            _ => None,
        })),
        VelocityIn::Number(place) => numbers_at(tokens, *place).and_then(bounded),
        VelocityIn::Given(velocity) => Some(*velocity),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pattern that was found, keys and velocities, and the names that do not have it.
    type Found = (String, Vec<(i16, u8)>, Vec<String>);

    fn folder(names: &[&str], given: Option<u8>) -> Result<Found, String> {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let mut warnings = Vec::new();
        let prefix = format!("{}/", folder.path().display());
        let (claims, pattern) = read(folder.path(), &DynamicWords::default(), given, &mut warnings)
            .map_err(|error| error.to_string().replace(prefix.trim_end_matches('/'), "pack"))?;
        let left: Vec<_> = warnings.iter().map(|warning| warning.to_string().replace(&prefix, "")).collect();
        Ok((pattern.to_string(), claims.iter().map(|claim| (claim.midi[0], claim.velocity)).collect(), left))
    }

    #[test]
    fn each_usual_way_of_naming_is_found() {
        for (names, pattern, notes) in [
            (
                vec!["A3_mf.wav", "C4_ff.wav"],
                "<note name> <dynamic>, as in A3_mf.wav: MIDI 57, velocity 80",
                [(57, 80), (60, 112)],
            ),
            (
                vec!["a3ff.flac", "ab3pp.flac"],
                "<note name> <dynamic>, as in a3ff.flac: MIDI 57, velocity 112",
                [(57, 112), (56, 32)],
            ),
            (
                vec!["061-v78.aif", "062-v100.aif"],
                "<MIDI number, first number of the name> v<velocity>, as in 061-v78.aif: MIDI 61, velocity 78",
                [(61, 78), (62, 100)],
            ),
            (
                vec!["Wurli_C#4_vel090_rr1.wav", "Wurli_D4_vel020_rr1.wav"],
                "<note name> v<velocity>, as in Wurli_C#4_vel090_rr1.wav: MIDI 61, velocity 90",
                [(61, 90), (62, 20)],
            ),
            (
                vec!["200_60_127.wav", "200_62_20.wav"],
                "<MIDI number, second number of the name> <velocity, third number of the name>, as in 200_60_127.wav: MIDI 60, velocity 127",
                [(60, 127), (62, 20)],
            ),
            (
                vec!["A0v1.wav", "A0v2.wav"],
                "<note name> v<layer of 2>, as in A0v1.wav: MIDI 21, velocity 32",
                [(21, 32), (21, 95)],
            ),
        ] {
            let found = folder(&names, None).unwrap();
            assert_eq!((found.0.as_str(), found.1), (pattern, notes.to_vec()), "{names:?}");
            assert!(found.2.is_empty(), "{names:?}");
        }
    }

    #[test]
    fn a_folder_says_the_dynamic_of_files_that_do_not() {
        let names = ["Wurli/ff takes/A3.wav", "Wurli/pp takes/A3.wav", "Wurli/pp takes/B3 mf.wav", "Wurli/A3.wav"];
        let (pattern, notes, left) = folder(&names, None).unwrap();
        assert_eq!(notes, [(57, 112), (57, 32), (59, 80)]);
        assert_eq!(pattern, "<note name> <dynamic>, as in Wurli/ff takes/A3.wav: MIDI 57, velocity 112");
        assert_eq!(
            left,
            ["Wurli/A3.wav: left out: its name says no velocity, or more than one, in the way of the others"]
        );
    }

    #[test]
    fn names_that_differ_from_the_others_are_listed() {
        let names = ["A3_mf.wav", "B3_f.wav", "C4.wav", "C4 D4 f.wav", "room.wav", "D4_p.mp3"];
        let (_, notes, left) = folder(&names, None).unwrap();
        assert_eq!(notes, [(57, 80), (59, 96)]);
        assert_eq!(
            left,
            [
                "D4_p.mp3: left out: of a format that is not read; convert it to WAV, FLAC or AIFF",
                "C4 D4 f.wav: left out: its name says no note, or more than one, in the way of the others",
                "C4.wav: left out: its name says no velocity, or more than one, in the way of the others",
                "room.wav: left out: its name says no note, or more than one, in the way of the others",
            ]
        );
    }

    #[test]
    fn nothing_is_guessed_where_names_say_nothing() {
        let message = folder(&["A3.wav", "B3.wav"], None).unwrap_err();
        assert!(
            message.starts_with("pack: the names say notes but not how hard they were struck, as in A3.wav;"),
            "{message}"
        );
        // Are these layers or takes?
        assert!(folder(&["A3_1.wav", "A3_2.wav"], None).is_err());
        assert_eq!(folder(&["A3.wav", "B3.wav"], Some(90)).unwrap().1, [(57, 90), (59, 90)]);
        // Numbers that count the files are no velocities where another is given; what is marked as
        // one is.
        assert_eq!(folder(&["01 A3.wav", "34 B3.wav"], Some(90)).unwrap().1, [(57, 90), (59, 90)]);
        assert_eq!(folder(&["A3 v20.wav", "B3 v80.wav"], Some(90)).unwrap().1, [(57, 20), (59, 80)]);
        let message = folder(&["one.wav", "two.wav"], Some(90)).unwrap_err();
        assert!(message.starts_with("pack: the names do not say which notes they are, as in one.wav;"), "{message}");
        assert_eq!(folder(&["readme.txt"], None).unwrap_err(), "pack: it holds no WAV, FLAC or AIFF file");
    }
}
