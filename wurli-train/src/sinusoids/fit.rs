//! The fit, in units of the audio, and how uncertain it is.

use rustfft::num_complex::Complex64;

use super::decimate::Decimated;
use super::normal::{Mode, Touches};
use super::search::{self, Found};
use super::taper::Taper;
use super::{DB_PER_NEPER, Deviations, Segment, Sinusoid, covariance, neighbours, seek};

/// Least and greatest decay of what is called a sinusoid, dB/s: overdriven harmonics of the bass grow by some 20 dB/s, and what falls
/// faster than the other is the noise of the blow.
const DECAYS_DB_PER_S: (f64, f64) = (-60.0, 240.0);
/// Narrowest zone in which a sinusoid is looked for, periods over the length of the segment.
const NARROWEST: f64 = 0.5;
/// Fewer samples hold no sinusoid.
const MIN_SAMPLES: usize = 64;

/// A sinusoid as it was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The sinusoid; its amplitude and phase are those at the first sample.
    pub sinusoid: Sinusoid,
    /// How uncertain it is.
    pub deviations: Deviations,
    /// Whether it stands out of the noise, and lies where it was looked for, not at the edge of that.
    pub found: bool,
    /// Whether it explains all that sounds there but noise: it is alone, and decays exponentially.
    pub clean: bool,
    /// Its energy over that of the noise in one line of the spectrum: for a steady sinusoid in white noise, A²N/(4σ²).
    pub signal_to_noise: f64,
}

/// Fits sinusoids within `within_cents` of `frequencies_hz`, or within half a period over the length of `samples`, and whatever else sounds beside
/// them. Answers the former in their order, then the latter.
///
/// `None` where the segment holds fewer than 64 samples, or two of the frequencies cannot be told apart in it.
#[must_use]
pub fn fit(samples: &[f32], sample_rate: u32, frequencies_hz: &[f64], within_cents: f64) -> Option<Vec<Estimate>> {
    let rate = f64::from(sample_rate);
    let segment = Segment { length: samples.len(), sample_rate: rate };
    let (lowest, highest) =
        frequencies_hz.iter().fold((f64::INFINITY, 0.0f64), |(low, high), hz| (low.min(*hz), high.max(*hz)));
    // Room for neighbours above the highest.
    let decimated = Decimated::of(samples, (highest + neighbours::above(lowest, segment.duration_s())) / rate);
    let low = Segment { length: decimated.samples.len(), sample_rate: rate / decimated.factor as f64 };
    if low.length < MIN_SAMPLES {
        return None;
    }
    let expected: Vec<f64> = frequencies_hz.iter().map(|hz| hz * low.duration_s()).collect();
    let within = (within_cents / 1200.0).exp2() - 1.0;
    let zones: Vec<f64> = expected.iter().map(|at| (within * at).max(NARROWEST)).collect();
    let nepers = |db_per_s: f64| -db_per_s / DB_PER_NEPER * low.duration_s();
    let growth = (nepers(DECAYS_DB_PER_S.1), nepers(DECAYS_DB_PER_S.0));
    let found = search::run(&decimated.samples, &expected, &zones, growth)?;
    Some(found.estimates(&decimated, low, segment))
}

impl Found {
    fn estimates(&self, decimated: &Decimated, low: Segment, segment: Segment) -> Vec<Estimate> {
        let normal = Touches::of(&self.modes, &self.taper, false).normal_matrix(&self.modes);
        let spread = Touches::of(&self.modes, &self.taper, true).normal_matrix(&self.modes);
        let factor = normal.factor(0.0);
        let estimate = |(index, mode): (usize, &Mode)| {
            let noise = self.left.noise(mode.periods());
            let [energy, ..] = Taper::new(low.length, 0).moments(Complex64::new(2.0 * mode.exponent.re, 0.0));
            let signal_to_noise = mode.amplitude.norm_sqr() * energy.re / (4.0 * noise * noise).max(f64::MIN_POSITIVE);
            // Four parameters took the noise of two lines along: the sinusoid is weaker than it looks.
            let weaker = (signal_to_noise / (signal_to_noise - 2.0).max(1.0)).sqrt();
            let deviations = factor.as_ref().map(|factor| {
                let covariance = covariance(factor, index, Some(&spread), normal.size);
                Deviations::of(mode, &covariance, low, noise * weaker)
            });
            Estimate {
                sinusoid: Sinusoid::of(mode, low).before(decimated, segment),
                deviations: deviations.unwrap_or(Deviations::UNKNOWN),
                found: signal_to_noise > seek::sure(self.places[index].reach)
                    && !self.places[index].is_left_by(mode.exponent),
                clean: !neighbours::is_disturbed(&self.left, mode.periods())
                    && !neighbours::reaches(&self.left, mode.periods(), mode.exponent.re, &self.taper),
                signal_to_noise,
            }
        };
        self.modes.iter().enumerate().map(estimate).collect()
    }
}

