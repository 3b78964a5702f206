//! `OldBassMan`'s thirteen files: recognised by name, with the velocity and source that are known.
//!
//! Their names are an octave too high, and some a semitone too low besides: their keys are those
//! that sound.

use super::file_name::stem;
use super::{Kind, Source};

/// `id` of their source.
pub(super) const SOURCE_ID: &str = "obm";

/// All were played mezzo-forte.
const VELOCITY: u8 = 80;

/// File names without extension.
const FILES: [&str; 13] = [
    "87994__oldbassman__d3",
    "87998__oldbassman__f3",
    "87988__oldbassman__a3",
    "87995__oldbassman__d4",
    "87999__oldbassman__f4",
    "87989__oldbassman__a4",
    "87992__oldbassman__d5",
    "87993__oldbassman__f5",
    "87990__oldbassman__a5",
    "87996__oldbassman__d6",
    "88000__oldbassman__f6",
    "87991__oldbassman__a6",
    "87997__oldbassman__d7",
];

/// Returns the content of a file that is one of them, in whatever folder and audio format.
pub(super) fn kind(file: &str) -> Option<Kind> {
    let is_one = FILES.iter().any(|name| stem(file).eq_ignore_ascii_case(name));
    is_one.then_some(Kind::Unlabelled { velocity: VELOCITY })
}

/// Returns the velocity of a file that is one of them.
#[must_use]
pub fn velocity(file: &str) -> Option<u8> {
    kind(file).map(|_| VELOCITY)
}

/// Returns their source.
#[must_use]
pub fn source() -> Source {
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
    use super::kind;
    use crate::catalogue::Kind;

    #[test]
    fn a_file_is_recognised_in_any_folder_and_format() {
        let note = Some(Kind::Unlabelled { velocity: 80 });
        for file in ["87988__oldbassman__a3.wav", "obm/87988__oldbassman__a3.FLAC", "obm/x/87988__OldBassMan__a3.aiff"]
        {
            assert_eq!(kind(file), note, "{file}");
        }
        for file in ["oldbassman__a3.wav", "87988__oldbassman__a3/C4_v80.wav", "87988__oldbassman__a3 (1).wav"] {
            assert_eq!(kind(file), None, "{file}");
        }
    }
}
