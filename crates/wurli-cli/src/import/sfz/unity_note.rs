//! The note in the `smpl` chunk of a WAV file, as samplers write it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Position of the note in the chunk: behind manufacturer, product and sample period.
const NOTE_AT: usize = 12;

/// Returns the MIDI note of a WAV file, if it has one.
pub(super) fn unity_note(path: &Path) -> Option<i16> {
    let mut file = File::open(path).ok()?;
    let mut header = [0; 12];
    file.read_exact(&mut header).ok()?;
    if &header[8..] != b"WAVE" {
        return None;
    }
    loop {
        let mut chunk = [0; 8];
        file.read_exact(&mut chunk).ok()?;
        let length = u32::from_le_bytes(chunk[4..].try_into().ok()?);
        if &chunk[..4] == b"smpl" {
            let mut fields = [0; NOTE_AT + 4];
            file.read_exact(&mut fields).ok()?;
            let note = u32::from_le_bytes(fields[NOTE_AT..].try_into().ok()?);
            return i16::try_from(note).ok().filter(|note| (0..=127).contains(note));
        }
        // Chunks are padded to whole words.
        file.seek(SeekFrom::Current(i64::from(length) + i64::from(length % 2))).ok()?;
    }
}
