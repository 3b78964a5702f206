//! `compute_corrections` and its baselines, one note at a time and a chord at once.
//!
//! `cargo bench -p openwurli-bench --bench corrections`

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use openwurli_bench::network::{Dfdx, NaiveF32, NaiveF64, weights};
use openwurli_dsp::{MlpCorrections, compute_corrections, compute_corrections_batch};

/// Every key and velocity of MIDI, far from each other in turn: both factors are odd.
fn inputs() -> Vec<(u8, f32)> {
    (0..16_384_u32).map(|i| ((i * 77 % 128) as u8, (i * 5_039 / 128 % 128) as f32 / 127.0)).collect()
}

/// Calls that do not wait for each other.
fn apart(inputs: &[(u8, f32)], compute: &impl Fn(u8, f32) -> MlpCorrections) {
    for (midi, velocity) in inputs {
        black_box(compute(*midi, *velocity));
    }
}

/// Calls of which each needs what the one before returned.
fn in_turn(inputs: &[(u8, f32)], compute: &impl Fn(u8, f32) -> MlpCorrections) {
    // The compiler does not know that it is zero.
    let nothing = black_box(0_u32);
    let mut before = 0;
    for (midi, velocity) in inputs {
        let corrections = compute(*midi, f32::from_bits(velocity.to_bits() | before));
        before = corrections.amp_offsets_db[0].to_bits() & nothing;
        black_box(&corrections);
    }
}

/// One form of the call: `waiting` for the last one, or not.
fn form(
    (group, waiting): (&mut BenchmarkGroup<'_, WallTime>, bool),
    name: &str,
    inputs: &[(u8, f32)],
    compute: impl Fn(u8, f32) -> MlpCorrections,
) {
    group.throughput(Throughput::Elements(inputs.len() as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| if waiting { in_turn(inputs, &compute) } else { apart(inputs, &compute) });
    });
}

fn one_note(criterion: &mut Criterion) {
    let weights = weights();
    let (naive_f64, naive_f32) = (NaiveF64::new(&weights), NaiveF32::new(&weights));
    let dfdx = Dfdx::new(weights);
    let (naive_f64, naive_f32, dfdx) = black_box((&naive_f64, &naive_f32, &dfdx));
    let inputs = inputs();
    for (name, waiting) in [("throughput", false), ("latency", true)] {
        let group = &mut criterion.benchmark_group(name);
        form((group, waiting), "naive f64", &inputs, |midi, velocity| naive_f64.compute(midi, velocity));
        form((group, waiting), "naive f32", &inputs, |midi, velocity| naive_f32.compute(midi, velocity));
        form((group, waiting), "dfdx", &inputs[..512], |midi, velocity| dfdx.compute(midi, velocity));
        form((group, waiting), "compute_corrections", &inputs, compute_corrections);
    }
}

fn many_notes(criterion: &mut Criterion) {
    let inputs = inputs();
    let mut corrections = vec![MlpCorrections::IDENTITY; inputs.len()];
    let mut group = criterion.benchmark_group("batch");
    for length in [3, 8, 128, 16_384] {
        group.throughput(Throughput::Elements(length as u64));
        group.bench_function(length.to_string(), |bencher| {
            bencher.iter(|| {
                compute_corrections_batch(black_box(&inputs[..length]), black_box(&mut corrections[..length]));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, one_note, many_notes);
criterion_main!(benches);
