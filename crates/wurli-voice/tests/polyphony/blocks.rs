//! Division into blocks, events within blocks, sample rates and levels.

use super::*;
use wurli_voice::TimedEvent;

/// Plays more keys than voices with pedal, bends, re-strikes and an abrupt end.
fn score() -> Vec<TimedEvent> {
    let mut events = Vec::new();
    let mut add = |offset: usize, event: Event| events.push(TimedEvent { offset, event });
    for i in 0..60u8 {
        let at = 311 * usize::from(i);
        let key = |factor: u32| 30 + (factor * u32::from(i) % 60) as u8;
        add(at, note_on(key(7), 0.2 + 0.013 * f32::from(i)));
        add(at + 5, note_on(60, 0.01 * f32::from(i)));
        add(at + 101, controller(0, 64, i.wrapping_mul(9) % 128));
        add(at + 150, Event::PitchBend { channel: 0, value: f32::from(i) / 60.0 - 0.5 });
        add(at + 200, note_off(key(5)));
    }
    add(20_000, Event::NoteBend { channel: 0, key: 60, cents: 31.0 });
    add(22_000, controller(0, 120, 0));
    events
}

#[test]
fn any_division_into_blocks_gives_the_same_bits() {
    let score = score();
    let mut whole = vec![0.0; 24_000];
    piano(12).render_events(&score, &mut whole);
    assert!(peak(&whole[..22_000]) > 0.1 && whole[23_000..] == [0.0; 1_000]);
    for block in [1, 7, 37, 64, 65, 512, 8_192] {
        let (mut piano, mut at) = (piano(12), 0);
        let mut samples = vec![1.0; whole.len()];
        for (i, chunk) in samples.chunks_mut(block).enumerate() {
            let within: Vec<_> = score
                .iter()
                .filter(|event| (at..at + block).contains(&event.offset))
                .map(|event| TimedEvent { offset: event.offset - at, ..*event })
                .collect();
            at += block;
            if i % 2 == 0 && within.is_empty() {
                chunk.fill(0.0);
                piano.render_add(chunk);
            } else {
                piano.render_events(&within, chunk);
            }
        }
        assert!(samples == whole, "blocks of {block}");
    }
}

#[test]
fn render_add_adds_to_what_is_there() {
    let [mut first, mut second] = [piano(4), piano(4)];
    first.handle(note_on(60, 0.8));
    second.handle(note_on(60, 0.8));
    let alone = render(&mut first, 500);
    let mut sum = vec![0.25; 500];
    second.render_add(&mut sum);
    assert!(sum.iter().zip(&alone).all(|(sum, alone)| *sum == 0.25 + alone));
}

#[test]
fn event_offsets_that_fall_or_exceed_the_block_are_kept_in_order() {
    let timed = |offset, event| TimedEvent { offset, event };
    let mut wild = piano(4);
    let mut out = [0.0; 200];
    wild.render_events(
        &[timed(100, note_on(60, 0.8)), timed(50, note_on(70, 0.8)), timed(900, note_on(80, 0.8))],
        &mut out,
    );
    assert!(out[..100] == [0.0; 100] && sounding(&wild) == [60, 70, 80]);
}

#[test]
fn reset_and_sample_rate_give_a_new_instrument() {
    let mut used = piano(6);
    used.render_events(&score(), &mut [0.0; 9_000]);
    used.reset();
    assert!(!used.is_active() && render(&mut used, 100) == [0.0; 100]);
    let mut fresh = piano(6);
    for piano in [&mut used, &mut fresh] {
        piano.set_sample_rate(32_000.0);
        piano.handle(note_on(64, 0.6));
    }
    assert_eq!(render(&mut used, 3_000), render(&mut fresh, 3_000));
}

#[test]
fn one_note_is_that_of_the_voice() {
    let mut piano = piano(3);
    let mut voice = wurli_voice::Voice::new(SAMPLE_RATE);
    piano.handle(note_on(52, 0.7));
    voice.note_on(52, 0.7, &corrections(52, 0.7));
    let mut samples = vec![0.0; 48_000];
    voice.render(&mut samples);
    assert_eq!(render(&mut piano, 48_000), samples);
}

/// The documentation promises a peak of 2 to 5. Octaves and fifths add up to the highest one found.
#[test]
fn ten_loud_notes_under_pedal_have_the_documented_peak() {
    for (keys, expected) in [
        ([36, 43, 48, 52, 55, 60, 64, 67, 72, 84], 4.15),
        ([33, 40, 45, 52, 57, 64, 69, 76, 81, 93], 4.97),
        ([60, 62, 64, 65, 67, 69, 71, 72, 74, 76], 2.7),
    ] {
        let mut piano: Piano = Polyphony::new(SAMPLE_RATE, vec![Slot::new(); 16], |_, _| MlpCorrections::IDENTITY);
        piano.handle(controller(0, 64, 127));
        for key in keys {
            piano.handle(note_on(key, 1.0));
        }
        let peak = peak(&render(&mut piano, 96_000));
        println!("peak of ten loud notes: {peak}");
        assert!((peak - expected).abs() < 0.1, "{keys:?}: {peak}");
    }
}

#[test]
fn loudest_note_has_the_documented_peak() {
    let peaks = (21..=108).map(|key| {
        let mut piano: Piano = Polyphony::new(SAMPLE_RATE, vec![Slot::new(); 1], |_, _| MlpCorrections::IDENTITY);
        piano.handle(note_on(key, 1.0));
        peak(&render(&mut piano, 9_600))
    });
    let peak = peaks.fold(0.0, f32::max);
    assert!((0.65..0.7).contains(&peak), "{peak}");
}

#[test]
fn instrument_without_voices_is_silent() {
    let mut none = piano(0);
    none.handle(note_on(60, 1.0));
    assert_eq!(render(&mut none, 100), [0.0; 100]);
}
