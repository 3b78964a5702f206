//! Channels that cancel when they are mixed, and channels that do not.

use std::f64::consts::TAU;

use super::super::{AudioFile, Passages};
use super::files::wav_16;
use super::read;

const RATE_HZ: f64 = 44_100.0;

/// Returns a decaying note of eight harmonics, peak about 0.4, `delay` samples late and `gain` as
/// loud.
fn note(f0_hz: f64, seconds: f64, delay: f64, gain: f64) -> Vec<f64> {
    let harmonic = |k: f64, time_s: f64| {
        let level_db = -8.0 - 6.0 * (k - 1.0) - (4.0 + k) * time_s;
        10f64.powf(level_db / 20.0) * (TAU * f0_hz * k * time_s + k).sin()
    };
    let sample = |n: usize| {
        let time_s = (n as f64 - delay) / RATE_HZ;
        if time_s < 0.0 { 0.0 } else { gain * (1..=8).map(|k| harmonic(f64::from(k), time_s)).sum::<f64>() }
    };
    (0..(seconds * RATE_HZ) as usize).map(sample).collect()
}

/// Returns white noise of that peak, different for each seed.
fn noise(samples: usize, peak: f64, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        peak * ((state >> 33) as f64 / f64::from(1_u32 << 30) - 1.0)
    };
    (0..samples).map(|_| next()).collect()
}

/// Returns the note of [`note`], its harmonics turned by `turns(k, time_s)` periods.
fn turned(f0_hz: f64, seconds: f64, turns: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let harmonic = |k: f64, time_s: f64| {
        let level_db = -8.0 - 6.0 * (k - 1.0) - (4.0 + k) * time_s;
        10f64.powf(level_db / 20.0) * (TAU * (f0_hz * k * time_s + turns(k, time_s)) + k).sin()
    };
    let sample = |n: usize| (1..=8).map(|k| harmonic(f64::from(k), n as f64 / RATE_HZ)).sum();
    (0..(seconds * RATE_HZ) as usize).map(sample).collect()
}

fn to_steps(samples: &[f64]) -> Vec<i16> {
    samples.iter().map(|sample| (sample * 32_768.0).round() as i16).collect()
}

fn wav_of_channels(channels: &[&[f64]]) -> Vec<u8> {
    let channels: Vec<_> = channels.iter().map(|channel| to_steps(channel)).collect();
    let frames = channels[0].len();
    let interleaved: Vec<_> = (0..frames).flat_map(|n| channels.iter().map(move |channel| channel[n])).collect();
    wav_16(channels.len() as u16, &interleaved)
}

fn as_read(channel: &[f64]) -> Vec<f32> {
    to_steps(channel).iter().map(|step| f32::from(*step) / 32_768.0).collect()
}

