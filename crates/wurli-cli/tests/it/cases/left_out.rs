//! Entries that cannot be read are left out and reported, by import and run alike.

use std::fs;
use std::path::Path;

use wurli_train::audio::{Audio, write_wav_16};

use super::synth::{RATE, silence, thump, write, write_note};
use super::table::{Notes, Refused, call, case, check};

fn pack(place: &Path, more: impl Fn(&Path)) {
    for (name, midi) in [("A3", 57), ("C4", 60)] {
        write_note(&place.join(format!("pack/{name}_mf.wav")), midi, 80);
    }
    more(&place.join("pack"));
}

#[cfg(unix)]
fn name_in_latin_1(pack: &Path) {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(b"Fl\xfcgel D4_mf.wav");
    fs::copy(pack.join("C4_mf.wav"), pack.join(name)).unwrap();
}

#[cfg(unix)]
fn broken_link(pack: &Path) {
    std::os::unix::fs::symlink("gone.wav", pack.join("D4_mf.wav")).unwrap();
}

#[cfg(unix)]
#[test]
fn one_entry_does_not_refuse_a_pack() {
    let notes = [(57, 80), (60, 80)];
    check(&[
        case("broken link", &|p| pack(p, broken_link), Notes(&notes), &["D4_mf.wav cannot be read: No such file"]),
        case("name in Latin-1", &|p| pack(p, name_in_latin_1), Notes(&notes), &["is not Unicode; rename it"]),
        case(
            "no audio",
            &|p| pack(p, |p| fs::write(p.join("D4_mf.wav"), "no audio at all").unwrap()),
            Notes(&notes),
            &["is not audio"],
        ),
        case(
            "a Git LFS pointer",
            &|p| pack(p, |p| fs::write(p.join("D4_mf.wav"), "version https://git-lfs.github.com/spec/v1\n").unwrap()),
            Notes(&notes),
            &["D4_mf.wav: left out: a Git LFS pointer, not the recording; run `git lfs pull`"],
        ),
        case(
            "an MP3 with the name of a WAV file",
            &|p| pack(p, |p| fs::write(p.join("D4_mf.wav"), b"\xff\xfb\x90\x64\0\0\0\0\0\0\0\0").unwrap()),
            Notes(&notes),
            &["D4_mf.wav: left out: it is MP3, which is not read; convert it to WAV, FLAC or AIFF"],
        ),
        case(
            "empty file",
            &|p| pack(p, |p| fs::write(p.join("D4_mf.wav"), "").unwrap()),
            Notes(&notes),
            &["D4_mf.wav: left out"],
        ),
        case(
            "a folder with the name of a file",
            &|p| pack(p, |p| fs::create_dir(p.join("D4_mf.wav")).unwrap()),
            Notes(&notes),
            &[],
        ),
        case(
            "a link that leads back",
            &|p| pack(p, |p| std::os::unix::fs::symlink(".", p.join("again")).unwrap()),
            Notes(&notes),
            &[],
        ),
        case(
            "nothing else",
            &|p| {
                fs::create_dir(p.join("pack")).unwrap();
                broken_link(&p.join("pack"));
            },
            Refused(&["cannot be read"]),
            &[],
        ),
    ]);
}

/// Folders without permission are those of others, as lost+found of a disk is.
#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_opened_does_not_refuse_a_pack() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().unwrap();
    pack(place.path(), |pack| {
        fs::create_dir(pack.join("lost+found")).unwrap();
        fs::set_permissions(pack.join("lost+found"), fs::Permissions::from_mode(0o000)).unwrap();
    });
    // To root, no folder is closed; then there is nothing to report.
    let is_closed = fs::read_dir(place.path().join("pack/lost+found")).is_err();
    let (status, said, warned) = call(place.path(), &["import", "pack", "--into", "data", "--dry-run"]);
    assert!(status == 0 && said.contains("2 recordings"), "{said}{warned}");
    assert_eq!(warned.contains("lost+found cannot be read"), is_closed, "{warned}");
}

/// Writes half a second of zeros.
fn write_zeros(path: &Path) {
    let audio = Audio { samples: vec![0.0; 22_050], sample_rate: RATE };
    write_wav_16(path, &audio).unwrap();
}

/// Returns a data folder of three notes and one file that is not.
fn data(bad: impl Fn(&Path)) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    for midi in [57, 60, 64] {
        write_note(&place.path().join(format!("data/{midi:03}_v080.wav")), midi, 80);
    }
    bad(&place.path().join("data/067_v080.wav"));
    place
}

