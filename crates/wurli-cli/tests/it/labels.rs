//! Notes that are not what they are called, as a user meets them: said, with the label kept, or
//! retuned where that is asked for.

use wurli_testkit::recordings::{ep200, shipped_data};
use wurli_testkit::user::{User, text};

/// Returns the user's five notes, with A3 (v40) called as given, and the last without a key.
fn misnamed(name: &str) -> User {
    let user = crate::user();
    let data = user.data.path();
    std::fs::rename(data.join("057_v40.wav"), data.join(name)).unwrap();
    std::fs::rename(data.join("069_v60.wav"), data.join("some key.wav")).unwrap();
    let listed = "[[recording]]\nfile = \"some key.wav\"\nkind = \"note\"\nvelocity = 60\n";
    std::fs::write(data.join("recordings.toml"), listed).unwrap();
    user
}

/// Returns the keys found by stage 1, by file, and the messages.
fn keys(user: &User, more: &[&str]) -> (Vec<(String, i64)>, String) {
    let data = text(user.data.path()).to_owned();
    let arguments = [&["run", "--data", &data, "--through-stage", "notes", "--json"], more].concat();
    let (status, said, warned) = user.call(&arguments);
    assert_eq!(status, 0, "{warned}");
    let found: serde_json::Value = serde_json::from_str(&said).unwrap();
    let key = |recording: &serde_json::Value| {
        let file = recording["recording"]["file"].as_str().unwrap().to_owned();
        (file, recording["notes"]["notes"][0]["midi"].as_i64().unwrap())
    };
    (found["recordings"].as_array().unwrap().iter().map(key).collect(), warned)
}

#[test]
fn a_label_that_is_off_is_said_and_kept_or_retuned() {
    // A3, of which the user's piano is 4 to 6 cents sharp.
    for (name, label, off) in [
        ("058_v40.wav", 58, "labelled A#3, sounds 0.95 semitones lower"),
        ("054_v40.wav", 54, "labelled F#3, sounds 3.05 semitones higher"),
        ("069_v40.wav", 69, "labelled A4, sounds 11.95 semitones lower"),
        ("045_v40.wav", 45, "labelled A2, sounds 12.05 semitones higher"),
    ] {
        let user = misnamed(name);
        let (kept, warned) = keys(&user, &[]);
        assert!(
            warned.contains(&format!(
                "warning: {name}: {off}; label kept: correct its name, write midi = 57 in recordings.toml, or `import --retune`"
            )),
            "{warned}"
        );
        assert!(kept.contains(&(name.to_owned(), label)), "{kept:?}");
        assert_eq!(warned.matches("labelled").count(), 1, "{warned}");

        let (retuned, warned) = keys(&user, &["--retune"]);
        assert!(warned.contains(&format!("warning: {name}: {off}; taken as A3 (MIDI 57)")), "{warned}");
        assert!(retuned.contains(&(name.to_owned(), 57)), "{retuned:?}");
    }
}

#[test]
fn nothing_is_trained_on_a_note_of_another_key() {
    let trained = |user: &User| {
        let data = text(user.data.path()).to_owned();
        let (status, said, warned) = user.call(&["run", "--data", &data, "--train", "--epochs", "300", "--json"]);
        assert_eq!(status, 0, "{warned}");
        let found: serde_json::Value = serde_json::from_str(&said).unwrap();
        (found["training"]["parameters"].clone(), warned)
    };
    let without = misnamed("058_v40.wav");
    std::fs::remove_file(without.data.path().join("058_v40.wav")).unwrap();
    let (expected, warned) = trained(&without);
    assert!(expected.as_array().unwrap().len() == 294 && !warned.contains("excluded from training"), "{warned}");
    for (name, note, cents) in [("058_v40.wav", "A#3", "95 cents below"), ("045_v40.wav", "A2", "1205 cents above")] {
        let (parameters, warned) = trained(&misnamed(name));
        let said = format!("{name}: excluded from training: {note} at 0.");
        assert!(
            warned.contains(&said) && warned.contains(&format!("sounds {cents} {note} (usual tuning: +")),
            "{warned}"
        );
        assert!(parameters == expected, "{name} was trained on: {warned}");
    }
    // Called what it sounds, it is.
    assert!(trained(&misnamed("057_v40.wav")).0 != expected);
}

#[test]
fn a_note_without_a_key_gets_the_one_that_sounds() {
    let user = misnamed("057_v40.wav");
    let (keys, warned) = keys(&user, &[]);
    assert!(keys.contains(&("some key.wav".to_owned(), 69)), "{keys:?}");
    assert!(
        warned.contains("warning: some key.wav: no key was given; taken as A4 (MIDI 69), which sounds: 441"),
        "{warned}"
    );
    assert_eq!(warned.lines().count(), 1, "right labels are not spoken of: {warned}");
}

#[test]
fn recordings_with_right_labels_are_not_spoken_of() {
    let user = crate::user();
    let (status, _, warned) = user.call(&["run", "--data", text(&shipped_data()), "--through-stage", "notes"]);
    assert_eq!((status, warned.as_str()), (0, ""));
    let Some(recordings) = ep200() else { return };
    let (status, _, warned) = user.call(&["run", "--data", text(&recordings), "--through-stage", "notes"]);
    assert_eq!(status, 0, "{warned}");
    assert!(!warned.contains("labelled"), "{warned}");
}
