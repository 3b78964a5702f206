//! Polyphonic instrument of the examples: voice stealing, fades, pedal and MIDI messages.

#[path = "../examples/polyphony/mod.rs"]
mod polyphony;

use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::Voice;
use polyphony::{FADE_S, Polyphony, VOICES};

const SAMPLE_RATE: f32 = 48_000.0;
const FADE: usize = (FADE_S * SAMPLE_RATE) as usize;
const PEDAL: u8 = 64;

/// Returns an instrument with all voices in use: 16 keys from C2 up, struck 10 ms apart.
fn full() -> Polyphony {
    let mut instrument = Polyphony::new(SAMPLE_RATE);
    for key in 36..36 + VOICES as u8 {
        instrument.handle_message(&[0x90, key, 100]);
        advance(&mut instrument, 480);
    }
    assert_eq!(sounding(&instrument), (36..36 + VOICES as u8).collect::<Vec<_>>());
    instrument
}

fn advance(instrument: &mut Polyphony, samples: usize) -> Vec<f32> {
    let mut out = vec![0.0; samples];
    instrument.render(&mut out);
    out
}

fn sounding(instrument: &Polyphony) -> Vec<u8> {
    let mut keys: Vec<u8> = instrument.sounding_keys().collect();
    keys.sort_unstable();
    keys
}

/// Returns the keys of `full` except for `gone`.
fn without(gone: &[u8]) -> Vec<u8> {
    (36..36 + VOICES as u8).filter(|key| !gone.contains(key)).collect()
}

#[test]
fn steals_released_keys_first() {
    let mut instrument = full();
    instrument.handle_message(&[0x80, 44, 0]);
    instrument.handle_message(&[0x80, 40, 0]);
    instrument.handle_message(&[0x90, 90, 100]);
    assert_eq!(sounding(&instrument), [without(&[44]), vec![90]].concat(), "44 was released first");
    instrument.handle_message(&[0x90, 91, 100]);
    assert_eq!(sounding(&instrument), [without(&[40, 44]), vec![90, 91]].concat());
    instrument.handle_message(&[0x90, 92, 100]);
    assert_eq!(sounding(&instrument), [without(&[36, 40, 44]), vec![90, 91, 92]].concat(), "36 was struck first");
}

#[test]
fn steals_sustained_keys_before_held_ones() {
    let mut instrument = full();
    instrument.handle_message(&[0xB0, PEDAL, 127]);
    instrument.handle_message(&[0x80, 50, 0]);
    instrument.handle_message(&[0x90, 90, 100]);
    assert_eq!(sounding(&instrument), [without(&[50]), vec![90]].concat());
}

#[test]
fn retriggered_key_keeps_its_voice() {
    let mut instrument = full();
    instrument.handle_message(&[0x90, 40, 30]);
    assert_eq!(sounding(&instrument), without(&[]));
}

#[test]
fn pedal_sustains_released_keys_until_pedal_up() {
    let [mut with_pedal, mut without_pedal] = [true, false].map(|down| {
        let mut instrument = Polyphony::new(SAMPLE_RATE);
        instrument.handle_message(&[0xB0, PEDAL, if down { 127 } else { 63 }]);
        instrument.handle_message(&[0x90, 60, 100]);
        advance(&mut instrument, 4_800);
        // A note-on with velocity 0 is a note-off.
        instrument.handle_message(&[0x90, 60, 0]);
        advance(&mut instrument, 48_000);
        instrument
    });
    assert_eq!(sounding(&without_pedal), []);
    assert_eq!(advance(&mut without_pedal, 64), [0.0; 64]);
    assert_eq!(sounding(&with_pedal), [60]);
    with_pedal.handle_message(&[0xB0, PEDAL, 0]);
    advance(&mut with_pedal, 48_000);
    assert_eq!(sounding(&with_pedal), []);
}

