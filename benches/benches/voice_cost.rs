//! Prints the cost of the corrected voice.
//!
//! Rendering relative to a naive voice, note-ons, polyphony, and the decay to silence.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench voice_cost`

use std::hint::black_box;
use std::time::Instant;

use openwurli_bench::voice::NaiveVoice;
use openwurli_bench::{BLOCK, median, struck_voice};
use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::{Polyphony, Slot, Voice};

/// Rendered duration, s. The start of a note is the most expensive, as all harmonics are audible.
const NOTE_S: f32 = 2.0;
const RATE_HZ: f32 = 44_100.0;
const DYNAMICS: [f32; 3] = [0.3, 0.6, 1.0];

fn main() {
    // `cargo test --benches` only checks that the program runs.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let rounds = if measured { 15 } else { 1 };
    rendering(rounds);
    note_ons(rounds);
    many_voices(if measured { 1_500 } else { 3 });
    decay_to_silence(rounds);
}

fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn rendering(rounds: usize) {
    let samples = (NOTE_S * RATE_HZ) as usize;
    let mut block = [0.0_f32; BLOCK];
    println!("seconds of audio per second on one core, {RATE_HZ} Hz, the first {NOTE_S} s of a note:");
    println!("| key | pp | mf | ff | naive f64 | mf, times naive |\n|---|---|---|---|---|---|");
    let mut costs = Vec::new();
    for (name, midi) in [("A1", 33), ("C3", 48), ("C4", 60), ("C5", 72), ("C6", 84), ("C7", 96)] {
        let mut times = [const { Vec::new() }; DYNAMICS.len() + 1];
        for _ in 0..rounds {
            for (times, velocity) in times.iter_mut().zip(DYNAMICS) {
                let mut voice = struck_voice(RATE_HZ, midi, velocity);
                times.push(seconds(|| {
                    for _ in 0..samples / BLOCK {
                        voice.render(black_box(&mut block));
                    }
                }));
            }
            let mut voice = NaiveVoice::new(f64::from(RATE_HZ), midi, f64::from(DYNAMICS[1]));
            times[DYNAMICS.len()].push(seconds(|| {
                for _ in 0..samples / BLOCK {
                    voice.render(black_box(&mut block));
                }
            }));
        }
        // Median of the ratios within each round.
        let ratio = median(times[3].iter().zip(&times[1]).map(|(naive, ours)| naive / ours).collect());
        let per_second = times.map(|times| f64::from(NOTE_S) / median(times));
        costs.extend(per_second[..DYNAMICS.len()].iter().map(|speed| 1.0 / speed));
        let [pp, mf, ff, naive] = per_second;
        println!("| {name} | {pp:.0} | {mf:.0} | {ff:.0} | {naive:.0} | {ratio:.1} |");
    }
    println!("harmonic mean: {:.0}", costs.len() as f64 / costs.iter().sum::<f64>());
}

/// Times note-ons: network and voice setup, without rendering.
fn note_ons(rounds: usize) {
    let keys: Vec<u8> = (21..=108).collect();
    let mut voice = Voice::new(RATE_HZ);
    let mut per_key = vec![Vec::new(); keys.len()];
    for _ in 0..rounds * 20 {
        for (times, midi) in per_key.iter_mut().zip(&keys) {
            times.push(seconds(|| {
                let (midi, velocity) = black_box((*midi, 0.7));
                voice.note_on(midi, velocity, &compute_corrections(midi, velocity));
                black_box(&voice);
            }));
        }
    }
    let medians: Vec<f64> = per_key.into_iter().map(|times| 1e6 * median(times)).collect();
    let slowest = medians.iter().copied().fold(0.0, f64::max);
    println!("\nnote-on with its corrections: {:.2} µs, slowest key {slowest:.2} µs", median(medians));
}

/// Times 64 keys from A1 up, struck together and held, as a fraction of one core.
///
/// Medians over the blocks: on a busy machine, means count the work of others.
fn many_voices(blocks: usize) {
    const RATE_HZ: f32 = 48_000.0;
    let block_s = f64::from(BLOCK as u32) / f64::from(RATE_HZ);
    let mut block = [0.0_f32; BLOCK];
    println!("\n64 voices, blocks of {BLOCK} samples at {RATE_HZ} Hz, the first {:.0} s:", blocks as f64 * block_s);
    let report = |name: &str, mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        let percent = |part: usize| 100.0 * times[times.len() * part / 100] / block_s;
        println!("  {name}: median {:.1} % of a core, 95th percentile {:.1} %", percent(50), percent(95));
    };
    let mut voices: Vec<Voice> = (33..97).map(|midi| struck_voice(RATE_HZ, midi, 0.7)).collect();
    let mut render = || voices.iter_mut().for_each(|voice| voice.render(black_box(&mut block)));
    report("voices", (0..blocks).map(|_| seconds(&mut render)).collect());
    for (name, is_bent) in [("Polyphony at rest", false), ("Polyphony, all bent at each block", true)] {
        let mut piano = Polyphony::new(RATE_HZ, vec![Slot::new(); 64], compute_corrections);
        (33..97).for_each(|key| piano.handle_message(&[0x90, key, 90]));
        let times = (0..blocks).map(|i| {
            if is_bent {
                piano.handle_message(&[0xE0, 0, (i % 128) as u8]);
            }
            seconds(|| piano.render(black_box(&mut block)))
        });
        report(name, times.collect());
    }
}

/// Times a note from its onset to silence, held and released.
///
/// Later blocks must not be slower than those of the onset, as they would be with subnormal
/// numbers.
fn decay_to_silence(rounds: usize) {
    let mut block = [0.0_f32; BLOCK];
    println!("\nslowest 0.1 s of a note that decays to silence, relative to its first 0.1 s:");
    for (midi, released) in [(33, false), (60, false), (96, false), (33, true), (60, true), (96, true)] {
        let blocks_per_tenth = (0.1 * RATE_HZ) as usize / BLOCK;
        let mut tenths: Vec<Vec<f64>> = Vec::new();
        for _ in 0..rounds.min(5) {
            let mut voice = struck_voice(RATE_HZ, midi, 0.9);
            let mut tenth = 0;
            while voice.is_active() && tenth < 600 {
                if released && tenth == 1 {
                    voice.note_off();
                }
                let time = seconds(|| {
                    for _ in 0..blocks_per_tenth {
                        voice.render(black_box(&mut block));
                    }
                });
                if tenth == tenths.len() {
                    tenths.push(Vec::new());
                }
                tenths[tenth].push(time);
                tenth += 1;
            }
        }
        let medians: Vec<f64> = tenths.into_iter().map(median).collect();
        let (slowest, ratio) = medians[1..]
            .iter()
            .map(|time| time / medians[0])
            .enumerate()
            .fold((0, 0.0), |worst, next| if next.1 > worst.1 { next } else { worst });
        let end_s = medians.len() as f64 / 10.0;
        let how = if released { "released" } else { "held" };
        println!("  key {midi}, {how}, silent after {end_s:.1} s: {ratio:.2} at {:.1} s", (slowest + 1) as f64 / 10.0);
    }
}
