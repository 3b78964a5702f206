//! A player brings a sample pack, and has a data folder.

mod sfz;
mod takes;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use wurli_cli::import;
use wurli_cli::import::{ImportError, ImportOptions};
use wurli_testkit::folder::{Played, instrument};
use wurli_testkit::user;
use wurli_train::catalogue::{self, Kind, Selection};

fn call(place: &Path, arguments: &[&str]) -> (i32, String, String) {
    user::call(crate::WURLI_TRAIN.as_ref(), place, arguments)
}

/// Returns all that lies below a folder, and when it was last changed.
fn contents(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            let changed = fs::metadata(&path).unwrap().modified().unwrap();
            found.insert(path.clone(), (fs::read(&path).unwrap(), changed));
        }
    }
    found
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn write_as(note: &Played, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    wurli_train::audio::write_wav_16(path, &note.audio()).unwrap();
}

/// Returns a pack as people make them: layers, includes, variables, comments, backslashes, a
/// release sample, a sample that is not there.
fn sfz_pack(place: &Path) -> Vec<Played> {
    let notes = instrument();
    let pack = place.join("pack");
    for (i, note) in notes.iter().enumerate() {
        write_as(note, &pack.join(format!("Samples/note {i}.wav")));
    }
    fs::write(
        pack.join("keys.sfzh"),
        "<group> lovel=1 hivel=103\n<region> sample=note 0.$EXT pitch_keycenter=$LOW tune=-5\n",
    )
    .unwrap();
    fs::write(
        pack.join("my piano.sfz"),
        "// A pack\n#define $EXT wav #define $LOW a2\n<control> default_path=samples\\\n<global> ampeg_release=1 /* unused */\n\
         #include \"keys.sfzh\"\n<group> lovel=29 hivel=127\n<region> sample=note 1.$EXT lokey=51 hikey=53 pitch_keycenter=52\n\
         <region> sample=note 4.$EXT key=81 transpose=12 lovel=1 hivel=119\n<group>\n\
         <region> key=57 hivel=79 sample=note 2.$EXT <region> key=64 lovel=53 sample=note 3.$EXT\n\
         <region> key=64 sample=gone.wav\n<region> key=64 sample=note 0.wav trigger=release\n",
    )
    .unwrap();
    notes
}

#[test]
fn a_pack_becomes_a_data_folder_that_trains() {
    let place = tempfile::tempdir().unwrap();
    let notes = sfz_pack(place.path());
    let before = contents(&place.path().join("pack"));

    let import = ["import", "pack/my piano.sfz", "--into", "data", "--author", "A \"B\"", "--licence", "CC0-1.0"];
    let (status, said, warned) = call(place.path(), &[&import[..], &["--dry-run"]].concat());
    assert_eq!(status, 0, "{warned}");
    assert!(said.contains("5 recordings, A2 to A4") && said.contains("nothing was written"), "{said}");
    assert_eq!(names(place.path()), ["pack"]);

    let (status, said, warned) = call(place.path(), &import);
    assert_eq!(status, 0, "{warned}");
    assert!(said.contains("next: wurli-train run --data data --train"), "{said}");
    for expected in [
        "pack/samples/gone.wav: it is missing (pack/my piano.sfz line 11)",
        "pack/my piano.sfz line 12: region left out: it is a release sample, not a struck note",
        "ignored opcodes: ampeg_release",
    ] {
        assert!(warned.contains(expected), "{expected}: {warned}");
    }
    assert_eq!(names(place.path()), ["data", "pack"]);
    assert_eq!(contents(&place.path().join("pack")), before);

    let read = catalogue::read(&place.path().join("data"), Selection::All).unwrap();
    assert_eq!((read.sources[0].author.as_str(), read.sources[0].licence.as_str()), ("A \"B\"", "CC0-1.0"));
    let kinds: Vec<_> = read.recordings.iter().map(|recording| recording.kind).collect();
    // The layers were laid around the velocities that were played.
    let expected: Vec<_> = notes.iter().map(|note| Kind::Note { midi: note.midi, velocity: note.velocity }).collect();
    assert_eq!(kinds, expected);
    for (recording, i) in read.recordings.iter().zip(0..) {
        let copied = fs::read(read.path(recording)).unwrap();
        assert_eq!(copied, fs::read(place.path().join(format!("pack/Samples/note {i}.wav"))).unwrap());
    }

    let (status, said, warned) = call(place.path(), &["run", "--data", "data", "--train", "--epochs", "300"]);
    assert_eq!(status, 0, "{warned}");
    assert!(said.contains("5 recordings, 5 notes, 5 rows"), "{said}");
    assert!(place.path().join("wurli-out/wurli.weights").is_file());
}

