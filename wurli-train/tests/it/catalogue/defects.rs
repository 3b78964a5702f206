//! Every way to get a catalogue or a data folder wrong.

use std::fs;
use std::path::Path;

use wurli_train::catalogue::{Selection, read};

use super::{NOTE, catalogue, folder, note};

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
            format!("data holds no recording; put WAV, FLAC, AIFF, AU, CAF or Wave64 files there, {named}"),
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
    assert_eq!(message, "no/such/folder does not exist; give the folder that holds the recordings");

    let a_file = folder(&["data"], "");
    let message = read(&a_file.path().join("data"), Selection::All).unwrap_err().to_string();
    assert!(message.ends_with("data is a file; give the folder that holds the recordings"), "{message}");

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
