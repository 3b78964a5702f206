//! Many instances, activated in any order at any sample rate.

use crate::host::{Input, Instance, Played, Session, Timed, difference, peak};

const ON: [Timed; 1] = [(5, Input::On { key: 57, velocity: 0.8 })];

#[test]
fn sample_rate_and_block_size_change_between_activations() {
    let mut instance = Instance::new();
    for sample_rate in [48_000.0, 44_100.0, 8_000.0, 192_000.0, 768_000.0] {
        for block in [1, 32, 8_192] {
            let again = instance.play(sample_rate, block, &ON, 2_000);
            let fresh = Instance::new().play(sample_rate, block, &ON, 2_000);
            assert_eq!(difference(&again.left, &fresh.left), 0.0, "{sample_rate} Hz, blocks of {block}");
            assert!(peak(&again.left) > 0.001, "{sample_rate} Hz, blocks of {block}");
        }
    }
}

#[test]
fn activation_without_processing_and_processing_in_parts() {
    let mut instance = Instance::new();
    let expected = instance.play(48_000.0, 64, &ON, 4_800);
    let session = Session::start(&mut instance.plugin, 44_100.0, 64);
    session.stop(&mut instance.plugin);
    let mut session = Session::start(&mut instance.plugin, 48_000.0, 64);
    let mut played = Played::default();
    session.play(64, &ON, 640, &mut played);
    session = Session(session.0.stop_processing().start_processing().expect("processing starts again"));
    session.play(64, &[], 4_160, &mut played);
    assert_eq!(difference(&played.left, &expected.left), 0.0);
    session.stop(&mut instance.plugin);
    drop(Instance::new());
}

#[test]
fn a_thousand_instances_play() {
    let mut instances: Vec<Instance> = (0..1_000).map(|_| Instance::new()).collect();
    let expected = instances[0].play(48_000.0, 64, &ON, 640);
    assert!(peak(&expected.left) > 0.001);
    // All are active at the same time, and end in another order.
    let mut sessions: Vec<Option<Session>> =
        instances.iter_mut().map(|instance| Some(Session::start(&mut instance.plugin, 48_000.0, 64))).collect();
    for session in sessions.iter_mut().flatten() {
        let mut played = Played::default();
        session.play(64, &ON, 640, &mut played);
        assert_eq!(played, expected);
    }
    for i in 0..instances.len() {
        let i = (i * 617) % instances.len();
        sessions[i].take().expect("each once").stop(&mut instances[i].plugin);
    }
}
