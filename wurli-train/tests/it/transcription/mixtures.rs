//! Transcription of performances with known notes: additive ones over the whole keyboard, and ones
//! that are mixed from real recordings. `SHOW_NOTES=1 cargo test -p wurli-train --test it
//! transcription -- --nocapture` lists what was missed and what was made up.

use wurli_testkit::additive::{Additive, Instrument, RATE_HZ, Recorded, Struck, perform};
use wurli_testkit::marks::Score;
use wurli_train::audio::Audio;
use wurli_train::random::Random;
use wurli_train::transcription::{TranscriptionSettings, transcribe};
use wurli_voice::instrument::midi_to_hz;

/// Mixtures on which no constant was set: that was done on seeds 1 to 6, which flatter it (recorded
/// repeated notes score 0.951 there, 0.901 here). The recorded notes that are mixed are the same
/// ones.
const SEEDS: std::ops::Range<u64> = 2001..2011;

fn recordings() -> Option<Recorded> {
    wurli_testkit::recordings::ep200().map(|folder| Recorded::open(&folder))
}

/// Asserted a little under what is reached, which each test prints.
fn assert_f1(score: &Score, least: f64) {
    assert!(score.f1() >= least, "F1 {:.3} is under {least}", score.f1());
}

/// Plays what `compose` writes, for every seed, and sums up.
fn scored(what: &str, instrument: &dyn Instrument, compose: impl Fn(&[u8], &mut Random) -> Vec<Struck>) -> Score {
    let keys = instrument.keys();
    let mut score = Score::default();
    for seed in SEEDS {
        let (audio, played) = perform(instrument, &compose(&keys, &mut Random(seed)));
        score.add(&played, &transcribe(&audio, &TranscriptionSettings::default()));
    }
    println!("{what}: {score}");
    score
}

fn pick<T: Copy>(items: &[T], random: &mut Random) -> T {
    items[(random.next_f64() * items.len() as f64) as usize]
}

fn velocity(random: &mut Random) -> u8 {
    random.between(25.0, 127.0) as u8
}

/// Returns all keys upwards, one after the other, mixed velocities.
fn scale(keys: &[u8], random: &mut Random) -> Vec<Struck> {
    let mut onset_s = 0.3;
    let mut one = |midi: u8| {
        let struck = Struck { onset_s, offset_s: onset_s + random.between(0.2, 0.4), midi, velocity: velocity(random) };
        onset_s = struck.offset_s + random.between(-0.05, 0.2);
        struck
    };
    keys.iter().map(|midi| one(*midi)).collect()
}

/// Returns eight keys, each struck six times, 3–7 times a second.
fn repeated(keys: &[u8], random: &mut Random) -> Vec<Struck> {
    let mut notes = Vec::new();
    let mut onset_s = 0.3;
    for _ in 0..8 {
        let midi = pick(keys, random);
        let period_s = random.between(0.14, 0.33);
        for _ in 0..6 {
            let offset_s = onset_s + period_s - random.between(0.03, 0.06);
            notes.push(Struck { onset_s, offset_s, midi, velocity: velocity(random) });
            onset_s += period_s;
        }
        onset_s += 0.3;
    }
    notes
}

/// Returns sixteen chords of two to four keys, struck within 20 ms.
fn chords(keys: &[u8], random: &mut Random) -> Vec<Struck> {
    let mut notes = Vec::new();
    for chord in 0..16 {
        let onset_s = 0.3 + 0.9 * f64::from(chord);
        let offset_s = onset_s + random.between(0.4, 0.8);
        let loudness = velocity(random);
        let mut struck: Vec<u8> = Vec::new();
        while struck.len() < 2 + chord as usize % 3 {
            let midi = pick(keys, random);
            if !struck.contains(&midi) {
                struck.push(midi);
            }
        }
        for midi in struck {
            let velocity = (f64::from(loudness) * random.between(0.75, 1.25)).clamp(1.0, 127.0) as u8;
            notes.push(Struck { onset_s: onset_s + random.between(0.0, 0.02), offset_s, midi, velocity });
        }
    }
    notes
}

