//! Note names of four languages: English, German, Dutch, and the syllables of Romance languages.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Language of note names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Naming {
    /// `C#4`, `Db4`, `Cs4`, `Eflat2`; B is a semitone below C.
    English,
    /// `Cis4`, `Des4`, `Es4`, `As4`; H is a semitone below C, B two.
    German,
    /// `Cis4`, `Des4`, `Es4`, `As4`; B is a semitone below C, Bes two.
    Dutch,
    /// `Do4`, `Reb4`, `Fa#4`, `Si4`.
    Syllables,
}

impl Naming {
    /// All languages, the most common first.
    pub(crate) const ALL: [Self; 4] = [Self::English, Self::German, Self::Dutch, Self::Syllables];

    /// Examples, for messages.
    pub(crate) const EXAMPLES: &str = "A3, c#4, Db4, Fs2, Cis4, Es4, H3, Bes3, Do4, Sib3 or a MIDI number (057)";

    /// Splits a note name with its octave off the beginning of `text`; the note is a MIDI number
    /// with C4 = 60.
    pub(crate) fn split(self, text: &str) -> Option<(i16, &str)> {
        self.names().iter().find_map(|(name, semitone)| {
            let after = strip(text, name)?;
            self.signs(name).iter().find_map(|(sign, raised)| {
                let (octave, rest) = octave(strip(after, sign)?)?;
                // Some write the sign behind the octave: `A3#`.
                let behind = rest.strip_prefix('#').filter(|_| sign.is_empty());
                let (raised, rest) = behind.map_or((*raised, rest), |rest| (1, rest));
                let midi = 12 * (octave + 1) + semitone + raised;
                // C-1 is the lowest note of MIDI, unless middle C is C3.
                (octave < -1 || (0..=127).contains(&midi)).then_some((midi, rest))
            })
        })
    }

    fn names(self) -> &'static [(&'static str, i16)] {
        match self {
            Self::English | Self::Dutch => &[("c", 0), ("d", 2), ("e", 4), ("f", 5), ("g", 7), ("a", 9), ("b", 11)],
            Self::German => &[("c", 0), ("d", 2), ("e", 4), ("f", 5), ("g", 7), ("a", 9), ("b", 10), ("h", 11)],
            Self::Syllables => {
                &[("do", 0), ("ut", 0), ("re", 2), ("mi", 4), ("fa", 5), ("sol", 7), ("la", 9), ("si", 11), ("ti", 11)]
            }
        }
    }

    fn signs(self, name: &str) -> &'static [(&'static str, i16)] {
        match (self, name) {
            // `s`, `sharp` and `flat` replace signs that some systems do not allow in file names.
            (Self::English, _) => &[("sharp", 1), ("flat", -1), ("#", 1), ("s", 1), ("b", -1), ("", 0)],
            // `Bb` beside `H` is B flat.
            (Self::German, "b") => &[("b", 0), ("", 0)],
            // Swedish doubles the s.
            (Self::German | Self::Dutch, "e" | "a") => {
                &[("iss", 1), ("is", 1), ("ess", -1), ("es", -1), ("ss", -1), ("s", -1), ("#", 1), ("b", -1), ("", 0)]
            }
            (Self::German | Self::Dutch, _) => {
                &[("iss", 1), ("is", 1), ("ess", -1), ("es", -1), ("#", 1), ("b", -1), ("", 0)]
            }
            (Self::Syllables, _) => &[
                ("diesis", 1),
                ("diese", 1),
                ("sostenido", 1),
                ("bemolle", -1),
                ("bemol", -1),
                ("#", 1),
                ("b", -1),
                ("", 0),
            ],
        }
    }
}

impl fmt::Display for Naming {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::English => "note name",
            Self::German => "German note name",
            Self::Dutch => "Dutch note name",
            Self::Syllables => "note name, Do Re Mi",
        })
    }
}

