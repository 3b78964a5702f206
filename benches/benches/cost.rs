//! Prints the cost of a call: relative to naive `f64` loops, with a cold cache, and in the worst
//! case.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench cost`

use std::hint::black_box;
use std::time::Instant;

use openwurli_bench::network::{Dfdx, NaiveF32, NaiveF64, weights};
use openwurli_bench::{median, random_notes};
use openwurli_dsp::{MlpCorrections, compute_corrections, compute_corrections_batch};

/// Calls between two clock readings.
const CALLS: usize = 4_096;
/// Rounds that time every form once, so that changes in machine speed affect all alike.
const ROUNDS: usize = 301;
/// Notes of a small batch: a chord of two hands.
const CHORD: usize = 8;
const SINGLE_CALLS: usize = 10_000_000;
/// Passes over all keys and velocities that make ten million calls.
const PASSES: usize = SINGLE_CALLS.div_ceil(256 * 128);
const COLD_CALLS: usize = 400;
/// Size of the memory that is written to evict the caches, more than most second-level caches.
const EVICTION_BYTES: usize = 6 << 20;

fn main() {
    // `cargo test --benches` only checks that the program runs.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let rounds = if measured { ROUNDS } else { 3 };
    ratios(rounds);
    if measured {
        single_calls();
        worst_input();
        cold();
    }
}

/// Returns the nanoseconds per note of independent calls.
fn throughput_ns(inputs: &[(u8, f32)], compute: impl Fn(u8, f32) -> MlpCorrections) -> f64 {
    let start = Instant::now();
    for (midi, velocity) in inputs {
        black_box(compute(*midi, *velocity));
    }
    start.elapsed().as_nanos() as f64 / inputs.len() as f64
}

/// Returns the nanoseconds per note of calls that depend on the previous result.
fn latency_ns(inputs: &[(u8, f32)], compute: impl Fn(u8, f32) -> MlpCorrections) -> f64 {
    // Zero, which the compiler does not know.
    let zero = black_box(0_u32);
    let mut previous = 0;
    let start = Instant::now();
    for (midi, velocity) in inputs {
        let corrections = compute(*midi, f32::from_bits(velocity.to_bits() | previous));
        previous = corrections.amp_offsets_db[0].to_bits() & zero;
        black_box(&corrections);
    }
    start.elapsed().as_nanos() as f64 / inputs.len() as f64
}

fn batch_ns(inputs: &[(u8, f32)], length: usize, corrections: &mut [MlpCorrections]) -> f64 {
    let start = Instant::now();
    for notes in inputs.chunks_exact(length) {
        compute_corrections_batch(black_box(notes), black_box(&mut corrections[..length]));
    }
    start.elapsed().as_nanos() as f64 / inputs.len() as f64
}

fn ratios(rounds: usize) {
    let weights = weights();
    let (naive_f64, naive_f32) = (NaiveF64::new(&weights), NaiveF32::new(&weights));
    let dfdx = Dfdx::new(weights);
    let (naive_f64, naive_f32, dfdx) = black_box((&naive_f64, &naive_f32, &dfdx));
    let inputs = random_notes(CALLS);
    // All forms must agree, or the comparison is meaningless.
    for (midi, velocity) in &inputs {
        let ours = compute_corrections(*midi, *velocity).to_outputs();
        for other in [naive_f64.compute(*midi, *velocity), naive_f32.compute(*midi, *velocity)] {
            let worst = ours.iter().zip(other.to_outputs()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-3, "{midi}, {velocity}: {worst}");
        }
    }
    let mut corrections = vec![MlpCorrections::IDENTITY; CALLS];

    const FORMS: [&str; 6] =
        ["naive f64 loops", "naive f32 loops", "dfdx", "compute_corrections", "batch of 8", "batch of 4,096"];
    let mut throughputs = [const { Vec::new() }; FORMS.len()];
    let mut latencies = [const { Vec::new() }; FORMS.len()];
    for _ in 0..rounds {
        let some = &inputs[..CALLS / 16];
        let ours = |midi, velocity| compute_corrections(midi, velocity);
        let throughput = [
            throughput_ns(&inputs, |midi, velocity| naive_f64.compute(midi, velocity)),
            throughput_ns(&inputs, |midi, velocity| naive_f32.compute(midi, velocity)),
            throughput_ns(some, |midi, velocity| dfdx.compute(midi, velocity)),
            throughput_ns(&inputs, ours),
            batch_ns(&inputs, CHORD, &mut corrections),
            batch_ns(&inputs, CALLS, &mut corrections),
        ];
        let latency = [
            latency_ns(&inputs, |midi, velocity| naive_f64.compute(midi, velocity)),
            latency_ns(&inputs, |midi, velocity| naive_f32.compute(midi, velocity)),
            latency_ns(some, |midi, velocity| dfdx.compute(midi, velocity)),
            latency_ns(&inputs, ours),
            f64::NAN,
            f64::NAN,
        ];
        throughputs.iter_mut().zip(throughput).for_each(|(all, ns)| all.push(ns));
        latencies.iter_mut().zip(latency).for_each(|(all, ns)| all.push(ns));
    }
    println!("| form | ns per note | ns per dependent call | naive f64, times as long |");
    println!("|---|---|---|---|");
    for (i, form) in FORMS.iter().enumerate() {
        // Median of the ratios within each round.
        let ratio = median(throughputs[0].iter().zip(&throughputs[i]).map(|(naive, ns)| naive / ns).collect());
        let (throughput, latency) = (median(throughputs[i].clone()), median(latencies[i].clone()));
        let latency = if latency.is_nan() { String::from("–") } else { format!("{latency:.1}") };
        println!("| {form} | {throughput:.1} | {latency} | {ratio:.2} × |");
    }
}

