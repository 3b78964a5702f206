//! Blocks and events of every kind.

#![allow(unsafe_code, reason = "a header of another namespace is made from a raw one")]

use clack_host::events::event_types::{NoteEndEvent, NoteOnEvent, ParamValueEvent};
use clack_host::prelude::*;
use wurli_plugin::Param;

use crate::host::{Input, Instance, Played, Session, difference, peak};
use crate::random::Random;

const SAMPLE_RATE: f64 = 48_000.0;

/// Asserts what every host relies on.
fn assert_valid(played: &Played, case: &dyn std::fmt::Debug) {
    let is_allowed = |sample: &f32| *sample == 0.0 || sample.is_normal();
    assert!(played.left.iter().chain(&played.right).all(is_allowed), "{case:?}");
    assert!(played.ended.is_sorted_by_key(|(time, _)| *time), "{case:?}");
}

#[test]
fn inconsistent_notes_give_valid_samples() {
    let mut random = Random(3);
    let mut loudest = 0.0f32;
    for round in 0..40 {
        let block = [1, 10, 17, 256, 512, 2_027][round % 6];
        let events = random.inconsistent_events(400, 9_000);
        let played = Instance::new().play(SAMPLE_RATE, block, &events, 9_600);
        assert_valid(&played, &round);
        loudest = loudest.max(peak(&played.left));
    }
    assert!(loudest > 0.1);
}

#[test]
fn every_sample_rate_and_block_size_gives_valid_samples() {
    let mut random = Random(4);
    let mut instance = Instance::new();
    for sample_rate in [1_234.567_8, 8_000.0, 12_345.678, 22_050.0, 45_678.901, 123_456.78, 384_000.0, 768_000.0] {
        for block in [1, 10, 17, 256, 1_536, 2_027, 16_384] {
            let events = random.inconsistent_events(60, 2_000);
            let played = instance.play(sample_rate, block, &events, 2_048);
            assert_valid(&played, &(sample_rate, block));
        }
    }
}

#[test]
fn random_parameters_give_valid_samples() {
    let mut random = Random(5);
    let mut instance = Instance::new();
    for round in 0..100 {
        instance.set(&random.values(round % 2 == 0));
        let mut events = random.inconsistent_events(100, 2_400);
        for interval in [10, 100, 1_000] {
            let times = (0..2_400).step_by(interval).take(24);
            events.extend(
                times.flat_map(|time| random.values(false).map(|(param, value)| (time, Input::Set(param, value)))),
            );
        }
        events.sort_by_key(|(time, _)| *time);
        assert_valid(&instance.play(SAMPLE_RATE, 512, &events, 2_560), &round);
    }
}

#[test]
fn a_block_without_samples_takes_its_events() {
    let on = [(0, Input::On { key: 57, velocity: 0.8 })];
    let expected = Instance::new().play(SAMPLE_RATE, 64, &on, 4_800);
    let mut instance = Instance::new();
    let mut session = Session::start(&mut instance.plugin, SAMPLE_RATE, 64);
    let (mut ports, mut ended) = (AudioPorts::with_capacity(2, 1), EventBuffer::new());
    let mut output = [[0.0f32; 0]; 2];
    let mut buffers = ports.with_output_buffers([AudioPortBuffer {
        latency: 0,
        channels: AudioPortBufferType::f32_output_only(output.iter_mut().map(|channel| channel.as_mut_slice())),
    }]);
    let struck = [NoteOnEvent::new(0, Pckn::new(0u16, 0u16, 57u16, 57u32), 0.8)];
    let (silent, input) = (InputAudioBuffers::empty(), InputEvents::from_buffer(&struck));
    let mut answers = OutputEvents::from_buffer(&mut ended);
    let status = session.0.process(&silent, &mut buffers, &input, &mut answers, None, None);
    assert!(status.is_ok());
    let mut played = Played::default();
    session.play(64, &[], 4_800, &mut played);
    assert_eq!(difference(&played.left, &expected.left), 0.0);
    session.stop(&mut instance.plugin);
}

