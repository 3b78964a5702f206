//! Two channels that cancel each other when they are mixed.

use std::path::Path;

use super::synth::{RATE, note};
use super::table::call;

const KEYS: [u8; 5] = [45, 52, 60, 67, 74];

/// Writes a data folder of stereo notes, the second channel late by some samples and scaled.
fn data(place: &Path, late: usize, factor: f64) {
    std::fs::create_dir(place.join("data")).unwrap();
    let spec =
        hound::WavSpec { channels: 2, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    for midi in KEYS {
        let sound = note(midi, 80, 1.0);
        let path = place.join(format!("data/{midi:03}_v080.wav"));
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        for n in 0..sound.len() {
            let second = n.checked_sub(late).map_or(0.0, |n| factor * sound[n]);
            for x in [sound[n], second] {
                writer.write_sample((x * 32_767.0) as i16).unwrap();
            }
        }
        writer.finalize().unwrap();
    }
}

#[test]
fn one_line_has_all_files_and_one_remedy() {
    let place = tempfile::tempdir().unwrap();
    super::synth::write(&place.path().join("alone.wav"), &[note(45, 80, 1.0)]);
    let (_, alone, _) = call(place.path(), &["measure", "--json", "--midi", "A2", "alone.wav"]);
    let alone = levels_db(&alone);
    assert_eq!(alone.len(), 8);
    for (name, late, factor, remedy) in [
        ("inverted", 0, -1.0, "; invert channel 2"),
        ("inverted and softer", 0, -0.7, "; invert channel 2"),
        ("inverted and late", 7, -0.97, "; drop channel 2"),
        ("34 cm apart", 44, 1.0, "; drop channel 2"),
    ] {
        let place = tempfile::tempdir().unwrap();
        data(place.path(), late, factor);
        let (status, _, warned) = call(place.path(), &["run", "data", "--through-stage", "notes"]);
        assert_eq!(status, 0, "{name}: {warned}");
        assert_eq!(warned.lines().count(), 1, "{name}: {warned}");
        let start = "warning: 5 files (045_v080.wav, 052_v080.wav, 060_v080.wav, …): mixing its 2 channels weakens ";
        assert!(warned.starts_with(start) && warned.contains(remedy), "{name}: {warned}");
        // The louder channel is measured, as if the file had no other.
        let (status, said, warned) = call(place.path(), &["measure", "--json", "--midi", "A2", "data/045_v080.wav"]);
        assert_eq!(status, 0, "{name}: {warned}");
        for (k, (found, expected)) in levels_db(&said).iter().zip(&alone).enumerate() {
            assert!((found - expected).abs() < 0.05, "{name}: H{} at {found} dB, {expected} dB alone", k + 1);
        }
    }
}

#[test]
fn channels_that_add_up_are_not_reported() {
    for (name, late, factor) in [("equal", 0, 1.0), ("softer", 0, 0.5)] {
        let place = tempfile::tempdir().unwrap();
        data(place.path(), late, factor);
        let (status, _, warned) = call(place.path(), &["run", "data", "--through-stage", "notes"]);
        assert!(status == 0 && warned.is_empty(), "{name}: {warned}");
    }
}

/// Returns the levels of H1-H8 that `measure --json` prints, dB re H1.
fn levels_db(json: &str) -> Vec<f64> {
    let found: serde_json::Value = serde_json::from_str(json).unwrap();
    let harmonics = found[0]["measurement"]["harmonics"].as_array().unwrap();
    harmonics.iter().map(|harmonic| harmonic["levels"]["early_db"]["value"].as_f64().unwrap()).collect()
}
