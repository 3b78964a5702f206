//! A note as it is played, rendered by the voice, and what can be measured of it.

use std::f64::consts::{PI, SQRT_2, TAU};
use std::ops::Range;

use openwurli_dsp::MlpCorrections;
use openwurli_dsp::voice::instrument::midi_to_hz;
use openwurli_dsp::voice::{LEVEL_REFERENCE_S, Voice};

pub(crate) const SAMPLE_RATE: f64 = 44_100.0;
/// Harmonics that are measured, four octaves of them: H1, H2–H3, H4–H7, H8–H15.
pub(crate) const MEASURED: usize = 15;

/// What may jump in an onset or a release, as a share of what sounds. A level that comes from nothing within a
/// millisecond bends the signal by a 44th of itself at both ends, and a bend counts for half of a jump where
/// [`Take::jumps`] looks.
const STRUCK_OR_DAMPED: f64 = 1.0 / 44.1;
/// What may jump while a key is held. Even a harmonic that falls by 1,000 dB/s, by a sixth of itself in the 64 samples
/// of a control tick, bends by no more than (1/6)²/64, 4e-4, when the tick ends.
const HELD: f64 = 1e-3;
/// Less than the last bit of 16 is not heard. The voice ends a note with a jump of that kind, at −100 dB.
const INAUDIBLE: f64 = 1.0 / 32_768.0;

/// A note that is struck, held for 0.4 s or more, and let go.
pub(crate) struct Take {
    pub(crate) samples: Vec<f32>,
    /// The sample at which the key is let go.
    pub(crate) released: usize,
    /// Length of the windows in which levels are measured: five periods, at least 10 ms.
    pub(crate) window: usize,
    harmonics_hz: [f64; MEASURED],
}

impl Take {
    pub(crate) fn new(midi: u8, velocity: f32, corrections: &MlpCorrections) -> Self {
        let tuned_hz = |cents: f32| midi_to_hz(midi) * (f64::from(cents) / 1200.0).exp2();
        let harmonics_hz = std::array::from_fn(|i| {
            let own = i.checked_sub(1).and_then(|i| corrections.freq_offsets_cents.get(i).copied());
            (i + 1) as f64 * tuned_hz(own.unwrap_or(corrections.tuning_cents()))
        });
        let window = (SAMPLE_RATE * (5.0 / midi_to_hz(midi)).max(0.01)) as usize;
        // Late enough for a window about the instant at which level offsets are meant, and one more.
        let released = at(0.4).max(at(LEVEL_REFERENCE_S) + 3 * window / 2);
        let mut samples = vec![0.0; released + (at(0.002) + 3 * window / 2).max(at(0.1))];
        let mut voice = Voice::new(SAMPLE_RATE as f32);
        voice.note_on(midi, velocity, corrections);
        voice.render(&mut samples[..released]);
        voice.note_off();
        voice.render(&mut samples[released..]);
        Self { samples, released, window, harmonics_hz }
    }

