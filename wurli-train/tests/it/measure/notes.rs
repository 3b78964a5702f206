//! Stage 3 on synthetic notes with known parameters, and on signals that are not notes.

use std::sync::OnceLock;

use wurli_testkit::synthetic::Synthetic;
use wurli_train::audio::Audio;
use wurli_train::catalogue::Kind;
use wurli_train::measure::{HARMONICS, Measurement, Status, find_bounds, measure};
use wurli_train::stages::notes;
use wurli_train::transcription::TranscriptionSettings;
use wurli_train::transcription::{Labels, NotesError};
use wurli_voice::instrument::midi_to_hz;

const KEYS: [u8; 6] = [33, 40, 52, 64, 79, 96];
const RATES_HZ: [u32; 4] = [22_050, 44_100, 96_000, 192_000];
/// Fraction of the sample rate above which nothing is measured.
const BAND_SHARE: f64 = 0.45;
const BAND_HZ: f64 = 18_000.0;

fn measured(note: &Synthetic) -> Measurement {
    measure(&note.audio(), note.bounds(), note.f0_hz).unwrap_or_else(|| panic!("nothing found in {note:?}"))
}

/// Returns the interval between two frequencies, cents.
fn cents(a_hz: f64, b_hz: f64) -> f64 {
    1200.0 * (a_hz / b_hz).log2()
}

/// Calls `check` for every harmonic of every key and sample rate.
///
/// Arguments are the note, its measurement, the harmonic's index, whether it lies in the band, and
/// a label.
fn everywhere(mut check: impl FnMut(&Synthetic, &Measurement, usize, bool, &str)) {
    static FOUND: OnceLock<Vec<(u8, Synthetic, Measurement)>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let of = |key, rate_hz| {
            let note = Synthetic::new(midi_to_hz(key) * 1.002, rate_hz);
            let found = measured(&note);
            (key, note, found)
        };
        KEYS.into_iter().flat_map(|key| RATES_HZ.map(|rate_hz| of(key, rate_hz))).collect()
    });
    for (key, note, found) in found {
        for index in 0..HARMONICS {
            let in_band = note.frequency_hz(index) <= BAND_HZ.min(BAND_SHARE * f64::from(note.sample_rate));
            check(note, found, index, in_band, &format!("key {key} at {} Hz, H{}", note.sample_rate, index + 1));
        }
    }
}

/// Error bound of levels: 0.03 dB for noise and leakage, and as much for the fundamental, to which
/// levels are relative.
///
/// The shortest window checked has 3307 samples (150 ms at 22.05 kHz). In one bin of it, noise of
/// −90 dB is at √(3/3307)·10^(−90/20), which is −120 dB. That is 70 dB below the faintest harmonic:
/// 0.003 dB.
///
/// A neighbour up to 12 dB stronger lies eight bins away in the lowest key, where the Hann window
/// is 69 dB down. Its leakage is 10^(−57/20) = 0.0014, or 0.012 dB from each side.
#[test]
fn levels_are_right_within_six_hundredths_of_a_decibel() {
    everywhere(|note, found, i, in_band, what| {
        let levels = &found.harmonics[i].levels;
        for (reading, (from_s, to_s)) in [(levels.early_db, (0.05, 0.2)), (levels.sustain_db, (0.2, 0.8))] {
            if in_band {
                let error_db =
                    reading.valid().unwrap_or_else(|| panic!("{what}: {reading:?}")) - note.level_db(i, from_s, to_s);
                assert!(error_db.abs() < 0.06, "{what} from {from_s} s: {error_db} dB");
            } else {
                assert_eq!(reading.status, Status::BeyondBand, "{what}");
            }
        }
    });
}