/// Expected: the sum of 16 notes and the stolen one, which fades linearly to 0. Each of the 18
/// additions of values below 8 is rounded by at most 2⁻²².
#[test]
fn stolen_voice_fades_linearly_without_affecting_others() {
    let mut instrument = Polyphony::new(SAMPLE_RATE);
    let keys: Vec<u8> = (36..36 + VOICES as u8).collect();
    let mut notes: Vec<Voice> = keys.iter().map(|key| struck(*key)).collect();
    keys.iter().for_each(|key| instrument.handle_message(&[0x90, *key, 100]));
    advance(&mut instrument, 1_000);
    notes.iter_mut().for_each(|note| drop(rendered(note, 1_000)));

    instrument.handle_message(&[0x90, 80, 100]);
    let output = advance(&mut instrument, 2 * FADE);
    let mut expected = rendered(&mut struck(80), 2 * FADE);
    for (i, note) in notes.iter_mut().enumerate() {
        for (n, sample) in rendered(note, 2 * FADE).into_iter().enumerate() {
            let gain = if i == 0 { FADE.saturating_sub(n) as f32 / FADE as f32 } else { 1.0 };
            expected[n] += gain * sample;
        }
    }
    let tolerance = 18.0 / (1 << 22) as f32;
    for (n, (output, expected)) in output.iter().zip(&expected).enumerate() {
        assert!((output - expected).abs() <= tolerance, "sample {n}: {output} for {expected}");
    }
}

fn struck(key: u8) -> Voice {
    let (velocity, mut voice) = (100.0 / 127.0, Voice::new(SAMPLE_RATE));
    voice.note_on(key, velocity, &compute_corrections(key, velocity));
    voice
}

fn rendered(voice: &mut Voice, samples: usize) -> Vec<f32> {
    let mut out = vec![0.0; samples];
    voice.render(&mut out);
    out
}

#[test]
fn every_retrigger_fades_to_the_end() {
    let (strikes, every) = (6, FADE / 5);
    let mut instrument = Polyphony::new(SAMPLE_RATE);
    let mut output = Vec::new();
    for _ in 0..strikes {
        instrument.handle_message(&[0x90, 60, 100]);
        output.extend(advance(&mut instrument, every));
    }
    output.extend(advance(&mut instrument, 2 * FADE));
    let mut expected = vec![0.0; output.len()];
    for strike in 0..strikes {
        let begin = strike * every;
        for (n, sample) in rendered(&mut struck(60), output.len() - begin).into_iter().enumerate() {
            let gone = if strike + 1 < strikes { n.saturating_sub(every) } else { 0 };
            expected[begin + n] += sample * FADE.saturating_sub(gone) as f32 / FADE as f32;
        }
    }
    for (n, (output, expected)) in output.iter().zip(expected).enumerate() {
        assert!((output - expected).abs() < 1e-5, "sample {n}: {output}, not {expected}");
    }
}

#[test]
fn keys_outside_the_keyboard_are_ignored() {
    let mut instrument = full();
    for key in [0, 20, 109, 127] {
        instrument.handle_message(&[0x90, key, 100]);
    }
    assert_eq!(sounding(&instrument), without(&[]));
}

#[test]
fn all_sound_off_silences_within_the_fade() {
    let mut instrument = full();
    instrument.handle_message(&[0xB0, PEDAL, 127]);
    instrument.handle_message(&[0xB0, 120, 0]);
    let output = advance(&mut instrument, FADE + 64);
    assert!(output[..FADE].iter().any(|sample| *sample != 0.0));
    assert_eq!(output[FADE..], [0.0; 64]);
    assert!(!instrument.is_active());
}

#[test]
fn all_notes_off_releases_every_key() {
    let mut instrument = full();
    instrument.handle_message(&[0xB0, 123, 0]);
    advance(&mut instrument, 96_000);
    assert!(!instrument.is_active());
}

#[test]
fn block_length_does_not_change_samples() {
    let play = |block: usize| {
        let mut instrument = Polyphony::new(SAMPLE_RATE);
        let mut output = Vec::new();
        for i in 0..60u8 {
            instrument.handle_message(&[if i % 3 == 2 { 0x80 } else { 0x90 }, 36 + i % 31, 100]);
            let mut out = [0.0; 300];
            out.chunks_mut(block).for_each(|out| instrument.render(out));
            output.extend(out);
        }
        output
    };
    let whole = play(300);
    for block in [1, 63, 64, 65] {
        assert!(play(block) == whole, "blocks of {block} differ");
    }
}

#[test]
fn unknown_messages_are_ignored() {
    let mut instrument = Polyphony::new(SAMPLE_RATE);
    for message in [&[][..], &[0x90], &[0x90, 60], &[0xE0, 0, 64], &[0xF8], &[0x90, 60, 100, 0]] {
        instrument.handle_message(message);
    }
    assert!(!instrument.is_active());
}
