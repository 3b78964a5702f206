//! Note and velocity from the name of a file that is not listed.

use std::ops::RangeInclusive;
use std::path::Path;

use super::scan::ScannedFile;
use super::{CatalogueError, Kind, MIDI_MAX, MIDI_MIN, VELOCITY_MAX, VELOCITY_MIN};
use crate::note_name::parse_note;

/// The naming pattern, for messages.
pub(super) const PATTERN: &str = "<note>_v<velocity>.wav, as in C#4_v78.wav or 061_v78.wav";

/// Returns the file name without folders and extension.
pub(super) fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Parses note and velocity from a file name.
pub(super) fn kind(folder: &Path, file: &ScannedFile) -> Result<Kind, CatalogueError> {
    let path = || folder.join(&file.key);
    if !file.is_read {
        return Err(CatalogueError::UnreadFormat { path: path() });
    }
    let unnamed = || CatalogueError::Name { path: path() };
    let (note, velocity) = split_velocity(stem(&file.key)).ok_or_else(unnamed)?;
    let bounded = |key, text: &str, number: Option<u8>, range: RangeInclusive<u8>| {
        number.filter(|number| range.contains(number)).ok_or_else(|| CatalogueError::NameOutOfRange {
            path: path(),
            key,
            value: text.into(),
            min: *range.start(),
            max: *range.end(),
        })
    };
    let midi = parse_note(note);
    if !is_number(velocity) || (midi.is_none() && !is_number(note)) {
        return Err(unnamed());
    }
    Ok(Kind::Note {
        midi: bounded("midi", &midi.map_or(note.into(), |midi| midi.to_string()), midi, MIDI_MIN..=MIDI_MAX)?,
        velocity: bounded("velocity", velocity, velocity.parse().ok(), VELOCITY_MIN..=VELOCITY_MAX)?,
    })
}

/// Splits at the last `_v` or `_V`.
fn split_velocity(stem: &str) -> Option<(&str, &str)> {
    let (before, velocity) = stem.rsplit_once(['v', 'V'])?;
    Some((before.strip_suffix('_')?, velocity))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::kind;
    use crate::catalogue::Kind;
    use crate::catalogue::scan::{ScannedFile, is_read};

    fn named(file: &str) -> Result<Kind, String> {
        let scanned = ScannedFile { key: file.into(), is_read: is_read(file) };
        kind(Path::new("data"), &scanned).map_err(|error| error.to_string())
    }

    #[test]
    fn note_and_velocity_stand_in_the_name() {
        for (file, midi, velocity) in [
            ("C#4_v78.wav", 61, 78),
            ("Db4_v078.flac", 61, 78),
            ("take 2/a4_v127.AIFF", 69, 127),
            ("Ab3_v1.aif", 56, 1),
            ("061_v78.wav", 61, 78),
            ("21_v78.WAV", 21, 78),
            ("A1_V78.WAV", 33, 78),
            ("108_v78.wav", 108, 78),
        ] {
            assert_eq!(named(file), Ok(Kind::Note { midi, velocity }), "{file}");
        }
    }

    #[test]
    fn every_other_name_is_an_error_that_says_why() {
        let unnamed = |file| {
            format!(
                "data/{file} is not listed in recordings.toml and its name does not say its note; list it, name it \
                 <note>_v<velocity>.wav, as in C#4_v78.wav or 061_v78.wav, or have `wurli-train import` read the folder as it is"
            )
        };
        for file in
            ["piano.wav", "C4.wav", "_v78.wav", "C4_v.wav", "C4_vff.wav", "C4_v-1.wav", "C4_v78 (1).wav", "H4_v78.wav"]
        {
            assert_eq!(named(file), Err(unnamed(file)));
        }
        for (file, message) in [
            ("C4_v0.wav", "data/C4_v0.wav: velocity 0 in its name is outside 1..=127"),
            ("C4_v128.wav", "data/C4_v128.wav: velocity 128 in its name is outside 1..=127"),
            ("C4_v99999.wav", "data/C4_v99999.wav: velocity 99999 in its name is outside 1..=127"),
            ("G#0_v78.wav", "data/G#0_v78.wav: midi 20 in its name is outside 21..=108"),
            ("109_v78.wav", "data/109_v78.wav: midi 109 in its name is outside 21..=108"),
            ("999_v78.wav", "data/999_v78.wav: midi 999 in its name is outside 21..=108"),
            ("C4_v78.mp3", "data/C4_v78.mp3 is of a format that is not read; convert it to WAV, FLAC or AIFF"),
        ] {
            assert_eq!(named(file), Err(message.into()));
        }
    }
}
