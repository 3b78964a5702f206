//! The shipped stand-ins carry what the recordings carry, as far as it is measured.

use std::path::Path;

use openwurli_lab::resynthesis::resynthesize;
use wurli_testkit::recordings::ep200;
use wurli_train::audio::{self, Audio, encode_wav_16};
use wurli_train::catalogue::{self, Kind, Recording, Selection};
use wurli_train::isolation::isolate;
use wurli_train::measure::{Measurement, find_bounds};
use wurli_train::pipeline::settings::Settings;
use wurli_train::renderer::ReferenceVoice;
use wurli_train::renderer::measured;
use wurli_train::stages::{harmonics, notes};
use wurli_train::targets::residuals::residual_rows;
use wurli_train::targets::{Model, Row, request};
use wurli_train::without::Without;
use wurli_voice::corrections::{DECAYS, DISPLACEMENT, FREQUENCIES, LEVELS, OUTPUTS};
use wurli_voice::instrument::midi_to_hz;

/// A note of the recordings, its stand-in made now and the shipped one.
struct Note {
    file: String,
    recorded: (Measurement, Row),
    made: (Measurement, Row),
    shipped: Measurement,
}

/// Stages 1 to 3, and 4 and 5 if `rows`.
fn measured(audio: &Audio, recording: &Recording, rows: bool) -> (Measurement, Option<Row>) {
    let settings = Settings::default();
    let found = notes::find_notes(audio, &recording.kind, &settings.transcription, settings.labels)
        .unwrap_or_else(|error| panic!("{}: {error}", recording.file));
    let scored = isolate(&found.notes, found.duration_s, &settings.isolation);
    let measured = harmonics::measure_notes(audio, &scored);
    let row = rows.then(|| {
        let model = Model { renderer: &ReferenceVoice::EP200, without: Without::default() };
        let rendered = [measured::render_and_measure(model.renderer, &request(&measured[0])).unwrap()];
        residual_rows(model, &recording.file, &measured, &rendered)
            .unwrap()
            .pop()
            .unwrap_or_else(|| panic!("{}: no row", recording.file))
    });
    (measured[0].measurement.clone().unwrap_or_else(|| panic!("{}: not measured", recording.file)), row)
}

fn note(folder: &Path, seed: u64, recording: &Recording) -> Note {
    let Kind::Note { midi, .. } = recording.kind else { panic!("{} is no note", recording.file) };
    let audio = audio::read(&folder.join(&recording.file)).unwrap();
    let made = resynthesize(&audio, find_bounds(&audio).unwrap(), midi_to_hz(midi), seed).unwrap();
    // Rounded to 16 bits, like a file.
    let wav = Path::new("made.wav");
    let made = audio::decode(wav, encode_wav_16(wav, &made).unwrap()).unwrap();
    let name = Path::new(&recording.file).with_extension("wav");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/recordings").join(name);
    let shipped =
        audio::read(&shipped).unwrap_or_else(|error| panic!("{error}: make it again with `lab resynthesize`"));
    let with_row = |(measurement, row): (Measurement, Option<Row>)| (measurement, row.unwrap());
    Note {
        file: recording.file.clone(),
        recorded: with_row(measured(&audio, recording, true)),
        made: with_row(measured(&made, recording, true)),
        shipped: measured(&shipped, recording, false).0,
    }
}

fn all(folder: &Path) -> Vec<Note> {
    let recordings = catalogue::read(folder, Selection::All).unwrap().recordings;
    let numbered: Vec<_> = recordings.iter().enumerate().collect();
    std::thread::scope(|scope| {
        let part = numbered.len().div_ceil(4);
        let threads: Vec<_> = numbered
            .chunks(part)
            .map(|chunk| {
                scope.spawn(move || {
                    chunk.iter().map(|(i, recording)| note(folder, *i as u64, recording)).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn root_mean_square(errors: &[f64]) -> f64 {
    (errors.iter().map(|error| error * error).sum::<f64>() / errors.len() as f64).sqrt()
}

#[test]
fn stand_ins_say_what_the_recordings_say() {
    let Some(folder) = ep200() else { return };
    let notes = all(&folder);
    assert!(notes.len() >= 34, "{} notes", notes.len());

    let (mut valid_in_either, mut valid_in_both) = (0u32, 0u32);
    let mut errors: [Vec<f64>; OUTPUTS] = Default::default();
    for Note { recorded: (_, recorded), made: (_, made), .. } in &notes {
        for (output, errors) in errors.iter_mut().enumerate() {
            valid_in_either += u32::from(recorded.mask[output] || made.mask[output]);
            if recorded.mask[output] && made.mask[output] {
                valid_in_both += 1;
                let [recorded, made] = [recorded, made].map(|row| f64::from(row.targets[output]));
                let ratio = (DECAYS..=DISPLACEMENT).contains(&output);
                errors.push(if ratio { made / recorded - 1.0 } else { made - recorded });
            }
        }
    }
    let of = |first: usize| root_mean_square(&errors[first..first + 7].concat());
    let (levels_db, cents, decays) = (of(LEVELS), of(FREQUENCIES), of(DECAYS));
    let scales = root_mean_square(&errors[DISPLACEMENT]);
    let shared = f64::from(valid_in_both) / f64::from(valid_in_either);
    println!(
        "{levels_db:.3} dB, {cents:.3} cents, decays {decays:.4}, displacement {scales:.4}, {shared:.3} of {valid_in_either} targets"
    );
    assert!(levels_db < 0.5, "{levels_db} dB");
    assert!(cents < 1.0, "{cents} cents");
    assert!(decays < 0.1, "{decays} of the decay");
    assert!(scales < 0.05, "{scales} of the displacement");
    assert!(shared >= 0.95, "{valid_in_both} of {valid_in_either} targets are valid in both");

    // Bits depend on the machine's sine; what is measured does not.
    for Note { file, made: (made, _), shipped, .. } in &notes {
        let name = format!("{file}: `lab resynthesize` makes another stand-in than the shipped one");
        assert!((made.f0_hz / shipped.f0_hz - 1.0).abs() < 1e-6, "{name}: {} Hz, not {}", made.f0_hz, shipped.f0_hz);
        for (made, shipped) in made.harmonics.iter().zip(&shipped.harmonics) {
            assert_eq!(made.levels.early_db.status, shipped.levels.early_db.status, "{name}");
            if let (Some(made), Some(shipped)) = (made.levels.early_db.valid(), shipped.levels.early_db.valid()) {
                assert!((made - shipped).abs() < 0.01, "{name}: {made} dB, not {shipped} dB");
            }
        }
    }
}
