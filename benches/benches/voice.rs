//! Corrected voice and naive baseline: rendering, note-ons, polyphony and voice stealing.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench voice`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use openwurli_bench::voice::NaiveVoice;
use openwurli_bench::{BLOCK, struck_voice};
use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::{Polyphony, Slot, Voice};

/// Renders the first two seconds of a note, in which most harmonics are audible.
fn rendering(criterion: &mut Criterion) {
    let mut samples = vec![0.0_f32; 88_200];
    for (name, midi) in [("A1", 33), ("C4", 60), ("C6", 84)] {
        let mut group = criterion.benchmark_group(format!("two seconds of {name} at 44.1 kHz"));
        group.sample_size(20).throughput(Throughput::Elements(samples.len() as u64));
        group.bench_function("naive f64", |bencher| {
            bencher.iter(|| NaiveVoice::new(44_100.0, midi, 0.7).render(black_box(&mut samples)));
        });
        group.bench_function("voice", |bencher| {
            bencher.iter(|| struck_voice(44_100.0, midi, 0.7).render(black_box(&mut samples)));
        });
    }
}

fn note_on(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("note-on");
    for (name, midi) in [("A1", 33), ("C4", 60), ("C6", 84)] {
        let mut voice = Voice::new(44_100.0);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let (midi, velocity) = black_box((midi, 0.7));
                voice.note_on(midi, velocity, &compute_corrections(midi, velocity));
                black_box(&voice);
            });
        });
    }
    group.finish();
}

/// Renders 64 keys from A1 up, struck together. A block of 64 samples at 48 kHz lasts 1,333 µs.
fn many_voices(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("64 voices, a block of 64 samples");
    let mut block = [0.0_f32; BLOCK];
    let mut voices = Vec::new();
    group.bench_function("voice", |bencher| {
        bencher.iter(|| {
            if voices.first().is_none_or(|(_, blocks)| *blocks == 0) {
                voices = (33..97).map(|midi| (struck_voice(48_000.0, midi, 0.7), 1_500)).collect();
            }
            for (voice, blocks) in &mut voices {
                voice.render(black_box(&mut block));
                *blocks -= 1;
            }
        });
    });
    group.finish();
}

/// Plays 64 keys under the pedal through the polyphonic instrument. Every 1,500 blocks they are
/// struck again. Also bends them all the time, which costs more.
fn polyphony(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("polyphony of 64 voices, a block of 64 samples at 48 kHz");
    for (name, is_bent) in [("at rest", false), ("bent", true)] {
        let mut piano = Polyphony::new(48_000.0, vec![Slot::new(); 64], compute_corrections);
        let (mut block, mut blocks) = ([0.0_f32; BLOCK], 0_u32);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                if blocks % 1_500 == 0 {
                    piano.reset();
                    (33..97).for_each(|key| piano.handle_message(&[0x90, key, 90]));
                }
                if is_bent {
                    piano.handle_message(&[0xE0, 0, (blocks % 128) as u8]);
                }
                piano.render(black_box(&mut block));
                blocks += 1;
            });
        });
    }
    group.finish();
}

/// Steals a voice at each note-on.
fn steal(criterion: &mut Criterion) {
    let mut piano = Polyphony::new(48_000.0, vec![Slot::new(); 32], compute_corrections);
    let mut key = 0;
    criterion.bench_function("note-on that steals one of 32 voices", |bencher| {
        bencher.iter(|| {
            key = (key + 1) % 64;
            piano.handle_message(black_box(&[0x90, 33 + key, 90]));
        });
    });
}

criterion_group!(benches, rendering, note_on, many_voices, polyphony, steal);
criterion_main!(benches);