#[test]
fn events_at_the_last_sample_and_beyond_the_block_act() {
    let expected = Instance::new().play(SAMPLE_RATE, 64, &[(63, Input::On { key: 57, velocity: 0.8 })], 4_800);
    assert!(expected.left[..63].iter().all(|sample| *sample == 0.0) && peak(&expected.left[64..80]) > 0.0);
    // A host that says a time beyond the block: the event acts at its end.
    let play_at = |time: u32| {
        let mut instance = Instance::new();
        let mut session = Session::start(&mut instance.plugin, SAMPLE_RATE, 64);
        let (mut ports, mut ended) = (AudioPorts::with_capacity(2, 1), EventBuffer::new());
        let mut output = [[0.0f32; 64]; 2];
        let mut buffers = ports.with_output_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(output.iter_mut().map(|channel| channel.as_mut_slice())),
        }]);
        // Key 5 is none of the instrument. Its second note ends the first at once.
        let struck = [(57u16, 57u32), (5, 1), (5, 2)];
        let struck = struck.map(|(key, id)| NoteOnEvent::new(time, Pckn::new(0u16, 0u16, key, id), 0.8));
        let (silent, input) = (InputAudioBuffers::empty(), InputEvents::from_buffer(&struck));
        let mut answers = OutputEvents::from_buffer(&mut ended);
        assert!(session.0.process(&silent, &mut buffers, &input, &mut answers, None, None).is_ok());
        let times: Vec<u32> =
            ended.iter().filter_map(|event| event.as_event::<NoteEndEvent>()).map(|end| end.header().time()).collect();
        assert!(times == [63, 63], "{times:?}");
        let mut played = Played::default();
        session.play(64, &[], 4_800, &mut played);
        session.stop(&mut instance.plugin);
        played.left
    };
    let at_end = Instance::new().play(SAMPLE_RATE, 64, &[(0, Input::On { key: 57, velocity: 0.8 })], 4_800).left;
    for time in [64, 65, 10_000, u32::MAX] {
        assert_eq!(difference(&play_at(time), &at_end), 0.0, "{time}");
    }
}

#[test]
fn blocks_of_one_length_play_as_any() {
    let on = [(5, Input::On { key: 57, velocity: 0.8 })];
    let expected = Instance::new().play(SAMPLE_RATE, 512, &on, 2_048);
    for frames in [1, 64, 512] {
        let mut instance = Instance::new();
        let configuration =
            PluginAudioConfiguration { sample_rate: SAMPLE_RATE, min_frames_count: frames, max_frames_count: frames };
        let stopped = instance.plugin.activate(|_, _| (), configuration).expect("the plugin is activated");
        let mut session = Session(stopped.start_processing().expect("processing starts"));
        let mut played = Played::default();
        session.play(frames as usize, &on, 2_048, &mut played);
        assert_eq!(difference(&played.left, &expected.left), 0.0, "{frames}");
        session.stop(&mut instance.plugin);
    }
}

#[test]
fn parameter_events_of_another_namespace_change_nothing() {
    let mut instance = Instance::new();
    let before = instance.save();
    let foreign = Param::ALL.map(|param| {
        let mut event = ParamValueEvent::new(0, param.id(), Pckn::match_all(), param.range().0);
        // SAFETY: the size stays that of the event.
        unsafe { event.as_raw_mut() }.header.space_id = 0xB33F;
        event
    });
    instance.flush(&foreign);
    assert_eq!(instance.save(), before);
    let mut session = Session::start(&mut instance.plugin, SAMPLE_RATE, 64);
    let mut ports = AudioPorts::with_capacity(2, 1);
    let mut output = [[0.0f32; 64]; 2];
    let mut buffers = ports.with_output_buffers([AudioPortBuffer {
        latency: 0,
        channels: AudioPortBufferType::f32_output_only(output.iter_mut().map(|channel| channel.as_mut_slice())),
    }]);
    let (silent, input) = (InputAudioBuffers::empty(), InputEvents::from_buffer(&foreign));
    assert!(session.0.process(&silent, &mut buffers, &input, &mut OutputEvents::void(), None, None).is_ok());
    session.stop(&mut instance.plugin);
    assert_eq!(instance.save(), before);
    instance.set(&[(Param::Gain, -1.0)]);
    assert_ne!(instance.save(), before);
}

#[test]
fn audio_input_is_left_as_it_is() {
    let mut instance = Instance::new();
    let mut session = Session::start(&mut instance.plugin, SAMPLE_RATE, 64);
    let (mut inputs, mut outputs) = (AudioPorts::with_capacity(2, 1), AudioPorts::with_capacity(2, 1));
    let (mut input, mut output) = ([[0.25f32; 64]; 2], [[f32::NAN; 64]; 2]);
    let given = inputs.with_input_buffers([AudioPortBuffer {
        latency: 0,
        channels: AudioPortBufferType::f32_input_only(input.iter_mut().map(InputChannel::variable)),
    }]);
    let mut buffers = outputs.with_output_buffers([AudioPortBuffer {
        latency: 0,
        channels: AudioPortBufferType::f32_output_only(output.iter_mut().map(|channel| channel.as_mut_slice())),
    }]);
    let none = InputEvents::empty();
    assert!(session.0.process(&given, &mut buffers, &none, &mut OutputEvents::void(), None, None).is_ok());
    session.stop(&mut instance.plugin);
    assert_eq!((input, output), ([[0.25; 64]; 2], [[0.0; 64]; 2]));
}
