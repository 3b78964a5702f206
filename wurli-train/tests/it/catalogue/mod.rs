//! A data folder as users fill it.

mod defects;

use std::fs;

use tempfile::TempDir;
use wurli_train::catalogue::{Catalogue, Fit, Kind, Recording, Selection, Source, read};
use wurli_train::note_name::note_name;

/// Returns a folder of empty files, and of a catalogue if `toml` is not empty: nothing here looks
/// into audio.
fn folder(files: &[&str], toml: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    if !toml.is_empty() {
        fs::write(folder.path().join("recordings.toml"), toml).unwrap();
    }
    folder
}

/// Reads a folder; messages come with `data` in place of the temporary folder's name.
fn catalogue(folder: &TempDir, selection: Selection) -> Result<Catalogue, String> {
    let name = folder.path().display().to_string();
    read(folder.path(), selection).map_err(|error| error.to_string().replace(&name, "data"))
}

/// Returns a file named like OldBassMan's, without a key.
fn unlabelled(file: &str, velocity: u8) -> Recording {
    Recording { file: file.into(), source: Some("obm".into()), kind: Kind::Unlabelled { velocity } }
}

fn note(file: &str, source: Option<&str>, midi: u8, velocity: u8) -> Recording {
    Recording { file: file.into(), source: source.map(Into::into), kind: Kind::Note { midi, velocity } }
}

const NOTE: &str = "[[recording]]\nfile = \"a.wav\"\nkind = \"note\"\nmidi = 60\nvelocity = 80\n";

#[test]
fn a_catalogue_says_source_kind_and_fit() {
    let toml = r#"
        fit = "notes"
        [[source]]
        id = "mine"
        title = "My 200A"
        author = "Me"
        licence = "CC0-1.0"
        address = "example.org"
        [[recording]]
        file = "recordings/low.flac"
        source = "mine"
        kind = "note"
        midi = 33
        velocity = 127
        [[recording]]
        file = "./melody.wav"
        kind = "performance"
    "#;
    let folder = folder(&["recordings/low.flac", "melody.wav"], toml);
    let read = catalogue(&folder, Selection::All).unwrap();
    let source = Source {
        id: "mine".into(),
        title: "My 200A".into(),
        author: "Me".into(),
        licence: "CC0-1.0".into(),
        address: "example.org".into(),
    };
    let melody = Recording { file: "melody.wav".into(), source: None, kind: Kind::Performance };
    let expected = Catalogue {
        folder: folder.path().into(),
        fit: Fit::Notes,
        sources: vec![source],
        recordings: vec![melody, note("recordings/low.flac", Some("mine"), 33, 127)],
        left_out: Vec::new(),
    };
    assert_eq!(read, expected);
    assert_eq!(read.path(&read.recordings[1]), folder.path().join("recordings").join("low.flac"));
}

#[test]
fn the_shared_recordings_are_34_notes() {
    let Some(folder) = wurli_testkit::recordings::ep200() else { return };
    let catalogue = read(&folder, Selection::All).unwrap();
    assert_eq!(catalogue.recordings.len(), 34);
    assert_eq!(catalogue.sources[0].author, "Greg Sullivan");
    assert_eq!(catalogue.recordings[0], note("a1f.flac", Some("ep200"), 33, 78));
    // Their names say note and dynamic: the catalogue must agree with every one.
    for recording in &catalogue.recordings {
        let Kind::Note { midi, velocity } = recording.kind else { panic!("{recording:?}") };
        let dynamic = match velocity {
            19 => "pp",
            52 => "mp",
            78 => "f",
            109 => "ff",
            other => panic!("{}: velocity {other}", recording.file),
        };
        let flats = note_name(midi).replace("C#", "Db").replace("D#", "Eb").replace("F#", "Gb").replace("G#", "Ab");
        assert_eq!(recording.file, format!("{}{dynamic}.flac", flats.to_lowercase()));
    }
}

#[test]
fn the_order_of_the_catalogue_does_not_matter() {
    let entry = |file: &str| format!("[[recording]]\nfile = \"{file}\"\nkind = \"performance\"\n");
    let files = ["b.wav", "a/z.wav", "a.wav", "B.wav"];
    let forwards = folder(&files, &files.map(entry).concat());
    let mut reversed = files;
    reversed.reverse();
    let backwards = folder(&reversed, &reversed.map(entry).concat());
    let recordings = catalogue(&forwards, Selection::All).unwrap().recordings;
    assert_eq!(
        recordings.iter().map(|recording| recording.file.as_str()).collect::<Vec<_>>(),
        ["B.wav", "a.wav", "a/z.wav", "b.wav"]
    );
    assert_eq!(catalogue(&backwards, Selection::All).unwrap().recordings, recordings);
}