/// Error bound of frequencies: leakage from eleven bins away in a half of 0.2 s.
///
/// The phase error is 10^(−(76 − 12)/20) = 0.0006 rad in each half, from each side. This gives
/// 4·0.0006/(2π·0.2 s) = 0.002 Hz. Noise adds less. A decay has no effect, because it is the same
/// in both halves.
#[test]
fn frequencies_are_right_within_two_thousandths_of_a_hertz() {
    everywhere(|note, found, i, in_band, what| {
        let reading = found.harmonics[i].frequency_hz;
        if in_band {
            let true_hz = note.frequency_hz(i);
            let error_hz = reading.valid().unwrap_or_else(|| panic!("{what}: {reading:?}")) - true_hz;
            assert!(error_hz.abs() < 0.002, "{what}: {error_hz} Hz, {} cents", cents(true_hz + error_hz, true_hz));
        } else {
            assert_eq!(reading.status, Status::BeyondBand, "{what}");
        }
    });
}

/// Error bound of decays: leakage of a neighbour 12 dB stronger into the envelope.
///
/// A point of the envelope is a window of four periods or 40 ms. Leakage is at most
/// 10^(−(51 − 12)/20) = 0.011 and turns once per period of the fundamental: a ripple of 0.1 dB. For
/// a line through n = 140 points in T = 1.4 s the error is at most 0.1·√(12/140)/1.4 = 0.02 dB/s,
/// for a decay of 5 dB/s or more. Noise adds as little.
#[test]
fn decays_are_right_within_one_percent() {
    everywhere(|note, found, i, in_band, what| {
        let reading = found.harmonics[i].decay_db_per_s;
        if in_band {
            let error =
                reading.valid().unwrap_or_else(|| panic!("{what}: {reading:?}")) / note.decays_db_per_s[i] - 1.0;
            assert!(error.abs() < 0.01, "{what}: {error}");
        } else {
            assert_eq!(reading.status, Status::BeyondBand, "{what}");
        }
    });
}

#[test]
fn a_harmonic_under_the_noise_is_not_valid_and_disturbs_no_other() {
    for key in KEYS {
        let mut note = Synthetic::new(midi_to_hz(key), 44_100);
        // Noise in one bin of 150 ms: −60 − 10·log10(6615/3) = −93 dB. H4 begins 3 dB below it.
        note.noise_dbfs = -60.0;
        note.levels_dbfs[3] = -96.0;
        let found = measured(&note);
        let faint = &found.harmonics[3];
        for reading in [faint.levels.early_db, faint.levels.sustain_db, faint.frequency_hz] {
            assert_eq!(reading.status, Status::UnderNoise, "key {key}");
        }
        assert_eq!(faint.decay_db_per_s.valid(), None, "key {key}");
        assert!(
            found.harmonics[2].levels.early_db.valid().is_some()
                && found.harmonics[4].levels.early_db.valid().is_some()
        );
    }
}

#[test]
fn a_harmonic_sixty_decibels_below_the_strongest_is_not_heard() {
    let mut note = Synthetic::new(440.0, 44_100);
    note.noise_dbfs = -120.0;
    note.levels_dbfs[4] = -14.0 - 58.0;
    note.levels_dbfs[5] = -14.0 - 62.0;
    // Equal decays keep the level differences constant.
    note.decays_db_per_s = [8.0; HARMONICS];
    let found = measured(&note);
    assert_eq!(found.harmonics[4].levels.sustain_db.status, Status::Valid);
    assert_eq!(found.harmonics[5].levels.sustain_db.status, Status::UnderNoise);
}

#[test]
fn a_harmonic_that_sinks_into_the_noise_keeps_the_decay_that_was_heard() {
    let mut note = Synthetic::new(440.0, 44_100);
    note.noise_dbfs = -70.0;
    note.decays_db_per_s[1] = 60.0;
    let found = measured(&note);
    // Starts 70 dB above one bin of 40 ms at 44.1 kHz (−97.7 dB). Less 10 dB, it is audible for a
    // second.
    let decay = found.harmonics[1].decay_db_per_s.valid().unwrap();
    assert!((decay / 60.0 - 1.0).abs() < 0.02, "{decay}");
}

