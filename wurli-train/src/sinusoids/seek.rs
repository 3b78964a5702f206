//! Where in its zone an expected sinusoid begins to be looked for.

use super::neighbours::noise;
use crate::dsp::spectrum::Spectrum;

/// Times that the segment is halved: a decay of 60 dB/s takes 14 nepers in two seconds, and 2 in an eighth of that.
const HALVINGS: usize = 3;
/// Power over that of the noise, in nepers, that noise alone has in one line of e^15, about three million. Of several lines, as many times more often.
const SURE: f64 = 15.0;

/// Power over that of the noise in a line above which a peak within `zone` periods on either side of where it is expected is no noise.
pub(super) fn sure(zone: f64) -> f64 {
    SURE + (2.0 * zone).max(1.0).ln()
}

/// Spectra of a segment and of its beginnings, of which each is half as long as the one before: what decays quickly stands out in a short one.
pub(super) struct Seeker(Vec<Spectrum>);

impl Seeker {
    pub(super) fn of(samples: &[f32]) -> Self {
        let beginning = |halvings: usize| &samples[..samples.len() >> halvings];
        Self((0..=HALVINGS).map(|h| Spectrum::of(beginning(h), beginning(h).len() as u32)).collect())
    }

    /// The peak within `zone` of `expected`, all in periods over the length of the segment: of those that stand out of the noise the nearest, in
    /// the spectrum in which it stands out most; otherwise the highest of all. `None` of silence.
    pub(super) fn seek(&self, expected: f64, zone: f64) -> Option<f64> {
        let found = |(halvings, spectrum): (usize, &Spectrum)| {
            let shorter = (1usize << halvings) as f64;
            let (at, power) = standing_out(spectrum, expected / shorter, zone / shorter)?;
            Some((at * shorter, power))
        };
        let best = self.0.iter().enumerate().filter_map(found).max_by(|a, b| a.1.total_cmp(&b.1));
        let whole = self.0.first()?;
        best.map(|(at, _)| at).or_else(|| whole.peak_hz(expected - zone, expected + zone))
    }
}

/// The nearest peak within `zone` of `expected` that is no noise, and its power over that of the noise.
fn standing_out(spectrum: &Spectrum, expected: f64, zone: f64) -> Option<(f64, f64)> {
    let noise = noise(spectrum, expected)?;
    let least = sure(zone).sqrt() * noise;
    let (first, band) = spectrum.band(expected - zone - spectrum.line_hz, expected + zone + spectrum.line_hz);
    let (line, at) = band
        .windows(3)
        .enumerate()
        .filter(|(_, lines)| f64::from(lines[1]) >= least && lines[1] > lines[0] && lines[1] >= lines[2])
        .map(|(i, lines)| (lines[1], (first + i + 1) as f64 * spectrum.line_hz))
        .min_by(|a, b| (a.1 - expected).abs().total_cmp(&(b.1 - expected).abs()))?;
    let half = 0.5 * spectrum.line_hz;
    Some((spectrum.peak_hz(at - half, at + half)?, (f64::from(line) / noise).powi(2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn of_peaks_that_stand_out_the_nearest_is_taken_and_otherwise_the_highest() {
        let found = |weak: f64| {
            let mut random = Random(9);
            let samples: Vec<f32> = (0..4096)
                .map(|n| {
                    let turn = std::f64::consts::TAU * f64::from(n) / 4096.0;
                    (weak * (turn * 502.0).sin() + (turn * 510.0).sin() + 0.1 * random.within_one()) as f32
                })
                .collect();
            Seeker::of(&samples).seek(500.0, 12.0).unwrap()
        };
        assert!((found(0.05) - 502.0).abs() < 0.2);
        assert!((found(0.0) - 510.0).abs() < 0.2);
    }
}
