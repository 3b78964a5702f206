//! The deep dive of one harmonic as a user calls it.

use serde_json::Value;
use wurli_testkit::folder::{Played, instrument};
use wurli_testkit::user::{User, text};

/// Answers of this command.
trait Harmonic {
    fn harmonic(&self, arguments: &[&str]) -> (String, String);
    fn json(&self, arguments: &[&str]) -> Value;
}

impl Harmonic for User {
    fn harmonic(&self, arguments: &[&str]) -> (String, String) {
        let (status, stdout, stderr) =
            self.call(&[&["harmonic", "--data", text(self.data.path())], arguments].concat());
        assert_eq!(status, 0, "{arguments:?}: {stderr}");
        (stdout, stderr)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.harmonic(&[arguments, &["--json"]].concat()).0).unwrap()
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn a_wrong_call_ends_with_2_and_failed_work_with_1() {
    let user = crate::user();
    let data = text(user.data.path());
    let missing = user.place.path().join("missing");
    let damaged = user.place.path().join("damaged.weights");
    std::fs::write(&damaged, "no weights").unwrap();
    for (arguments, expected, named) in [
        (vec!["harmonic"], 2, "K"),
        (vec!["harmonic", "0"], 2, "0 is not in 1..=8"),
        (vec!["harmonic", "9"], 2, "9 is not in 1..=8"),
        (vec!["harmonic", "H3"], 2, "H3"),
        (vec!["harmonic", "1", "--data", data, "--plot", "h1.svg"], 2, "2-8"),
        (vec!["harmonic", "3", "--data", text(&missing)], 1, text(&missing)),
        (vec!["harmonic", "3", "--data", data, "--weights", text(&missing)], 1, text(&missing)),
        (vec!["harmonic", "3", "--data", data, "--weights", text(&damaged)], 1, text(&damaged)),
        (vec!["harmonic", "3", "--data", data, "--plot", "damaged.weights/h3.svg"], 1, "damaged.weights/h3.svg"),
    ] {
        let (status, stdout, stderr) = user.call(&arguments);
        assert_eq!(status, expected, "{arguments:?}: {stderr}");
        assert!(stderr.contains(named) && stdout.is_empty(), "{arguments:?}: {stderr}");
    }
    assert!(user.call(&["harmonic", "--help"]).1.contains("Example: wurli-train harmonic 3"));
}

#[test]
fn without_weights_the_corrected_columns_are_left_out_and_with_them_every_note_has_them() {
    let user = crate::user();
    let (printed, said) = user.harmonic(&["3"]);
    assert!(said.lines().count() == 1 && said.contains("wurli-out/wurli.weights is missing"), "{said}");
    assert!(!printed.contains("corrected") && printed.lines().last().unwrap().starts_with("mean absolute error"));
    // Measurements are cached where `run` looks for them.
    assert!(user.place.path().join("wurli-out/cache/residuals").is_dir());

    user.train();
    let (printed, said) = user.harmonic(&["3"]);
    assert_eq!(said, "");
    let notes: Vec<_> = instrument().iter().map(Played::file).collect();
    for table in printed.split("\n\n").take(3) {
        let lines: Vec<_> = table.lines().skip(1).collect();
        assert!(lines[0].contains("recorded") && lines[0].contains("corrected") && lines[0].ends_with("target"));
        // From the lowest key to the highest.
        let files: Vec<_> = lines[1..].iter().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(files, notes, "{printed}");
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{printed}");
    }
    assert_eq!(printed.matches("->").count(), 3, "{printed}");
    let elsewhere = user.place.path().join("mine.weights");
    std::fs::copy(user.place.path().join("wurli-out/wurli.weights"), &elsewhere).unwrap();
    assert_eq!(user.harmonic(&["3", "--weights", text(&elsewhere)]).0, printed);
}

/// The instrument is the voice with known corrections: H3 2 to 3 dB louder, 3.5 to 5.5 cents sharp,
/// decaying more slowly.
#[test]
fn what_is_printed_is_how_the_instrument_differs_from_the_voice() {
    let user = crate::user();
    user.train();
    let json = user.json(&["3"]);
    assert_eq!((&json["harmonic"], &json["weights"]), (&3.into(), &"wurli-out/wurli.weights".into()));
    let notes = json["notes"].as_array().unwrap();
    let keys: Vec<_> = notes.iter().map(|note| (note["note"].as_str().unwrap(), note["velocity"].as_u64())).collect();
    assert_eq!(keys, [("A2", Some(52)), ("E3", Some(78)), ("A3", Some(40)), ("E4", Some(90)), ("A4", Some(60))]);
    for (note, played) in notes.iter().zip(instrument()) {
        assert_eq!((&note["file"], &note["tier"]), (&played.file().into(), &"Gold".into()));
        let difference = |quantity: &str| {
            let quantity = &note[quantity];
            assert!(quantity["target"] == true && quantity["why"].is_null(), "{note}");
            number(&quantity["recorded"]["value"]) - number(&quantity["model"]["value"])
        };
        let (level_db, cents) = (difference("level_db"), difference("frequency_cents"));
        // An offset is read over a window about its time of reference, in which the slower decay
        // adds a little.
        assert!((level_db - f64::from(played.corrections.amp_offsets_db[1])).abs() < 1.0, "{level_db}: {note}");
        assert!((cents - f64::from(played.corrections.freq_offsets_cents[1])).abs() < 0.1, "{cents}: {note}");
        assert!(difference("decay_db_per_s") < 0.0, "{note}");
        assert!(number(&note["floor_db"]) < -40.0, "{note}");
        assert!(note["level_db"]["corrected"]["status"] == "valid", "{note}");
    }
    let mean = |time: &str, quantity: &str| &json["mean_absolute_error"][time][quantity];
    for quantity in ["level_db", "frequency_cents", "decay_log2"] {
        let (before, after) = (mean("before", quantity), mean("after", quantity));
        assert_eq!(before["count"], 5);
        assert!(number(&after["value"]) < number(&before["value"]), "{quantity}: {before} {after}");
    }
}

#[test]
fn what_is_no_target_says_why() {
    let user = crate::user();
    let first = user.json(&["1"]);
    for note in first["notes"].as_array().unwrap() {
        assert_eq!((&note["level_db"]["target"], &note["level_db"]["why"]), (&false.into(), &"the reference".into()));
        // The tuning of the reed is learnt from H2, its decay from both.
        assert_eq!(note["frequency_cents"]["why"], "H2 says it");
        assert!(note["level_db"]["corrected"].is_null());
    }
    assert_eq!(first["mean_absolute_error"]["after"], Value::Null);
    assert_eq!(first["mean_absolute_error"]["before"]["level_db"]["count"], 0);

    // Played as a performance, its velocity is no longer known: the level does not count, the
    // frequency does.
    let data = user.data.path();
    for file in instrument().iter().map(Played::file).skip(1) {
        std::fs::remove_file(data.join(file)).unwrap();
    }
    std::fs::write(data.join("recordings.toml"), "[[recording]]\nfile = \"045_v52.wav\"\nkind = \"performance\"\n")
        .unwrap();
    let guessed = user.json(&["3"]);
    let [note] = guessed["notes"].as_array().unwrap().as_slice() else { panic!("{guessed}") };
    assert_eq!((&note["velocity_known"], &note["level_db"]["target"]), (&false.into(), &false.into()));
    assert_eq!(note["level_db"]["why"], "velocity guessed");
    assert_eq!(note["frequency_cents"]["target"], true, "{note}");
    assert_eq!(guessed["mean_absolute_error"]["before"]["level_db"]["count"], 0);
}

#[test]
fn a_plot_shows_every_note_before_and_after() {
    let user = crate::user();
    let draw = |name: &str| {
        let (printed, _) = user.harmonic(&["2", "--plot", name]);
        assert!(printed.contains(&format!("wrote {name}\n")), "{printed}");
        std::fs::read_to_string(user.place.path().join(name)).unwrap()
    };
    let plain = draw("plain.svg");
    assert!(plain.starts_with("<svg ") && plain.ends_with("</svg>\n"));
    assert_eq!((plain.matches(", before: ").count(), plain.matches(", after: ").count()), (5, 0));
    user.train();
    let corrected = draw("drawn/corrected.svg");
    assert_eq!((corrected.matches(", before: ").count(), corrected.matches(", after: ").count()), (5, 5));
    assert!(corrected.contains("A2 velocity 52, before: "), "{corrected}");
}
