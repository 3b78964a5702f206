//! The sixteen voices that the examples play with: who gives way, and that it cannot be heard as a click.

#[path = "../examples/polyphony/mod.rs"]
mod polyphony;

use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::Voice;
use polyphony::{FADE_S, Polyphony, VOICES};

const SAMPLE_RATE: f32 = 48_000.0;
const FADE: usize = (FADE_S * SAMPLE_RATE) as usize;
const PEDAL: u8 = 64;

/// Sixteen keys from C2 up, struck 10 ms after one another.
fn full() -> Polyphony {
    let mut instrument = Polyphony::new(SAMPLE_RATE);
    for key in 36..36 + VOICES as u8 {
        instrument.message(&[0x90, key, 100]);
        pass(&mut instrument, 480);
    }
    assert_eq!(sounding(&instrument), (36..36 + VOICES as u8).collect::<Vec<_>>());
    instrument
}

fn pass(instrument: &mut Polyphony, samples: usize) -> Vec<f32> {
    let mut out = vec![0.0; samples];
    instrument.render(&mut out);
    out
}

fn sounding(instrument: &Polyphony) -> Vec<u8> {
    let mut keys: Vec<u8> = instrument.sounding().collect();
    keys.sort_unstable();
    keys
}

/// What `full` plays after `then`, without the keys in `gone`.
fn without(gone: &[u8]) -> Vec<u8> {
    (36..36 + VOICES as u8).filter(|key| !gone.contains(key)).collect()
}

#[test]
fn a_key_let_go_gives_way_before_older_ones() {
    let mut instrument = full();
    instrument.message(&[0x80, 44, 0]);
    instrument.message(&[0x80, 40, 0]);
    instrument.message(&[0x90, 90, 100]);
    assert_eq!(sounding(&instrument), [without(&[44]), vec![90]].concat(), "44 was let go first");
    instrument.message(&[0x90, 91, 100]);
    assert_eq!(sounding(&instrument), [without(&[40, 44]), vec![90, 91]].concat());
    instrument.message(&[0x90, 92, 100]);
    assert_eq!(sounding(&instrument), [without(&[36, 40, 44]), vec![90, 91, 92]].concat(), "36 was struck first");
}

#[test]
fn a_key_that_only_the_pedal_holds_gives_way_before_one_that_is_held() {
    let mut instrument = full();
    instrument.message(&[0xB0, PEDAL, 127]);
    instrument.message(&[0x80, 50, 0]);
    instrument.message(&[0x90, 90, 100]);
    assert_eq!(sounding(&instrument), [without(&[50]), vec![90]].concat());
}

#[test]
fn a_key_struck_again_keeps_its_voice() {
    let mut instrument = full();
    instrument.message(&[0x90, 40, 30]);
    assert_eq!(sounding(&instrument), without(&[]));
}

#[test]
fn the_pedal_holds_what_was_let_go_until_it_is_let_go_itself() {
    let [mut with_pedal, mut without_pedal] = [true, false].map(|down| {
        let mut instrument = Polyphony::new(SAMPLE_RATE);
        instrument.message(&[0xB0, PEDAL, if down { 127 } else { 63 }]);
        instrument.message(&[0x90, 60, 100]);
        pass(&mut instrument, 4_800);
        // A note-on without velocity lets go.
        instrument.message(&[0x90, 60, 0]);
        pass(&mut instrument, 48_000);
        instrument
    });
    assert_eq!(sounding(&without_pedal), []);
    assert_eq!(pass(&mut without_pedal, 64), [0.0; 64]);
    assert_eq!(sounding(&with_pedal), [60]);
    with_pedal.message(&[0xB0, PEDAL, 0]);
    pass(&mut with_pedal, 48_000);
    assert_eq!(sounding(&with_pedal), []);
}

