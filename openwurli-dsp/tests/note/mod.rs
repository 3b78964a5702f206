//! Rendered test note and its measurements.

use std::f64::consts::{PI, SQRT_2, TAU};
use std::ops::Range;

use openwurli_dsp::MlpCorrections;
use openwurli_dsp::voice::instrument::midi_to_hz;
use openwurli_dsp::voice::{LEVEL_REFERENCE_S, Voice};

pub(crate) const SAMPLE_RATE: f64 = 44_100.0;
/// Number of measured harmonics, in four octaves: H1, H2–H3, H4–H7, H8–H15.
pub(crate) const MEASURED: usize = 15;

/// Allowed discontinuity in an onset or a release, relative to the peak.
///
/// A linear ramp of 1 ms changes the signal's slope by 1/44 per sample at both ends. A change of
/// slope counts as half a discontinuity in [`TestNote::discontinuities`].
const MAX_IN_TRANSIENT: f64 = 1.0 / 44.1;
/// Allowed discontinuity while a key is held, relative to the peak.
///
/// A harmonic that falls by 1,000 dB/s loses 1/6 within a control tick of 64 samples. Its slope
/// then changes by (1/6)²/64 = 4e-4 at the end of the tick.
const MAX_WHILE_HELD: f64 = 1e-3;
/// Inaudible discontinuity: one bit of 16. The voice ends a note with a smaller one, at −100 dB.
const INAUDIBLE: f64 = 1.0 / 32_768.0;

/// Note that is struck, held for at least 0.4 s, and released.
pub(crate) struct TestNote {
    pub(crate) samples: Vec<f32>,
    /// Sample of the release.
    pub(crate) released: usize,
    /// Window length for level measurements: five periods, at least 10 ms.
    pub(crate) window: usize,
    harmonics_hz: [f64; MEASURED],
}

impl TestNote {
    pub(crate) fn new(midi: u8, velocity: f32, corrections: &MlpCorrections) -> Self {
        let tuned_hz = |cents: f32| midi_to_hz(midi) * (f64::from(cents) / 1200.0).exp2();
        let harmonics_hz = std::array::from_fn(|i| {
            let own = i.checked_sub(1).and_then(|i| corrections.freq_offsets_cents.get(i).copied());
            (i + 1) as f64 * tuned_hz(own.unwrap_or(corrections.tuning_cents()))
        });
        let window = (SAMPLE_RATE * (5.0 / midi_to_hz(midi)).max(0.01)) as usize;
        // Late enough for a window about the level reference, and one more.
        let released = at(0.4).max(at(LEVEL_REFERENCE_S) + 3 * window / 2);
        let mut samples = vec![0.0; released + (at(0.002) + 3 * window / 2).max(at(0.1))];
        let mut voice = Voice::new(SAMPLE_RATE as f32);
        voice.note_on(midi, velocity, corrections);
        voice.render(&mut samples[..released]);
        voice.note_off();
        voice.render(&mut samples[released..]);
        Self { samples, released, window, harmonics_hz }
    }

    /// Returns the levels of the first harmonics in a window that starts at sample `first`, dBFS.
    pub(crate) fn levels_db<const N: usize>(&self, first: usize) -> [f64; N] {
        // Goertzel's recursion for all harmonics.
        let cosines: [f64; N] = std::array::from_fn(|k| 2.0 * (TAU * self.harmonics_hz[k] / SAMPLE_RATE).cos());
        let (mut last, mut before) = ([0.0; N], [0.0; N]);
        for (weight, sample) in nuttall(self.window).zip(&self.samples[first..]) {
            for k in 0..N {
                (before[k], last[k]) = (last[k], weight * f64::from(*sample) + cosines[k] * last[k] - before[k]);
            }
        }
        std::array::from_fn(|k| {
            let square = last[k] * last[k] + before[k] * before[k] - cosines[k] * last[k] * before[k];
            to_db(square.max(0.0).sqrt() * 2.0 / (NUTTALL[0] * self.window as f64))
        })
    }

    pub(crate) fn peak(&self, samples: Range<usize>) -> f64 {
        self.samples[samples].iter().fold(0.0, |peak, sample| peak.max(f64::from(sample.abs())))
    }

