//! How near the measurement of harmonics comes to the Cramér–Rao bound, by trial.
//!
//! Every trial is a note of eight harmonics, each with its own level, decay and phase and detuned by up to 3 cents, in white noise; half of the
//! notes have one to three neighbours within three semitones of a harmonic. Signal-to-noise ratios are those in one line of a spectrum:
//! energy over the noise of a line, A²N/(4σ²) for a steady sinusoid. A neighbour is at least 1.5 periods over the length of the window and 12 cents
//! from every other sinusoid: nearer, which of both is the harmonic cannot be known.
//!
//! `WURLI_TRIALS` harmonics are measured (default 20,000), from `WURLI_SEED` (default 0) on; `WURLI_PLOT` names an SVG file to draw them into.

#![allow(clippy::unwrap_used)]

use std::f64::consts::{LN_10, TAU};

use rayon::prelude::*;
use wurli_train::plot::{Axis, Chart, Colour, Marker, Panel, Point, Rule, Series};
use wurli_train::random::Random;
use wurli_train::sinusoids::{Deviations, Segment, Sinusoid, bounds, fit};

const SAMPLE_RATE: u32 = 44_100;
const NOISE: f64 = 1e-3;
const HARMONICS: usize = 8;
/// A reading is taken for one if its level is no more uncertain than this, dB.
const UNCERTAIN_DB: f64 = 3.0;
/// An error of so many times the bound is an outlier.
const GROSS: f64 = 10.0;
/// Detuning that harmonics are looked for within, cents.
const WITHIN_CENTS: f64 = 5.0;

struct Note {
    sinusoids: Vec<Sinusoid>,
    signal_to_noise_db: Vec<f64>,
    segment: Segment,
    f0_hz: f64,
}

impl Note {
    fn of(random: &mut Random) -> Self {
        let midi = random.between(33.0, 97.0).floor();
        let f0_hz = 440.0 * ((midi - 69.0) / 12.0 + random.between(-10.0, 10.0) / 1200.0).exp2();
        let length = (0.2 * 10f64.powf(random.share()) * f64::from(SAMPLE_RATE)) as usize;
        let segment = Segment { length, sample_rate: f64::from(SAMPLE_RATE) };
        let mut note = Self { sinusoids: Vec::new(), signal_to_noise_db: Vec::new(), segment, f0_hz };
        for k in 1..=HARMONICS {
            let detuned = (random.between(-3.0, 3.0) / 1200.0).exp2();
            note.add(k as f64 * f0_hz * detuned, random);
        }
        let neighbours = if random.share() < 0.5 { 1 + random.index(3) } else { 0 };
        for _ in 0..neighbours {
            let beside = note.sinusoids[random.index(HARMONICS)].frequency_hz;
            let hz = beside * (random.between(-3.0, 3.0) / 12.0).exp2();
            let apart = |other: &Sinusoid| {
                let periods = (other.frequency_hz - hz).abs() * segment.duration_s();
                periods > 1.5 && (1200.0 * (other.frequency_hz / hz).log2()).abs() > 12.0
            };
            if note.sinusoids.iter().all(apart) {
                note.add(hz, random);
            }
        }
        note
    }

    fn add(&mut self, frequency_hz: f64, random: &mut Random) {
        let (decay_db_per_s, signal_to_noise_db) = (random.between(2.0, 60.0), random.between(10.0, 80.0));
        let per_sample = -2.0 * decay_db_per_s * LN_10 / 20.0 / f64::from(SAMPLE_RATE);
        let energy = (1.0 - (per_sample * self.segment.length as f64).exp()) / (1.0 - per_sample.exp());
        let amplitude = (10f64.powf(signal_to_noise_db / 10.0) * 4.0 * NOISE * NOISE / energy).sqrt();
        let phase_rad = random.between(0.0, TAU);
        self.sinusoids.push(Sinusoid { amplitude, phase_rad, frequency_hz, decay_db_per_s });
        self.signal_to_noise_db.push(signal_to_noise_db);
    }

    fn samples(&self, random: &mut Random) -> Vec<f32> {
        let mut samples: Vec<f64> = Vec::with_capacity(self.segment.length + 1);
        while samples.len() < self.segment.length {
            // Box and Muller 1958.
            let radius = NOISE * (-2.0 * (1.0 - random.share()).ln()).sqrt();
            let (sin, cos) = (TAU * random.share()).sin_cos();
            samples.extend([radius * cos, radius * sin]);
        }
        samples.truncate(self.segment.length);
        for sinusoid in &self.sinusoids {
            let growth = -sinusoid.decay_db_per_s * LN_10 / 20.0 / f64::from(SAMPLE_RATE);
            let turn = TAU * sinusoid.frequency_hz / f64::from(SAMPLE_RATE);
            for (n, sample) in samples.iter_mut().enumerate() {
                let n = n as f64;
                *sample += sinusoid.amplitude * (growth * n).exp() * (turn * n + sinusoid.phase_rad).cos();
            }
        }
        samples.into_iter().map(|sample| sample as f32).collect()
    }
}

/// Errors of level, frequency and decay of one harmonic.
struct Trial {
    signal_to_noise_db: f64,
    /// Over the bound and over the deviations that were told; `None` of a reading that was refused.
    errors: Option<[[f64; 3]; 2]>,
}