#[test]
fn names_with_another_middle_c_are_moved_to_where_they_sound() {
    let place = tempfile::tempdir().unwrap();
    let takes = place.path().join("takes");
    // Names of A1, E2, A2, E3 and A3 if middle C is C3.
    for (note, name) in instrument().iter().zip(["A1_pp", "E2_f", "A2_p", "E3_ff", "A3_mp"]) {
        write_as(note, &takes.join(format!("{name}.wav")));
    }
    fs::write(takes.join("silence_A4_f.wav"), "no audio").unwrap();
    fs::write(takes.join("notes.txt"), "").unwrap();
    let (status, said, warned) = call(place.path(), &["import", "takes", "--into", "data", "--dynamics", "p=40,pp=52"]);
    assert_eq!(status, 0, "{warned}");
    assert!(said.contains("names: <note name> <dynamic>, as in A1_pp.wav: MIDI 33, velocity 52"), "{said}");
    assert!(warned.contains("5 of 5 recordings sound 1 octave higher than the pack says"), "{warned}");
    assert!(warned.contains("silence_A4_f.wav: left out: it starts with \"no a\" and is not audio"), "{warned}");
    let read = catalogue::read(&place.path().join("data"), Selection::All).unwrap();
    let kinds: Vec<_> = read.recordings.iter().map(|recording| recording.kind).collect();
    let expected = [(45, 52), (57, 40), (69, 64), (52, 96), (64, 112)];
    assert_eq!(kinds, expected.map(|(midi, velocity)| Kind::Note { midi, velocity }));
}

#[test]
fn who_interrupts_an_import_finds_nothing_half_written() {
    let place = tempfile::tempdir().unwrap();
    let takes = place.path().join("takes");
    let note = instrument().remove(0);
    write_as(&note, &takes.join("A2_f.wav"));
    let pack = import::read(&takes, &ImportOptions::default(), &|_, _, _| {}).unwrap();
    let source = wurli_train::catalogue::Source {
        id: "a".into(),
        title: String::new(),
        author: String::new(),
        licence: String::new(),
        address: String::new(),
    };
    for stops_at in 0..2 {
        let asked = std::cell::Cell::new(0);
        let stop = || asked.replace(asked.get() + 1) == stops_at;
        let error = import::data_folder::write(&place.path().join("data"), &takes, &pack, &source, &stop).unwrap_err();
        assert!(matches!(error, ImportError::Stopped { .. }), "{error}");
        assert_eq!(names(place.path()), ["takes"]);
    }
}

#[test]
fn a_note_that_is_not_what_its_name_says_keeps_it_and_is_said_or_is_retuned() {
    let place = tempfile::tempdir().unwrap();
    // E5 and A4 in the names of F#4 and A5.
    for (note, name) in instrument().iter().zip(["045_v52", "052_v78", "057_v40", "066_v90", "081_v60"]) {
        write_as(note, &place.path().join(format!("takes/{name}.wav")));
    }
    let (status, said, warned) = call(place.path(), &["import", "takes", "--into", "data"]);
    assert_eq!(status, 0, "{warned}");
    let kept = "066_v90.wav: labelled F#4, sounds 1.95 semitones lower; label kept: correct its name, write midi = 64 in \
                recordings.toml, or `import --retune`";
    assert!(warned.contains(kept), "{warned}");
    let excluded = "`run` will not train on 2 recordings, more than half a semitone from the usual tuning (+";
    assert!(warned.contains(excluded) && warned.contains("066_v90.wav (-195 cents)"), "{warned}");
    assert!(said.contains("5 recordings, A2 to A5"), "{said}");
    let (status, said, warned) = call(place.path(), &["import", "takes", "--into", "retuned", "--retune"]);
    assert_eq!(status, 0, "{warned}");
    assert!(
        warned.contains("066_v90.wav: labelled F#4, sounds 1.95 semitones lower; taken as E4 (MIDI 64)"),
        "{warned}"
    );
    assert!(said.contains("5 recordings, A2 to A4"), "{said}");
}

