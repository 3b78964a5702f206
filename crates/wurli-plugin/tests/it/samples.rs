//! The samples are those of `Polyphony` and `Tremolo`.

use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::{MlpCorrections, Polyphony, Slot, Tremolo};
use wurli_plugin::{Param, VOICES};

use crate::host::{Input, Instance, Timed, difference, peak};

const SAMPLE_RATE: f64 = 48_000.0;
const LENGTH: usize = 120_000;
const BLOCKS: [usize; 4] = [1, 37, 512, 8_192];

/// Phrase for two hands: chords, repeated keys, sustain pedal half and full, bends, a sostenuto.
const PHRASE: [(usize, [u8; 3]); 28] = [
    (0, [0x90, 40, 90]),
    (0, [0x90, 59, 64]),
    (3, [0x90, 62, 70]),
    (500, [0xB0, 64, 127]),
    (6_001, [0x90, 66, 30]),
    (9_000, [0x80, 59, 64]),
    (9_000, [0x80, 62, 10]),
    (12_000, [0x90, 62, 120]),
    (15_000, [0xE0, 0, 80]),
    (20_000, [0xE0, 0, 64]),
    (24_000, [0xB0, 64, 60]),
    (28_000, [0xB0, 64, 0]),
    (28_001, [0x80, 66, 127]),
    (30_000, [0x90, 40, 127]),
    (31_111, [0x90, 100, 127]),
    (36_000, [0xB0, 66, 127]),
    (37_000, [0x80, 40, 64]),
    (38_000, [0x90, 76, 50]),
    (38_000, [0x90, 79, 51]),
    (38_000, [0x90, 83, 52]),
    (60_000, [0x80, 76, 64]),
    (60_000, [0x80, 79, 64]),
    (61_000, [0x90, 83, 0]),
    (70_000, [0xB0, 66, 0]),
    (80_000, [0x90, 28, 100]),
    (90_000, [0xB0, 123, 0]),
    (90_000, [0xB0, 7, 12]),
    (110_000, [0x90, 60, 100]),
];

fn midi() -> Vec<Timed> {
    PHRASE.map(|(time, message)| (time, Input::Midi(message))).to_vec()
}

fn expected(corrections: impl FnMut(u8, f32) -> MlpCorrections) -> Vec<f32> {
    let mut polyphony = Polyphony::new(SAMPLE_RATE as f32, vec![Slot::new(); VOICES], corrections);
    let mut samples = vec![0.0; LENGTH];
    let mut done = 0;
    for (time, message) in PHRASE {
        polyphony.render(&mut samples[done..time]);
        polyphony.handle_message(&message);
        done = time;
    }
    polyphony.render(&mut samples[done..]);
    samples
}

#[test]
fn midi_phrase_equals_polyphony_at_every_block_size() {
    let expected = expected(compute_corrections);
    assert!(peak(&expected) > 0.2);
    let mut instance = Instance::new();
    for block in BLOCKS {
        let played = instance.play(SAMPLE_RATE, block, &midi(), LENGTH);
        let error = difference(&played.left, &expected);
        assert!(error <= 1e-6, "blocks of {block}: {error}");
        assert_eq!(played.left, played.right, "blocks of {block}");
        assert!(!played.left.iter().any(|sample| sample.is_subnormal()), "blocks of {block}");
    }
}

#[test]
fn corrections_at_zero_are_the_plain_model() {
    let mut instance = Instance::new();
    instance.set(&[(Param::Corrections, 0.0)]);
    let played = instance.play(SAMPLE_RATE, 512, &midi(), LENGTH);
    assert_eq!(difference(&played.left, &expected(|_, _| MlpCorrections::IDENTITY)), 0.0);
}

#[test]
fn strength_of_the_corrections_is_heard() {
    let mut instance = Instance::new();
    let [weak, strong] = [10.0, 90.0].map(|strength| {
        instance.set(&[(Param::Corrections, strength)]);
        instance.play(SAMPLE_RATE, 512, &midi(), LENGTH).left
    });
    let difference = difference(&weak, &strong);
    assert!(difference > 0.05, "{difference}");
}

#[test]
fn gain_and_tremolo_follow_the_voices() {
    let mut instance = Instance::new();
    instance.set(&[(Param::Gain, -6.0), (Param::TremoloRate, 4.0), (Param::TremoloDepth, 6.0)]);
    let played = instance.play(SAMPLE_RATE, 100, &midi(), LENGTH);
    let mut samples = expected(compute_corrections);
    let mut tremolo = Tremolo::new(SAMPLE_RATE as f32);
    tremolo.set_rate_hz(4.0);
    tremolo.set_depth_db(6.0);
    tremolo.reset();
    tremolo.process(&mut samples);
    samples.iter_mut().for_each(|sample| *sample *= 10f32.powf(-6.0 / 20.0));
    let error = difference(&played.left, &samples);
    assert!(error <= 1e-6, "{error}");
}

#[test]
fn notes_and_midi_play_the_same() {
    let midi = [(10, Input::Midi([0x90, 60, 100])), (20_000, Input::Midi([0x80, 60, 0]))];
    let notes = [(10, Input::On { key: 60, velocity: 100.0 / 127.0 }), (20_000, Input::Off { key: 60 })];
    let [midi, notes] = [midi, notes].map(|events| Instance::new().play(SAMPLE_RATE, 64, &events, 48_000).left);
    assert_eq!(midi, notes);
}