    /// Returns the DC while the key is held, relative to the leakage of the harmonics.
    ///
    /// A Hann window of x periods passes 1/(πx(x² − 1)) of H1's amplitude A₁, and less than 1/k³ of
    /// that for harmonic k. Σ Aₖ/k³ ≤ √ΣAₖ²·√Σ1/k⁶ ≤ √2·peak·1.01. The twenty roundings of 2⁻²⁴ per
    /// sample add less than 2⁻¹⁹.
    pub(crate) fn relative_dc(&self) -> f64 {
        let held = self.released;
        let weighted = hann(held).zip(&self.samples).map(|(weight, sample)| weight * f64::from(*sample));
        let mean = weighted.sum::<f64>() * 2.0 / held as f64;
        let periods = self.harmonics_hz[0] * held as f64 / SAMPLE_RATE;
        let leak = SQRT_2 * 1.01 / (PI * periods * (periods * periods - 1.0));
        mean.abs() / ((leak + 2f64.powi(-19)) * self.peak(0..held))
    }

    /// Returns the worst discontinuities relative to the allowed ones: onset, held, after the
    /// release.
    ///
    /// The allowed ones are relative to the peak within the same and the preceding 50 ms.
    pub(crate) fn worst_discontinuities(&self) -> [f64; 3] {
        let (discontinuities, struck, block) = (self.discontinuities(), at(0.1), at(0.05));
        let stages = [
            (0..struck, MAX_IN_TRANSIENT),
            (struck..self.released, MAX_WHILE_HELD),
            (self.released..discontinuities.len(), MAX_IN_TRANSIENT),
        ];
        stages.map(|(stage, allowed)| {
            let blocks = stage.clone().step_by(block).map(|first| first..stage.end.min(first + block));
            let worst = blocks.map(|block| {
                let peak = self.peak(block.start.saturating_sub(at(0.05))..block.end);
                discontinuities[block].iter().fold(0.0, |worst: f64, value| worst.max(*value))
                    / (allowed * peak).max(INAUDIBLE)
            });
            worst.fold(0.0, f64::max)
        })
    }

    /// Returns the discontinuity at each sample, estimated from the band near half the sample rate.
    ///
    /// No harmonic is rendered in this band. Every other sample is negated, and the signal is
    /// averaged eight times over 32 samples. This attenuates everything below 0.45 of the sample
    /// rate by 100 dB. Half of a discontinuity remains, spread over a bell of 32·√(2π·8/12)
    /// samples.
    fn discontinuities(&self) -> Vec<f64> {
        let mut signal: Vec<f64> = self.samples.iter().map(|sample| f64::from(*sample)).collect();
        signal.iter_mut().step_by(2).for_each(|sample| *sample = -*sample);
        for _ in 0..8 {
            let (mut sum, mut latest) = (0.0, [0.0; 32]);
            for (i, sample) in signal.iter_mut().enumerate() {
                sum += *sample - std::mem::replace(&mut latest[i % 32], *sample);
                *sample = sum / 32.0;
            }
        }
        let per_unit = 0.5 / (32.0 * (TAU * 8.0 / 12.0).sqrt());
        signal.iter().map(|sample| sample.abs() / per_unit).collect()
    }
}

/// Returns the sample index of a time.
pub(crate) fn at(seconds: f32) -> usize {
    (seconds * SAMPLE_RATE as f32) as usize
}

pub(crate) fn to_db(amplitude: f64) -> f64 {
    20.0 * amplitude.max(1e-12).log10()
}

/// Returns the levels of the octaves H1, H2–H3, H4–H7 and H8–H15, as far as they are rendered.
pub(crate) fn octaves_db(midi: u8, levels_db: [f64; MEASURED]) -> [f64; 4] {
    // Harmonics are rendered up to 0.45 of the sample rate, and may be tuned by a semitone.
    let rendered = (0.42 * SAMPLE_RATE / midi_to_hz(midi)) as usize;
    let mut powers = [0.0; 4];
    for (i, level_db) in levels_db.into_iter().enumerate().take(rendered) {
        powers[(i + 1).ilog2() as usize] += 10f64.powf(level_db / 10.0);
    }
    powers.map(|power| 10.0 * power.log10())
}

fn hann(length: usize) -> impl Iterator<Item = f64> {
    let turn = TAU / length as f64;
    (0..length).map(move |i| 0.5 - 0.5 * (turn * i as f64).cos())
}

/// Coefficients of Nuttall's four-term window with continuous first derivative (Nuttall 1981).
///
/// Sidelobes are below −93 dB from the fourth bin on.
const NUTTALL: [f64; 4] = [0.355768, 0.487396, 0.144232, 0.012604];

fn nuttall(length: usize) -> impl Iterator<Item = f64> {
    let turn = TAU / length as f64;
    (0..length).map(move |i| {
        let cosine = (turn * i as f64).cos();
        let (double, triple) = (2.0 * cosine * cosine - 1.0, cosine * (4.0 * cosine * cosine - 3.0));
        NUTTALL[0] - NUTTALL[1] * cosine + NUTTALL[2] * double - NUTTALL[3] * triple
    })
}