fn trials(seed: u64) -> Vec<Trial> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let note = Note::of(&mut random);
    let samples = note.samples(&mut random);
    let known = bounds(&note.sinusoids, note.segment, NOISE).expect("sinusoids are apart");
    let expected: Vec<f64> = (1..=HARMONICS).map(|k| k as f64 * note.f0_hz).collect();
    let found = fit(&samples, SAMPLE_RATE, &expected, WITHIN_CENTS);
    let parts = |d: &Deviations| [d.level_db, d.frequency_hz, d.decay_db_per_s];
    let of = |i: usize| {
        let read = found.as_ref().map(|found| &found[i]);
        let read = read.filter(|e| e.found && e.clean && e.deviations.level_db < UNCERTAIN_DB);
        let errors = read.map(|estimate| {
            let (is, was) = (&estimate.sinusoid, &note.sinusoids[i]);
            let errors = [
                is.level_db(note.segment) - was.level_db(note.segment),
                is.frequency_hz - was.frequency_hz,
                is.decay_db_per_s - was.decay_db_per_s,
            ];
            [parts(&known[i]), parts(&estimate.deviations)].map(|unit| std::array::from_fn(|q| errors[q] / unit[q]))
        });
        Trial { signal_to_noise_db: note.signal_to_noise_db[i], errors }
    };
    (0..HARMONICS).map(of).collect()
}

/// What the trials of a range of signal-to-noise ratios came to.
struct Summary {
    name: String,
    trials: usize,
    refused: usize,
    /// Root mean squares of the errors over the bound and over the deviations: level, frequency, decay.
    ratios: [[f64; 3]; 2],
    gross: usize,
}

impl Summary {
    fn of(name: String, trials: &[Trial], within: impl Fn(f64) -> bool) -> Self {
        let part: Vec<&Trial> = trials.iter().filter(|trial| within(trial.signal_to_noise_db)).collect();
        let read: Vec<&[[f64; 3]; 2]> = part.iter().filter_map(|trial| trial.errors.as_ref()).collect();
        let mean_square =
            |unit: usize, q: usize| read.iter().map(|e| e[unit][q].powi(2)).sum::<f64>() / read.len() as f64;
        Self {
            name,
            trials: part.len(),
            refused: part.len() - read.len(),
            ratios: [0, 1].map(|unit| [0, 1, 2].map(|q| mean_square(unit, q).sqrt())),
            gross: read.iter().filter(|e| e[0].iter().any(|error| error.abs() > GROSS)).count(),
        }
    }

    fn print(&self) {
        let Self { name, trials, refused, ratios: [bound, told], gross } = self;
        let share = 100.0 * *refused as f64 / (*trials).max(1) as f64;
        let columns = |ratios: &[f64; 3]| ratios.map(|ratio| format!("{ratio:>9.2}")).concat();
        println!("{name:<15} {trials:>10} {share:>7.1}% {} {} {gross:>11}", columns(bound), columns(told));
    }
}

/// Errors over the bound, and over the deviations told, against signal to noise.
fn chart(summaries: &[(f64, Summary)]) -> Chart {
    let panel = |unit: usize, caption: &str| Panel {
        caption: caption.to_owned(),
        rules: vec![Rule { y: 1.0, label: String::new(), dashed: true }],
        series: ["level", "frequency", "decay"]
            .iter()
            .enumerate()
            .map(|(q, name)| Series {
                name: (*name).to_owned(),
                colour: Colour::ALL[q],
                marker: [Marker::Dot, Marker::Square, Marker::Triangle][q],
                connected: true,
                dashed: false,
                points: summaries
                    .iter()
                    .map(|(x, summary)| Point {
                        x: *x,
                        y: summary.ratios[unit][q],
                        hint: format!("{name}, {}: {:.2}", summary.name, summary.ratios[unit][q]),
                        ..Point::default()
                    })
                    .collect(),
            })
            .collect(),
        ..Panel::default()
    };
    let values = summaries.iter().flat_map(|(_, summary)| summary.ratios.concat()).chain([0.8, 1.3]);
    Chart {
        title: "How near measured harmonics come to the Cramér–Rao bound".to_owned(),
        description: "Root mean square of the errors of level, frequency and decay over the bound, and over the deviations that the fit \
                      tells, against the signal-to-noise ratio in one line of a spectrum."
            .to_owned(),
        x: Axis::around("signal to noise, dB", summaries.iter().map(|(x, _)| *x).chain([10.0, 80.0])),
        y: Axis::around("root mean square", values),
        panels: vec![panel(0, "error over the bound"), panel(1, "error over the deviation told")],
        columns: 2,
        panel_px: (340.0, 260.0),
    }
}

fn main() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name)
            .map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}: no number")))
    };
    let notes = number("WURLI_TRIALS", 20_000).div_ceil(HARMONICS as u64);
    let first = number("WURLI_SEED", 0) << 32;
    let all: Vec<Trial> = (first..first + notes).into_par_iter().flat_map_iter(trials).collect();

    println!("root mean square of errors over the Cramér–Rao bound, and over the deviations that the fit tells");
    println!(
        "signal to noise  harmonics  refused     level frequency   decay     level frequency   decay   over {GROSS} x"
    );
    let summaries: Vec<(f64, Summary)> = (10..80)
        .step_by(10)
        .map(|low| {
            let (low, high) = (f64::from(low), f64::from(low + 10));
            (low + 5.0, Summary::of(format!("{low}-{high} dB"), &all, |snr| (low..high).contains(&snr)))
        })
        .collect();
    summaries.iter().for_each(|(_, summary)| summary.print());
    Summary::of("15 dB and more".into(), &all, |snr| snr >= 15.0).print();
    Summary::of("all".into(), &all, |_| true).print();
    if let Some(file) = std::env::var_os("WURLI_PLOT") {
        std::fs::write(&file, chart(&summaries).to_svg()).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    }
}
