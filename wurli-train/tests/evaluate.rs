//! What the corrections are worth: as a user calls it, and on the real instrument.

// Helpers, too, may fail by panicking.
#![allow(clippy::unwrap_used)]
#![cfg(feature = "cli")]

mod common;
#[path = "common/folder.rs"]
mod folder;
#[path = "common/user.rs"]
mod user;

use common::ep200;
use serde_json::Value;
use user::{User, text};
use wurli_train::catalogue::{Fit, Selection};
use wurli_train::comparison::corrections_of;
use wurli_train::evaluation::{Errors, NoteComparison, closed_loop, errors_with, leave_one_out};
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::settings::Settings;
use wurli_train::pipeline::{Pipeline, Silent, compared_notes, examples, measured_notes};
use wurli_train::renderer::ReferenceVoice;
use wurli_train::stage::Stage;
use wurli_train::training::TrainingSettings;

const COLUMNS: [&str; 5] = ["uncorrected", "corrected", "left_out", "mean_offset", "nearest"];

#[test]
fn every_way_of_correcting_stands_beside_the_others_with_its_interval() {
    let user = User::new();
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
    // The instrument of this folder differs from the voice as a whole: a constant nearly mends it, a network does.
    let value = |column: &str| level(column)["value"].as_f64().unwrap();
    assert!(value("corrected") < 0.5 * value("uncorrected"), "{json}");
    assert!(value("mean_offset") < 0.5 * value("uncorrected"), "{json}");
}

#[test]
fn a_wrong_call_ends_with_2_and_missing_weights_with_1_and_what_to_do() {
    let user = User::new();
    let (status, _, stderr) = user.call(&["evaluate", "--fit", "notes"]);
    assert!(status == 2 && stderr.contains("--leave-one-out"), "{stderr}");
    let (status, _, stderr) = user.call(&["evaluate", "--data", text(user.data.path())]);
    assert!(status == 1 && stderr.contains("run --train"), "{stderr}");
}

#[test]
fn a_training_stands_beside_restarts_that_were_gone_through_to_their_end() {
    let user = User::new();
    let call = ["restarts", "--data", text(user.data.path()), "--fit", "keyboard", "--count", "3"];
    let (status, stdout, stderr) = user.call(&call);
    assert_eq!(status, 0, "{stderr}");
    assert!(stdout.contains("3 restarts: lowest") && stdout.contains("of 3 restarts end lower"), "{stdout}");
    let (status, stdout, stderr) = user.call(&[call.as_slice(), &["--json"]].concat());
    assert_eq!(status, 0, "{stderr}");
    let json: Value = serde_json::from_str(&stdout).unwrap();
    let losses: Vec<f64> = json["restarts"].as_array().unwrap().iter().map(|loss| loss.as_f64().unwrap()).collect();
    assert!(losses.len() == 3 && losses.is_sorted() && losses[0] > 0.0, "{json}");
    // One finalist of four beginnings; what three others come to is of the same size.
    let own = json["finalists"].as_array().unwrap();
    assert!(own.len() == 1 && own[0].as_f64().unwrap() < 2.0 * losses[2], "{json}");
}

/// The promise of `fit = "keyboard"`, on the recordings that it was chosen by: much better on the recorded keys, no worse on the others,
/// and on those no worse than the simplest that one could do instead.
#[test]
fn corrections_work_on_the_real_instrument() {
    let Some(folder) = ep200() else { return };
    let cache = Cache::none();
    let pipeline = Pipeline::open(&folder, Selection::All, Settings::default(), &cache, &Silent).unwrap();
    let analysed = pipeline.analyse(Stage::Residuals).unwrap();
    let (notes, examples) = (measured_notes(&analysed), examples(&analysed));
    let trained = pipeline.train(&analysed).unwrap();
    let loops = closed_loop(&ReferenceVoice::EP200, &compared_notes(&analysed), &trained.weights, &Silent).unwrap();
    let settings = TrainingSettings::for_fit(Fit::Keyboard);
    let left_out = leave_one_out(&ReferenceVoice::EP200, &examples, &settings, &[settings.shrinkage], &Silent)
        .unwrap()
        .swap_remove(0);
    let level_db = |notes: &[NoteComparison]| Errors::mean(notes).level_db;
    let (before, after) = (loops.uncorrected, loops.corrected);
    println!("uncorrected {before:?}\ncorrected {after:?}\nleft out {:?}", Errors::mean(&left_out.network));

    assert!(before.level_db < 4.6, "uncorrected {} dB", before.level_db);
    assert!(after.level_db < 3.9, "corrected {} dB", after.level_db);
    assert!(after.decay_log2 < 0.4, "corrected decays {}", after.decay_log2);
    assert!(after.frequency_cents < 1.5, "corrected tuning {} cents", after.frequency_cents);
    let left_out_db = level_db(&left_out.network);
    // 4.45 dB against 4.48 dB where it was chosen. On other processors the last bits differ, and with them what thousands of epochs make of a
    // few notes: from seed to seed it scatters by 1 %.
    assert!(left_out_db <= 1.01 * before.level_db, "left out {left_out_db} dB, uncorrected {} dB", before.level_db);
    for (name, baseline) in [("mean offset", &left_out.mean_offset), ("nearest note", &left_out.nearest)] {
        assert!(left_out_db <= level_db(baseline), "{name} {} dB, left out {left_out_db} dB", level_db(baseline));
    }
    // Errors of a note do not depend on the others that are measured beside it.
    let alone =
        errors_with(&ReferenceVoice::EP200, &notes[..1], |note| corrections_of(&trained.weights, note), &Silent)
            .unwrap();
    assert_eq!(
        alone,
        errors_with(&ReferenceVoice::EP200, &notes, |note| corrections_of(&trained.weights, note), &Silent).unwrap()
            [..1]
    );
}
