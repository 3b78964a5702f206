//! A folder of recordings whose names give note and dynamic.
//!
//! Names are read alike or not at all: a reading is chosen for the folder as a whole. Where names
//! allow several, all are returned, and the sound decides (`crate::import::pitch`).

use std::collections::BTreeMap;
use std::path::Path;

pub(crate) mod file;
mod mapping;
pub(crate) mod naming;
pub(crate) mod not_struck;
#[cfg(test)]
mod of_folders;
mod pattern;
mod quantity;
pub(crate) mod tokens;
mod velocity;

use self::file::NamedFile;
use self::mapping::Mapping;
use self::naming::Naming;
use self::pattern::NoteIn;
pub use self::pattern::Pattern;
use self::velocity::{Given, VelocityIn, counts_layers, differing_quantities};
use crate::import::error::ImportError;
use crate::import::warning::ImportWarning;
use crate::import::{Claim, ImportOptions};
use wurli_train::audio::{FileType, Format};
use wurli_train::catalogue::{MIDI_MAX, MIDI_MIN, obm, scan};

/// One way to read the names of a folder.
pub(super) struct Reading {
    /// Its pattern.
    pub(super) pattern: Pattern,
    /// Notes and velocities of the files that it reads.
    pub(super) claims: Vec<Claim>,
    /// The files that it does not read, or leaves to their sound.
    pub(super) left_out: Vec<ImportWarning>,
}

/// Reads the names of a folder: all readings, the one that reads most files first.
pub(super) fn read(
    folder: &Path,
    options: &ImportOptions,
    warnings: &mut Vec<ImportWarning>,
) -> Result<Vec<Reading>, ImportError> {
    let scan = scan::audio_files(folder)?;
    warnings.extend(scan.problems.iter().map(|problem| ImportWarning::Unreadable { problem: problem.to_string() }));
    let mut keys = Vec::new();
    for file in scan.files {
        if file.is_read {
            keys.push(file.key);
        } else {
            let path = folder.join(&file.key);
            let why = if scan::is_partial(&file.key) {
                "its download has not ended; download it again".to_owned()
            } else {
                let what = match FileType::read(&path) {
                    Ok(FileType::Unreadable(name)) => format!("it is {name}, which"),
                    _ => "of a format that".to_owned(),
                };
                format!("{what} is not read; convert it to {}", Format::NAMES)
            };
            warnings.push(ImportWarning::File { path, why });
        }
    }
    let recordings = keys.len();
    not_struck::leave_out(folder, &mut keys, warnings);
    if keys.is_empty() && recordings > 0 {
        let why = format!("none of its {recordings} recordings is a struck note by its name");
        return Err(ImportError::Nothing { path: folder.into(), why });
    }
    let known = known_by_name(folder, &mut keys);
    if let (true, Some(pattern)) = (keys.is_empty(), known.first().map(Pattern::of_known)) {
        return Ok(vec![Reading { pattern, claims: known, left_out: Vec::new() }]);
    }
    let nothing = |why: String| ImportError::Nothing { path: folder.into(), why };
    if keys.is_empty() {
        return Err(nothing(format!("it holds no {} file", Format::READ)));
    }
    let given = Given { velocity: options.velocity, layers: &options.layers };
    let mut found: Vec<(usize, NoteIn, VelocityIn, Vec<NamedFile>)> = Vec::new();
    let mut notes = 0;
    for naming in Naming::ALL {
        let files = NamedFile::all(&keys, naming, &options.words);
        let numbers = files.iter().map(|file| file.numbers.len()).max().unwrap_or(0).min(8);
        // Numbers mean the same in every language.
        let others = std::iter::once(NoteIn::Key).chain((0..numbers).map(NoteIn::Number));
        let mapping = Mapping::find(&files);
        let is_root = |note: &NoteIn| {
            mapping.is_none_or(|mapping| matches!(note, NoteIn::Number(place) if *place == mapping.root()))
        };
        let others = others.filter(|note| naming == Naming::English && is_root(note));
        for note in std::iter::once(NoteIn::Name(naming)).chain(others) {
            let key = |file: &NamedFile| note_in(note, file);
            if matches!(note, NoteIn::Name(_) | NoteIn::Key) {
                notes += files.iter().filter(|file| key(file).is_some()).count();
            }
            let count = |velocity: &VelocityIn| {
                files.iter().filter(|file| key(file).is_some() && velocity.read(file).is_some()).count()
            };
            let mut best: Option<(usize, VelocityIn)> = None;
            for velocity in VelocityIn::candidates(&files, &key, &given, mapping) {
                let count = count(&velocity);
                if count > best.as_ref().map_or(0, |best| best.0) {
                    best = Some((count, velocity));
                }
            }
            found.extend(best.map(|(count, velocity)| (count, note, velocity, files.clone())));
        }
    }
    // Stable: of readings with as many files, the most explicit comes first.
    found.sort_by_key(|(count, ..)| std::cmp::Reverse(*count));
    let first = keys.first().map_or("", String::as_str);
    if found.is_empty() {
        return Err(nothing(no_reading(first, notes > 0, &NamedFile::all(&keys, Naming::English, &options.words))));
    }
    let mut readings: Vec<Reading> = Vec::new();
    for (_, note, velocity, files) in found {
        let mut reading = reading(folder, note, velocity, &files);
        reading.claims.extend(known.iter().cloned());
        // Languages differ in some names only.
        if readings.iter().all(|known| known.claims != reading.claims) {
            readings.push(reading);
        }
    }
    if let Some(mixed) = mixed(&readings) {
        // Behind all that read as many names.
        let place = readings.partition_point(|reading| reading.claims.len() >= mixed.claims.len());
        readings.insert(place, mixed);
    }
    Ok(readings)
}

