//! Output gain.

use super::*;

fn playing(gain: f32) -> Piano {
    let mut piano = piano(4);
    piano.set_gain(gain);
    piano.handle(note_on(45, 0.9));
    piano
}

#[test]
fn gain_of_a_silent_instrument_scales_all_samples() {
    let unscaled = render(&mut playing(1.0), 4_800);
    for gain in [0.0, 0.2, 3.5] {
        let expected: Vec<f32> = unscaled.iter().map(|sample| gain * sample).collect();
        assert_eq!(render(&mut playing(gain), 4_800), expected, "{gain}");
    }
}

#[test]
fn gain_is_clamped() {
    for (gain, clamped) in [(f32::NAN, 1.0), (f32::INFINITY, 4.0), (-1.0, 0.0), (1e9, 4.0)] {
        assert_eq!(render(&mut playing(gain), 900), render(&mut playing(clamped), 900), "{gain}");
    }
}

#[test]
fn change_while_notes_sound_is_smooth_and_arrives_within_20_ms() {
    for (from, to) in [(1.0, 0.0), (0.2, 4.0), (4.0, 1.0)] {
        let (mut changed, mut unscaled) = (playing(from), playing(1.0));
        let before = [render(&mut changed, 2_000), render(&mut unscaled, 2_000)];
        changed.set_gain(to);
        // In odd blocks.
        let changed: Vec<f32> = (0..50).flat_map(|_| render(&mut changed, 77)).collect();
        let unscaled = render(&mut unscaled, 50 * 77);
        let arrived = unscaled[959..].iter().map(|sample| to * sample);
        assert!(changed[959..].iter().copied().eq(arrived), "{from} to {to}");
        let limit = from.max(to) * (largest_step(&before[1]) + peak(&unscaled) / 960.0);
        let step = largest_step(&[&before[0][1_999..], &changed].concat());
        assert!(step <= limit, "{from} to {to}: a step of {step}, at most {limit}");
    }
}

#[test]
fn gain_stays_after_a_reset() {
    let mut piano = playing(1.0);
    render(&mut piano, 100);
    piano.set_gain(0.5);
    piano.set_sample_rate(SAMPLE_RATE);
    piano.handle(note_on(45, 0.9));
    assert_eq!(render(&mut piano, 900), render(&mut playing(0.5), 900));
}
