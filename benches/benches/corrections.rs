//! `compute_corrections` and its baselines, for single notes and batches.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench corrections`

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use openwurli_bench::network::{Dfdx, NaiveF32, NaiveF64, weights};
use openwurli_bench::random_notes;
use openwurli_dsp::{MlpCorrections, compute_corrections, compute_corrections_batch};

const NOTES: usize = 16_384;

/// Makes independent calls.
fn independent_calls(inputs: &[(u8, f32)], compute: &impl Fn(u8, f32) -> MlpCorrections) {
    for (midi, velocity) in inputs {
        black_box(compute(*midi, *velocity));
    }
}

/// Makes calls that depend on the previous result.
fn dependent_calls(inputs: &[(u8, f32)], compute: &impl Fn(u8, f32) -> MlpCorrections) {
    // Zero, which the compiler does not know.
    let zero = black_box(0_u32);
    let mut previous = 0;
    for (midi, velocity) in inputs {
        let corrections = compute(*midi, f32::from_bits(velocity.to_bits() | previous));
        previous = corrections.amp_offsets_db[0].to_bits() & zero;
        black_box(&corrections);
    }
}

/// Measures one implementation, with dependent or independent calls.
fn measure(
    (group, is_dependent): (&mut BenchmarkGroup<'_, WallTime>, bool),
    name: &str,
    inputs: &[(u8, f32)],
    compute: impl Fn(u8, f32) -> MlpCorrections,
) {
    group.throughput(Throughput::Elements(inputs.len() as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            if is_dependent { dependent_calls(inputs, &compute) } else { independent_calls(inputs, &compute) }
        });
    });
}

fn one_note(criterion: &mut Criterion) {
    let weights = weights();
    let (naive_f64, naive_f32) = (NaiveF64::new(&weights), NaiveF32::new(&weights));
    let dfdx = Dfdx::new(weights);
    let (naive_f64, naive_f32, dfdx) = black_box((&naive_f64, &naive_f32, &dfdx));
    let inputs = random_notes(NOTES);
    for (name, is_dependent) in [("throughput", false), ("latency", true)] {
        let group = &mut criterion.benchmark_group(name);
        measure((group, is_dependent), "naive f64", &inputs, |midi, velocity| naive_f64.compute(midi, velocity));
        measure((group, is_dependent), "naive f32", &inputs, |midi, velocity| naive_f32.compute(midi, velocity));
        measure((group, is_dependent), "dfdx", &inputs[..512], |midi, velocity| dfdx.compute(midi, velocity));
        measure((group, is_dependent), "compute_corrections", &inputs, compute_corrections);
    }
}

fn many_notes(criterion: &mut Criterion) {
    let inputs = random_notes(NOTES);
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
