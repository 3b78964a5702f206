//! Voice stealing.

use super::*;

const VOICES: usize = 8;

/// Returns an instrument with all voices in use: keys from C3 up, struck 10 ms apart, each softer
/// than the one before.
fn full() -> Piano {
    let mut piano = piano(VOICES);
    for i in 0..VOICES as u8 {
        piano.handle(note_on(48 + i, 1.0 - 0.1 * f32::from(i)));
        render(&mut piano, 480);
    }
    piano
}

fn without(gone: u8, new: u8) -> Vec<u8> {
    (48..48 + VOICES as u8).filter(|key| *key != gone).chain([new]).collect()
}

#[test]
fn steals_the_quietest_note() {
    let mut piano = full();
    piano.handle(note_on(90, 0.8));
    assert_eq!(sounding(&piano), without(55, 90));
}

#[test]
fn steals_released_notes_before_quieter_held_ones() {
    let mut piano = full();
    piano.handle(controller(0, 64, 127));
    piano.handle(note_off(49));
    piano.handle(note_off(53));
    piano.handle(note_on(90, 0.8));
    assert_eq!(sounding(&piano), without(53, 90));
    piano.handle(note_on(91, 0.8));
    assert!(!sounding(&piano).contains(&49));
}

#[test]
fn chord_larger_than_the_voices_keeps_its_loudest_notes() {
    let mut piano = piano(4);
    for (key, velocity) in [(60, 0.9), (61, 0.2), (62, 0.8), (63, 0.3), (64, 0.7), (65, 0.6)] {
        piano.handle(note_on(key, velocity));
    }
    assert_eq!(sounding(&piano), [60, 62, 64, 65]);
}

#[test]
fn key_struck_again_keeps_its_voice() {
    let mut piano = full();
    piano.handle(note_on(50, 0.3));
    assert_eq!(sounding(&piano), (48..56).collect::<Vec<_>>());
}

#[test]
fn stolen_note_does_not_change_the_others() {
    let (mut all, mut rest, mut new) = (full(), piano(VOICES), piano(VOICES));
    for i in 0..VOICES as u8 - 1 {
        rest.handle(note_on(48 + i, 1.0 - 0.1 * f32::from(i)));
        render(&mut rest, 480);
    }
    render(&mut rest, 480);
    all.handle(note_on(90, 0.8));
    new.handle(note_on(90, 0.8));
    // The fade takes 2 ms at most.
    let [all, rest, new] = [&mut all, &mut rest, &mut new].map(|piano| render(piano, 4_800));
    for i in 96..4_800 {
        assert!((all[i] - rest[i] - new[i]).abs() < 1e-5, "sample {i}");
    }
}