#[test]
fn files_that_are_not_listed_are_read_by_their_names() {
    let files = [
        "a.wav",
        "C#4_v78.wav",
        "deeper/still/061_v79.AIFF",
        "obm/87988__oldbassman__a3.wav",
        "README.md",
        "pack.sfz",
        "notes.json",
        "LICENCE",
        ".hidden.mp3",
        ".git/objects/C4_v1.wav",
    ];
    let read = catalogue(&folder(&files, NOTE), Selection::All).unwrap();
    assert_eq!(
        read.recordings,
        [
            note("C#4_v78.wav", None, 61, 78),
            note("a.wav", None, 60, 80),
            note("deeper/still/061_v79.AIFF", None, 61, 79),
            unlabelled("obm/87988__oldbassman__a3.wav", 80),
        ]
    );
    assert_eq!(read.fit, Fit::Keyboard);
    assert_eq!(read.sources.iter().map(|source| source.licence.as_str()).collect::<Vec<_>>(), ["CC-BY-4.0"]);
}

#[test]
fn what_the_catalogue_says_of_an_obm_file_counts() {
    let toml = "[[source]]\nid = \"obm\"\nauthor = \"someone\"\n[[recording]]\nfile = \"obm/88000__oldbassman__f6.wav\"\n\
                source = \"obm\"\nkind = \"note\"\nmidi = 89\nvelocity = 70\n";
    let read = catalogue(&folder(&["obm/88000__oldbassman__f6.wav"], toml), Selection::ObmOnly).unwrap();
    assert_eq!(read.recordings, [note("obm/88000__oldbassman__f6.wav", Some("obm"), 89, 70)]);
    assert_eq!(read.sources[0].author, "someone");
}

#[test]
fn obm_only_leaves_out_every_other_file() {
    let files = ["a.wav", "C4_v80.wav", "whatever.mp3", "obm/87997__oldbassman__d7.flac", "87994__oldbassman__d3.wav"];
    let read = catalogue(&folder(&files, NOTE), Selection::ObmOnly).unwrap();
    assert_eq!(
        read.recordings,
        [unlabelled("87994__oldbassman__d3.wav", 80), unlabelled("obm/87997__oldbassman__d7.flac", 80),]
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_and_loops_end() {
    use std::os::unix::fs::symlink;
    let folder = folder(&["a/real/C4_v80.wav"], "");
    let elsewhere = self::folder(&["D4_v80.wav"], "");
    let real = folder.path().join("a/real");
    symlink(folder.path(), real.join("loop")).unwrap();
    // Many, so that in whatever order the disk lists them, one comes before the folder itself.
    for number in 0..16 {
        symlink(&real, folder.path().join(format!("name {number}"))).unwrap();
    }
    symlink(elsewhere.path(), folder.path().join("elsewhere")).unwrap();
    symlink("nowhere", folder.path().join("dangling")).unwrap();
    let read = catalogue(&folder, Selection::All).unwrap();
    assert_eq!(read.recordings, [note("a/real/C4_v80.wav", None, 60, 80), note("elsewhere/D4_v80.wav", None, 62, 80),]);
}

#[cfg(unix)]
#[test]
fn a_file_listed_through_a_link_is_not_found_a_second_time() {
    use std::os::unix::fs::symlink;
    let folder = folder(&["real/a.wav"], &NOTE.replace("a.wav", "link/a.wav"));
    symlink(folder.path().join("real"), folder.path().join("link")).unwrap();
    assert_eq!(catalogue(&folder, Selection::All).unwrap().recordings, [note("link/a.wav", None, 60, 80)]);
}

#[test]
fn a_catalogue_from_another_system_is_read() {
    let folder = folder(&["a.wav"], &format!("\u{feff}{}", NOTE.replace('\n', "\r\n")));
    assert_eq!(catalogue(&folder, Selection::All).unwrap().recordings, [note("a.wav", None, 60, 80)]);
}

#[test]
fn a_note_may_leave_its_key_to_what_sounds() {
    let folder = folder(&["a.wav"], &NOTE.replace("midi = 60\n", ""));
    let catalogue = catalogue(&folder, Selection::All).unwrap();
    assert_eq!(catalogue.recordings[0].kind, Kind::Unlabelled { velocity: 80 });
}