/// The sum is that of sixteen notes, and of the seventeenth's predecessor times a line from 1 to 0. Eighteen additions of
/// values below 8 are each rounded by at most 2⁻²².
#[test]
fn a_voice_taken_away_fades_along_a_line_and_the_others_do_not_notice() {
    let mut instrument = Polyphony::new(SAMPLE_RATE);
    let keys: Vec<u8> = (36..36 + VOICES as u8).collect();
    let mut notes: Vec<Voice> = keys.iter().map(|key| struck(*key)).collect();
    keys.iter().for_each(|key| instrument.message(&[0x90, *key, 100]));
    pass(&mut instrument, 1_000);
    notes.iter_mut().for_each(|note| drop(rendered(note, 1_000)));

    instrument.message(&[0x90, 80, 100]);
    let heard = pass(&mut instrument, 2 * FADE);
    let mut expected = rendered(&mut struck(80), 2 * FADE);
    for (i, note) in notes.iter_mut().enumerate() {
        for (n, sample) in rendered(note, 2 * FADE).into_iter().enumerate() {
            let gain = if i == 0 { FADE.saturating_sub(n) as f32 / FADE as f32 } else { 1.0 };
            expected[n] += gain * sample;
        }
    }
    let tolerance = 18.0 / (1 << 22) as f32;
    for (n, (heard, expected)) in heard.iter().zip(&expected).enumerate() {
        assert!((heard - expected).abs() <= tolerance, "sample {n}: {heard} for {expected}");
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
fn a_key_struck_over_and_over_fades_to_the_end_each_time() {
    let (strikes, every) = (6, FADE / 5);
    let mut instrument = Polyphony::new(SAMPLE_RATE);
    let mut heard = Vec::new();
    for _ in 0..strikes {
        instrument.message(&[0x90, 60, 100]);
        heard.extend(pass(&mut instrument, every));
    }
    heard.extend(pass(&mut instrument, 2 * FADE));
    let mut expected = vec![0.0; heard.len()];
    for strike in 0..strikes {
        let begin = strike * every;
        for (n, sample) in rendered(&mut struck(60), heard.len() - begin).into_iter().enumerate() {
            let gone = if strike + 1 < strikes { n.saturating_sub(every) } else { 0 };
            expected[begin + n] += sample * FADE.saturating_sub(gone) as f32 / FADE as f32;
        }
    }
    for (n, (heard, expected)) in heard.iter().zip(expected).enumerate() {
        assert!((heard - expected).abs() < 1e-5, "sample {n}: {heard}, not {expected}");
    }
}

#[test]
fn a_key_that_the_voice_does_not_have_is_silent() {
    let mut instrument = full();
    for key in [0, 20, 109, 127] {
        instrument.message(&[0x90, key, 100]);
    }
    assert_eq!(sounding(&instrument), without(&[]));
}

#[test]
fn all_sound_off_is_silence_within_the_fade() {
    let mut instrument = full();
    instrument.message(&[0xB0, PEDAL, 127]);
    instrument.message(&[0xB0, 120, 0]);
    let heard = pass(&mut instrument, FADE + 64);
    assert!(heard[..FADE].iter().any(|sample| *sample != 0.0));
    assert_eq!(heard[FADE..], [0.0; 64]);
    assert!(!instrument.is_active());
}

#[test]
fn all_notes_off_is_every_key_let_go() {
    let mut instrument = full();
    instrument.message(&[0xB0, 123, 0]);
    pass(&mut instrument, 96_000);
    assert!(!instrument.is_active());
}

#[test]
fn the_lengths_of_blocks_do_not_change_a_sample() {
    let play = |block: usize| {
        let mut instrument = Polyphony::new(SAMPLE_RATE);
        let mut heard = Vec::new();
        for i in 0..60u8 {
            instrument.message(&[if i % 3 == 2 { 0x80 } else { 0x90 }, 36 + i % 31, 100]);
            let mut out = [0.0; 300];
            out.chunks_mut(block).for_each(|out| instrument.render(out));
            heard.extend(out);
        }
        heard
    };
    let whole = play(300);
    for block in [1, 63, 64, 65] {
        assert!(play(block) == whole, "blocks of {block} differ");
    }
}

#[test]
fn messages_that_mean_nothing_do_nothing() {
    let mut instrument = Polyphony::new(SAMPLE_RATE);
    for message in [&[][..], &[0x90], &[0x90, 60], &[0xE0, 0, 64], &[0xF8], &[0x90, 60, 100, 0]] {
        instrument.message(message);
    }
    assert!(!instrument.is_active());
}
