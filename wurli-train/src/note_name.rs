//! Note names. C4 is MIDI 60.

/// Semitones above C of the letters A to G.
const SEMITONES: [i16; 7] = [9, 11, 0, 2, 4, 5, 7];

/// Returns the name of a MIDI note, with sharps: 61 is `C#4`, 0 is `C-1`.
#[must_use]
pub fn note_name(midi: u8) -> String {
    const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
    let octave = i16::from(midi / 12) - 1;
    let name = NAMES.get(usize::from(midi % 12)).copied().unwrap_or_default();
    format!("{name}{octave}")
}

/// Parses a note name or number, such as `C#4`, `Db4`, `a4`, `61` or `061`. `None` outside 0..=127.
#[must_use]
pub fn parse_note(name: &str) -> Option<u8> {
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
        return name.parse().ok().filter(|&midi| midi <= 127);
    }
    let (&letter, rest) = name.as_bytes().split_first()?;
    let letter = letter.to_ascii_uppercase().checked_sub(b'A')?;
    let semitone = SEMITONES.get(usize::from(letter))?;
    let (accidental, octave) = match rest.split_first()? {
        (b'#', octave) => (1, octave),
        (b'b', octave) => (-1, octave),
        _ => (0, rest),
    };
    let octave = match octave {
        b"-1" => -1,
        [digit @ b'0'..=b'9'] => i16::from(digit - b'0'),
        _ => return None,
    };
    u8::try_from((octave + 1) * 12 + semitone + accidental).ok().filter(|&midi| midi <= 127)
}

#[cfg(test)]
mod tests {
    use crate::note_name::{note_name, parse_note};

    #[test]
    fn names_and_numbers_round_trip() {
        for midi in 0..=127 {
            assert_eq!(parse_note(&note_name(midi)), Some(midi));
            assert_eq!(parse_note(&midi.to_string()), Some(midi));
            assert_eq!(parse_note(&format!("{midi:03}")), Some(midi));
        }
    }

    #[test]
    fn names_notes_with_sharps() {
        for (midi, name) in [(0, "C-1"), (21, "A0"), (33, "A1"), (60, "C4"), (61, "C#4"), (96, "C7"), (255, "D#20")] {
            assert_eq!(note_name(midi), name);
        }
    }

    #[test]
    fn parses_flats_sharps_and_either_case() {
        for (name, midi) in [
            ("Db4", 61),
            ("db4", 61),
            ("c#4", 61),
            ("a4", 69),
            ("Ab3", 56),
            ("bb3", 58),
            ("b3", 59),
            ("Cb4", 59),
            ("B#3", 60),
        ] {
            assert_eq!(parse_note(name), Some(midi), "{name}");
        }
    }

    #[test]
    fn rejects_everything_else() {
        for name in [
            "", "C", "#4", "H4", "C4x", "C##4", "C#", "Cb", "C-2", "C10", "C+4", "C 4", "G#9", "Cb-1", "128", "1e1",
            "ß4", "Cß", "4C",
        ] {
            assert_eq!(parse_note(name), None, "{name}");
        }
    }
}
