//! The thirteen OBM files: known by name, with the pitches that were measured.

use super::file_name::stem;
use super::{Kind, Source};

/// `id` of their source.
pub(super) const SOURCE_ID: &str = "obm";

/// All were played mezzo-forte.
const VELOCITY: u8 = 80;

/// Name and MIDI note, from the measured fundamental. Those labelled A and F sound a semitone above
/// their label.
const FILES: [(&str, u8); 13] = [
    ("87994__oldbassman__d3", 50),
    ("87998__oldbassman__f3", 54),
    ("87988__oldbassman__a3", 58),
    ("87995__oldbassman__d4", 62),
    ("87999__oldbassman__f4", 66),
    ("87989__oldbassman__a4", 70),
    ("87992__oldbassman__d5", 74),
    ("87993__oldbassman__f5", 78),
    ("87990__oldbassman__a5", 82),
    ("87996__oldbassman__d6", 86),
    ("88000__oldbassman__f6", 90),
    ("87991__oldbassman__a6", 94),
    ("87997__oldbassman__d7", 98),
];

/// What that file is, if it is one of them, in whatever folder and audio format.
pub(super) fn kind(file: &str) -> Option<Kind> {
    let (_, midi) = FILES.iter().find(|(name, _)| stem(file).eq_ignore_ascii_case(name))?;
    Some(Kind::Note { midi: *midi, velocity: VELOCITY })
}

/// Whose they are.
pub(super) fn source() -> Source {
    Source {
        id: SOURCE_ID.into(),
        title: "Wurlitzer 200a".into(),
        author: "OldBassMan".into(),
        licence: "CC-BY-4.0".into(),
        address: "freesound.org, pack 5726".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{FILES, kind};
    use crate::catalogue::Kind;
    use crate::note_name::parse_note;

    #[test]
    fn the_true_pitch_is_the_label_or_for_a_and_f_a_semitone_above() {
        for (name, midi) in FILES {
            let label = name.rsplit('_').next().unwrap();
            let above = u8::from(label.starts_with(['a', 'f']));
            assert_eq!(parse_note(label).unwrap() + above, midi, "{name}");
        }
    }

    #[test]
    fn a_file_is_known_in_any_folder_and_format() {
        let note = Some(Kind::Note { midi: 58, velocity: 80 });
        for file in ["87988__oldbassman__a3.wav", "obm/87988__oldbassman__a3.FLAC", "obm/x/87988__OldBassMan__a3.aiff"]
        {
            assert_eq!(kind(file), note, "{file}");
        }
        for file in ["oldbassman__a3.wav", "87988__oldbassman__a3/C4_v80.wav", "87988__oldbassman__a3 (1).wav"] {
            assert_eq!(kind(file), None, "{file}");
        }
    }
}
