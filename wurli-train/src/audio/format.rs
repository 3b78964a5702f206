//! Which format a file's first bytes name.

use std::fmt;

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RIFF/WAVE: 8 to 32-bit integers, 32 and 64-bit floats.
    Wav,
    /// FLAC in its native container.
    Flac,
    /// AIFF, or AIFF-C without compression.
    Aiff,
}

impl Format {
    /// Every format, for messages.
    pub const NAMES: &str = "WAV, FLAC or AIFF";

    /// The extensions of the files that are read, in lower case.
    pub const EXTENSIONS: [&str; 4] = ["wav", "flac", "aif", "aiff"];

    /// The format that the first twelve bytes name; an extension may lie, they do not.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match (bytes.get(..4)?, bytes.get(8..12)) {
            (b"RIFF", Some(b"WAVE")) => Some(Self::Wav),
            (b"FORM", Some(b"AIFF" | b"AIFC")) => Some(Self::Aiff),
            // Cut within the twelve bytes: "cut short" says more than "unknown".
            (b"RIFF", None) => Some(Self::Wav),
            (b"FORM", None) => Some(Self::Aiff),
            (b"fLaC", _) => Some(Self::Flac),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Wav => "WAV",
            Self::Flac => "FLAC",
            Self::Aiff => "AIFF",
        })
    }
}

/// The first four bytes as a quoted string: `"OggS"`, `"ID3\x03"`.
pub(super) fn printable_start(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.get(..4).unwrap_or(bytes).escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::{Format, printable_start};

    #[test]
    fn the_first_bytes_decide() {
        for (bytes, format) in [
            (&b"RIFF\x24\0\0\0WAVEfmt "[..], Some(Format::Wav)),
            (b"RIFF\x24\0\0\0AVI LIST", None),
            (b"RIFF", Some(Format::Wav)),
            (b"RIFF\x24\0\0\0WAV", Some(Format::Wav)),
            (b"FORM\0\0\0\x24AIFFCOMM", Some(Format::Aiff)),
            (b"FORM\0\0\0\x24AIFCFVER", Some(Format::Aiff)),
            (b"FORM\0\0\0\x248SVXVHDR", None),
            (b"FORM", Some(Format::Aiff)),
            (b"fLaC", Some(Format::Flac)),
            (b"fLaC\0\0\0\x22\x10\0\x10\0", Some(Format::Flac)),
            (b"OggS\0\x02\0\0\0\0\0\0", None),
            (b"ID3\x03\0\0\0\0\0\0\0\0", None),
            (b"RIF", None),
            (b"", None),
        ] {
            assert_eq!(Format::of(bytes), format, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_foreign_start_is_quoted() {
        for (bytes, quoted) in [(&b"OggS\0\x02"[..], r#""OggS""#), (b"ID3\x03\0", r#""ID3\x03""#), (b"a\"", r#""a\"""#)]
        {
            assert_eq!(printable_start(bytes), quoted);
        }
    }
}
