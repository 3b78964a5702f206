//! Nothing clicks. The largest step at a steal, a retrigger or a re-strike is at most 1.5 times the
//! note's own.

use super::*;

const LIMIT: f32 = 1.5;
const KEYS: [u8; 6] = [33, 45, 57, 69, 81, 96];
const VELOCITIES: [f32; 4] = [0.1, 0.4, 0.7, 1.0];
/// Samples between two blows. Many phases of the reed, from within hammer contact to a second.
const TIMES: [usize; 9] = [0, 13, 50, 97, 333, 1_000, 4_801, 12_007, 48_011];

/// Returns the largest step of a note by itself.
fn own_step(key: u8, velocity: f32) -> f32 {
    let mut piano = piano(1);
    piano.handle(note_on(key, velocity));
    largest_step(&render(&mut piano, 9_600))
}

/// Plays two notes on one voice and returns the largest step from the second on.
fn second_step(first: Event, pause: usize, between: &[Event], second: Event) -> f32 {
    let mut piano = piano(1);
    piano.handle(first);
    let mut samples = vec![0.0];
    samples.extend(render(&mut piano, pause));
    for event in between {
        piano.handle(*event);
        samples.extend(render(&mut piano, 300));
    }
    piano.handle(second);
    let from = samples.len() - 1;
    samples.extend(render(&mut piano, 4_800));
    largest_step(&samples[from..])
}

#[test]
fn struck_again_or_stolen_notes_do_not_click() {
    let mut worst = [(0.0f32, String::new()), (0.0, String::new()), (0.0, String::new())];
    for key in KEYS {
        for first in VELOCITIES {
            for second in VELOCITIES {
                let own = own_step(key, first).max(own_step(key, second));
                let other = 129 - key;
                let other_own = own_step(key, first).max(own_step(other, second));
                for pause in TIMES {
                    let (on, again) = (note_on(key, first), note_on(key, second));
                    let ratios = [
                        second_step(on, pause, &[], again) / own,
                        second_step(on, pause, &[note_off(key)], again) / own,
                        second_step(on, pause, &[], note_on(other, second)) / other_own,
                    ];
                    for (worst, ratio) in worst.iter_mut().zip(ratios) {
                        if ratio > worst.0 {
                            *worst = (ratio, format!("key {key}, {first} then {second} after {pause}"));
                        }
                    }
                }
            }
        }
    }
    println!("re-strike, retrigger, steal: {worst:?}");
    assert!(worst.iter().all(|(ratio, _)| *ratio <= LIMIT), "{worst:?}");
}

/// A second blow adds to what rings, whatever the phase of the reed.
#[test]
fn blow_on_a_ringing_reed_never_takes_from_it() {
    for key in KEYS {
        for (first, second) in [(1.0, 0.05), (1.0, 0.3), (0.7, 0.6), (0.6, 0.6), (0.3, 1.0)] {
            for pause in [480, 511, 4_801, 24_007] {
                let [mut once, mut twice, mut fresh] = [piano(2), piano(2), piano(2)];
                once.handle(note_on(key, first));
                twice.handle(note_on(key, first));
                render(&mut once, pause);
                render(&mut twice, pause);
                twice.handle(note_on(key, second));
                fresh.handle(note_on(key, second));
                let [once, twice, fresh] = [&mut once, &mut twice, &mut fresh].map(|piano| rms(&render(piano, 9_600)));
                let ratio = twice / once.max(fresh);
                assert!((0.85..1.5).contains(&ratio), "key {key}, {first} then {second} after {pause}: {ratio}");
            }
        }
    }
}

#[test]
fn repeated_loud_blows_under_pedal_stay_bounded() {
    for key in KEYS {
        let mut piano = piano(2);
        piano.handle(controller(0, 64, 127));
        piano.handle(note_on(key, 1.0));
        let first = peak(&render(&mut piano, 4_800));
        let mut last = 0.0;
        for _ in 0..40 {
            piano.handle(note_on(key, 1.0));
            last = peak(&render(&mut piano, 4_800));
        }
        assert!(last > 0.8 * first && last < 2.0 * first, "key {key}: {first}, then {last}");
    }
}

/// Equal blows raise the ringing note again and again, for longer than an `f32` could hold their
/// sum.
#[test]
fn a_key_repeated_for_minutes_stays_finite() {
    for (key, pause) in [(33, 2_400), (60, 960)] {
        let mut piano = piano(2);
        piano.handle(controller(0, 64, 127));
        piano.handle(note_on(key, 1.0));
        let first = peak(&render(&mut piano, 4_800));
        for _ in 0..(240 * 48_000 / pause) {
            piano.handle(note_on(key, 1.0));
            let samples = render(&mut piano, pause);
            assert!(samples.iter().all(|sample| sample.is_finite()) && peak(&samples) < 2.0 * first, "key {key}");
        }
    }
}

/// The reed of a high key is silent before the knock of its blow is.
#[test]
fn the_knock_of_a_damped_note_is_not_cut_off() {
    for key in [96, 108] {
        let mut piano = piano(1);
        piano.handle(note_on(key, 1.0));
        let loudest = peak(&render(&mut piano, 480));
        piano.handle(note_off(key));
        let mut last = 0.0;
        for _ in 0..1_000 {
            let samples = render(&mut piano, 48);
            if !piano.is_active() {
                break;
            }
            last = peak(&samples);
        }
        assert!(last < 1e-3 * loudest, "key {key} ends at {last}, its peak is {loudest}");
    }
}

#[test]
fn pedals_and_bends_do_not_click() {
    let own = own_step(45, 0.9);
    let mut piano = piano(1);
    piano.handle(note_on(45, 0.9));
    let mut samples = render(&mut piano, 4_800);
    for i in 0..200u8 {
        let event = match i % 4 {
            0 => note_off(45),
            1 => controller(0, 64, i.wrapping_mul(7) % 128),
            2 => Event::PitchBend { channel: 0, value: f32::from(i % 3) - 1.0 },
            _ => note_on(45, 0.01),
        };
        piano.handle(event);
        samples.extend(render(&mut piano, 131));
    }
    // A bend of two semitones raises steps by an eighth.
    assert!(largest_step(&samples) <= 1.13 * LIMIT * own, "{} {own}", largest_step(&samples));
}
