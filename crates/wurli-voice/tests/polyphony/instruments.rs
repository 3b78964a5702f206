//! Instruments with hostile constants.

use super::*;
use wurli_voice::pickup::Pickup;
use wurli_voice::{Instrument, Voice};

fn hostile() -> Vec<Instrument> {
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1e300, -1e300, 1e-300, 5.0, -5.0];
    let mut all: Vec<Instrument> = values
        .iter()
        .map(|value| Instrument {
            displacement: [*value; 6],
            pickup: Pickup {
                rest_offset: *value,
                plate: *value,
                far_edge: *value,
                far_strength: *value,
                lip_strength: *value,
                lip_width: *value,
                lip_height: *value,
            },
            corner_hz: *value,
            decay: [*value; 3],
        })
        .collect();
    for value in values {
        let standard = Instrument::EP200;
        for i in 0..6 {
            let mut changed = standard;
            changed.displacement[i] = value;
            all.push(changed);
        }
        for i in 0..3 {
            let mut changed = standard;
            changed.decay[i] = value;
            all.push(changed);
        }
        let pickup = standard.pickup;
        all.push(Instrument { pickup: Pickup { rest_offset: value, ..pickup }, ..standard });
        all.push(Instrument { pickup: Pickup { plate: value, ..pickup }, ..standard });
        all.push(Instrument { pickup: Pickup { far_edge: value, ..pickup }, ..standard });
        all.push(Instrument { pickup: Pickup { far_strength: value, ..pickup }, ..standard });
        all.push(Instrument { pickup: Pickup { lip_strength: value, ..pickup }, ..standard });
        all.push(Instrument { pickup: Pickup { lip_width: value, ..pickup }, ..standard });
        all.push(Instrument { pickup: Pickup { lip_height: value, ..pickup }, ..standard });
        all.push(Instrument { corner_hz: value, ..standard });
    }
    all
}

#[test]
fn every_voice_ends_after_note_off() {
    for instrument in hostile() {
        for key in [21, 60, 108] {
            let mut voice = Voice::with_instrument(48_000.0, instrument);
            voice.note_on(key, 1.0, &MlpCorrections::IDENTITY);
            let mut samples = vec![0.0; 4_800];
            voice.render(&mut samples);
            voice.note_off();
            assert!(samples.iter().all(|sample| sample.is_finite()), "{instrument:?}, key {key}");
            for _ in 0..40 {
                voice.render(&mut samples);
            }
            assert!(!voice.is_active(), "{instrument:?}, key {key}");
            assert!(samples == vec![0.0; 4_800]);
        }
    }
}

#[test]
fn polyphony_plays_another_instrument() {
    let standard = Instrument::EP200;
    let dark = Instrument { corner_hz: 300.0, ..standard };
    let [dark, bright] = [dark, standard].map(|instrument| {
        let slots = [Slot::new(), Slot::new()];
        let mut piano = Polyphony::with_instrument(48_000.0, slots, |_, _| MlpCorrections::IDENTITY, instrument);
        piano.handle(note_on(60, 0.7));
        let mut samples = [0.0; 960];
        piano.render(&mut samples);
        samples
    });
    assert_ne!(dark, bright);
}

/// The documentation of `Voice` says so.
#[test]
fn array_of_64_voices_fits_a_stack_of_2_mb() {
    let sum = std::thread::Builder::new().stack_size(2 << 20).spawn(|| {
        let mut voices: [Voice; 64] = std::array::from_fn(|_| Voice::new(48_000.0));
        let mut block = [0.0; 64];
        for (voice, key) in voices.iter_mut().zip(33..) {
            voice.note_on(key, 0.5, &MlpCorrections::IDENTITY);
            voice.render(&mut block);
        }
        voices.iter().filter(|voice| voice.is_active()).count()
    });
    assert_eq!(sum.unwrap().join().unwrap(), 64);
}
