//! MIDI channels and their modes.

use super::*;
use wurli_voice::ChannelMode;

fn on(channel: u8, key: u8) -> Event {
    Event::NoteOn { channel, key, velocity: 0.8 }
}

fn off(channel: u8, key: u8) -> Event {
    Event::NoteOff { channel, key, velocity: 0.5 }
}

/// Returns the keys that sound half a second after the events.
fn after(mode: ChannelMode, events: &[Event]) -> Vec<u8> {
    let mut piano = piano(8);
    piano.set_channel_mode(mode);
    for event in events {
        piano.handle(*event);
        render(&mut piano, 480);
    }
    render(&mut piano, 24_000);
    sounding(&piano)
}

#[test]
fn channels_do_not_act_on_each_other() {
    for other in [off(1, 60), controller(1, 120, 0), controller(1, 123, 0), controller(1, 121, 0), controller(1, 64, 0)]
    {
        assert_eq!(after(ChannelMode::Separate, &[on(0, 60), other]), [60], "{other:?}");
    }
    let pedal = [controller(1, 64, 127), on(0, 60), off(0, 60), on(1, 70), off(1, 70)];
    assert_eq!(after(ChannelMode::Separate, &pedal), [70]);
    assert_eq!(after(ChannelMode::Separate, &[on(0, 60), on(1, 60)]), [60, 60]);
}

#[test]
fn channel_messages_act_on_their_own_channel() {
    for own in [off(3, 60), controller(3, 120, 0), controller(3, 123, 0)] {
        assert_eq!(after(ChannelMode::Separate, &[on(3, 60), own]), [], "{own:?}");
    }
    // All notes off leaves notes under the pedal, reset all controllers releases the pedal.
    let pedal = [on(3, 60), controller(3, 64, 127), controller(3, 123, 0)];
    assert_eq!(after(ChannelMode::Separate, &pedal), [60]);
    assert_eq!(after(ChannelMode::Separate, &[&pedal[..], &[controller(3, 121, 0)]].concat()), []);
}

#[test]
fn omni_mode_ignores_channels() {
    assert_eq!(after(ChannelMode::Omni, &[on(0, 60), off(7, 60)]), []);
    assert_eq!(after(ChannelMode::Omni, &[on(0, 60), on(5, 60)]), [60]);
    let pedal = [controller(9, 64, 127), on(0, 60), off(1, 60)];
    assert_eq!(after(ChannelMode::Omni, &pedal), [60]);
}

#[test]
fn mpe_master_moves_all_pedals() {
    let pedal = [controller(0, 64, 127), on(2, 60), off(2, 60)];
    assert_eq!(after(ChannelMode::Mpe, &pedal), [60]);
    assert_eq!(after(ChannelMode::Mpe, &[&pedal[..], &[controller(0, 64, 0)]].concat()), []);
    let sostenuto = [on(2, 60), controller(0, 66, 127), off(2, 60)];
    assert_eq!(after(ChannelMode::Mpe, &sostenuto), [60]);
    assert_eq!(after(ChannelMode::Mpe, &[&sostenuto[..], &[controller(0, 66, 0)]].concat()), []);
    assert_eq!(after(ChannelMode::Mpe, &[on(2, 60), controller(0, 120, 0)]), []);
    assert_eq!(after(ChannelMode::Mpe, &[&sostenuto[..], &[controller(0, 121, 0)]].concat()), []);
    for all_notes_off in 123..=127 {
        assert_eq!(after(ChannelMode::Mpe, &[on(2, 60), controller(0, all_notes_off, 0)]), []);
    }
}

#[test]
fn all_sound_off_fades_within_6_ms_without_a_click() {
    let mut piano = piano(8);
    (40..48).for_each(|key| piano.handle(note_on(key, 1.0)));
    let before = render(&mut piano, 9_600);
    piano.handle(controller(0, 120, 0));
    let after = render(&mut piano, 480);
    assert!(largest_step(&after) <= largest_step(&before));
    assert!(after[..120].iter().any(|sample| sample.abs() > 0.01) && after[256..] == [0.0; 224]);
    assert!(!piano.is_active());
}

#[test]
fn unknown_controllers_and_keys_have_no_effect() {
    let mut piano = piano(2);
    for key in [0, 20, 109, 127, 255] {
        piano.handle(note_on(key, 1.0));
    }
    for number in (0..=255).filter(|number| ![64, 66, 120, 121, 123].contains(number)) {
        piano.handle(Event::Controller { channel: 200, controller: number, value: f32::NAN });
    }
    piano.handle(Event::PitchBend { channel: 99, value: f32::NAN });
    piano.handle(Event::NoteBend { channel: 99, key: 255, cents: f32::NAN });
    piano.handle(Event::NoteOff { channel: 99, key: 255, velocity: f32::NAN });
    assert!(!piano.is_active());
    // A key that does not exist releases no other.
    piano.handle(note_on(60, 1.0));
    piano.handle(controller(0, 64, 127));
    piano.handle(Event::NoteOff { channel: 0, key: 60 + 128, velocity: 1.0 });
    piano.handle(controller(0, 64, 0));
    render(&mut piano, 24_000);
    assert!(piano.is_active(), "key 60 is still held");
    assert!(peak(&render(&mut piano, 480)) > 0.01);
}