/// Returns a name for comparisons: without accents, however they are encoded, and with `#` and `b`
/// for ♯ and ♭. `Ré♭4` becomes `Reb4`, `Dämpfer` becomes `Dampfer`.
pub(crate) fn normalised(text: &str) -> String {
    let plain = |c| match c {
        '♯' | '＃' => '#',
        '♭' => 'b',
        c => c,
    };
    // macOS stores accents apart from their letters, others do not.
    text.nfd().filter(|c| !is_combining_mark(*c)).map(plain).nfc().collect()
}

/// Returns the MIDI notes that a note name stands for, by language. E and B have no sharps: `Es4`
/// is E flat alone.
pub(crate) fn named_keys(name: &str) -> Vec<i16> {
    let name = normalised(name);
    let is_sharp_natural = name.starts_with(['E', 'e', 'B', 'b']) && name[1..].starts_with(['s', 'S']);
    let languages = Naming::ALL.into_iter().filter(|naming| !(is_sharp_natural && *naming == Naming::English));
    let readings = languages.filter_map(|naming| naming.split(&name)).filter(|(_, rest)| rest.is_empty());
    let mut keys: Vec<i16> = readings.map(|(midi, _)| midi).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn strip<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.get(..start.len()).filter(|found| found.eq_ignore_ascii_case(start)).and_then(|_| text.get(start.len()..))
}

/// Splits an octave from -1 to 9 off; `C10` is no note, and `A200` an instrument.
///
/// No piano has an octave below -1, so that `C-3`, as trackers write, is C3.
fn octave(text: &str) -> Option<(i16, &str)> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let digit = digits.chars().next()?.to_digit(10)?;
    let rest = digits.get(1..).filter(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))?;
    let octave = sign * i16::try_from(digit).ok()?;
    Some((if octave < -1 { -octave } else { octave }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_reads_its_own_names() {
        for (naming, name, midi) in [
            (Naming::English, "C#4", Some(61)),
            (Naming::English, "As4", Some(70)),
            (Naming::English, "Eflat2", Some(39)),
            (Naming::English, "B3", Some(59)),
            (Naming::English, "H3", None),
            (Naming::English, "A3#", Some(58)),
            (Naming::English, "A-2", Some(45)),
            (Naming::English, "A-1", Some(9)),
            (Naming::English, "C-3", Some(48)),
            (Naming::English, "C10", None),
            (Naming::German, "Cis4", Some(61)),
            (Naming::German, "As4", Some(68)),
            (Naming::German, "Es4", Some(63)),
            (Naming::German, "des4", Some(61)),
            (Naming::German, "B3", Some(58)),
            (Naming::German, "H3", Some(59)),
            (Naming::German, "Bb3", Some(58)),
            (Naming::German, "Hes3", Some(58)),
            (Naming::German, "Fiss3", Some(54)),
            (Naming::Dutch, "B3", Some(59)),
            (Naming::Dutch, "Bes3", Some(58)),
            (Naming::Dutch, "Ais3", Some(58)),
            (Naming::Dutch, "As3", Some(56)),
            (Naming::Dutch, "H3", None),
            (Naming::Syllables, "Do4", Some(60)),
            (Naming::Syllables, "Fasostenido2", Some(42)),
            (Naming::Syllables, "SIB3", Some(58)),
            (Naming::Syllables, "sol#2", Some(44)),
            (Naming::Syllables, "Rebemol4", Some(61)),
            (Naming::Syllables, "D4", None),
        ] {
            let found = naming.split(name);
            assert_eq!(found.map(|(midi, rest)| (midi, rest.is_empty())), midi.map(|midi| (midi, true)), "{name}");
        }
        for (name, plain) in [
            ("Ré♭4 C♯3 Re\u{301}2 Fá1", "Reb4 C#3 Re2 Fa1"),
            ("Dämpfer Da\u{308}mpfer", "Dampfer Dampfer"),
            ("отпускание リリース 音", "отпускание リリース 音"),
        ] {
            assert_eq!(normalised(name), plain);
        }
    }
}
