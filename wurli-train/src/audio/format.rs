//! Audio formats, recognised by a file's first bytes.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;

use super::tags;

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RIFF/WAVE, also as RIFX, RF64 and BW64: 8 to 32-bit integers, 32 and 64-bit floats, A-law and
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
    /// The formats that can be read, for messages.
    pub const READ: &str = "WAV, FLAC, AIFF, AU, CAF or Wave64";

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
    /// Something in the place of a recording: a pointer to where it is stored, an archive that may
    /// hold it, a web page that came instead.
    Placeholder {
        /// Name of such files, for messages.
        name: &'static str,
        /// Way to get the recording.
        fix: &'static str,
    },
    /// Anything else.
    Other,
}

/// Returns a pointer, archive or page in the place of a recording.
const fn placeholder(name: &'static str, fix: &'static str) -> FileType {
    FileType::Placeholder { name, fix }
}

const LFS_POINTER: FileType = placeholder("a Git LFS pointer", "run `git lfs pull`");
const ANNEX_POINTER: FileType = placeholder("a git-annex pointer", "run `git annex get`");
const WEB_PAGE: FileType = placeholder("a web page (HTML or XML)", "download the recording again");

/// Returns an archive in the place of a recording.
const fn archive(name: &'static str) -> FileType {
    placeholder(name, "unpack it")
}

/// Returns audio that cannot be read.
const fn unread(name: &'static str) -> FileType {
    FileType::Unreadable(name)
}

