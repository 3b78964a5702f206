//! Corrections as a user evaluates them.

use serde_json::Value;
use wurli_testkit::user::text;

const COLUMNS: [&str; 5] = ["uncorrected", "corrected", "left_out", "mean_offset", "nearest"];

#[test]
fn every_way_of_correcting_stands_beside_the_others_with_its_interval() {
    let user = crate::user();
    user.train();
    let data = text(user.data.path());
    let call = ["evaluate", "--data", data, "--leave-one-out", "--plot", "residuals.svg"];
    let (status, stdout, stderr) = user.call(&call);
    assert_eq!(status, 0, "{stderr}");
    assert!(std::fs::read_to_string(user.place.path().join("residuals.svg")).unwrap().starts_with("<svg"));
    let widest = stdout.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 80, "{widest} columns:\n{stdout}");

    let (status, stdout, stderr) = user.call(&["evaluate", "--data", data, "--leave-one-out", "--json"]);
    assert_eq!(status, 0, "{stderr}");
    let json: Value = serde_json::from_str(&stdout).unwrap();
    let level = |column: &str| &json["errors"][column]["all"]["level_db"];
    for column in COLUMNS {
        let (mean, interval) =
            (level(column)["value"].as_f64().unwrap(), level(column)["interval"].as_array().unwrap());
        let [low, high] = [&interval[0], &interval[1]].map(|end| end.as_f64().unwrap());
        assert!(low <= mean && mean <= high && low < high, "{column}: {mean} is not in {low}..{high}");
        assert!(level(column)["count"].as_u64().unwrap() > 20, "{column}");
    }
    // The instrument of this folder differs from the voice as a whole: a constant nearly mends it,
    // a network does.
    let value = |column: &str| level(column)["value"].as_f64().unwrap();
    assert!(value("corrected") < 0.5 * value("uncorrected"), "{json}");
    assert!(value("mean_offset") < 0.5 * value("uncorrected"), "{json}");
}

#[test]
fn dynamics_that_are_left_out_need_no_weights() {
    let user = crate::user();
    let data = text(user.data.path());
    let call = ["evaluate", "--data", data, "--leave-one-out", "dynamics"];
    std::fs::write(user.place.path().join("damaged.weights"), [0; 9]).unwrap();
    for (file, why) in [("gone.weights", "give --weights FILE"), ("damaged.weights", "not a weights file")] {
        let (status, _, stderr) = user.call(&[&call[..], &["--weights", file]].concat());
        assert!(status == 1 && stderr.contains(file) && stderr.contains(why), "{stderr}");
    }
    let (status, _, stderr) = user.call(&call);
    assert!(
        status == 1 && stderr.contains("was recorded at several dynamics, which are ranges of velocity"),
        "{stderr}"
    );
    std::fs::copy(user.data.path().join("045_v52.wav"), user.data.path().join("045_v110.wav")).unwrap();
    let (status, stdout, stderr) = user.call(&call);
    assert_eq!(status, 0, "{stderr}");
    assert!(stdout.contains("left out") && !stdout.contains("corrected by"), "{stdout}");
    let last = "notes of keys with several dynamics, each left out of a training with all notes of its dynamic\n";
    assert!(stdout.ends_with(last), "{stdout}");
}

#[test]
fn a_wrong_call_ends_with_2_and_missing_weights_with_1_and_what_to_do() {
    let user = crate::user();
    let (status, _, stderr) = user.call(&["evaluate", "--fit", "notes"]);
    assert!(status == 2 && stderr.contains("--leave-one-out"), "{stderr}");
    let (status, _, stderr) = user.call(&["evaluate", "--data", text(user.data.path())]);
    assert!(status == 1 && stderr.contains("run --train"), "{stderr}");
}
