//! Chunks of a Standard MIDI File: its header, and where each track lies.

use super::track::{self, Track};

/// Bytes of a chunk's type and length.
const CHUNK_HEADER: usize = 8;

/// Bytes before the header that are searched: a RIFF or MacBinary header is shorter.
const MAX_PREFIX: usize = 512;

/// Tracks with what the header says about them.
pub(super) struct MidiFile {
    pub(super) format: u16,
    pub(super) division: Division,
    pub(super) tracks: Vec<Track>,
    /// Faults that were tolerated.
    pub(super) warnings: Vec<String>,
}

/// Unit of the ticks.
#[derive(Clone, Copy)]
pub(super) enum Division {
    /// Ticks per quarter note.
    Quarter(u16),
    /// SMPTE: ticks per second, independent of the tempo.
    Second(f64),
}

impl Division {
    /// Reads the field of the header. Returns the reason if it has no ticks.
    fn read(field: [u8; 2]) -> Result<Self, String> {
        let value = i16::from_be_bytes(field);
        let frames = u16::from(field[0].wrapping_neg());
        match (value, field[1]) {
            (0, _) => Err("0 ticks per quarter, at least 1 is needed".into()),
            (1.., _) => Ok(Self::Quarter(value.unsigned_abs())),
            (_, 0) => Err("0 ticks per frame, at least 1 is needed".into()),
            (_, ticks) => {
                // Drop-frame time code.
                let frames_per_second = if frames == 29 { 30_000.0 / 1_001.0 } else { f64::from(frames) };
                Ok(Self::Second(frames_per_second * f64::from(ticks)))
            }
        }
    }

    pub(super) fn seconds_per_tick(self, microseconds_per_quarter: u32) -> f64 {
        match self {
            Self::Quarter(ticks) => f64::from(microseconds_per_quarter) * 1e-6 / f64::from(ticks),
            Self::Second(ticks) => 1.0 / ticks,
        }
    }
}

/// Reads all tracks. Other chunks are skipped, and the number of tracks in the header is ignored.
pub(super) fn read(bytes: &[u8]) -> Result<MidiFile, String> {
    let header = find(bytes, 0, b"MThd")
        .filter(|at| *at <= MAX_PREFIX)
        .ok_or("not a Standard MIDI File: `MThd` is missing at its beginning")?;
    let Some(&[_, _, _, _, l0, l1, l2, l3, f0, f1, _, _, d0, d1]) = bytes[header..].first_chunk::<14>() else {
        return Err(format!("not a Standard MIDI File: cut short at byte {}, within the header", bytes.len()));
    };
    let format = u16::from_be_bytes([f0, f1]);
    let division = Division::read([d0, d1])?;

    let (mut tracks, mut warnings) = (Vec::new(), Vec::new());
    let declared = end_of_chunk(header, u32::from_be_bytes([l0, l1, l2, l3]));
    let mut next = if is_chunk(bytes, declared) { Some(declared) } else { find(bytes, header + 14, b"MTrk") };
    while let Some(at) = next {
        let Some(&[t0, t1, t2, t3, l0, l1, l2, l3]) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) else { break };
        let length = u32::from_be_bytes([l0, l1, l2, l3]);
        let declared = end_of_chunk(at, length);
        let is_sound = declared == bytes.len() || is_chunk(bytes, declared);
        let end = if [t0, t1, t2, t3] == *b"MTrk" {
            let number = tracks.len() + 1;
            let track = track::read(bytes, at + CHUNK_HEADER, is_sound.then_some(declared));
            let read = track.end - at - CHUNK_HEADER;
            if !is_sound && read as u64 != u64::from(length) {
                warnings.push(format!("track {number}: its header says {length} bytes, {read} were read"));
            }
            warnings.extend(track.faults.iter().map(|fault| format!("track {number} {fault}")));
            let end = track.end;
            tracks.push(track);
            end
        } else {
            at + CHUNK_HEADER
        };
        next = if is_sound { Some(declared) } else { find(bytes, end, b"MTrk") };
    }
    Ok(MidiFile { format, division, tracks, warnings })
}

fn end_of_chunk(at: usize, length: u32) -> usize {
    (at + CHUNK_HEADER).saturating_add(usize::try_from(length).unwrap_or(usize::MAX))
}

/// Returns true if a track, or another chunk that fits into the file, begins at `at`.
fn is_chunk(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        Some(&[b'M', b'T', b'r', b'k', ..]) => true,
        Some(&[t0, t1, t2, t3, l0, l1, l2, l3]) => {
            [t0, t1, t2, t3].iter().all(u8::is_ascii_alphanumeric)
                && end_of_chunk(at, u32::from_be_bytes([l0, l1, l2, l3])) <= bytes.len()
        }
        None => false,
    }
}

fn find(bytes: &[u8], from: usize, kind: &[u8; 4]) -> Option<usize> {
    let found = bytes.get(from..)?.windows(kind.len()).position(|window| window == kind)?;
    Some(from + found)
}
