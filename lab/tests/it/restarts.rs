//! The trained network beside other beginnings.

use serde_json::Value;
use wurli_testkit::user::text;

#[test]
fn a_training_stands_beside_restarts_that_were_gone_through_to_their_end() {
    let user = crate::user();
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