#[test]
fn nothing_is_overwritten_and_a_failure_leaves_nothing_behind() {
    let place = tempfile::tempdir().unwrap();
    sfz_pack(place.path());
    fs::create_dir(place.path().join("full")).unwrap();
    fs::write(place.path().join("full/mine.txt"), "mine").unwrap();
    fs::write(place.path().join("empty.sfz"), "<region>").unwrap();
    fs::write(place.path().join("take.wav"), "").unwrap();
    fs::write(place.path().join("lost.sfz"), "<region> sample=lost.wav key=60").unwrap();
    fs::write(place.path().join("loop.sfz"), "\n#include \"loop.sfz\"").unwrap();
    let pack = "pack/my piano.sfz";
    for (arguments, status, named) in [
        (["import", pack, "--into", "full"], 2, "full is not empty"),
        (["import", "pack", "--into", "pack/data"], 2, "pack/data lies in the folder that is imported"),
        (["import", "missing.sfz", "--into", "data"], 1, "missing.sfz"),
        (["import", "pack/keys.sfzh", "--into", "data"], 1, "pack/keys.sfzh is none of an SFZ file"),
        (["import", "pack/Samples", "--into", "data"], 1, "pack/Samples: the names do not say which notes"),
        (["import", "empty.sfz", "--into", "data"], 1, "empty.sfz: no region in it"),
        (["import", "lost.sfz", "--into", "data"], 1, "lost.sfz: none of the samples of its 1 region is there"),
        (["import", "loop.sfz", "--into", "data"], 1, "loop.sfz line 2: #include \"loop.sfz\" includes itself"),
        (["import", pack, "--dynamics=pp=0", "--into=data"], 2, "pp=0 is outside 1..=127"),
        (["import", pack, "--velocity=128", "--into=data"], 2, "128"),
        (["import", pack, "--dynamics=pp=20", "--into=data"], 2, "my piano.sfz says velocities itself"),
        (["import", "take.wav", "--velocity=80", "--into=data"], 2, "take.wav is a take: --played says"),
        (["import", pack, "--played=pp,mf", "--into=data"], 2, "--played is for a take, one file with many notes"),
        (
            ["import", "pack/Samples/note 0.wav", "--played=pp,loudly", "--into=data"],
            2,
            "--played \"loudly\" is neither",
        ),
    ] {
        let (found, stdout, stderr) = call(place.path(), &arguments);
        assert_eq!(found, status, "{arguments:?}: {stderr}");
        assert!(stderr.contains(named) && stdout.is_empty(), "{arguments:?}: {stderr}");
    }
    assert_eq!(names(place.path()), ["empty.sfz", "full", "loop.sfz", "lost.sfz", "pack", "take.wav"]);
    assert_eq!(fs::read_to_string(place.path().join("full/mine.txt")).unwrap(), "mine");
}

#[test]
fn an_empty_folder_is_filled_whatever_it_is_called() {
    let place = tempfile::tempdir().unwrap();
    sfz_pack(place.path());
    let inside = place.path().join("inside");
    fs::create_dir(&inside).unwrap();
    let (status, _, stderr) = call(&inside, &["import", "../pack/my piano.sfz", "--into", "."]);
    assert_eq!(status, 0, "{stderr}");
    assert!(inside.join("recordings.toml").is_file());
    #[cfg(unix)]
    {
        fs::create_dir(place.path().join("real")).unwrap();
        std::os::unix::fs::symlink("real", place.path().join("link")).unwrap();
        let (status, _, stderr) = call(place.path(), &["import", "pack/my piano.sfz", "--into", "link"]);
        assert_eq!(status, 0, "{stderr}");
        assert!(place.path().join("real/recordings.toml").is_file());
        assert!(place.path().join("link").is_symlink());
    }
}
