//! Synthetic notes, of which everything is known.

use wurli_train::audio::Audio;
use wurli_train::measure::{Bounds, HARMONICS};

use wurli_train::random::Random;

/// Silence before the onset, s.
pub const LEAD_S: f64 = 0.01;
/// The onset rises within this time, s.
const RISE_S: f64 = 0.001;

/// A note with exponentially decaying harmonics in white noise.
#[derive(Clone, Debug)]
pub struct Synthetic {
    /// Sample rate, Hz.
    pub sample_rate: u32,
    /// Length from the onset on, s.
    pub seconds: f64,
    /// Fundamental, Hz.
    pub f0_hz: f64,
    /// Amplitudes at the onset, dB re full scale.
    pub levels_dbfs: [f64; HARMONICS],
    /// Distance from the multiples of the fundamental, cents.
    pub detunes_cents: [f64; HARMONICS],
    /// Decay of each harmonic, dB/s.
    pub decays_db_per_s: [f64; HARMONICS],
    /// Root mean square of the noise, dB re full scale.
    pub noise_dbfs: f64,
    /// Added to every sample.
    pub offset: f32,
    /// Time after the onset at which that harmonic passes through zero and turns round: (index, s).
    pub null: Option<(usize, f64)>,
}

impl Synthetic {
    /// Returns two seconds that resemble the instrument: neighbours up to 8 dB apart, upper
    /// harmonics decaying faster.
    pub fn new(f0_hz: f64, sample_rate: u32) -> Self {
        Self {
            sample_rate,
            seconds: 2.0,
            f0_hz,
            levels_dbfs: [-14.0, -20.0, -16.0, -24.0, -22.0, -30.0, -28.0, -34.0],
            detunes_cents: [0.0, 1.5, -2.0, 0.5, 3.0, -1.0, 2.5, -3.0],
            decays_db_per_s: [5.0, 6.0, 7.0, 9.0, 8.0, 10.0, 12.0, 11.0],
            noise_dbfs: -90.0,
            offset: 0.0,
            null: None,
        }
    }

    /// Returns the frequency of the harmonic at `index`, counted from 0, Hz.
    pub fn frequency_hz(&self, index: usize) -> f64 {
        (index + 1) as f64 * self.f0_hz * (self.detunes_cents[index] / 1200.0).exp2()
    }

    /// Returns the amplitude of a harmonic some time after the onset.
    fn amplitude(&self, index: usize, time_s: f64) -> f64 {
        let level = 10f64.powf((self.levels_dbfs[index] - self.decays_db_per_s[index] * time_s) / 20.0);
        match self.null {
            Some((at, null_s)) if at == index => level * (1.0 - time_s / null_s),
            _ => level,
        }
    }

    /// Returns the level of a harmonic in a window after the onset, dB re H1. Goertzel's algorithm
    /// gives the mean of the envelope, weighted by the Hann window.
    pub fn level_db(&self, index: usize, from_s: f64, to_s: f64) -> f64 {
        let mean = |index: usize| {
            let weighted = |i: u32| {
                let share = (f64::from(i) + 0.5) / 1000.0;
                let weight = 0.5 - 0.5 * (std::f64::consts::TAU * share).cos();
                weight * self.amplitude(index, from_s + share * (to_s.min(self.seconds) - from_s))
            };
            (0..1000).map(weighted).sum::<f64>()
        };
        20.0 * (mean(index) / mean(0)).log10()
    }

    /// Renders the note, with [`LEAD_S`] of noise before it.
    pub fn audio(&self) -> Audio {
        let mut random = Random(self.f0_hz.to_bits());
        let rate = f64::from(self.sample_rate);
        let lead = (LEAD_S * rate) as usize;
        let noise = 10f64.powf(self.noise_dbfs / 20.0);
        let heard: Vec<usize> = (0..HARMONICS).filter(|i| self.frequency_hz(*i) < 0.49 * rate).collect();
        let samples = (0..lead + (self.seconds * rate) as usize).map(|n| {
            // Three uniform numbers, of deviation 1 together: normal enough for noise.
            let normal = (0..3).map(|_| random.between(-1.0, 1.0)).sum::<f64>();
            let tone = n.checked_sub(lead).map_or(0.0, |after| {
                let time_s = after as f64 / rate;
                let turn = std::f64::consts::PI * (time_s / RISE_S).min(1.0);
                let tones = heard.iter().map(|&i| {
                    let phase = std::f64::consts::TAU * self.frequency_hz(i) * time_s + 0.7 * (i * i) as f64;
                    self.amplitude(i, time_s) * phase.sin()
                });
                (0.5 - 0.5 * turn.cos()) * tones.sum::<f64>()
            });
            (tone + noise * normal) as f32 + self.offset
        });
        Audio { samples: samples.collect(), sample_rate: self.sample_rate }
    }

    /// Returns onset and end in [`Synthetic::audio`].
    pub fn bounds(&self) -> Bounds {
        Bounds { onset_s: LEAD_S, end_s: LEAD_S + self.seconds }
    }
}