#[test]
fn a_harmonic_that_passes_a_null_has_no_decay_and_no_wrong_frequency() {
    for key in [40, 64, 79] {
        for null_s in [0.2, 0.25, 0.3] {
            let mut note = Synthetic::new(midi_to_hz(key), 44_100);
            note.null = Some((2, null_s));
            let found = measured(&note);
            let passing = &found.harmonics[2];
            // The apparent shift is some hertz, which is less than 5 cents of a high harmonic.
            let moved = passing.frequency_hz.valid().map(|found_hz| cents(found_hz, note.frequency_hz(2)));
            assert!(
                moved.is_none_or(|cents| key == 79 && cents.abs() < 5.0),
                "key {key}, null at {null_s} s: {moved:?} cents"
            );
            assert_eq!(
                passing.decay_db_per_s.status,
                Status::NotExponential,
                "key {key}, null at {null_s} s: {:?}",
                passing.decay_db_per_s
            );
            assert_eq!(found.harmonics[3].frequency_hz.status, Status::Valid, "key {key}, null at {null_s} s");
        }
    }
}

#[test]
fn a_collision_strikes_out_a_harmonic_and_one_of_the_fundamental_all_levels() {
    let note = Synthetic::new(220.0, 44_100);
    let mut found = measured(&note);
    let mut collided = [false; HARMONICS];
    collided[2] = true;
    found.mask_collisions(&collided);
    let hit = &found.harmonics[2];
    for reading in
        [hit.frequency_hz, hit.decay_db_per_s, hit.levels.early_db, hit.levels.sustain_db, hit.levels.attack_db]
    {
        assert_eq!(reading.status, Status::Collided);
    }
    assert_eq!(found.harmonics[3].levels.early_db.status, Status::Valid);
    collided[0] = true;
    found.mask_collisions(&collided);
    for harmonic in &found.harmonics {
        assert_eq!(harmonic.levels.early_db.status, Status::Collided);
    }
    assert_eq!(found.harmonics[3].frequency_hz.status, Status::Valid);
    assert_eq!(found.harmonics[3].decay_db_per_s.status, Status::Valid);
}

/// Error bounds of a short note:
///
/// - levels 0.2 dB: with four periods in a window, leakage is at −51 dB. A neighbour 12 dB stronger
///   adds 0.1 dB from each side.
/// - frequencies one cent or, in the bass, 0.02 Hz: the same leakage in halves of four periods,
///   4·0.011 rad over 2π·T with T = 4/f0.
/// - decays 15 %: the ripple of 0.1 dB over eight points in 80 ms.
#[test]
fn a_short_note_says_less_but_nothing_wrong() {
    let mut valid = 0;
    for key in KEYS {
        for seconds in [0.1, 0.11, 0.15, 0.2, 0.3, 0.45, 0.6] {
            let mut note = Synthetic::new(midi_to_hz(key), 44_100);
            note.seconds = seconds;
            let found = measured(&note);
            for (i, harmonic) in found.harmonics.iter().enumerate() {
                let what = format!("key {key}, {seconds} s, H{}", i + 1);
                let levels = &harmonic.levels;
                for (reading, (from_s, to_s)) in [(levels.early_db, (0.05, 0.2)), (levels.sustain_db, (0.2, 0.8))] {
                    if let Some(level_db) = reading.valid() {
                        let error_db = level_db - note.level_db(i, from_s, to_s);
                        assert!(error_db.abs() < 0.2, "{what} from {from_s} s: {error_db} dB");
                        valid += 1;
                    }
                }
                if let Some(found_hz) = harmonic.frequency_hz.valid() {
                    let error_hz = found_hz - note.frequency_hz(i);
                    assert!(error_hz.abs() < 0.002 * note.f0_hz, "{what}: {error_hz} Hz");
                }
                if let Some(decay) = harmonic.decay_db_per_s.valid() {
                    let error = decay / note.decays_db_per_s[i] - 1.0;
                    assert!(error.abs() < 0.15, "{what}: decay {error}");
                }
                if seconds < 0.25 {
                    assert_eq!(levels.sustain_db.valid(), None, "{what}");
                    assert_eq!(harmonic.decay_db_per_s.valid(), None, "{what}");
                }
            }
        }
    }
    assert!(valid > 300, "only {valid} levels were valid");
}

