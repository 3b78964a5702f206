//! Weights tell which recordings they were trained on.

use wurli_testkit::folder::{folder_of, instrument};
use wurli_testkit::user::{User, text};

/// Returns the standard output and error of a call that succeeds.
fn call(user: &User, arguments: &[&str]) -> (String, String) {
    let (status, said, warned) = user.call(arguments);
    assert_eq!(status, 0, "{arguments:?}: {warned}");
    (said, warned)
}

#[test]
fn weights_of_other_recordings_are_reported_unless_they_are_asked_for() {
    let user = crate::user();
    user.train();
    let other = folder_of(&instrument()[..3]);
    let (own, other) = (text(user.data.path()), text(other.path()));
    let absolute = user.data.path().canonicalize().unwrap();
    for command in [&["evaluate"][..], &["harmonic", "3"]] {
        let with = |more: &[&str]| call(&user, &[command, more].concat());
        let (said, warned) = with(&["--data", own]);
        assert_eq!(warned, "", "{command:?}");
        assert!(command != ["evaluate"] || said.ends_with(&format!(", trained on {}\n", absolute.display())), "{said}");

        let expected = format!(
            "warning: wurli-out/wurli.weights was trained on {}, not on {other}: train with `wurli-train run --data {other} \
             --train`, or judge these weights with --weights wurli-out/wurli.weights\n",
            absolute.display()
        );
        assert_eq!(with(&["--data", other]).1, expected, "{command:?}");
        assert_eq!(with(&["--data", other, "--weights", "wurli-out/wurli.weights"]).1, "", "{command:?}");
    }

    // Another fit of the same recordings is no other instrument.
    std::fs::write(user.data.path().join("recordings.toml"), "fit = \"keyboard\"\n").unwrap();
    assert_eq!(call(&user, &["evaluate", "--data", own]).1, "");
    // A recording that was removed is told from another folder.
    std::fs::remove_file(user.data.path().join("069_v60.wav")).unwrap();
    let (_, warned) = call(&user, &["evaluate", "--data", own]);
    assert!(warned.contains(&format!("was trained on other recordings of {own}: ")), "{warned}");

    // A file of someone else in that place is not what the note beside it says.
    let weights = user.place.path().join("wurli-out/wurli.weights");
    std::fs::write(weights, wurli_weights::sample_weights().to_bytes()).unwrap();
    let (_, warned) = call(&user, &["evaluate", "--data", own]);
    assert!(warned.contains("was trained on other recordings than those of "), "{warned}");
}

#[test]
fn a_training_says_that_its_errors_are_of_trained_notes_and_what_comes_next() {
    let user = crate::user();
    let data = text(user.data.path());
    let train = ["run", "--data", data, "--train", "--epochs", "300", "--fit", "notes"];
    let (said, _) = call(&user, &train);
    assert!(said.contains("errors of the trained notes; `evaluate --leave-one-out keys` has"), "{said}");
    // A report has no --epochs: it reads the weights.
    let (evaluate, report) = ("--leave-one-out keys --fit notes\n", "--weights wurli-out/wurli.weights --fit notes");
    assert!(said.contains(&format!("wurli-train evaluate --data {data} {evaluate}")), "{said}");
    assert!(said.contains(&format!("wurli-train report --data {data} {report} --out report.html\n")), "{said}");
    let weights = user.place.path().canonicalize().unwrap().join("wurli-out/wurli.weights");
    assert!(said.contains(&format!("set WURLI_WEIGHTS={} ", weights.display())), "{said}");
    let build = format!("WURLI_DATA={data} cargo build --release  # with fit = \"notes\" in {data}/recordings.toml\n");
    assert!(said.contains(&build), "{said}");
    // The synth and its settings are those of this run.
    let (said, _) = call(&user, &[&train[..6], &["--without", "levels,displacement"]].concat());
    let without = format!("--data {data} --without levels,displacement");
    assert!(said.contains(&format!("evaluate {without} --leave-one-out keys\n")), "{said}");
    assert!(
        said.contains(&format!("report {without} --weights wurli-out/wurli.weights --out report.html\n")),
        "{said}"
    );
    assert!(said.contains("corrections!") && !said.contains("WURLI_DATA"), "{said}");
    // Elsewhere, the weights are named.
    let (said, _) = call(&user, &[&train[..], &["--out", "mine"]].concat());
    assert!(said.contains(&format!("evaluate --data {data} --weights mine/wurli.weights ")), "{said}");
}
