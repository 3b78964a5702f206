//! Bends and tunings.

use super::*;
use wurli_voice::ChannelMode;
use wurli_voice::instrument::midi_to_hz;

/// Returns the frequency near `hz` from the phase advance of a Hann-windowed bin over 2 s.
fn frequency_hz(samples: &[f32], hz: f64) -> f64 {
    let (length, hop) = (48_000, 96_000);
    let phase = |from: usize| {
        let (mut re, mut im) = (0.0, 0.0);
        for (i, sample) in samples[from..from + length].iter().enumerate() {
            let turns = hz * (from + i) as f64 / f64::from(SAMPLE_RATE);
            let window = 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / length as f64).cos();
            let angle = std::f64::consts::TAU * (turns - turns.floor());
            re += window * f64::from(*sample) * angle.cos();
            im -= window * f64::from(*sample) * angle.sin();
        }
        im.atan2(re) / std::f64::consts::TAU
    };
    let turns = phase(hop) - phase(0);
    hz + (turns - turns.round()) / (hop as f64 / f64::from(SAMPLE_RATE))
}

fn plain() -> Piano {
    Polyphony::new(SAMPLE_RATE, vec![Slot::new(); 4], |_, _| MlpCorrections::IDENTITY)
}

/// Returns the error of the pitch of `key` after `prepare`, cents from `expected_cents`.
fn error_cents(key: u8, expected_cents: f64, prepare: impl Fn(&mut Piano)) -> f64 {
    let mut piano = plain();
    piano.handle(note_on(key, 0.3));
    prepare(&mut piano);
    render(&mut piano, 24_000);
    let samples = render(&mut piano, 150_000);
    let expected_hz = midi_to_hz(key) * (expected_cents / 1200.0).exp2();
    1200.0 * (frequency_hz(&samples, expected_hz) / expected_hz).log2()
}

#[test]
fn pitch_at_rest_is_exact_to_a_thousandth_of_a_cent() {
    type Case = (f64, fn(&mut Piano));
    let cases: [Case; 7] = [
        (0.0, |_| {}),
        (200.0, |piano| piano.handle(Event::PitchBend { channel: 0, value: 1.0 })),
        (-50.0, |piano| piano.handle(Event::PitchBend { channel: 0, value: -0.25 })),
        (700.0, |piano| {
            piano.set_bend_range(7.0);
            piano.handle(Event::PitchBend { channel: 0, value: 1.0 });
        }),
        (1200.0 * (442.0f64 / 440.0).log2(), |piano| piano.set_a4_hz(442.0)),
        (12.3, |piano| {
            let table = std::array::from_fn(|key| midi_to_hz(key as u8) * (12.3f64 / 1200.0).exp2());
            piano.set_tuning(&table);
        }),
        (0.0, |piano| {
            piano.handle(Event::PitchBend { channel: 0, value: 1.0 });
            render(piano, 2_000);
            piano.handle(Event::PitchBend { channel: 0, value: 0.0 });
        }),
    ];
    for (cents, prepare) in cases {
        for key in [33, 57, 81] {
            let error = error_cents(key, cents, prepare);
            assert!(error.abs() < 1e-3, "key {key}, {cents} cents: {error}");
        }
    }
}

#[test]
fn note_bends_are_independent() {
    let mut both = plain();
    both.handle(note_on(57, 0.3));
    both.handle(note_on(71, 0.3));
    both.handle(Event::NoteBend { channel: 0, key: 71, cents: -130.0 });
    render(&mut both, 24_000);
    let samples = render(&mut both, 150_000);
    for hz in [midi_to_hz(57), midi_to_hz(71) * (-130.0f64 / 1200.0).exp2()] {
        let error = 1200.0 * (frequency_hz(&samples, hz) / hz).log2();
        assert!(error.abs() < 0.05, "{hz} Hz: {error} cents");
    }
}

#[test]
fn mpe_members_bend_their_notes_and_the_master_bends_all() {
    let bent = error_cents(57, 0.0, |piano| {
        piano.reset();
        piano.set_channel_mode(ChannelMode::Mpe);
        piano.handle(Event::PitchBend { channel: 3, value: -1.0 / 48.0 });
        piano.handle(Event::PitchBend { channel: 0, value: 0.5 });
        piano.handle(Event::PitchBend { channel: 5, value: 0.7 });
        piano.handle(Event::NoteOn { channel: 3, key: 57, velocity: 0.3 });
    });
    assert!(bent.abs() < 1e-3, "{bent}");
}

#[test]
fn registered_parameter_sets_the_bend_range() {
    let error = error_cents(57, 350.0, |piano| {
        for (number, value) in [(101, 0), (100, 0), (6, 3), (38, 50)] {
            piano.handle(controller(0, number, value));
        }
        piano.handle(Event::PitchBend { channel: 0, value: 1.0 });
    });
    assert!(error.abs() < 1e-3, "{error}");
}

#[test]
fn bend_that_returns_leaves_a_new_note_unchanged() {
    let [mut bent, mut plain] = [piano(1), piano(1)];
    bent.handle(note_on(60, 0.5));
    bent.handle(Event::PitchBend { channel: 0, value: 0.3 });
    render(&mut bent, 999);
    bent.handle(Event::PitchBend { channel: 0, value: 0.0 });
    bent.handle(controller(0, 120, 0));
    render(&mut bent, 999);
    bent.handle(note_on(40, 0.8));
    plain.handle(note_on(40, 0.8));
    assert_eq!(render(&mut bent, 9_600), render(&mut plain, 9_600));
}

#[test]
fn extreme_bends_stay_finite_and_in_band() {
    let mut piano = piano(2);
    piano.set_channel_mode(ChannelMode::Mpe);
    for value in [1.0, -1.0, 0.5, f32::INFINITY] {
        piano.handle(Event::NoteOn { channel: 1, key: 96, velocity: 1.0 });
        piano.handle(Event::PitchBend { channel: 1, value });
        piano.handle(Event::NoteBend { channel: 1, key: 96, cents: f32::INFINITY * value });
        let samples = render(&mut piano, 4_800);
        assert!(samples.iter().all(|sample| sample.is_finite()) && peak(&samples) < 2.0, "{value}");
    }
}