#[test]
fn a_note_shorter_than_a_tenth_of_a_second_is_not_measured() {
    let mut note = Synthetic::new(440.0, 44_100);
    note.seconds = 0.099;
    assert_eq!(measure(&note.audio(), note.bounds(), 440.0), None);
}

#[test]
fn silence_and_noise_are_no_note() {
    let silence = Audio { samples: vec![0.0; 44_100], sample_rate: 44_100 };
    assert_eq!(find_bounds(&silence), None);
    for key in KEYS {
        let mut noise = Synthetic::new(midi_to_hz(key), 44_100);
        assert_eq!(measure(&silence, noise.bounds(), noise.f0_hz), None);
        noise.levels_dbfs = [-300.0; HARMONICS];
        noise.noise_dbfs = -20.0;
        assert_eq!(measure(&noise.audio(), noise.bounds(), noise.f0_hz), None, "key {key}");
    }
}

#[test]
fn an_offset_changes_nothing() {
    for key in KEYS {
        let plain = Synthetic::new(midi_to_hz(key), 44_100);
        let offset = Synthetic { offset: 0.2, ..plain.clone() };
        let (plain_bounds, bounds) = (find_bounds(&plain.audio()).unwrap(), find_bounds(&offset.audio()).unwrap());
        assert!((plain_bounds.onset_s - bounds.onset_s).abs() < 1e-4, "{plain_bounds:?}, with an offset {bounds:?}");
        let (without, with) = (measured(&plain), measured(&offset));
        for (a, b) in without.harmonics.iter().zip(&with.harmonics) {
            // Three bins below the fundamental even in the bass, an offset as strong as it is 60 dB
            // down.
            assert!(
                (a.levels.early_db.value - b.levels.early_db.value).abs() < 0.03,
                "key {key}: {a:?}, with an offset {b:?}"
            );
            assert!(
                cents(a.frequency_hz.value, b.frequency_hz.value).abs() < 0.05,
                "key {key}: {a:?}, with an offset {b:?}"
            );
        }
    }
}

#[test]
fn a_note_under_another_name_is_not_found() {
    for key in KEYS {
        for rate_hz in [22_050, 44_100] {
            let mut note = Synthetic { seconds: 0.8, ..Synthetic::new(midi_to_hz(key), rate_hz) };
            for noise_dbfs in [-120.0, -90.0, -60.0] {
                note.noise_dbfs = noise_dbfs;
                let audio = note.audio();
                for semitones in [-7i16, -4, -3, -2, -1, 1, 2, 3, 4, 7] {
                    let wrong = u8::try_from(i16::from(key) + semitones).unwrap();
                    let what = format!("key {key} as {wrong}, noise {noise_dbfs} dB, {rate_hz} Hz");
                    assert_eq!(
                        measure(&audio, note.bounds(), midi_to_hz(wrong)).map(|found| found.f0_hz),
                        None,
                        "{what}"
                    );
                    let kind = Kind::Note { midi: wrong, velocity: 78 };
                    let found = notes::find_notes(&audio, &kind, &TranscriptionSettings::default(), Labels::Kept);
                    let expected_hz = midi_to_hz(wrong);
                    match found {
                        Err(NotesError::NoFundamental { midi, expected_hz: named }) => {
                            assert!(midi == wrong && (named - expected_hz).abs() < 1e-6, "{what}: {midi}, {named} Hz");
                        }
                        // The note is mislabelled, and a warning reports it.
                        Ok(found) => {
                            let note = &found.notes[0];
                            let off = 12.0 * (note.f0_hz / expected_hz).log2() + f64::from(semitones);
                            assert!(note.midi == wrong && off.abs() < 0.5, "{what}: {note:?}");
                            let remedy = format!("write midi = {key} in recordings.toml, or `import --retune`");
                            assert!(found.warnings[0].ends_with(&remedy), "{what}: {}", found.warnings[0]);
                        }
                        other => panic!("{what}: {other:?}"),
                    }
                }
                assert!(measure(&audio, note.bounds(), midi_to_hz(key)).is_some(), "key {key}");
            }
        }
    }
}
