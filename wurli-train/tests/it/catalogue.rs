//! A data folder as users fill it, and every way to get its catalogue wrong.

use std::fs;
use std::path::Path;

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
fn every_wrong_line_is_named_with_its_value() {
    let with = |from: &str, to: &str| NOTE.replace(from, to);
    let source = "[[source]]\nid = \"mine\"\n";
    let performance = "[[recording]]\nfile = \"a.wav\"\nkind = \"performance\"\n";
    let table: Vec<(String, &str)> = vec![
        (with("midi = 60", "midi = 140"), "line 4: midi = 140 is outside 21..=108"),
        (with("midi = 60", "midi = 20"), "line 4: midi = 20 is outside 21..=108"),
        (with("midi = 60", "midi = -3"), "line 4: midi = -3 is outside 21..=108"),
        (with("midi = 60", "midi = 4.5"), "line 4: midi = 4.5 is not a whole number; it must be within 21..=108"),
        (with("midi = 60", "midi = 60.0"), "line 4: midi = 60.0 is not a whole number; it must be within 21..=108"),
        (with("midi = 60", "midi = nan"), "line 4: midi = nan is not a whole number; it must be within 21..=108"),
        (with("midi = 60", "midi = \"C4\""), "line 4: midi = \"C4\" is not a whole number; it must be within 21..=108"),
        (with("velocity = 80", "velocity = 0"), "line 5: velocity = 0 is outside 1..=127"),
        (with("velocity = 80", "velocity = 128"), "line 5: velocity = 128 is outside 1..=127"),
        (with("velocity = 80", "velocity = 999999999999"), "line 5: velocity = 999999999999 is outside 1..=127"),
        (
            with("velocity = 80", "velocity = [1]"),
            "line 5: velocity = [1] is not a whole number; it must be within 1..=127",
        ),
        (with("velocity = 80\n", ""), "line 1: the note that starts here has no velocity"),
        (
            with("kind = \"note\"\n", ""),
            "line 1: the recording that starts here has no kind; add kind = \"note\" or kind = \"performance\"",
        ),
        (with("file = \"a.wav\"\n", ""), "line 1: the recording that starts here has no file"),
        (with("\"note\"", "\"chord\""), "line 3: kind = \"chord\" is neither \"note\" nor \"performance\""),
        (with("\"note\"", "1"), "line 3: kind = 1 is not text; put it in quotes"),
        (format!("fit = \"both\"\n{NOTE}"), "line 1: fit = \"both\" is neither \"keyboard\" nor \"notes\""),
        (format!("fit = true\n{NOTE}"), "line 1: fit = true is not text; put it in quotes"),
        (
            format!("{performance}midi = 60\n"),
            "line 4: midi = 60 is a note's, and this recording is a performance; remove it",
        ),
        (
            format!("{performance}velocity = 80\n"),
            "line 4: velocity = 80 is a note's, and this recording is a performance; remove it",
        ),
        (with("a.wav", "b.wav"), "line 2: file = \"b.wav\" does not exist"),
        (with("a.wav", ""), "line 2: file = \"\" is empty"),
        (with("\"a.wav\"", "7"), "line 2: file = 7 is not text; put it in quotes"),
        (with("a.wav", "/a.wav"), "line 2: file = \"/a.wav\" is not a path below the folder of recordings.toml"),
        (
            with("a.wav", "b/../../a.wav"),
            "line 2: file = \"b/../../a.wav\" is not a path below the folder of recordings.toml",
        ),
        (with("\"a.wav\"", "'b\\a.wav'"), "line 2: file = \"b\\\\a.wav\" contains a backslash; separate folders by /"),
        (with("a.wav", "folder.wav"), "line 2: file = \"folder.wav\" is a folder"),
        (with("a.wav", "."), "line 2: file = \".\" is a folder"),
        (
            with("a.wav", "a.mp3"),
            "line 2: file = \"a.mp3\" is of a format that is not read; convert it to WAV, FLAC or AIFF",
        ),
        (format!("{NOTE}{NOTE}"), "line 7: file = \"a.wav\" is listed already in line 2"),
        (format!("{NOTE}{}", with("a.wav", "./a.wav")), "line 7: file = \"./a.wav\" is listed already in line 2"),
        (
            format!("{source}{NOTE}source = \"yours\"\n"),
            "line 8: source = \"yours\" is the id of no [[source]] in this file",
        ),
        (format!("{source}{source}"), "line 4: id = \"mine\" is that of the source in line 2 already"),
        ("\n[[source]]\ntitle = \"x\"\n".into(), "line 2: the source that starts here has no id"),
        ("[[source]]\nid = \"\"\n".into(), "line 2: id = \"\" is empty"),
        ("[[source]]\nid = \"x\"\ntitle = 7\n".into(), "line 3: title = 7 is not text; put it in quotes"),
        (
            format!("{NOTE}velocty = 80\n"),
            "line 6: unknown field `velocty`, expected one of `file`, `source`, `kind`, `midi`, `velocity`",
        ),
        (
            format!("{NOTE}\n[[recordings]]\n"),
            "line 7: unknown field `recordings`, expected one of `fit`, `source`, `recording`",
        ),
        (
            format!("{source}license = \"x\"\n"),
            "line 3: unknown field `license`, expected one of `id`, `title`, `author`, `licence`, `address`",
        ),
        (with("midi = 60", "midi = 60\r\nmidi = 61"), "line 5: duplicate key"),
        (with("midi = 60", "midi = 99999999999999999999"), "line 4: 99999999999999999999 is beyond 64 bits"),
        ("recording = 7\n".into(), "line 1: invalid type: integer `7`, expected a sequence"),
        ("# RIFF\n[[recording]\n".into(), "line 2: unclosed array table, expected `]`"),
        ("RIFF".into(), "line 1: key with no value, expected `=`"),
    ];
    for (toml, message) in table {
        let folder = folder(&["a.wav", "a.mp3", "folder.wav/README"], &toml);
        let expected = Err(format!("data/recordings.toml {message}"));
        assert_eq!(catalogue(&folder, Selection::All), expected, "{toml}");
    }
}