/// Returns the first reading with the notes of all languages, where these differ: `B3` is B flat in
/// German names. The sound decides for each file.
fn mixed(readings: &[Reading]) -> Option<Reading> {
    let named = readings.iter().filter(|reading| matches!(reading.pattern.note, NoteIn::Name(_)));
    let mut notes: BTreeMap<(&Path, u8), Vec<i16>> = BTreeMap::new();
    for claim in named.flat_map(|reading| &reading.claims) {
        let known = notes.entry((&claim.path, claim.velocity)).or_default();
        let new: Vec<i16> = claim.midi.iter().copied().filter(|midi| !known.contains(midi)).collect();
        known.extend(new);
    }
    let first = readings.first().filter(|first| matches!(first.pattern.note, NoteIn::Name(_)))?;
    let mut left_out = first.left_out.clone();
    let claims: Vec<Claim> = first
        .claims
        .iter()
        .map(|claim| {
            let midi = notes.get(&(claim.path.as_path(), claim.velocity)).unwrap_or(&claim.midi).clone();
            if let [first, second, ..] = midi.as_slice() {
                let finding = format!(
                    "its name is MIDI {first} or {second}, by language; the sound decides, as names of the folder mix languages"
                );
                left_out.push(ImportWarning::Recording { path: claim.path.clone(), finding });
            }
            Claim { midi, ..claim.clone() }
        })
        .collect();
    let differs = claims.iter().any(|claim| claim.midi.len() > 1);
    differs.then(|| Reading { pattern: first.pattern.clone(), claims, left_out })
}

/// Takes the files of a known pack out of `keys`.
fn known_by_name(folder: &Path, keys: &mut Vec<String>) -> Vec<Claim> {
    let known = |key: &String| {
        let velocity = obm::velocity(key)?;
        Some(Claim { path: folder.join(key), cut: None, midi: Vec::new(), velocity })
    };
    let claims = keys.iter().filter_map(known).collect();
    keys.retain(|key| obm::velocity(key).is_none());
    claims
}

fn no_reading(first: &str, has_notes: bool, files: &[NamedFile]) -> String {
    let is_note = |number: &u32| (u32::from(MIDI_MIN)..=u32::from(MIDI_MAX)).contains(number);
    let numbered = files.iter().all(|file| file.numbers.iter().any(is_note));
    if !has_notes && !numbered {
        return format!(
            "the names do not say which notes they are, as in {first}; name the files as in A3_mf.wav or 057_v78.wav (note names: {})",
            Naming::EXAMPLES
        );
    }
    let quantity = differing_quantities(files).find_map(|(_, values)| Some((*values.first()?, values.len())));
    let layers = match quantity {
        Some((first, count)) => format!(
            "; numbers with a sign, decimals or a unit, such as {}, are no velocities: --layers gives their {count} dynamics from the \
             lowest number to the highest, as in p,mf,ff",
            first as f64 / 1000.0
        ),
        None if files.iter().any(|file| !file.percents.is_empty()) => {
            "; percentages are read if they differ and all are within 1-100 %".to_owned()
        }
        None if counts_layers(files) => {
            ", or --layers p,mf,ff if the last number counts layers from soft to hard".to_owned()
        }
        None => String::new(),
    };
    format!(
        "the names say notes but not how hard they were struck, as in {first}; name the files as in A3_mf.wav or A3_v78.wav, or give \
         --velocity if all were struck alike, or explain words as in --dynamics word=90{layers}"
    )
}

