//! Dampers: keys, pedals and release velocity.

use super::*;

/// Returns the level of key 48, 0.2 s after `events` at 10 ms intervals, dB re its undamped level.
fn level_db(events: &[Event]) -> f32 {
    let [mut damped, mut free] = [piano(4), piano(4)];
    damped.handle(note_on(48, 0.7));
    free.handle(note_on(48, 0.7));
    render(&mut damped, 4_800);
    render(&mut free, 4_800);
    for event in events {
        damped.handle(*event);
        render(&mut damped, 480);
        render(&mut free, 480);
    }
    render(&mut damped, 9_600);
    render(&mut free, 9_600);
    20.0 * (rms(&render(&mut damped, 2_400)) / rms(&render(&mut free, 2_400))).max(1e-6).log10()
}

#[test]
fn sustain_pedal_keeps_released_keys_until_pedal_up() {
    assert_eq!(level_db(&[controller(0, 64, 127), note_off(48)]), 0.0);
    assert!(level_db(&[note_off(48)]) < -40.0);
    assert!(level_db(&[controller(0, 64, 127), note_off(48), controller(0, 64, 0)]) < -40.0);
    assert!(level_db(&[controller(0, 64, 31), note_off(48)]) < -40.0);
    assert_eq!(level_db(&[controller(0, 64, 96), note_off(48)]), 0.0);
}

#[test]
fn half_pedal_damps_according_to_its_position() {
    let levels: Vec<f32> =
        (32..=95).step_by(9).map(|position| level_db(&[controller(0, 64, position), note_off(48)])).collect();
    assert!(levels.is_sorted_by(|lower, higher| lower < higher), "{levels:?}");
    assert!(levels[0] < -30.0 && levels[4] > -25.0, "{levels:?}");
}

#[test]
fn pedal_range_can_be_set() {
    let mut piano = piano(2);
    piano.set_pedal_range(0.5, 0.5);
    piano.handle(controller(0, 64, 70));
    piano.handle(note_on(60, 0.7));
    piano.handle(note_off(60));
    render(&mut piano, 48_000);
    assert_eq!(sounding(&piano), [60]);
    piano.handle(controller(0, 64, 60));
    render(&mut piano, 48_000);
    assert_eq!(sounding(&piano), []);
}

#[test]
fn pedal_catches_a_decaying_note() {
    let pause = controller(0, 67, 127);
    let caught = level_db(&[note_off(48), pause, pause, controller(0, 64, 127)]);
    assert!((-30.0..-4.0).contains(&caught), "{caught}");
    let late = level_db(&[note_off(48), pause, pause, pause, pause, controller(0, 64, 127)]);
    assert!(late < caught - 4.0, "{late} {caught}");
}

#[test]
fn sostenuto_keeps_only_keys_that_are_down() {
    let down = controller(0, 66, 127);
    assert_eq!(level_db(&[down, note_off(48)]), 0.0);
    assert!(level_db(&[note_off(48), down]) < -40.0);
    assert!(level_db(&[down, note_off(48), controller(0, 66, 0)]) < -40.0);
    let mut piano = piano(4);
    piano.handle(note_on(48, 0.7));
    piano.handle(down);
    piano.handle(note_on(60, 0.7));
    piano.handle(note_off(48));
    piano.handle(note_off(60));
    render(&mut piano, 48_000);
    assert_eq!(sounding(&piano), [48]);
}

#[test]
fn soft_pedal_is_ignored() {
    assert_eq!(level_db(&[controller(0, 67, 127)]), 0.0);
}

#[test]
fn slow_release_damps_later() {
    let release = |velocity: f32| level_db(&[Event::NoteOff { channel: 0, key: 48, velocity }]);
    let levels = [0.03, 0.06, 0.12, 0.5, 1.0].map(release);
    assert!(levels.is_sorted_by(|slow, fast| slow > fast), "{levels:?}");
    assert_eq!(release(0.0), release(64.0 / 127.0));
}

#[test]
fn key_struck_again_lifts_its_damper() {
    let mut piano = piano(4);
    piano.handle(note_on(48, 1.0));
    render(&mut piano, 4_800);
    piano.handle(note_off(48));
    render(&mut piano, 960);
    piano.handle(note_on(48, 0.1));
    render(&mut piano, 48_000);
    assert_eq!(sounding(&piano), [48]);
    piano.handle(note_off(48));
    render(&mut piano, 48_000);
    assert_eq!(sounding(&piano), []);
}

#[test]
fn damper_force_scales_the_release() {
    let released_db = |force: f32| {
        let mut piano = piano(1);
        piano.set_damper_force(force);
        piano.handle(note_on(48, 0.7));
        render(&mut piano, 9_600);
        let before = rms(&render(&mut piano, 2_400));
        piano.handle(note_off(48));
        render(&mut piano, 2_400);
        20.0 * (rms(&render(&mut piano, 2_400)) / before).max(1e-9).log10()
    };
    let [light, standard, heavy] = [0.5, 1.0, 2.0].map(released_db);
    assert!(standard < 1.5 * light && heavy < 1.5 * standard, "{light} {standard} {heavy}");
    assert_eq!((released_db(f32::NAN), released_db(99.0)), (standard, released_db(10.0)));
}
