//! Notes, their ends and expressions.

use clack_extensions::tail::TailLength;
use wurli_plugin::Param;

use crate::host::{Input, Instance, Played, Session, Timed, difference, peak};

const SAMPLE_RATE: f64 = 48_000.0;

#[test]
fn tuning_expression_equals_the_bent_key() {
    // Zero crossings of the fundamental of a soft, low note.
    let crossings = |events: &[_]| {
        let samples = Instance::new().play(SAMPLE_RATE, 128, events, 96_000).left;
        samples[48_000..].windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count() as f64
    };
    let on = (0, Input::On { key: 69, velocity: 0.05 });
    let plain = crossings(&[on]);
    let bent = crossings(&[on, (0, Input::Tune { key: 69, semitones: 12.0 })]);
    assert!((bent / plain - 2.0).abs() < 0.01, "{plain} and {bent}");
}

#[test]
fn sustain_pedal_keeps_released_notes() {
    let play = |pedal: u8| {
        let events = [
            (0, Input::On { key: 57, velocity: 0.8 }),
            (100, Input::Midi([0xB0, 64, pedal])),
            (4_800, Input::Off { key: 57 }),
        ];
        Instance::new().play(SAMPLE_RATE, 128, &events, 48_000).left
    };
    let (up, down) = (play(0), play(127));
    assert!(peak(&up[40_000..]) < 1e-4 && peak(&down[40_000..]) > 0.02);
}

#[test]
fn ends_are_reported_and_the_plugin_sleeps() {
    let mut instance = Instance::new();
    let events = [
        (0, Input::On { key: 57, velocity: 0.8 }),
        (0, Input::On { key: 90, velocity: 0.8 }),
        (10, Input::On { key: 5, velocity: 0.8 }),
        (2_000, Input::Off { key: 57 }),
        (2_000, Input::Off { key: 90 }),
    ];
    let played = instance.play(SAMPLE_RATE, 100, &events, 96_000);
    let keys: Vec<u16> = played.ended.iter().map(|(_, key)| *key).collect();
    assert_eq!(keys, [5, 90, 57], "a key that there is not ends at once, high notes before low ones");
    assert!(!played.is_awake);
    let (end, _) = played.ended[2];
    assert_eq!(peak(&played.left[end + 100..]), 0.0);
}

#[test]
fn wildcards_release_and_chokes_silence() {
    let on = [57, 60, 64].map(|key| (0, Input::On { key, velocity: 0.8 }));
    for event in [Input::AllOff, Input::Midi([0xB0, 123, 0]), Input::Midi([0xB0, 120, 0])] {
        let mut events = on.to_vec();
        events.push((4_800, event));
        let played = Instance::new().play(SAMPLE_RATE, 128, &events, 60_000);
        assert_eq!(played.ended.len(), 3, "{event:?}");
        assert!(!played.is_awake, "{event:?}");
    }
    let mut events = on.to_vec();
    events.push((4_800, Input::Choke { key: 60 }));
    let ended = Instance::new().play(SAMPLE_RATE, 128, &events, 60_000).ended;
    assert_eq!(ended.iter().map(|(_, key)| *key).collect::<Vec<u16>>(), [60]);
}

#[test]
fn loudest_notes_end_within_the_tail() {
    for damper in [10.0, 100.0, 400.0] {
        for key in [21, 40, 108] {
            let mut instance = Instance::new();
            instance.set(&[(Param::Damper, damper)]);
            let mut session = Session::start(&mut instance.plugin, SAMPLE_RATE, 512);
            let TailLength::Finite(tail) = session.tail() else { panic!("a finite tail") };
            let mut played = Played::default();
            // Release velocity 1 is the slowest damper.
            let events = [(0, Input::Midi([0x90, key, 127])), (9_600, Input::Midi([0x80, key, 1]))];
            session.play(512, &events, 9_600 + tail as usize, &mut played);
            assert!(!played.is_awake, "key {key}, damper {damper} %: sounds after {tail} samples");
            session.stop(&mut instance.plugin);
        }
    }
}

#[test]
fn random_events_leave_finite_samples() {
    let mut seed = 7_u64;
    let mut next = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for sample_rate in [8_000.0, 44_100.0, 48_000.0, 768_000.0] {
        let mut events: Vec<Timed> = (0..3_000)
            .map(|_| {
                let (key, value) = (next(128) as u8, next(1_001) as f64 / 1_000.0);
                let event = match next(8) {
                    0 | 1 => Input::On { key, velocity: value },
                    2 => Input::Off { key },
                    3 => Input::Choke { key },
                    4 => Input::Tune { key, semitones: 240.0 * value - 120.0 },
                    5 => Input::Midi([next(256) as u8, next(256) as u8, next(256) as u8]),
                    6 if value < 0.1 => Input::AllOff,
                    _ => {
                        let param = Param::ALL[next(Param::ALL.len() as u64) as usize];
                        Input::Set(param, [f64::NAN, f64::INFINITY, -1e300, 1e9 * value, value][next(5) as usize])
                    }
                };
                (next(40_000) as usize, event)
            })
            .collect();
        events.sort_by_key(|(time, _)| *time);
        let played = Instance::new().play(sample_rate, 333, &events, 48_000);
        let is_allowed = |sample: &f32| *sample == 0.0 || sample.is_normal();
        assert!(played.left.iter().all(is_allowed), "{sample_rate} Hz");
        assert!(peak(&played.left) > 0.001, "{sample_rate} Hz");
    }
}

#[test]
fn reset_and_foreign_events_leave_the_plugin_usable() {
    let mut instance = Instance::new();
    let on = [(0, Input::On { key: 57, velocity: 0.8 })];
    let expected = instance.play(SAMPLE_RATE, 64, &on, 4_800);
    let mut session = Session::start(&mut instance.plugin, SAMPLE_RATE, 64);
    let foreign = [0xF0, 0xFF, 0xC0, 0xA0, 0x00, 0x90].map(|status| (0, Input::Midi([status, 200, 255])));
    let nan = [(0, Input::On { key: 57, velocity: f64::NAN }), (0, Input::Tune { key: 57, semitones: f64::NAN })];
    session.play(64, &[&foreign[..], &nan, &on].concat(), 5_000, &mut Played::default());
    session.0.reset();
    let mut played = Played::default();
    session.play(64, &on, 4_800, &mut played);
    assert_eq!(difference(&played.left, &expected.left), 0.0);
    session.stop(&mut instance.plugin);
}
