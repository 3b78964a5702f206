//! Prints what a call costs: as a ratio against naive `f64` loops in the same run, with a cold cache, and at worst.
//!
//! `cargo bench -p openwurli-bench --bench cost`

use std::hint::black_box;
use std::time::Instant;

use openwurli_bench::network::{Dfdx, NaiveF32, NaiveF64, weights};
use openwurli_dsp::{MlpCorrections, compute_corrections, compute_corrections_batch};

/// Calls between two looks at the clock.
const CALLS: usize = 4_096;
/// Rounds in which every form is timed once, so that a slower moment of the machine meets all of them.
const ROUNDS: usize = 301;
/// Notes of a batch: a chord of two hands.
const CHORD: usize = 8;
const SINGLE_CALLS: usize = 10_000_000;
/// Passes over every key at every velocity of MIDI: ten million calls.
const PASSES: usize = SINGLE_CALLS.div_ceil(256 * 128);
const COLD_CALLS: usize = 400;
/// More than the second-level cache of most cores.
const WALKED_BYTES: usize = 6 << 20;

fn main() {
    // Asked by `cargo test --benches` for no more than a proof that it runs.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let rounds = if measured { ROUNDS } else { 3 };
    ratios(rounds);
    if measured {
        single_calls();
        worst_input();
        cold();
    }
}

/// Keys and velocities in no order that a branch predictor could learn, within and beyond the trained range.
fn inputs() -> Vec<(u8, f32)> {
    let mut state = 1_u64;
    let mut next = || {
        // Constants of Knuth's MMIX generator; its upper bits are the random ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    (0..CALLS).map(|_| ((next() % 128) as u8, (next() % 128) as f32 / 127.0)).collect()
}

/// Nanoseconds per note of calls that do not wait for each other.
fn throughput_ns(inputs: &[(u8, f32)], compute: impl Fn(u8, f32) -> MlpCorrections) -> f64 {
    let start = Instant::now();
    for (midi, velocity) in inputs {
        black_box(compute(*midi, *velocity));
    }
    start.elapsed().as_nanos() as f64 / inputs.len() as f64
}

/// Nanoseconds per note of calls of which each needs what the one before returned.
fn latency_ns(inputs: &[(u8, f32)], compute: impl Fn(u8, f32) -> MlpCorrections) -> f64 {
    // The compiler does not know that it is zero.
    let nothing = black_box(0_u32);
    let mut before = 0;
    let start = Instant::now();
    for (midi, velocity) in inputs {
        let corrections = compute(*midi, f32::from_bits(velocity.to_bits() | before));
        before = corrections.amp_offsets_db[0].to_bits() & nothing;
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
    let inputs = inputs();
    // All say the same; a benchmark of something else would be worth nothing.
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
    println!("| form | ns a note | ns when each waits for the last | naive f64 takes |");
    println!("|---|---|---|---|");
    for (i, form) in FORMS.iter().enumerate() {
        // Of the same round, then the median.
        let ratio = median(throughputs[0].iter().zip(&throughputs[i]).map(|(naive, ns)| naive / ns).collect());
        let (throughput, latency) = (median(throughputs[i].clone()), median(latencies[i].clone()));
        let latency = if latency.is_nan() { String::from("–") } else { format!("{latency:.1}") };
        println!("| {form} | {throughput:.1} | {latency} | {ratio:.2} × |");
    }
}

fn empty(_: u8, _: f32) -> MlpCorrections {
    MlpCorrections::IDENTITY
}

/// Every call timed by itself, and less what an empty one takes.
fn single_calls() {
    let inputs = inputs();
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
    println!("\n{SINGLE_CALLS} calls, each timed by itself, ns with the clock's own:");
    println!("| | median | p99.9 | p99.99 | worst |\n|---|---|---|---|---|");
    let share = |times: &[u32], share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let mut rows = Vec::new();
    for (name, compute) in [("empty call", empty as fn(u8, f32) -> _), ("compute_corrections", compute_corrections)] {
        let times = times_ns(compute);
        let row = [0.5, 0.999, 0.9999, 1.0].map(|part| share(&times, part));
        println!("| {name} | {} | {} | {} | {} |", row[0], row[1], row[2], row[3]);
        rows.push(row);
    }
    let net = |i: usize| i64::from(rows[1][i]) - i64::from(rows[0][i]);
    println!("| net | {} | {} | {} | {} |", net(0), net(1), net(2), net(3));
}

/// The dearest of all inputs. Each is called once a pass, and its cheapest call counts: what interrupts the machine does not come back to the
/// same input three hundred times, what an input itself costs does.
fn worst_input() {
    let inputs: Vec<(u8, f32)> =
        (0..=255).flat_map(|midi| (0..128).map(move |velocity| (midi, velocity as f32 / 127.0))).collect();
    let cheapest_ns = |compute: fn(u8, f32) -> MlpCorrections| {
        let compute = black_box(compute);
        let mut cheapest = vec![u32::MAX; inputs.len()];
        for _ in 0..PASSES {
            for ((midi, velocity), cheapest) in inputs.iter().zip(&mut cheapest) {
                let start = Instant::now();
                black_box(compute(*midi, *velocity));
                *cheapest = (*cheapest).min(start.elapsed().as_nanos() as u32);
            }
        }
        cheapest
    };
    let clock = median(cheapest_ns(empty).into_iter().map(f64::from).collect());
    let ours: Vec<f64> = cheapest_ns(compute_corrections).into_iter().map(|ns| f64::from(ns) - clock).collect();
    let worst = ours.iter().copied().fold(0.0, f64::max);
    let median = median(ours);
    println!(
        "\n{} calls, the cheapest of each of {} inputs, net: median {median:.0} ns, the dearest input {worst:.0} ns, {:.2} × that",
        PASSES * inputs.len(),
        inputs.len(),
        worst / median
    );
}

/// A call after something else went through the caches, as at a note-on.
fn cold() {
    let inputs = inputs();
    let mut other = vec![1_u8; WALKED_BYTES];
    let mut times_ns = |compute: fn(u8, f32) -> MlpCorrections| {
        let compute = black_box(compute);
        let times = inputs.iter().take(COLD_CALLS).map(|(midi, velocity)| {
            // Written, a cache line at a time.
            other.iter_mut().step_by(64).for_each(|byte| *byte = byte.wrapping_add(1));
            black_box(&other);
            let start = Instant::now();
            black_box(compute(*midi, *velocity));
            start.elapsed().as_nanos() as f64
        });
        median(times.collect())
    };
    let (nothing, ours) = (times_ns(empty), times_ns(compute_corrections));
    println!("\nafter walking {} MiB: {ours:.0} ns, an empty call {nothing:.0} ns", WALKED_BYTES >> 20);
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
