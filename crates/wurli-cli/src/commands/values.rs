//! Arguments that several calls share: keys, other numbers and data folders.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use clap::Args;
use wurli_train::catalogue::{MIDI_MAX, MIDI_MIN};
use wurli_train::note_name::{note_name, parse_note};

use crate::import::named_keys;

/// Parses a key: a MIDI number or a note name such as C#4, Cis4 or Do#4, as import reads them.
pub(super) fn key(text: &str) -> Result<u8, String> {
    let range = format!("{MIDI_MIN}..={MIDI_MAX}");
    let number = text.parse::<i64>().ok();
    let named = named_keys(text);
    if let (None, None, [low, .., high]) = (number, parse_note(text), named.as_slice()) {
        let [low, high] = [low, high].map(|midi| u8::try_from(*midi).map_or_else(|_| midi.to_string(), note_name));
        return Err(format!("{text:?} is {low} or {high}, by language; give one of these"));
    }
    let midi = number.or_else(|| parse_note(text).map(i64::from)).or_else(|| named.first().copied().map(i64::from));
    let midi = midi.ok_or_else(|| {
        let (lowest, highest) = (note_name(MIDI_MIN), note_name(MIDI_MAX));
        format!("{text:?} is neither a MIDI number in {range} nor a note such as C4, from {lowest} to {highest}")
    })?;
    let in_range = u8::try_from(midi).ok().filter(|midi| (MIDI_MIN..=MIDI_MAX).contains(midi));
    in_range.ok_or_else(|| format!("{text} is not in {range}"))
}

/// Returns a parser of whole numbers. `fix` tells what to give instead of anything else.
pub(super) fn whole_number<T: TryFrom<u64>>(
    bounds: RangeInclusive<u64>,
    fix: &'static str,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let range = format!("{}..={}; {fix}", bounds.start(), bounds.end());
        let number = text.parse::<i128>().map_err(|_| format!("{text:?} is not a whole number in {range}"))?;
        let within = u64::try_from(number).ok().filter(|number| bounds.contains(number));
        within.and_then(|number| T::try_from(number).ok()).ok_or_else(|| format!("{text} is not in {range}"))
    }
}

/// Parses a velocity.
pub(super) fn velocity(text: &str) -> Result<u8, String> {
    whole_number(1..=127, "give a number such as 80 for mf")(text)
}

/// The data folder.
#[derive(Args)]
pub(crate) struct DataFolder {
    /// The data folder, as --data
    #[arg(value_name = "FOLDER", conflicts_with = "data")]
    folder: Option<PathBuf>,
    /// The data folder: recordings, and recordings.toml if there is one
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
}

impl DataFolder {
    /// Returns its path.
    pub(crate) fn path(&self) -> &Path {
        self.folder.as_ref().unwrap_or(&self.data)
    }
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn a_key_is_a_number_or_a_name() {
        for (text, midi) in [
            ("60", 60),
            ("C4", 60),
            ("c#4", 61),
            ("Db4", 61),
            ("21", 21),
            ("A0", 21),
            ("C8", 108),
            ("c\u{266f}4", 61),
            ("H3", 59),
            ("B3", 59),
            ("Es4", 63),
            ("Cis4", 61),
            ("Sib3", 58),
        ] {
            assert_eq!(key(text), Ok(midi), "{text}");
        }
        for (text, message) in [
            ("20", "20 is not in 21..=108"),
            ("C9", "C9 is not in 21..=108"),
            ("-1", "-1 is not in 21..=108"),
            ("X4", "\"X4\" is neither a MIDI number in 21..=108 nor a note such as C4, from A0 to C8"),
            ("As4", "\"As4\" is G#4 or A#4, by language; give one of these"),
        ] {
            assert_eq!(key(text), Err(message.to_owned()), "{text}");
        }
    }
}