    /// Levels of the first harmonics in a window that begins at sample `first`, dB of full scale.
    pub(crate) fn levels_db<const N: usize>(&self, first: usize) -> [f64; N] {
        // Goertzel's recursion, for all harmonics at once.
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

    /// The mean while the key is held, over the mean that partials can leave.
    ///
    /// A Hann window of x periods lets 1/(πx(x² − 1)) of H1's amplitude A₁ through, and of that of the k-th harmonic
    /// less than 1/k³ as much; Σ Aₖ/k³ ≤ √ΣAₖ² · √Σ1/k⁶ ≤ √2 · peak · 1.01. The twenty sums and products of a sample
    /// are rounded to 2⁻²⁴, which were less than 2⁻¹⁹ if all went to one side.
    pub(crate) fn mean(&self) -> f64 {
        let held = self.released;
        let weighted = hann(held).zip(&self.samples).map(|(weight, sample)| weight * f64::from(*sample));
        let mean = weighted.sum::<f64>() * 2.0 / held as f64;
        let periods = self.harmonics_hz[0] * held as f64 / SAMPLE_RATE;
        let leak = SQRT_2 * 1.01 / (PI * periods * (periods * periods - 1.0));
        mean.abs() / ((leak + 2f64.powi(-19)) * self.peak(0..held))
    }

    /// The worst jump over the allowed one: in the onset, while the key is held, and from the release on. Allowed is a
    /// share of what sounds in the same and in the preceding 50 ms.
    pub(crate) fn worst_jumps(&self) -> [f64; 3] {
        let (jumps, struck, block) = (self.jumps(), at(0.1), at(0.05));
        let stages = [
            (0..struck, STRUCK_OR_DAMPED),
            (struck..self.released, HELD),
            (self.released..jumps.len(), STRUCK_OR_DAMPED),
        ];
        stages.map(|(stage, share)| {
            let blocks = stage.clone().step_by(block).map(|first| first..stage.end.min(first + block));
            let worst = blocks.map(|block| {
                let sounding = self.peak(block.start.saturating_sub(at(0.05))..block.end);
                jumps[block].iter().fold(0.0, |worst: f64, jump| worst.max(*jump)) / (share * sounding).max(INAUDIBLE)
            });
            worst.fold(0.0, f64::max)
        })
    }

    /// What sounds near half the sample rate, where there is no partial, sample by sample, as the jump that would sound
    /// so.
    ///
    /// Turned over at every other sample and eight times averaged over 32, the signal loses 100 dB below 0.45 of the
    /// sample rate. A jump is left as half of itself under a bell of 32·√(2π · 8/12) samples.
    fn jumps(&self) -> Vec<f64> {
        let mut signal: Vec<f64> = self.samples.iter().map(|sample| f64::from(*sample)).collect();
        signal.iter_mut().step_by(2).for_each(|sample| *sample = -*sample);
        for _ in 0..8 {
            let (mut sum, mut latest) = (0.0, [0.0; 32]);
            for (i, sample) in signal.iter_mut().enumerate() {
                sum += *sample - std::mem::replace(&mut latest[i % 32], *sample);
                *sample = sum / 32.0;
            }
        }
        let per_jump = 0.5 / (32.0 * (TAU * 8.0 / 12.0).sqrt());
        signal.iter().map(|sample| sample.abs() / per_jump).collect()
    }
}

/// The sample at a time.
pub(crate) fn at(seconds: f32) -> usize {
    (seconds * SAMPLE_RATE as f32) as usize
}

pub(crate) fn to_db(amplitude: f64) -> f64 {
    20.0 * amplitude.max(1e-12).log10()
}

/// Levels of the octaves H1, H2–H3, H4–H7 and H8–H15, as far as the voice sounds them.
pub(crate) fn octaves_db(midi: u8, levels_db: [f64; MEASURED]) -> [f64; 4] {
    // The voice sounds harmonics to 0.45 of the sample rate, and a correction may tune a reed by a semitone.
    let sounded = (0.42 * SAMPLE_RATE / midi_to_hz(midi)) as usize;
    let mut powers = [0.0; 4];
    for (i, level_db) in levels_db.into_iter().enumerate().take(sounded) {
        powers[(i + 1).ilog2() as usize] += 10f64.powf(level_db / 10.0);
    }
    powers.map(|power| 10.0 * power.log10())
}

fn hann(length: usize) -> impl Iterator<Item = f64> {
    let turn = TAU / length as f64;
    (0..length).map(move |i| 0.5 - 0.5 * (turn * i as f64).cos())
}

/// Nuttall 1981, four terms and a continuous first derivative: below −93 dB from the fourth period on.
const NUTTALL: [f64; 4] = [0.355768, 0.487396, 0.144232, 0.012604];

fn nuttall(length: usize) -> impl Iterator<Item = f64> {
    let turn = TAU / length as f64;
    (0..length).map(move |i| {
        let cosine = (turn * i as f64).cos();
        let (double, triple) = (2.0 * cosine * cosine - 1.0, cosine * (4.0 * cosine * cosine - 3.0));
        NUTTALL[0] - NUTTALL[1] * cosine + NUTTALL[2] * double - NUTTALL[3] * triple
    })
}