#[test]
fn every_other_defect_has_its_message() {
    let read = |files: &[&str], toml: &str, selection| catalogue(&folder(files, toml), selection);
    let named = "named <note>_v<velocity>.wav, as in C#4_v78.wav or 061_v78.wav or listed in recordings.toml";
    for (files, toml, selection, message) in [
        (
            &["README.md"][..],
            "",
            Selection::All,
            format!("data holds no recording; put WAV, FLAC or AIFF files there, {named}"),
        ),
        (
            &["x/C4_v80.wav"],
            "",
            Selection::ObmOnly,
            "data and the folders in it hold none of the 13 OBM files, such as obm/87994__oldbassman__d3.wav".into(),
        ),
        (
            &["a.wav", "x/song.wav"],
            NOTE,
            Selection::All,
            "data/x/song.wav is not listed in recordings.toml and its name does not say its note; list it, name it \
             <note>_v<velocity>.wav, as in C#4_v78.wav or 061_v78.wav, or have `wurli-train import` read the folder as it is"
                .into(),
        ),
        (
            &["C4_v80.ogg"],
            "",
            Selection::All,
            "data/C4_v80.ogg is of a format that is not read; convert it to WAV, FLAC or AIFF".into(),
        ),
    ] {
        assert_eq!(read(files, toml, selection), Err(message));
    }

    let not_text = folder(&["C4_v80.wav"], "");
    fs::write(not_text.path().join("recordings.toml"), b"# caf\xe9\n").unwrap();
    assert_eq!(
        catalogue(&not_text, Selection::All),
        Err("data/recordings.toml is not UTF-8 text: byte 5 is wrong".into())
    );
}

#[test]
fn a_folder_that_cannot_be_read_is_named() {
    let message = read(Path::new("no/such/folder"), Selection::All).unwrap_err().to_string();
    assert!(message.starts_with("no/such/folder cannot be read: "), "{message}");

    let a_file = folder(&["data"], "");
    let message = read(&a_file.path().join("data"), Selection::All).unwrap_err().to_string();
    assert!(message.contains("data cannot be read: "), "{message}");

    let catalogue_is_a_folder = folder(&["C4_v80.wav", "recordings.toml/README"], "");
    let message = catalogue(&catalogue_is_a_folder, Selection::All).unwrap_err();
    assert!(message.starts_with("data/recordings.toml cannot be read: "), "{message}");
}

#[cfg(unix)]
#[test]
fn names_that_no_catalogue_could_list_are_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let folder = folder(&["C4_v80.wav"], "");
    symlink("nowhere", folder.path().join("D4_v80.wav")).unwrap();
    let read = catalogue(&folder, Selection::All).unwrap();
    assert_eq!(read.recordings, [note("C4_v80.wav", None, 60, 80)]);
    let [message] = read.left_out.as_slice() else { panic!("{:?}", read.left_out) };
    assert!(message.starts_with("left out: ") && message.contains("D4_v80.wav cannot be read: "), "{message}");

    let folder = self::folder(&["C4_v80.wav"], "");
    if fs::write(folder.path().join(OsStr::from_bytes(b"D4_v80\xff.wav")), "").is_ok() {
        let left_out = catalogue(&folder, Selection::All).unwrap().left_out;
        let message =
            format!("left out: the name of {}/D4_v80\u{fffd}.wav is not Unicode; rename it", folder.path().display());
        assert_eq!(left_out, [message]);
    }
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
