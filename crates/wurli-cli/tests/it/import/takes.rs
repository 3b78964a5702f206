//! Recordings of many notes are cut into a data folder.

use std::fs;

use wurli_testkit::folder::{Played, instrument};
use wurli_train::catalogue::{self, Kind, Selection};

use super::call;

#[test]
fn a_take_of_a_scale_is_cut_into_its_notes() {
    let place = tempfile::tempdir().unwrap();
    // Each key twice, softly and loud, but the last, whose loud note went wrong; the keys are let
    // go before the next.
    let mut samples = vec![0.0f32; 22_050];
    let strikes = [(57, 40), (57, 100), (59, 40), (59, 100), (60, 40), (60, 100), (62, 40)];
    for (midi, velocity) in strikes {
        let note = Played { midi, velocity, corrections: wurli_voice::MlpCorrections::IDENTITY };
        let loudness = (f32::from(velocity) / 127.0).powf(0.78);
        let audio = note.audio().samples;
        let held = 48_000;
        samples.extend(audio.iter().take(held).enumerate().map(|(i, sample)| {
            let left = (held - i) as f32 / 2_000.0;
            0.8 * loudness * sample * left.min(1.0)
        }));
        samples.extend([0.0; 11_025]);
    }
    let take = wurli_train::audio::Audio { samples, sample_rate: 44_100 };
    wurli_train::audio::write_wav_16(&place.path().join("scale.wav"), &take).unwrap();

    let (status, said, warned) = call(place.path(), &["import", "scale.wav", "--into", "data", "--played", "p,100"]);
    assert_eq!(status, 0, "{warned}");
    assert!(said.contains("6 recordings, A3 to C4"), "{said}");
    assert!(warned.contains("scale.wav: left out: D4: struck 1 time, not 2, at"), "{warned}");
    let read = catalogue::read(&place.path().join("data"), Selection::All).unwrap();
    for (recording, (midi, velocity)) in read.recordings.iter().zip(strikes) {
        let velocity = if velocity == 40 { 48 } else { velocity };
        assert_eq!(recording.kind, Kind::Note { midi, velocity });
        assert_eq!(recording.file, format!("recordings/{midi:03}_v{velocity:03}.wav"));
        let length_s = wurli_train::audio::read(&read.path(recording)).unwrap().duration_s();
        assert!((0.9..1.4).contains(&length_s), "{}: {length_s}", recording.file);
    }
    let (status, _, warned) = call(place.path(), &["run", "--data", "data", "--through-stage", "3"]);
    assert_eq!(status, 0, "{warned}");

    let (status, _, warned) = call(place.path(), &["import", "scale.wav", "--into", "turned", "--played", "f,p"]);
    assert_eq!(status, 0, "{warned}");
    assert!(
        warned.contains("3 of 3 keys are louder where --played says velocity 48 than where it says 96"),
        "{warned}"
    );
}

#[test]
fn a_take_of_which_nobody_says_the_dynamics_stays_a_performance() {
    let place = tempfile::tempdir().unwrap();
    let mut samples = vec![0.0f32; 11_025];
    for note in &instrument()[..3] {
        samples.extend(note.audio().samples.iter().enumerate().map(|(i, sample)| sample * (1.0 - i as f32 / 66_150.0)));
        samples.extend([0.0; 11_025]);
    }
    let take = wurli_train::audio::Audio { samples, sample_rate: 44_100 };
    let path = place.path().join("take 1.wav");
    wurli_train::audio::write_wav_16(&path, &take).unwrap();
    let (status, said, warned) = call(place.path(), &["import", "take 1.wav", "--into", "data"]);
    assert_eq!(status, 0, "{warned}");
    assert!(said.contains("1 performance, in which 3 notes were heard, A2 to A3"), "{said}");
    assert!(
        warned.contains("the take is imported whole, as a performance, and its levels are not trained on"),
        "{warned}"
    );
    let read = catalogue::read(&place.path().join("data"), Selection::All).unwrap();
    let [recording] = read.recordings.as_slice() else { panic!("{read:?}") };
    assert_eq!((recording.file.as_str(), recording.kind), ("recordings/take_1.wav", Kind::Performance));
    assert_eq!(fs::read(read.path(recording)).unwrap(), fs::read(&path).unwrap());
    let (status, said, warned) = call(place.path(), &["run", "--data", "data"]);
    assert_eq!(status, 0, "{warned}");
    assert!(said.contains("1 recording, 3 notes"), "{said}");
}

/// Clipping in a take is kept in its notes, so that `run` can report it.
#[test]
fn notes_of_a_take_are_its_samples_bit_for_bit() {
    let place = tempfile::tempdir().unwrap();
    let lead = 22_050;
    let mut samples = vec![0.0f32; lead];
    samples.extend(instrument()[2].audio().samples.iter().map(|sample| (1.5 * sample).clamp(-1.0, 1.0)));
    let take = wurli_train::audio::Audio { samples, sample_rate: 44_100 };
    wurli_train::audio::write_wav_16(&place.path().join("a3.wav"), &take).unwrap();
    let take = wurli_train::audio::read(&place.path().join("a3.wav")).unwrap();
    let (status, _, warned) = call(place.path(), &["import", "a3.wav", "--into", "data", "--played", "ff"]);
    assert_eq!(status, 0, "{warned}");
    let cut = wurli_train::audio::read(&place.path().join("data/recordings/057_v112.wav")).unwrap();
    let start = take.samples.windows(cut.samples.len()).position(|window| window == cut.samples);
    assert!(start.is_some_and(|start| start > 0 && start < lead), "{start:?}");
    let (status, _, warned) = call(place.path(), &["run", "--data", "data", "--through-stage", "1"]);
    assert!(status == 0 && warned.contains("samples at full scale"), "{warned}");
}
