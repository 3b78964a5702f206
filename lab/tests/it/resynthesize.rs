//! Stand-ins as the tool writes them.

use wurli_testkit::folder::{folder_of, instrument};
use wurli_testkit::user::{call, text};
use wurli_train::catalogue::Selection;
use wurli_train::pipeline::Pipeline;
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::settings::Settings;
use wurli_train::progress::Silent;
use wurli_train::stage::Stage;

use crate::LAB;

#[test]
fn stand_ins_make_a_data_folder_and_never_cost_a_catalogue() {
    let from = folder_of(&instrument());
    let into = tempfile::tempdir().unwrap();
    let catalogue = "[[source]]\nid = \"e\u{301}t\u{e9}\"\nauthor = \"a \\\"b\\\"\"\n";
    std::fs::write(from.path().join("recordings.toml"), catalogue).unwrap();
    let resynthesize = |into: &str| {
        let (status, _, stderr) =
            call(LAB.as_ref(), into.as_ref(), &["resynthesize", "--from", text(from.path()), "--into", into]);
        (status, stderr)
    };
    let (status, stderr) = resynthesize(text(into.path()));
    assert_eq!(status, 0, "{stderr}");
    // The result is a data folder, and its strings are TOML.
    let cache = Cache::none();
    let pipeline = Pipeline::open(into.path(), Selection::All, Settings::default(), &cache, &Silent).unwrap();
    assert_eq!(pipeline.analyse(Stage::Isolation).unwrap().len(), 6);

    let (status, stderr) = resynthesize(text(from.path()));
    assert_eq!((status, stderr.contains("its catalogue would be lost")), (2, true), "{stderr}");
    assert_eq!(std::fs::read_to_string(from.path().join("recordings.toml")).unwrap(), catalogue);

    // Both would become recordings/045_v52.wav.
    std::fs::copy(from.path().join("045_v52.wav"), from.path().join("045_v52.aif")).unwrap();
    let (status, stderr) = resynthesize(text(into.path()));
    assert_eq!((status, stderr.contains("another stand-in is called")), (1, true), "{stderr}");
}

#[test]
fn a_missing_folder_ends_with_1_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let arguments = ["resynthesize", "--from", text(&missing), "--into", text(&missing)];
    let (status, stdout, stderr) = call(LAB.as_ref(), folder.path(), &arguments);
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.contains(text(&missing)) && stdout.is_empty(), "{stderr}");
    assert!(!missing.exists());
}