fn reading(folder: &Path, note: NoteIn, velocity: VelocityIn, files: &[NamedFile]) -> Reading {
    let mut claims = Vec::new();
    let mut left_out = Vec::new();
    let mut example = None;
    for file in files {
        let path = folder.join(&file.key);
        match (note_in(note, file), velocity.read(file)) {
            (Some(midi), Some(velocity)) => {
                example.get_or_insert((file.key.clone(), midi, velocity));
                claims.push(Claim::note(path, midi, velocity));
            }
            (midi, _) => {
                let (what, fix) = match midi {
                    None => ("note", format!("name it as in A3_mf.wav (note names: {})", Naming::EXAMPLES)),
                    Some(_) => (
                        "velocity",
                        "name it as in A3_mf.wav or A3_v78.wav, or explain its word with --dynamics".into(),
                    ),
                };
                let why = format!("its name says no {what}, or more than one, in the way of the others; {fix}");
                left_out.push(ImportWarning::File { path, why });
            }
        }
    }
    let example = example.unwrap_or_default();
    Reading { pattern: Pattern { note, velocity, example }, claims, left_out }
}

fn note_in(note: NoteIn, file: &NamedFile) -> Option<i16> {
    let key = |number: u32| i16::try_from(number).ok().filter(|midi| (12..=120).contains(midi));
    match note {
        NoteIn::Name(_) => only(&file.notes),
        NoteIn::Key => only(&file.keys).and_then(key),
        NoteIn::Number(place) => file.number(place).and_then(key),
        NoteIn::Sound => None,
    }
}

/// Returns the only element, if there is exactly one.
fn only<T: Copy>(found: &[T]) -> Option<T> {
    if let [one] = found { Some(*one) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_NOTE: &str = "its name says no note, or more than one, in the way of the others; name it as in A3_mf.wav (note names: A3, \
                           c#4, Db4, Fs2, Cis4, Es4, H3, Bes3, Do4, Sib3 or a MIDI number (057))";
    const NO_VELOCITY: &str = "its name says no velocity, or more than one, in the way of the others; name it as in A3_mf.wav or \
                               A3_v78.wav, or explain its word with --dynamics";

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
        let options = ImportOptions { velocity: given, ..ImportOptions::default() };
        let readings = read(folder.path(), &options, &mut warnings)
            .map_err(|error| error.to_string().replace(prefix.trim_end_matches('/'), "pack"))?;
        let Reading { pattern, claims, left_out } = readings.into_iter().next().unwrap();
        warnings.extend(left_out);
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
        assert_eq!(left, [format!("Wurli/A3.wav: left out: {NO_VELOCITY}")]);
    }

    #[test]
    fn names_that_differ_from_the_others_are_listed() {
        let names = ["A3_mf.wav", "B3_f.wav", "C4.wav", "C4 D4 f.wav", "room.wav", "D4_p.mp3"];
        let (_, notes, left) = folder(&names, None).unwrap();
        assert_eq!(notes, [(57, 80), (59, 96)]);
        assert_eq!(
            left,
            [
                "D4_p.mp3: left out: of a format that is not read; convert it to WAV, FLAC or AIFF".to_owned(),
                format!("C4 D4 f.wav: left out: {NO_NOTE}"),
                format!("C4.wav: left out: {NO_VELOCITY}"),
                format!("room.wav: left out: {NO_NOTE}"),
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
        assert_eq!(
            folder(&["readme.txt"], None).unwrap_err(),
            "pack: it holds no WAV, FLAC, AIFF, AU, CAF or Wave64 file"
        );
    }
}
