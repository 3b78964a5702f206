//! Errors of reading and writing audio files.

use std::io;
use std::path::PathBuf;

use super::Format;

/// A reason for which a file was not read or not written.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// The operating system refused.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Something else writes to the file.
    #[error("{} has changed while it was read; run again once nothing writes to it", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// No format that is known.
    #[error("{} starts with {start} and is not audio that is read here; convert it to {}", path.display(), Format::NAMES)]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// Its first bytes, quoted.
        start: String,
    },
    /// Audio in a format that cannot be read.
    #[error("{} is {name}, which is not read; convert it to {}", path.display(), Format::NAMES)]
    UnreadFormat {
        /// The file.
        path: PathBuf,
        /// Name of the format.
        name: &'static str,
    },
    /// A readable container with compressed samples.
    #[error("{} is {format} that holds {codec}, which is not read; convert it to FLAC or to {format} without compression", path.display())]
    Compressed {
        /// The file.
        path: PathBuf,
        /// The container.
        format: Format,
        /// Name of the compression.
        codec: String,
    },
    /// Something else in the place of a recording.
    #[error("{}: {name}, not the recording; {fix}", path.display())]
    Placeholder {
        /// The file.
        path: PathBuf,
        /// Name of such files.
        name: &'static str,
        /// Way to get the recording.
        fix: &'static str,
    },
    /// A file without content.
    #[error("{} holds 0 {unit}; copy or record it again", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// Missing content: bytes, or frames behind an intact header.
        unit: &'static str,
    },
    /// The file ends before its header does.
    #[error("{} is cut short: its {format} header does not end within its {length_bytes} bytes; copy it again", path.display())]
    HeaderCutShort {
        /// The file.
        path: PathBuf,
        /// The format that its first bytes name.
        format: Format,
        /// Length of the file, bytes.
        length_bytes: u64,
    },
    /// The file ends, or becomes unreadable, before its last frame.
    #[error(
        "{} is cut short: its header promises {promised_frames} frames, {present_frames} are there; copy it again",
        path.display()
    )]
    CutShort {
        /// The file.
        path: PathBuf,
        /// Frames that the header names.
        promised_frames: u64,
        /// Whole frames that could be read.
        present_frames: u64,
    },
    /// More samples than recorded sound has in a file of this length.
    #[error(
        "{} is {length_bytes} bytes of {format} that hold {samples} samples or more, {max} are read of such a file; cut \
         off its silence, or save a shorter piece",
        path.display()
    )]
    Inflated {
        /// The file.
        path: PathBuf,
        /// The format that its first bytes name.
        format: Format,
        /// Length of the file, bytes.
        length_bytes: u64,
        /// Samples of all channels that the header promises, or that were decoded until the bound
        /// was met.
        samples: u64,
        /// Most that are decoded of a file of this length.
        max: u64,
    },
    /// The content contradicts itself, or fails its own checksum.
    #[error("{} cannot be decoded as {format}: {reason}; copy it again, or save it anew in an audio editor", path.display())]
    Undecodable {
        /// The file.
        path: PathBuf,
        /// The format that its first bytes name.
        format: Format,
        /// The reason.
        reason: String,
    },
    /// A sample rate outside the range that is measured.
    #[error("{}: sample rate {sample_rate_hz} Hz is outside {min_hz}..={max_hz} Hz; resample it", path.display())]
    SampleRate {
        /// The file.
        path: PathBuf,
        /// Its rate, Hz.
        sample_rate_hz: u32,
        /// Lowest rate, Hz.
        min_hz: u32,
        /// Highest rate, Hz.
        max_hz: u32,
    },
    /// More channels than a recording of one instrument has.
    #[error("{}: {channels} channels are outside 1..={max}; mix it to mono or stereo", path.display())]
    Channels {
        /// The file.
        path: PathBuf,
        /// Its channels.
        channels: usize,
        /// Most that are mixed.
        max: usize,
    },
    /// A sample that is infinite or not a number.
    #[error("{}: sample {frame} of channel {channel} is {value}, not a finite number; save it anew in an audio editor", path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// Index of the frame, from 0.
        frame: usize,
        /// Channel, from 1.
        channel: usize,
        /// NaN, inf or -inf.
        value: f32,
    },
    /// No sample above the noise of 16 bits.
    #[error("{} is silent: no sample is above {:.0} dBFS (peak {peak:e}, bound {bound:e}); record it again", path.display(), 20.0 * bound.log10())]
    Silent {
        /// The file.
        path: PathBuf,
        /// Largest magnitude, full scale is 1.
        peak: f32,
        /// Least magnitude that counts as sound.
        bound: f32,
    },
    /// More frames than a WAV file's 32-bit lengths can name.
    #[error("{}: {frames} frames are outside 0..={max}, the most that a {bits}-bit WAV file holds", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Frames to be written.
        frames: usize,
        /// Bits of a sample.
        bits: u16,
        /// Most that fit.
        max: usize,
    },
    /// The operating system refused.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}