/// Magic numbers at the beginning of a file: their offset, bytes and meaning.
const MAGIC: [(usize, &[u8], FileType); 75] = [
    (0, b"fLaC", FileType::Readable(Format::Flac)),
    (0, b"caff", FileType::Readable(Format::Caf)),
    (0, b".snd", FileType::Readable(Format::Au)),
    (0, b"dns.", FileType::Readable(Format::Au)),
    (0, b"riff\x2e\x91\xcf\x11", FileType::Readable(Format::Wave64)),
    (0, b"wvpk", unread("WavPack")),
    (0, b"OggS", unread("Ogg")),
    (0, b"MAC ", unread("Monkey's Audio")),
    (0, b"TTA1", unread("True Audio")),
    (0, b"TTA2", unread("True Audio")),
    (0, b"MPCK", unread("Musepack")),
    (0, b"MP+", unread("Musepack")),
    (0, b"OFR ", unread("OptimFROG")),
    (0, b"LA04", unread("Lossless Audio")),
    (0, b"LPAC", unread("LPAC")),
    (0, b"DSD ", unread("DSF")),
    (0, b"FRM8", unread("DSDIFF")),
    (0, b"ajkg", unread("Shorten")),
    (0, b"#!AMR", unread("AMR")),
    (0, b"qoaf", unread("QOA")),
    (0, b"\x0b\x77", unread("AC-3")),
    (0, b".RMF", unread("RealMedia")),
    (0, b".ra\xfd", unread("RealAudio")),
    (0, b"\x1a\x45\xdf\xa3", unread("Matroska or WebM")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", unread("WMA")),
    (4, b"ftypM4", unread("M4A")),
    (4, b"ftypisom", unread("MP4")),
    (4, b"ftypiso2", unread("MP4")),
    (4, b"ftypiso5", unread("MP4")),
    (4, b"ftypiso6", unread("MP4")),
    (4, b"ftypmp4", unread("MP4")),
    (4, b"ftypdash", unread("MP4")),
    (4, b"ftyp3g", unread("MP4")),
    (4, b"ftypqt", unread("QuickTime")),
    (8, b"8SVX", unread("IFF 8SVX")),
    (8, b"16SV", unread("IFF 16SV")),
    (8, b"MAUD", unread("IFF MAUD")),
    (8, b"sfbk", unread("a SoundFont")),
    (8, b"DLS ", unread("a DLS bank")),
    (8, b"REX2", unread("REX2")),
    (0, b" paf", unread("Ensoniq PARIS")),
    (0, b"fap ", unread("Ensoniq PARIS")),
    (0, b"Creative Voice File", unread("Creative Voice")),
    (0, b"\x64\xa3\x01\0", unread("IRCAM")),
    (0, b"\x64\xa3\x02\0", unread("IRCAM")),
    (0, b"\x64\xa3\x03\0", unread("IRCAM")),
    (0, b"\x64\xa3\x04\0", unread("IRCAM")),
    (0, b"\0\x01\xa3\x64", unread("IRCAM")),
    (0, b"\0\x02\xa3\x64", unread("IRCAM")),
    (0, b"\0\x03\xa3\x64", unread("IRCAM")),
    (0, b"2BIT", unread("AVR")),
    (0, b"NIST_1A", unread("NIST SPHERE")),
    (0, b"PVF1", unread("PVF")),
    (0, b"PVF2", unread("PVF")),
    (0, b"Extended Instrument: ", unread("an XI instrument")),
    (0, b"SOUND SAMPLE DATA ", unread("SampleVision")),
    (0, b"ALawSoundFile**", unread("Psion WVE")),
    (0, b"\x01\xa8\x9e\xd6", unread("NCW")),
    (0, b"version https://git-lfs.github.com/spec/", LFS_POINTER),
    (0, b"version https://hawser.github.com/spec/", LFS_POINTER),
    (0, b"/annex/objects/", ANNEX_POINTER),
    (0, b"PK\x03\x04", archive("a ZIP archive")),
    (0, b"PK\x05\x06", archive("an empty ZIP archive")),
    (0, b"Rar!\x1a\x07", archive("a RAR archive")),
    (0, b"7z\xbc\xaf\x27\x1c", archive("a 7z archive")),
    (0, b"\x1f\x8b\x08", archive("a gzip archive")),
    (0, b"BZh", archive("a bzip2 archive")),
    (0, b"\xfd7zXZ\0", archive("an xz archive")),
    (0, b"\x28\xb5\x2f\xfd", archive("a Zstandard archive")),
    (257, b"ustar", archive("a tar archive")),
    (0, b"\0\x05\x16\x07", placeholder("macOS metadata (AppleDouble)", "copy the file without the leading `._`")),
    (0, b"%PDF-", placeholder("a PDF document", "replace it by the recording")),
    (0, b"\x89PNG", placeholder("a PNG picture", "replace it by the recording")),
    (0, b"\xff\xd8\xff", placeholder("a JPEG picture", "replace it by the recording")),
    (0, b"MThd", placeholder("MIDI events, which hold no sound", "render them to a recording")),
];

/// Beginnings of text in the place of a recording, in lower case. White space before them is
/// skipped.
const TEXT: [(&str, FileType); 8] = [
    ("<!doctype", WEB_PAGE),
    ("<html", WEB_PAGE),
    ("<head", WEB_PAGE),
    ("<body", WEB_PAGE),
    ("<?xml", WEB_PAGE),
    ("<error", WEB_PAGE),
    ("<script", WEB_PAGE),
    ("<!--", WEB_PAGE),
];

impl FileType {
    /// Number of bytes at the beginning of a file that [`detect`](Self::detect) looks at.
    pub const START_BYTES: usize = 512;

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
            (Some(b"RIFF" | b"RIFX" | b"RF64" | b"BW64"), Some(b"WAVE") | None) => return Self::Readable(Format::Wav),
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
            _ => Self::of_text(start),
        }
    }

    /// Recognises text in the place of a recording.
    fn of_text(start: &[u8]) -> Self {
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
        let starts_with = |text: &str| start.get(..text.len()).is_some_and(|s| s.eq_ignore_ascii_case(text.as_bytes()));
        // Where links cannot be stored, their text is: `../.git/annex/objects/...`.
        let link = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if link.iter().all(u8::is_ascii_graphic) && link.windows(15).any(|part| part == b"/annex/objects/") {
            return ANNEX_POINTER;
        }
        TEXT.into_iter().find(|(text, _)| starts_with(text)).map_or(Self::Other, |(_, found)| found)
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
