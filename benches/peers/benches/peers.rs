//! Network in other libraries: `cargo bench --manifest-path benches/peers/Cargo.toml`.

use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use openwurli_bench::network::{NaiveF64, weights};
use openwurli_bench::{median, random_notes};
use openwurli_dsp::{MlpCorrections, compute_corrections};
use openwurli_peers::candle::Candle;
use openwurli_peers::tract::Tract;

const NOTES: usize = 256;
/// Rounds that time every form once, so that changes in machine speed affect all alike.
const ROUNDS: usize = 101;

type Form<'a> = (&'static str, Box<dyn Fn(u8, f32) -> MlpCorrections + 'a>);

fn peers(criterion: &mut Criterion) {
    let naive = NaiveF64::new(&weights());
    let (candle, tract) = (Candle::new(weights()).expect("candle"), Tract::new(weights()).expect("tract"));
    let naive = black_box(&naive);
    let forms: Vec<Form<'_>> = vec![
        ("naive f64", Box::new(|midi, velocity| naive.compute(midi, velocity))),
        ("compute_corrections", Box::new(compute_corrections)),
        ("candle", Box::new(|midi, velocity| candle.compute(midi, velocity).expect("candle"))),
        ("tract", Box::new(|midi, velocity| tract.compute(midi, velocity).expect("tract"))),
    ];
    let notes = random_notes(NOTES);
    // All forms must agree, or the comparison is meaningless.
    for (midi, velocity) in &notes {
        let ours = compute_corrections(*midi, *velocity).to_outputs();
        for (name, compute) in &forms {
            let other = compute(*midi, *velocity).to_outputs();
            let worst = ours.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-3, "{name}: {midi}, {velocity}: {worst}");
        }
    }
    let mut group = criterion.benchmark_group("peers");
    for (name, compute) in &forms {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| all(&notes, compute));
        });
    }
    group.finish();
    ratios(&notes, &forms);
}

/// Prints the median of the ratios to naive `f64` within each round.
fn ratios(notes: &[(u8, f32)], forms: &[Form<'_>]) {
    let mut times = vec![Vec::new(); forms.len()];
    for _ in 0..ROUNDS {
        for (times, (_, compute)) in times.iter_mut().zip(forms) {
            let start = Instant::now();
            all(notes, compute);
            times.push(start.elapsed().as_nanos() as f64 / notes.len() as f64);
        }
    }
    println!("| form | ns per note | relative to naive f64 |\n|---|---|---|");
    for ((name, _), own) in forms.iter().zip(&times) {
        let ratio = median(own.iter().zip(&times[0]).map(|(own, naive)| own / naive).collect());
        println!("| {name} | {:.0} | {ratio:.2} |", median(own.clone()));
    }
}

fn all(notes: &[(u8, f32)], compute: impl Fn(u8, f32) -> MlpCorrections) {
    for (midi, velocity) in notes {
        black_box(compute(*midi, *velocity));
    }
}

criterion_group!(benches, peers);
criterion_main!(benches);