/// Returns forty notes, one every 150–350 ms, each held over the next two to five.
fn overlapping(keys: &[u8], random: &mut Random) -> Vec<Struck> {
    let mut notes: Vec<Struck> = Vec::new();
    let mut onset_s = 0.3;
    for _ in 0..40 {
        let midi = pick(keys, random);
        let offset_s = onset_s + random.between(0.5, 1.2);
        // A key that is struck again must have been released before.
        for earlier in notes.iter_mut().filter(|note| note.midi == midi && note.offset_s > onset_s - 0.04) {
            earlier.offset_s = onset_s - 0.04;
        }
        notes.push(Struck { onset_s, offset_s, midi, velocity: velocity(random) });
        onset_s += random.between(0.15, 0.35);
    }
    notes
}

#[test]
fn additive_scales_are_transcribed() {
    assert_f1(&scored("additive scale", &Additive, scale), 0.985);
}

#[test]
fn additive_repeated_notes_are_transcribed() {
    assert_f1(&scored("additive repeated", &Additive, repeated), 0.96);
}

#[test]
fn additive_chords_are_transcribed() {
    assert_f1(&scored("additive chords", &Additive, chords), 0.915);
}

#[test]
fn additive_overlapping_notes_are_transcribed() {
    assert_f1(&scored("additive overlapping", &Additive, overlapping), 0.91);
}

#[test]
fn recorded_scales_are_transcribed() {
    let Some(piano) = recordings() else { return };
    assert_f1(&scored("recorded scale", &piano, scale), 0.95);
}

#[test]
fn recorded_repeated_notes_are_transcribed() {
    let Some(piano) = recordings() else { return };
    assert_f1(&scored("recorded repeated", &piano, repeated), 0.89);
}

#[test]
fn recorded_chords_are_transcribed() {
    let Some(piano) = recordings() else { return };
    assert_f1(&scored("recorded chords", &piano, chords), 0.855);
}

#[test]
fn recorded_overlapping_notes_are_transcribed() {
    let Some(piano) = recordings() else { return };
    assert_f1(&scored("recorded overlapping", &piano, overlapping), 0.82);
}

/// Returns the additive scale of the first seed, altered.
fn altered(what: &str, alter: impl Fn(Audio) -> Audio) -> Score {
    let (audio, played) = perform(&Additive, &scale(&Additive.keys(), &mut Random(1)));
    let mut score = Score::default();
    score.add(&played, &transcribe(&alter(audio), &TranscriptionSettings::default()));
    println!("{what}: {score}");
    score
}

#[test]
fn the_sample_rate_does_not_matter() {
    let halved =
        |audio: Audio| Audio { samples: audio.samples.into_iter().step_by(2).collect(), sample_rate: RATE_HZ / 2 };
    assert_f1(&altered("22.05 kHz", halved), 0.95);
    let quadrupled = |audio: Audio| {
        let pairs = audio.samples.windows(2);
        let samples = pairs.flat_map(|p| [0.0, 0.25, 0.5, 0.75].map(|t| p[0] + (p[1] - p[0]) * t)).collect();
        Audio { samples, sample_rate: 4 * RATE_HZ }
    };
    assert_f1(&altered("176.4 kHz", quadrupled), 0.95);
}

#[test]
fn level_and_offset_do_not_matter_and_clipping_does_little_harm() {
    let mapped = |map: fn(f32) -> f32| {
        move |audio: Audio| Audio { samples: audio.samples.iter().map(|s| map(*s)).collect(), ..audio }
    };
    assert_f1(&altered("very quiet", mapped(|s| s * 1e-6)), 0.98);
    assert_f1(&altered("far over full scale", mapped(|s| s * 1e6)), 0.98);
    assert_f1(&altered("with an offset", mapped(|s| s + 0.1)), 0.95);
    assert_f1(&altered("clipped by 6 dB", mapped(|s| s.clamp(-0.1, 0.1))), 0.80);
}

#[test]
fn noise_costs_little() {
    let noisy = |level_db: f64| {
        move |audio: Audio| {
            let mut random = Random(3);
            let peak = audio.samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
            // Uniform noise has an RMS of its peak over √3.
            let amplitude = f64::from(peak) * 10.0_f64.powf(level_db / 20.0) * 3.0_f64.sqrt();
            let samples = audio.samples.iter().map(|s| s + random.between(-amplitude, amplitude) as f32).collect();
            Audio { samples, ..audio }
        }
    };
    assert_f1(&altered("noise 60 dB under the peak", noisy(-60.0)), 0.95);
    assert_f1(&altered("noise 30 dB under the peak", noisy(-30.0)), 0.90);
}