fn sum(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

#[test]
fn channels_that_cancel_are_not_averaged() {
    for f0_hz in [61.7, 261.6, 1175.0] {
        let close = note(f0_hz, 0.4, 0.0, 1.0);
        let inverted = note(f0_hz, 0.4, 0.0, -0.97);
        // 0.16 ms and 1 ms: 5 cm and 34 cm.
        let far_inverted = note(f0_hz, 0.4, 7.0, -0.97);
        let spaced = note(f0_hz, 0.4, 44.0, 0.9);
        let same: Vec<f64> = close.iter().map(|sample| -sample).collect();
        let cases: [(&str, Vec<&[f64]>, usize, &str); 6] = [
            ("inverted", vec![&close, &inverted], 0, "channel 1, the loudest, is used alone; invert channel 2"),
            ("exactly inverted", vec![&close, &same], 0, "channel 1, the loudest, is used alone; invert channel 2"),
            ("inverted and late", vec![&close, &far_inverted], 0, "channel 1, the loudest, is used alone; "),
            ("inverted first", vec![&inverted, &close], 1, "channel 2, the loudest, is used alone; invert channel 1"),
            ("spaced", vec![&close, &spaced], 0, "channel 1, the loudest, is used alone; drop channel 2"),
            (
                "one of three inverted",
                vec![&close, &spaced[..0], &inverted],
                0,
                "channel 1, the loudest, is used alone; invert channel 3",
            ),
        ];
        for (name, mut channels, kept, advice) in cases {
            let quiet = note(f0_hz, 0.4, 0.0, 0.5);
            channels.iter_mut().filter(|channel| channel.is_empty()).for_each(|channel| *channel = &quiet);
            let name = format!("{name}, {f0_hz} Hz");
            let (samples, warnings) = read(&name, &wav_of_channels(&channels));
            if name.starts_with("spaced") && f0_hz < 100.0 {
                // 1 ms cancels 500 Hz and more, which is H8 here, too weak to count.
                continue;
            }
            assert_eq!(samples, as_read(channels[kept]), "{name}");
            assert!(warnings.len() == 1 && warnings[0].contains(advice), "{name}: {warnings:?}");
        }
    }
}

#[test]
fn channels_in_phase_are_averaged() {
    let f0_hz = 220.0;
    let close = note(f0_hz, 0.4, 0.0, 1.0);
    let hiss = |seed| noise(close.len(), 0.003, seed);
    let cases: [(&str, Vec<f64>, Vec<f64>); 6] = [
        ("equal", close.clone(), close.clone()),
        ("panned", close.clone(), note(f0_hz, 0.4, 0.0, 0.1)),
        ("on one side", close.clone(), vec![0.0; close.len()]),
        ("on one side, with hiss", close.clone(), hiss(1)),
        ("each with its own hiss", sum(&close, &hiss(1)), sum(&close, &hiss(2))),
        // 0.05 ms: 1.5 cm.
        ("a little late", close.clone(), note(f0_hz, 0.4, 2.0, 1.0)),
    ];
    for (name, left, right) in cases {
        let (samples, warnings) = read(name, &wav_of_channels(&[&left, &right]));
        let mean: Vec<f32> = as_read(&left)
            .iter()
            .zip(as_read(&right))
            .map(|(l, r)| ((f64::from(*l) + f64::from(r)) / 2.0) as f32)
            .collect();
        assert_eq!((samples, warnings), (mean, vec![]), "{name}");
    }
}

#[test]
fn channels_that_cancel_part_of_the_time_are_not_averaged() {
    for f0_hz in [61.7, 261.6, 1175.0] {
        let delayed = move |delay_s: fn(f64) -> f64| {
            move |k: f64, time_s: f64| if time_s < 0.05 { 0.0 } else { -f0_hz * k * delay_s(time_s) }
        };
        let chorus = |time_s: f64| 0.004 + 0.002 * (TAU * 0.7 * time_s).sin();
        let drift = |time_s: f64| 0.004 * time_s;
        let cases: [(&str, f64, Vec<f64>); 5] = [
            ("chorus", 3.0, turned(f0_hz, 3.0, delayed(chorus))),
            ("drifting delay", 3.0, turned(f0_hz, 3.0, delayed(drift))),
            ("turning phase", 3.0, turned(f0_hz, 3.0, |_, time_s| 0.8 * time_s)),
            ("phase that turns fast", 1.0, turned(f0_hz, 1.0, |_, time_s| 3.0 * time_s)),
            ("inverted for a third", 3.0, turned(f0_hz, 3.0, |_, time_s| if time_s < 1.0 { 0.5 } else { 0.0 })),
        ];
        for (name, seconds, second) in cases {
            let first: Vec<f64> = turned(f0_hz, seconds, |_, _| 0.0).iter().map(|sample| 1.1 * sample).collect();
            let name = format!("{name}, {f0_hz} Hz");
            let (samples, warnings) = read(&name, &wav_of_channels(&[&first, &second]));
            assert!(warnings.len() == 1 && warnings[0].ends_with("used alone; drop channel 2"), "{name}: {warnings:?}");
            assert_eq!(samples, as_read(&first), "{name}");
        }
    }
}

/// A damped note: in each channel its own hiss, and its own room after and under the note.
#[test]
fn channels_that_differ_in_noise_and_room_are_averaged() {
    for f0_hz in [61.7, 261.6, 1175.0] {
        let damped_s = 0.8;
        let channel = |seed: u64, panned: f64| {
            let phases = noise(8, 0.5, seed);
            let room = turned(f0_hz, 3.0, |k, _| phases[k as usize - 1]);
            let hiss = noise(room.len(), 0.002, seed + 10);
            let note = turned(f0_hz, 3.0, |_, _| 0.0);
            let sample = |n: usize| {
                let time_s = n as f64 / RATE_HZ;
                let held = (-(time_s - damped_s).max(0.0) / 0.02).exp();
                let reverberation = 0.18 * (1.0 - (-time_s / 0.2).exp()) * (-(time_s - damped_s).max(0.0) / 0.3).exp();
                panned * held * note[n] + reverberation * room[n] + hiss[n]
            };
            (0..room.len()).map(sample).collect::<Vec<f64>>()
        };
        for seed in 0..8 {
            let (left, right) = (channel(seed, 1.0), channel(seed + 100, 0.8));
            let (_, warnings) = read("room", &wav_of_channels(&[&left, &right]));
            assert_eq!(warnings, Vec::<String>::new(), "{f0_hz} Hz, seed {seed}");
        }
    }
}

/// A pan that moves trades levels, and cancels nothing.
#[test]
fn a_tremolo_between_the_channels_is_averaged() {
    let close = note(220.0, 2.0, 0.0, 1.0);
    let panned = |sign: f64| {
        let gain = |n: usize| 0.5 + sign * 0.45 * (TAU * 5.0 * n as f64 / RATE_HZ).sin();
        close.iter().enumerate().map(|(n, sample)| gain(n) * sample).collect::<Vec<f64>>()
    };
    let (_, warnings) = read("tremolo", &wav_of_channels(&[&panned(1.0), &panned(-1.0)]));
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn clipping_of_a_channel_is_reported_before_it_is_mixed() {
    let clean = note(220.0, 1.0, 0.0, 1.0);
    let clipped: Vec<f64> = clean.iter().map(|sample| (3.0 * sample).clamp(-1.0, 32_767.0 / 32_768.0)).collect();
    let late = [vec![0.0; 441], clipped.clone()].concat();
    let silent = vec![0.0; clean.len()];
    for (name, channels, warned) in [
        ("neither", vec![&clean, &clean], None),
        (
            "the first",
            vec![&clipped, &clean],
            Some("channel 1 is clipped before mixing, so channel 2 is used alone; drop channel 1"),
        ),
        (
            "the second",
            vec![&clean, &clipped],
            Some("channel 2 is clipped before mixing, so channel 1 is used alone; drop channel 2"),
        ),
        ("beside silence", vec![&silent, &clipped], Some("channel 2 is clipped before mixing: ")),
        (
            "two of three",
            vec![&clipped, &clean, &clipped],
            Some("channels 1 and 3 are clipped before mixing, so channel 2 is used alone; drop channel 1 and 3"),
        ),
        // Their mean is clipped itself, which `Audio::clipping` finds.
        ("both", vec![&clipped, &clipped], None),
        ("mono", vec![&late], None),
    ] {
        let channels: Vec<&[f64]> = channels.into_iter().map(Vec::as_slice).collect();
        let (_, warnings) = read(name, &wav_of_channels(&channels));
        assert_eq!(warnings.len(), usize::from(warned.is_some()), "{name}: {warnings:?}");
        let starts = |warning: &String| warned.is_some_and(|warned| warning.starts_with(warned));
        assert!(warnings.iter().all(starts), "{name}: {warnings:?}");
    }
}

#[test]
fn a_clipped_channel_is_not_used_alone() {
    let (clean, clipped_after) = (note(220.0, 1.0, 0.0, 0.5), note(220.0, 1.0, 40.0, 4.0));
    let clipped: Vec<f64> = clipped_after.iter().map(|sample| sample.clamp(-1.0, 32_767.0 / 32_768.0)).collect();
    let both: Vec<f64> = note(220.0, 1.0, 0.0, 4.0).iter().map(|x| x.clamp(-1.0, 32_767.0 / 32_768.0)).collect();
    for (name, channels, kept, why) in [
        (
            "the second",
            [&clean, &clipped],
            0,
            "channel 1, the loudest that is not clipped, is used alone; drop channel 2",
        ),
        (
            "the first",
            [&clipped, &clean],
            1,
            "channel 2, the loudest that is not clipped, is used alone; drop channel 1",
        ),
        ("both", [&both, &clipped], 0, "channel 1, the loudest, is used alone"),
    ] {
        let (samples, warnings) = read(name, &wav_of_channels(&channels.map(Vec::as_slice)));
        assert!(warnings.len() == 1 && warnings[0].contains(why), "{name}: {warnings:?}");
        assert_eq!(samples, as_read(channels[kept]), "{name}");
    }
}

/// Levels relative to H1 are what is measured.
#[test]
fn a_mean_that_distorts_the_spectrum_is_not_used() {
    let close = turned(220.0, 0.4, |_, _| 0.0);
    for (name, turns) in [
        ("H1 is weakened", (|k, _| if k < 2.0 { 0.5 } else { 0.0 }) as fn(f64, f64) -> f64),
        ("all others are weakened", |k, _| if k < 2.0 { 0.0 } else { 0.5 }),
    ] {
        for (gain, is_used) in [(0.1, true), (0.2, false)] {
            let other: Vec<f64> = turned(220.0, 0.4, turns).iter().map(|sample| gain * sample).collect();
            let (samples, warnings) = read(name, &wav_of_channels(&[&close, &other]));
            assert_eq!((warnings.is_empty(), samples == as_read(&close)), (is_used, !is_used), "{name}: {warnings:?}");
        }
    }
}

#[test]
fn an_effect_in_some_channels_is_not_mixed_in() {
    let dry = turned(220.0, 3.0, |_, _| 0.0);
    let delay = |k: f64, time_s: f64| -220.0 * k * (0.004 + 0.002 * (TAU * 0.7 * time_s).sin());
    let wet = turned(220.0, 3.0, delay);
    let mixed = |gain: f64| -> Vec<f64> { dry.iter().zip(&wet).map(|(dry, wet)| 0.5 * (dry + gain * wet)).collect() };
    let half: Vec<f64> = dry.iter().map(|sample| 0.5 * sample).collect();
    for gain in [0.6, 1.0] {
        let (samples, warnings) = read("one side", &wav_of_channels(&[&half, &mixed(gain)]));
        assert!(warnings.len() == 1 && warnings[0].contains("channel 1, the steadiest, is used alone"), "{warnings:?}");
        assert_eq!(samples, as_read(&half));
        // Inverted on one side, it cancels in the mean.
        let (samples, warnings) = read("inverted", &wav_of_channels(&[&mixed(gain), &mixed(-gain)]));
        assert_eq!(warnings, Vec::<String>::new());
        assert!(samples.iter().zip(&half).all(|(found, dry)| (f64::from(*found) - dry).abs() < 1e-4));
    }
}

#[test]
fn noise_before_the_first_note_decides_nothing() {
    let silence = |seed| noise(12 * 44_100, 0.002, seed);
    let (close, inverted) = (note(220.0, 1.0, 0.0, 1.0), note(220.0, 1.0, 0.0, -0.9));
    let (left, right) = ([silence(1), close].concat(), [silence(2), inverted].concat());
    let (samples, warnings) = read("noise first", &wav_of_channels(&[&left, &right]));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(samples[12 * 44_100..], as_read(&left)[12 * 44_100..]);
}

#[test]
fn the_beginning_decides_for_the_whole_file() {
    let (close, inverted) = (note(220.0, 11.0, 0.0, 1.0), note(220.0, 11.0, 0.0, -0.9));
    let (samples, warnings) = read("11 s", &wav_of_channels(&[&close, &inverted]));
    assert_eq!((samples, warnings.len()), (as_read(&close), 1));
}

/// A take of many notes, of which the first decide.
#[test]
fn channels_that_cancel_later_are_reported() {
    let take = |from_s: usize, gain: f64| -> Vec<f64> {
        let strike = |n: usize| note(220.0 + 30.0 * n as f64, 1.0, 0.0, if n < from_s { 1.0 } else { gain });
        (0..26).flat_map(strike).collect()
    };
    let first = take(26, 1.0);
    for (name, second, start) in [
        ("in phase", take(26, 1.0), None),
        ("inverted from 12 s on", take(12, -0.9), Some("from 10 s on, mixing its 2 channels weakens ")),
        ("inverted from 22 s on", take(22, -0.9), Some("from 20 s on, mixing its 2 channels weakens ")),
        ("softer from 12 s on", take(12, 0.3), None),
    ] {
        let (samples, warnings) = read(name, &wav_of_channels(&[&first, &second]));
        assert_eq!(samples.len(), first.len(), "{name}");
        assert_eq!(warnings.len(), usize::from(start.is_some()), "{name}: {warnings:?}");
        assert!(warnings.iter().all(|warning| warning.starts_with(start.unwrap_or_default())), "{name}: {warnings:?}");
    }
    // What rings on, in channels that differ, is none.
    let (left, right) =
        ([&first[..], &noise(441_000, 0.002, 1)].concat(), [&first[..], &noise(441_000, 0.002, 2)].concat());
    assert_eq!(read("room", &wav_of_channels(&[&left, &right])).1, Vec::<String>::new());
}

#[test]
fn passages_are_those_of_the_whole_file() {
    let samples = note(220.0, 2.0, 0.0, 1.0);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), wav_of_channels(&[&samples])).unwrap();
    let opened = AudioFile::open(file.path(), |_| {}).unwrap();
    let mut passages = Passages::open(&opened).unwrap();
    let whole = as_read(&samples);
    for (from_s, to_s) in [(-1.0, 0.01), (0.0, 0.3), (0.2, 0.5), (0.2, 0.2), (0.9, 1.4), (1.5, 9.0), (5.0, 9.0)] {
        let index = |time_s: f64| ((time_s * RATE_HZ).round().max(0.0) as usize).min(whole.len());
        let found = passages.read(from_s, to_s).unwrap();
        assert_eq!(found.sample_rate, 44_100);
        assert!(found.samples == whole[index(from_s)..index(to_s)], "{from_s}..{to_s}");
    }
}