#[test]
fn run_goes_on_with_the_rest() {
    for (name, bad, reason) in [
        ("no audio", (|path| fs::write(path, "no audio at all").unwrap()) as fn(&Path), "is not audio"),
        ("another sound", |path| write(path, &[silence(0.2), thump(0.4), silence(0.8)]), "left out: "),
        ("silence", write_zeros, "left out: "),
        (
            "a file that is cut short",
            |path| {
                write_note(path, 67, 80);
                let bytes = fs::read(path).unwrap();
                fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
            },
            "left out: it is cut short: its header promises",
        ),
    ] {
        let place = data(bad);
        let (status, said, warned) = call(place.path(), &["run", "--data", "data"]);
        assert_eq!(status, 0, "{name}: {warned}");
        assert!(said.contains("3 recordings, 3 notes"), "{name}: {said}");
        assert!(warned.contains("067_v080.wav: left out: ") && warned.contains(reason), "{name}: {warned}");
        let (status, _, warned) = call(place.path(), &["run", "--data", "data", "--strict"]);
        assert!(status == 1 && warned.contains("067_v080.wav"), "{name}: {warned}");
        let (status, said, warned) = call(place.path(), &["run", "--data", "data", "--dry-run"]);
        assert!(status == 0 && said.contains("067_v080.wav"), "{name}: {said}{warned}");
    }
}

#[test]
fn files_are_named_below_a_folder_that_ends_with_a_slash() {
    let place = tempfile::tempdir().unwrap();
    pack(place.path(), |pack| {
        for file in ["D4_mf.wav", "E4_mf.wav"] {
            fs::write(pack.join(file), "no audio at all").unwrap();
        }
    });
    for folder in ["pack", "pack/", "./pack/"] {
        let (status, _, warned) = call(place.path(), &["import", folder, "--into", "data", "--dry-run"]);
        assert!(status == 0 && warned.starts_with("warning: 2 files (D4_mf.wav, E4_mf.wav): left out: "), "{warned}");
    }
}

#[test]
fn run_fails_if_nothing_is_left() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("data")).unwrap();
    for midi in [57, 60] {
        fs::write(place.path().join(format!("data/{midi:03}_v080.wav")), "no audio at all").unwrap();
    }
    let (status, _, warned) = call(place.path(), &["run", "--data", "data"]);
    assert!(status == 1 && warned.contains("057_v080.wav") && warned.contains("is not audio"), "{warned}");
}

#[cfg(unix)]
#[test]
fn run_reports_entries_that_cannot_be_read() {
    let place = data(|path| std::os::unix::fs::symlink("gone.wav", path).unwrap());
    let (status, said, warned) = call(place.path(), &["run", "--data", "data"]);
    assert!(status == 0 && said.contains("3 recordings"), "{said}{warned}");
    assert!(warned.contains("left out: ") && warned.contains("067_v080.wav cannot be read"), "{warned}");
    let (status, _, warned) = call(place.path(), &["run", "--data", "data", "--strict"]);
    assert!(status == 1 && warned.contains("067_v080.wav cannot be read"), "{warned}");
}

#[test]
fn run_goes_on_without_files_that_are_missing_or_not_read() {
    let place = data(|_| {});
    fs::write(place.path().join("data/067_v080.opus"), "OggS").unwrap();
    let missing = "[[recording]]\nfile = \"gone.wav\"\nkind = \"note\"\nmidi = 60\nvelocity = 80\n";
    fs::write(place.path().join("data/recordings.toml"), missing).unwrap();
    let (status, said, warned) = call(place.path(), &["run", "--data", "data", "--through-stage", "1"]);
    assert!(status == 0 && said.contains("3 recordings"), "{said}{warned}");
    for reason in [
        "left out: data/067_v080.opus is of a format that is not read",
        "left out: data/recordings.toml line 2: file = \"gone.wav\" does not exist",
    ] {
        assert!(warned.contains(reason), "{reason}: {warned}");
    }
    let (status, _, warned) = call(place.path(), &["run", "--data", "data", "--strict"]);
    assert!(status == 1 && warned.contains("gone.wav"), "{warned}");
    for midi in [57, 60, 64] {
        fs::remove_file(place.path().join(format!("data/{midi:03}_v080.wav"))).unwrap();
    }
    let (status, _, warned) = call(place.path(), &["run", "--data", "data"]);
    assert!(status == 1 && warned.contains("gone.wav"), "{warned}");
}

/// Calls what a build script calls, which prints these warnings.
#[test]
fn a_build_goes_on_with_the_rest_too() {
    use wurli_train::pipeline::build::{Built, build};
    let place = data(|path| fs::write(path, "no audio at all").unwrap());
    for midi in [57u8, 60, 64] {
        write_note(&place.path().join(format!("data/{midi:03}_v030.wav")), midi, 30);
    }
    fs::write(place.path().join("data/recordings.toml"), "fit = \"notes\"\n").unwrap();
    match build(&place.path().join("data"), &place.path().join("cache"), &[], false) {
        Ok(Built::Trained { warnings, .. }) => {
            assert!(warnings.iter().any(|warning| warning.contains("067_v080.wav: left out: ")), "{warnings:#?}");
        }
        // Synthetic notes need not be learnable; that one file is bad is no error.
        Err(error) => assert!(!error.to_string().contains("067_v080.wav"), "{error}"),
        Ok(Built::Known(_)) => panic!("nothing is known"),
    }
}
