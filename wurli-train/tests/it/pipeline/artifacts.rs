//! Cached artifacts: stages repeated after a change, damage, and runs at the same time.

use wurli_testkit::folder::{folder_of, instrument};
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::settings::Settings;
use wurli_train::stage::Stage;
use wurli_train::training::TrainingSettings;

use super::folder::{counts, made, run, settings};

#[test]
fn a_training_setting_changes_stages_6_and_7_alone() {
    let (data, cache) = (folder_of(&instrument()), tempfile::tempdir().unwrap());
    let (_, before) = made(data.path(), cache.path(), settings());
    let training = TrainingSettings { seed: 10, ..settings().training.unwrap() };
    let changed = Settings { training: Some(training), ..settings() };
    let (usage, after) = made(data.path(), cache.path(), changed);
    assert_eq!(usage, counts(0, 1));
    assert_ne!(before, after);
}

#[test]
fn a_changed_recording_is_measured_again_and_no_other() {
    let notes = instrument();
    let (data, cache) = (folder_of(&notes), tempfile::tempdir().unwrap());
    let (_, before) = made(data.path(), cache.path(), settings());

    let path = data.path().join(notes[2].file());
    let touched = std::fs::File::options().write(true).open(&path).unwrap();
    touched.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(made(data.path(), cache.path(), settings()).0, counts(0, 0));

    let mut other = notes[2].clone();
    other.corrections.amp_offsets_db[0] += 1.0;
    other.write(data.path());
    let (usage, after) = made(data.path(), cache.path(), settings());
    assert_eq!(usage, counts(1, 1));
    assert_ne!(before, after);

    notes[2].write(data.path());
    let (usage, back) = made(data.path(), cache.path(), settings());
    assert_eq!(usage, counts(0, 0));
    assert_eq!(before, back);
}

#[test]
fn recordings_come_go_and_change_their_names() {
    let notes = instrument();
    let (data, cache) = (folder_of(&notes[..4]), tempfile::tempdir().unwrap());
    let (_, four) = made(data.path(), cache.path(), settings());
    let path = notes[4].write(data.path());
    assert_eq!(made(data.path(), cache.path(), settings()).0, counts(1, 1));

    // The file name is part of a row.
    let renamed = data.path().join("A4_v60.wav");
    std::fs::rename(&path, &renamed).unwrap();
    assert_eq!(made(data.path(), cache.path(), settings()).0, counts(1, 1));

    std::fs::remove_file(&renamed).unwrap();
    let (usage, again) = made(data.path(), cache.path(), settings());
    assert_eq!(usage, counts(0, 0));
    assert_eq!(four, again);
}

#[test]
fn eight_runs_at_once_on_one_cache_all_end_with_the_same_bytes() {
    let (data, cache) = (folder_of(&instrument()[..3]), tempfile::tempdir().unwrap());
    let all: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| made(data.path(), cache.path(), settings()).1)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(all.iter().all(|bytes| *bytes == all[0]));
    assert_eq!(made(data.path(), cache.path(), settings()), (counts(0, 0), all[0].clone()));
    for stage in std::fs::read_dir(cache.path()).unwrap() {
        for file in std::fs::read_dir(stage.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            assert!(path.extension().is_some_and(|extension| extension == "bin"), "{} was left", path.display());
        }
    }
}

#[test]
fn whatever_is_wrong_with_an_artifact_it_is_said_and_made_again() {
    let (data, place) = (folder_of(&instrument()[..3]), tempfile::tempdir().unwrap());
    let (_, whole) = made(data.path(), place.path(), settings());
    for stage in Stage::ALL {
        let folder = place.path().join(stage.name());
        let path = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let damages: [&dyn Fn(); 4] = [
            &|| std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap(),
            &|| std::fs::write(&path, b"").unwrap(),
            &|| std::fs::write(&path, b"something else altogether").unwrap(),
            // A folder in place of the file can be neither read nor written.
            &|| {
                std::fs::remove_file(&path).unwrap();
                std::fs::create_dir(&path).unwrap();
            },
        ];
        for damage in damages {
            damage();
            let cache = Cache::at(place.path());
            let (_, outcome) = run(data.path(), &cache, settings()).unwrap();
            assert_eq!(outcome.weights.to_bytes().as_slice(), whole, "{stage}");
            assert_eq!(cache.usage()[&stage].made, 1, "{stage}");
            let warnings = cache.warnings();
            assert!(warnings[0].starts_with(&path.display().to_string()), "{stage}: {warnings:?}");
        }
        std::fs::remove_dir(&path).unwrap();
    }
}

#[test]
fn a_cache_that_is_no_folder_is_said_and_everything_still_made() {
    let data = folder_of(&instrument()[..3]);
    let file = tempfile::NamedTempFile::new().unwrap();
    let cache = Cache::at(file.path());
    run(data.path(), &cache, settings()).unwrap();
    assert!(!cache.warnings().is_empty());
    let name = file.path().display().to_string();
    assert!(cache.warnings().iter().all(|warning| warning.starts_with(&name)), "{:?}", cache.warnings());
}