/// Returns one tone of 2 s from 0.3 s on, H1 and H3, amplitude and pitch (in semitones) waving at 6
/// Hz.
fn waving(amplitude: f64, semitones: f64) -> Audio {
    let mut phase = 0.0;
    let samples = (0..3 * RATE_HZ).map(|n| {
        let time_s = f64::from(n) / f64::from(RATE_HZ) - 0.3;
        let wave = (std::f64::consts::TAU * 6.0 * time_s).sin();
        phase += std::f64::consts::TAU * midi_to_hz(69) * f64::exp2(semitones * wave / 12.0) / f64::from(RATE_HZ);
        let tone = phase.sin() + 0.3 * (3.0 * phase).sin();
        if (0.0..2.0).contains(&time_s) { (0.2 * (1.0 + amplitude * wave) * tone) as f32 } else { 0.0 }
    });
    Audio { samples: samples.collect(), sample_rate: RATE_HZ }
}

#[test]
fn tremolo_and_vibrato_strike_no_key() {
    // The instrument's own wave is one of amplitude; in pitch, 10 cents are a bad tape's wow. At 25
    // cents the smeared H3 is taken for a note.
    for (amplitude, semitones) in [(0.0, 0.0), (0.3, 0.0), (0.5, 0.0), (0.0, 0.1)] {
        let found = transcribe(&waving(amplitude, semitones), &TranscriptionSettings::default());
        let keys: Vec<u8> = found.iter().map(|note| note.midi).collect();
        assert_eq!(keys, [69], "amplitude ±{amplitude}, pitch ±{semitones} semitones: {found:?}");
    }
}

#[test]
fn events_are_ordered_within_the_recording_and_say_that_their_velocity_is_a_guess() {
    let (audio, _) = perform(&Additive, &overlapping(&Additive.keys(), &mut Random(5)));
    let found = transcribe(&audio, &TranscriptionSettings::default());
    assert!(found.len() > 30);
    assert!(found.windows(2).all(|pair| pair[0].onset_s <= pair[1].onset_s));
    for note in &found {
        assert!(
            0.0 <= note.onset_s && note.onset_s <= note.offset_s && note.offset_s <= audio.duration_s(),
            "{note:?}"
        );
        assert!((21..=108).contains(&note.midi) && (1..=127).contains(&note.velocity) && !note.velocity_known);
    }
    assert_eq!(found, transcribe(&audio, &TranscriptionSettings::default()), "twice the same");
}

#[test]
fn louder_notes_get_higher_velocities() {
    let velocities = [30, 50, 70, 90, 110];
    let notes = (0_u8..).zip(velocities).map(|(step, velocity)| {
        let onset_s = 0.3 + f64::from(step);
        Struck { onset_s, offset_s: onset_s + 0.6, midi: 60, velocity }
    });
    let (audio, _) = perform(&Additive, &notes.collect::<Vec<_>>());
    let found: Vec<u8> =
        transcribe(&audio, &TranscriptionSettings::default()).iter().map(|note| note.velocity).collect();
    // The median, 70, gets 64; the law of level over velocity is the generator's own.
    for (found, played) in found.iter().zip(velocities) {
        assert!((f64::from(*found) - f64::from(played) * 64.0 / 70.0).abs() <= 5.0, "{found} for {played}");
    }
    assert_eq!(found.len(), 5);
}

#[test]
fn what_holds_no_notes_gives_none() {
    let mut random = Random(7);
    let noise: Vec<f32> = (0..10 * 44_100).map(|_| random.between(-0.5, 0.5) as f32).collect();
    let mut late_noise = vec![0.0; 44_100];
    late_noise.extend(&noise[..44_100]);
    let cases: [(&str, Vec<f32>); 8] = [
        ("nothing", vec![]),
        ("one sample", vec![0.5]),
        ("silence", vec![0.0; 44_100]),
        ("offset", vec![0.7; 44_100]),
        ("white noise", noise),
        ("noise after silence", late_noise),
        ("no numbers", vec![f32::NAN; 5000]),
        ("an impulse", (0..44_100).map(|n| if n == 20_000 { 1.0 } else { 0.0 }).collect()),
    ];
    for (what, samples) in cases {
        for sample_rate in [22_050, 44_100, 192_000] {
            let found = transcribe(&Audio { samples: samples.clone(), sample_rate }, &TranscriptionSettings::default());
            assert_eq!(found, [], "{what} at {sample_rate} Hz");
        }
    }
}