fn empty(_: u8, _: f32) -> MlpCorrections {
    MlpCorrections::IDENTITY
}

/// Times each call individually and subtracts the time of an empty one.
fn single_calls() {
    let inputs = random_notes(CALLS);
    let times_ns = |compute: fn(u8, f32) -> MlpCorrections| {
        let compute = black_box(compute);
        let mut times: Vec<u32> = Vec::with_capacity(SINGLE_CALLS);
        for (midi, velocity) in inputs.iter().cycle().take(SINGLE_CALLS) {
            let start = Instant::now();
            black_box(compute(*midi, *velocity));
            times.push(start.elapsed().as_nanos() as u32);
        }
        times.sort_unstable();
        times
    };
    println!("\n{SINGLE_CALLS} calls, timed individually, ns including the clock:");
    println!("| | median | p99.9 | p99.99 | worst |\n|---|---|---|---|---|");
    let quantile = |times: &[u32], part: f64| times[((times.len() - 1) as f64 * part) as usize];
    let mut rows = Vec::new();
    for (name, compute) in [("empty call", empty as fn(u8, f32) -> _), ("compute_corrections", compute_corrections)] {
        let times = times_ns(compute);
        let row = [0.5, 0.999, 0.9999, 1.0].map(|part| quantile(&times, part));
        println!("| {name} | {} | {} | {} | {} |", row[0], row[1], row[2], row[3]);
        rows.push(row);
    }
    let net = |i: usize| i64::from(rows[1][i]) - i64::from(rows[0][i]);
    println!("| net | {} | {} | {} | {} |", net(0), net(1), net(2), net(3));
}

/// Finds the slowest input.
///
/// Each input is called once per pass and its fastest call counts. Interrupts do not hit the same
/// input in all passes, so that only the cost of the input itself remains.
fn worst_input() {
    let inputs: Vec<(u8, f32)> =
        (0..=255).flat_map(|midi| (0..128).map(move |velocity| (midi, velocity as f32 / 127.0))).collect();
    let fastest_ns = |compute: fn(u8, f32) -> MlpCorrections| {
        let compute = black_box(compute);
        let mut fastest = vec![u32::MAX; inputs.len()];
        for _ in 0..PASSES {
            for ((midi, velocity), fastest) in inputs.iter().zip(&mut fastest) {
                let start = Instant::now();
                black_box(compute(*midi, *velocity));
                *fastest = (*fastest).min(start.elapsed().as_nanos() as u32);
            }
        }
        fastest
    };
    let clock = median(fastest_ns(empty).into_iter().map(f64::from).collect());
    let ours: Vec<f64> = fastest_ns(compute_corrections).into_iter().map(|ns| f64::from(ns) - clock).collect();
    let worst = ours.iter().copied().fold(0.0, f64::max);
    let median = median(ours);
    println!(
        "\n{} calls, fastest per input of {} inputs, net: median {median:.0} ns, slowest input {worst:.0} ns ({:.2} ×)",
        PASSES * inputs.len(),
        inputs.len(),
        worst / median
    );
}

/// Times calls with evicted caches, as at a note-on.
fn cold() {
    let inputs = random_notes(CALLS);
    let mut other = vec![1_u8; EVICTION_BYTES];
    let mut times_ns = |compute: fn(u8, f32) -> MlpCorrections| {
        let compute = black_box(compute);
        let times = inputs.iter().take(COLD_CALLS).map(|(midi, velocity)| {
            // Writes one byte per cache line.
            other.iter_mut().step_by(64).for_each(|byte| *byte = byte.wrapping_add(1));
            black_box(&other);
            let start = Instant::now();
            black_box(compute(*midi, *velocity));
            start.elapsed().as_nanos() as f64
        });
        median(times.collect())
    };
    let (empty_ns, ours) = (times_ns(empty), times_ns(compute_corrections));
    println!("\ncold cache, after writing {} MiB: {ours:.0} ns, empty call {empty_ns:.0} ns", EVICTION_BYTES >> 20);
}