impl Sinusoid {
    /// What it was before `segment` was decimated.
    fn before(self, decimated: &Decimated, segment: Segment) -> Self {
        let earlier_s = decimated.first as f64 / segment.sample_rate;
        Self {
            amplitude: self.amplitude * (self.decay_db_per_s / DB_PER_NEPER * earlier_s).exp()
                / decimated.gain(self.frequency_hz / segment.sample_rate),
            phase_rad: self.phase_rad - std::f64::consts::TAU * self.frequency_hz * earlier_s,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::sinusoids::bounds;

    /// Two harmonics and a neighbour of the second, thirty times as strong as it and a semitone above, in noise of a deviation of 1e-3/√3.
    fn noisy(sinusoids: &[Sinusoid], length: usize, random: &mut Random) -> Vec<f32> {
        let sample = |n: usize| {
            let time_s = n as f64 / 8000.0;
            let of = |s: &Sinusoid| {
                let level = (-s.decay_db_per_s / DB_PER_NEPER * time_s).exp();
                s.amplitude * level * (std::f64::consts::TAU * s.frequency_hz * time_s + s.phase_rad).cos()
            };
            sinusoids.iter().map(of).sum::<f64>() as f32
        };
        (0..length).map(|n| sample(n) + (1e-3 * random.within_one()) as f32).collect()
    }

    /// Of forty trials the root mean square is uncertain by 11 %; 1.4 is three and a half of that above what the benchmark finds of many.
    #[test]
    fn errors_are_near_the_bound_beside_a_stronger_neighbour() {
        let sinusoid = |amplitude, frequency_hz, decay_db_per_s| Sinusoid {
            amplitude,
            phase_rad: 1.0,
            frequency_hz,
            decay_db_per_s,
        };
        let truth = [sinusoid(0.02, 220.0, 20.0), sinusoid(0.01, 440.3, 30.0), sinusoid(0.3, 466.0, 15.0)];
        let segment = Segment { length: 4000, sample_rate: 8000.0 };
        let known = bounds(&truth, segment, 1e-3 / 3f64.sqrt()).unwrap();
        let mut random = Random(3);
        let mut squares = [[0.0; 3]; 2];
        for _ in 0..40 {
            let samples = noisy(&truth, segment.length, &mut random);
            let found = fit(&samples, 8000, &[220.0, 440.0], 5.0).unwrap();
            for (i, square) in squares.iter_mut().enumerate() {
                let (is, was, unit) = (&found[i].sinusoid, &truth[i], &known[i]);
                assert!(found[i].found && found[i].clean);
                square[0] += ((is.level_db(segment) - was.level_db(segment)) / unit.level_db).powi(2);
                square[1] += ((is.frequency_hz - was.frequency_hz) / unit.frequency_hz).powi(2);
                square[2] += ((is.decay_db_per_s - was.decay_db_per_s) / unit.decay_db_per_s).powi(2);
            }
        }
        let ratios = squares.map(|squares| squares.map(|square| (square / 40.0).sqrt()));
        assert!(ratios.as_flattened().iter().all(|ratio| *ratio < 1.4), "{ratios:?}");
    }

    #[test]
    fn what_is_not_there_is_not_found_and_too_little_is_not_looked_at() {
        let mut random = Random(4);
        let noise = noisy(&[], 4000, &mut random);
        assert!(fit(&noise, 8000, &[220.0, 440.0], 5.0).unwrap().iter().all(|estimate| !estimate.found));
        assert!(fit(&noise[..60], 8000, &[220.0], 5.0).is_none());
        assert!(fit(&[], 8000, &[220.0], 5.0).is_none());
    }
}
