//! Audio formats, recognised by a file's first bytes.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;

use super::tags;

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RIFF/WAVE, also as RF64 and BW64: 8 to 32-bit integers, 32 and 64-bit floats, A-law and
    /// µ-law.
    Wav,
    /// Sony Wave64, with the sample formats of WAV.
    Wave64,
    /// FLAC in its native container.
    Flac,
    /// AIFF, or AIFF-C without compression.
    Aiff,
    /// Sun/NeXT audio.
    Au,
    /// Apple Core Audio Format with linear PCM.
    Caf,
}

impl Format {
    /// The formats to convert other files to, for messages.
    pub const NAMES: &str = "WAV, FLAC or AIFF";

    /// Returns the format of a file with these first bytes. ID3 tags before the audio are skipped.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        match FileType::detect(bytes) {
            FileType::Readable(format) => Some(format),
            _ => None,
        }
    }

    /// Returns the usual file name extension, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Wave64 => "w64",
            Self::Flac => "flac",
            Self::Aiff => "aiff",
            Self::Au => "au",
            Self::Caf => "caf",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Wav => "WAV",
            Self::Wave64 => "Wave64",
            Self::Flac => "FLAC",
            Self::Aiff => "AIFF",
            Self::Au => "AU",
            Self::Caf => "CAF",
        })
    }
}

/// Type of a file, as far as it concerns recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// Audio in a format that can be read.
    Readable(Format),
    /// Audio in a format that cannot be read, by its name.
    Unreadable(&'static str),
    /// A small text file that stands for a recording stored elsewhere.
    Placeholder {
        /// Name of such files, for messages.
        name: &'static str,
        /// Way to get the recording.
        fix: &'static str,
    },
    /// Anything else.
    Other,
}

/// Magic numbers at the beginning of a file: their offset, bytes and meaning.
const MAGIC: [(usize, &[u8], FileType); 23] = [
    (0, b"fLaC", FileType::Readable(Format::Flac)),
    (0, b"caff", FileType::Readable(Format::Caf)),
    (0, b".snd", FileType::Readable(Format::Au)),
    (0, b"dns.", FileType::Readable(Format::Au)),
    (0, b"riff\x2e\x91\xcf\x11", FileType::Readable(Format::Wave64)),
    (0, b"wvpk", FileType::Unreadable("WavPack")),
    (0, b"OggS", FileType::Unreadable("Ogg")),
    (0, b"MAC ", FileType::Unreadable("Monkey's Audio")),
    (0, b"TTA1", FileType::Unreadable("True Audio")),
    (0, b"MPCK", FileType::Unreadable("Musepack")),
    (0, b"MP+", FileType::Unreadable("Musepack")),
    (0, b"OFR ", FileType::Unreadable("OptimFROG")),
    (0, b"DSD ", FileType::Unreadable("DSF")),
    (0, b"FRM8", FileType::Unreadable("DSDIFF")),
    (0, b"ajkg", FileType::Unreadable("Shorten")),
    (0, b"#!AMR", FileType::Unreadable("AMR")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", FileType::Unreadable("WMA")),
    (4, b"ftypM4A", FileType::Unreadable("M4A")),
    (4, b"ftypM4B", FileType::Unreadable("M4A")),
    (0, b"version https://git-lfs.github.com/spec/", LFS_POINTER),
    (0, b"version https://hawser.github.com/spec/", LFS_POINTER),
    (0, b"/annex/objects/", FileType::Placeholder { name: "a git-annex pointer", fix: "run `git annex get`" }),
    (8, b"8SVX", FileType::Unreadable("IFF 8SVX")),
];
const LFS_POINTER: FileType = FileType::Placeholder { name: "a Git LFS pointer", fix: "run `git lfs pull`" };

impl FileType {
    /// Number of bytes at the beginning of a file that [`detect`](Self::detect) looks at.
    pub const START_BYTES: usize = 64;

    /// Recognises a file by its first bytes. ID3 tags before the audio are skipped if all of them
    /// are given.
    #[must_use]
    pub fn detect(start: &[u8]) -> Self {
        let tag_bytes = tags::id3v2_bytes(start).unwrap_or(0);
        start.get(tag_bytes..).map_or(Self::Other, Self::without_tags)
    }

    /// Recognises a file by its content.
    ///
    /// # Errors
    /// Returns the system's answer if the file cannot be opened or read.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let start = tags::audio_start(&mut file)?;
        Ok(Self::detect(&tags::read_at(&mut file, start, Self::START_BYTES)?))
    }

    fn without_tags(start: &[u8]) -> Self {
        match (start.get(..4), start.get(8..12)) {
            // A file cut within these twelve bytes is reported as cut short, not as unknown.
            (Some(b"RIFF" | b"RF64" | b"BW64"), Some(b"WAVE") | None) => return Self::Readable(Format::Wav),
            (Some(b"FORM"), Some(b"AIFF" | b"AIFC") | None) => return Self::Readable(Format::Aiff),
            _ => {}
        }
        let magic = MAGIC
            .into_iter()
            .find(|(offset, bytes, _)| start.get(*offset..).is_some_and(|start| start.starts_with(bytes)));
        match (magic, start) {
            (Some((.., found)), _) => found,
            // Layer and bit rate fields exclude text in UTF-16, which begins with the same bits.
            (None, [0xff, 0xf1 | 0xf9, ..]) => Self::Unreadable("AAC"),
            (None, [0xff, 0xe2..=0xe7 | 0xf2..=0xf7 | 0xfa..=0xfd, third, ..]) if third >> 4 != 15 => {
                Self::Unreadable("MP3")
            }
            _ => Self::Other,
        }
    }
}

/// Returns the first four bytes as a quoted string: `"OggS"`, `"ID3\x03"`.
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
            (b"RF64\xff\xff\xff\xffWAVEds64", Some(Format::Wav)),
            (b"BW64\xff\xff\xff\xffWAVEds64", Some(Format::Wav)),
            (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb", Some(Format::Wave64)),
            (b"FORM\0\0\0\x24AIFFCOMM", Some(Format::Aiff)),
            (b"FORM\0\0\0\x24AIFCFVER", Some(Format::Aiff)),
            (b"FORM\0\0\0\x248SVXVHDR", None),
            (b"FORM", Some(Format::Aiff)),
            (b"fLaC", Some(Format::Flac)),
            (b"fLaC\0\0\0\x22\x10\0\x10\0", Some(Format::Flac)),
            (b"ID3\x03\0\0\0\0\0\x02\0\0fLaC", Some(Format::Flac)),
            (b"caff\0\x01\0\0desc", Some(Format::Caf)),
            (b".snd\0\0\0\x18", Some(Format::Au)),
            (b"OggS\0\x02\0\0\0\0\0\0", None),
            (b"ID3\x03\0\0\0\0\0\0\0\0", None),
            (b"RIF", None),
            (b"", None),
        ] {
            assert_eq!(Format::detect(bytes), format, "{}", bytes.escape_ascii());
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
