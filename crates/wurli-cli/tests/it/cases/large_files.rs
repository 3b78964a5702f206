//! Large files, and defects of files that are imported all the same.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use super::synth::{note, silence, write, write_note};
use super::table::{Notes, call, case, check};

/// Appends a chunk of 600 MB, which takes no space on the disk, and extends the header over it.
fn append_chunk(path: &Path) {
    const LENGTH: u32 = 600 << 20;
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    let end = file.seek(SeekFrom::End(0)).unwrap();
    file.write_all(b"junk").unwrap();
    file.write_all(&LENGTH.to_le_bytes()).unwrap();
    file.set_len(end + 8 + u64::from(LENGTH)).unwrap();
    file.seek(SeekFrom::Start(4)).unwrap();
    file.write_all(&(end as u32 + LENGTH).to_le_bytes()).unwrap();
}

/// Sets the length of the samples to 0, as a recorder does that never returns to enter it.
fn unfinish_header(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    bytes[4..8].fill(0);
    let data = bytes.windows(4).position(|name| name == b"data").unwrap();
    bytes[data + 4..data + 8].fill(0);
    fs::write(path, bytes).unwrap();
}

fn folder(place: &Path, alter: fn(&Path)) {
    for (name, midi) in [("A3", 57), ("C4", 60)] {
        let path = place.join(format!("pack/{name}_v80.wav"));
        write_note(&path, midi, 80);
        alter(&path);
    }
}

/// Writes a file at a path.
type WriteFile = fn(&Path);

#[test]
fn large_notes_and_unfinished_headers_are_read() {
    let notes = [(57, 80), (60, 80)];
    check(&[
        case("large", &|place| folder(place, append_chunk), Notes(&notes), &[]),
        case(
            "unfinished",
            &|place| folder(place, unfinish_header),
            Notes(&notes),
            &["A3_v80.wav: its WAV header was never completed", "C4_v80.wav: its WAV header was never completed"],
        ),
    ]);
}

#[test]
fn large_takes_and_unfinished_headers_are_read() {
    let rows: [(WriteFile, &str); 2] = [
        (append_chunk, "the take is imported whole"),
        (unfinish_header, "take.wav: its WAV header was never completed"),
    ];
    for (alter, warning) in rows {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("take.wav");
        write(&path, &[silence(0.3), note(57, 80, 1.0), silence(0.3), note(60, 80, 1.0)]);
        alter(&path);
        let (status, printed, warned) = call(place.path(), &["import", "take.wav", "--into", "data", "--dry-run"]);
        assert_eq!(status, 0, "{warned}");
        assert!(printed.contains("2 notes were heard, A3 to C4"), "{printed}");
        assert!(warned.contains(warning), "{warned}");
    }
}
