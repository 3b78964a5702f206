//! Parameters: at their samples, smooth, the same for any division into blocks.

use std::ffi::CString;

use clack_extensions::params::{ParamInfoBuffer, PluginParams};
use wurli_plugin::Param;

use crate::host::{Input, Instance, Timed, difference, peak};

const SAMPLE_RATE: f64 = 48_000.0;
const ON: Timed = (0, Input::On { key: 57, velocity: 0.8 });

fn play(events: &[Timed]) -> Vec<f32> {
    Instance::new().play(SAMPLE_RATE, 256, events, 24_000).left
}

#[test]
fn automation_is_independent_of_blocks() {
    let mut events = vec![ON, (11_000, Input::Off { key: 57 }), (12_000, Input::On { key: 64, velocity: 0.3 })];
    for step in 0..200 {
        let (time, phase) = (100 + 97 * step, step as f64 / 200.0);
        for param in Param::ALL {
            let (min, max) = param.range();
            let phase = (phase * (1.0 + param as usize as f64)).fract();
            events.push((time, Input::Set(param, min + phase * (max - min))));
        }
    }
    events.sort_by_key(|(time, _)| *time);
    let mut instance = Instance::new();
    let [one, other, third] = [1, 37, 8_192].map(|block| {
        assert!(instance.load(crate::host::DEFAULT_STATE));
        instance.play(SAMPLE_RATE, block, &events, 24_000).left
    });
    assert!(one == other && one == third);
    assert!(peak(&one) > 0.01 && one.iter().all(|sample| sample.is_finite()));
}

#[test]
fn changes_act_from_their_sample_without_a_click() {
    let steady = play(&[ON]);
    // At a peak, where a jump of the gain is largest.
    let at = (10_000..10_500).max_by(|a, b| steady[*a].total_cmp(&steady[*b])).expect("samples");
    let largest_step =
        |samples: &[f32]| samples.windows(2).fold(0.0f32, |most, pair| most.max((pair[1] - pair[0]).abs()));
    for (param, value) in [
        (Param::Gain, -60.0),
        (Param::A4, 480.0),
        (Param::TremoloDepth, 3.0),
        (Param::TremoloRate, 20.0),
        (Param::Damper, 10.0),
    ] {
        let mut events = vec![ON];
        if param == Param::Damper {
            events.push((8_000, Input::Off { key: 57 }));
        }
        let without = play(&events);
        events.push((at, Input::Set(param, value)));
        if param == Param::TremoloRate {
            events.insert(0, (0, Input::Set(Param::TremoloDepth, 6.0)));
        }
        let with = play(&events);
        if param != Param::TremoloRate {
            assert_eq!(with[..at], without[..at], "{param:?}");
            assert!(difference(&with[at..], &without[at..]) > 1e-5, "{param:?}");
        }
        let (changed, unchanged) = (largest_step(&with[at - 100..at + 2_000]), largest_step(&steady));
        assert!(changed <= 1.5 * unchanged, "{param:?}: a step of {changed}, the note's are {unchanged}");
    }
}

#[test]
fn gain_arrives_within_20_ms() {
    let steady = play(&[ON]);
    let changed = play(&[ON, (5_000, Input::Set(Param::Gain, -6.0))]);
    let expected: Vec<f32> = steady[5_960..].iter().map(|sample| sample * 10f32.powf(-0.3)).collect();
    assert!(difference(&changed[5_960..], &expected) < 1e-6);
    let ratio = peak(&changed[5_400..5_560]) / peak(&steady[5_400..5_560]);
    assert!((0.7..0.8).contains(&ratio), "{ratio} half way to 0.5");
}

#[test]
fn corrections_and_curve_act_on_notes_after_their_sample() {
    for (param, value) in [(Param::Corrections, 0.0), (Param::VelocityCurve, 100.0)] {
        let struck_before = play(&[ON, (1, Input::Set(param, value))]);
        assert_eq!(struck_before, play(&[ON]), "{param:?}");
        let struck_after = play(&[(0, Input::Set(param, value)), ON]);
        assert!(difference(&struck_after, &struck_before) > 0.01, "{param:?}");
    }
}

#[test]
fn velocity_curve_raises_and_lowers_soft_notes() {
    let soft = |curve: f64| {
        peak(&play(&[(0, Input::Set(Param::VelocityCurve, curve)), (0, Input::On { key: 57, velocity: 0.4 })]))
    };
    assert!(soft(-50.0) < soft(0.0) && soft(0.0) < soft(50.0));
    let full =
        |curve: f64| play(&[(0, Input::Set(Param::VelocityCurve, curve)), (0, Input::On { key: 57, velocity: 1.0 })]);
    assert_eq!(full(-100.0), full(100.0));
}

#[test]
fn damper_shortens_the_release() {
    let released = |damper: f64| {
        let samples = play(&[ON, (0, Input::Set(Param::Damper, damper)), (6_000, Input::Off { key: 57 })]);
        peak(&samples[9_000..10_000])
    };
    assert!(released(10.0) > 2.0 * released(100.0) && released(100.0) > 2.0 * released(400.0));
}

#[test]
fn texts_and_values_convert() {
    let mut instance = Instance::new();
    let handle = instance.plugin.plugin_handle();
    let params: PluginParams = handle.get_extension().expect("the plugin has parameters");
    assert_eq!(params.count(&handle), Param::ALL.len() as u32);
    for (index, param) in (0..).zip(Param::ALL) {
        let mut buffer = ParamInfoBuffer::new();
        let info = params.get_info(&handle, index, &mut buffer).expect("a description");
        assert_eq!((info.id, info.min_value, info.max_value), (param.id(), param.range().0, param.range().1));
        for value in [info.min_value, info.default_value, info.max_value] {
            let mut text = [0; 64];
            let text = params.value_to_text(&handle, param.id(), value, &mut text).expect("a text");
            let text = CString::new(text).expect("no NUL");
            let back = params.text_to_value(&handle, param.id(), &text);
            assert_eq!(back, Some(value), "{param:?}: {text:?}");
        }
        for step in 0..=1_000 {
            let value = info.min_value + f64::from(step) / 1_000.0 * (info.max_value - info.min_value);
            let to_text = |value: f64| {
                let mut text = [0; 64];
                let text = params.value_to_text(&handle, param.id(), value, &mut text).expect("a text");
                CString::new(text).expect("no NUL")
            };
            let text = to_text(value);
            let back = params.text_to_value(&handle, param.id(), &text).expect("a value");
            assert_eq!(to_text(back), text, "{param:?} at {value}");
            assert_eq!(params.text_to_value(&handle, param.id(), &to_text(back)), Some(back), "{param:?} at {value}");
        }
        assert_eq!(params.text_to_value(&handle, param.id(), c"loud"), None);
    }
}
