//! Sounds an octave or two below a note that are not the note.

use std::f64::consts::TAU;
use std::path::Path;

use wurli_cli::import::ImportOptions;
use wurli_train::transcription::Labels;

use super::synth::{note, samples, silence, write};
use super::table::{Case, Notes, call, case, check, each, name};

const KEYS: [u8; 4] = [52, 56, 60, 63];

/// Writes the keys; under G#3 sounds a sine.
fn pack(place: &Path, hz: f64, amplitude: f64) {
    pack_over(place, hz, &[amplitude]);
}

/// Writes the keys; under G#3 sound harmonics of these amplitudes.
fn pack_over(place: &Path, hz: f64, amplitudes: &[f64]) {
    for midi in KEYS {
        let harmonic = |(k, amplitude): (f64, &f64), t: f64| amplitude * (TAU * k * hz * t).sin();
        let all = |t: f64| (1..).map(f64::from).zip(amplitudes).map(|found| harmonic(found, t)).sum::<f64>();
        let hum = samples(1.2).map(|t| (-t / 0.6).exp() * all(t));
        let sound = note(midi, 60, 1.2);
        let sound = if midi == 56 { sound.into_iter().zip(hum).map(|(a, b)| a + b).collect() } else { sound };
        write(&place.join("pack").join(format!("{}_mp.wav", name(midi))), &[silence(0.1), sound]);
    }
}

#[test]
fn a_lower_note_needs_harmonics_of_its_own() {
    let notes = each(&KEYS, &[64]);
    let lower = |p: &Path| {
        for midi in KEYS {
            let sounds = if midi == 56 { 44 } else { midi };
            write(&p.join("pack").join(format!("{}_mp.wav", name(midi))), &[silence(0.1), note(sounds, 60, 1.2)]);
        }
    };
    let case = |name, make, labels, notes, warned| Case {
        options: ImportOptions { labels, ..ImportOptions::default() },
        ..case(name, make, Notes(notes), warned)
    };
    check(&[
        case("hum 28 dB below", &|p| pack(p, 103.0, 0.006), Labels::Kept, &notes, &[]),
        case("hum 28 dB below, retuned", &|p| pack(p, 103.0, 0.006), Labels::Retuned, &notes, &[]),
        case("another reed 12 dB below, retuned", &|p| pack(p, 103.8, 0.035), Labels::Retuned, &notes, &[]),
        case(
            "four harmonics 25 dB below, retuned",
            &|p| pack_over(p, 103.8, &[0.009, 0.009, 0.008, 0.008]),
            Labels::Retuned,
            &notes,
            &[],
        ),
        case(
            "hum near half the frequency, retuned",
            &|p| pack_over(p, 104.4, &[0.05, 0.0, 0.012]),
            Labels::Retuned,
            &notes,
            &[],
        ),
        case("two octaves below, retuned", &|p| pack(p, 51.9, 0.02), Labels::Retuned, &notes, &[]),
        case(
            "an octave lower indeed, retuned",
            &lower,
            Labels::Retuned,
            &[(44, 64), (52, 64), (60, 64), (63, 64)],
            &["taken as G#2"],
        ),
    ]);
}

#[test]
fn measure_and_import_judge_alike() {
    let place = tempfile::tempdir().unwrap();
    pack(place.path(), 103.0, 0.006);
    let (status, said, warned) = call(place.path(), &["measure", "pack/G#3_mp.wav"]);
    assert!(status == 0 && said.contains("G#3 at 207.6"), "{said}{warned}");
}