#[test]
fn a_channel_with_a_defect_is_dropped() {
    let clean = note(220.0, 1.0, 0.0, 0.8);
    let made = |change: &dyn Fn(usize, f64) -> f64| -> Vec<f64> {
        clean.iter().enumerate().map(|(n, sample)| change(n, *sample)).collect()
    };
    let clipped = "clipped before mixing";
    let silent = "silent while another channel sounds on";
    let cases = [
        ("clipped", made(&|_, x| (4.0 * x).clamp(-1.0, 32_767.0 / 32_768.0)), clipped),
        ("clipped and lowered", made(&|_, x| 0.3 * (4.0 * x).clamp(-1.0, 1.0)), clipped),
        ("clipped on one side and lowered", made(&|_, x| 0.5 * (4.0 * x).min(0.9)), clipped),
        ("half-wave rectified", made(&|_, x| x.max(0.0)), "half-wave rectified"),
        ("cut off", made(&|n, x| if n < 22_050 { x } else { 0.0 }), silent),
    ];
    for (name, bad, defect) in cases {
        for (channels, kept, drop) in [([&clean, &bad], 1, 2), ([&bad, &clean], 2, 1)] {
            let (samples, warnings) = read(name, &wav_of_channels(&channels.map(Vec::as_slice)));
            let expected = format!("channel {drop} is {defect}, so channel {kept} is used alone; drop channel {drop}");
            assert_eq!(warnings, [expected], "{name}");
            assert_eq!(samples, as_read(&clean), "{name}");
        }
    }
}
