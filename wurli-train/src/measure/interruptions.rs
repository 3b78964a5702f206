//! Regular interruptions of one note: a tremolo whose level falls to nothing looks like strikes.

use std::f64::consts::TAU;
use std::ops::RangeInclusive;

use rustfft::num_complex::Complex64;

use crate::audio::Audio;
use crate::dsp::goertzel;

/// Fewest beginnings that show a period.
const BEGINNINGS_MIN: usize = 4;
/// Periods of a tremolo, s. Beginnings may be found in every second one.
const PERIODS_S: RangeInclusive<f64> = 0.06..=0.5;
/// Largest deviation of an interval from the period, s: beginnings are found in steps of half a
/// window.
const DEVIATION_S: f64 = 0.045;
/// Least coherence of the phase gained from one beginning to the next, 0..=1. A reed that goes on
/// gains the same each time; a strike sets the phase anew.
const COHERENCE_MIN: f64 = 0.9;

/// Returns true if the beginnings, in s and ascending, are those of one interrupted note.
///
/// `window_s` is the time in which its phase is read.
pub(super) fn are_interruptions(audio: &Audio, fundamental_hz: f64, beginnings_s: &[f64], window_s: f64) -> bool {
    let (Some(first_s), Some(last_s)) = (beginnings_s.first(), beginnings_s.last()) else { return false };
    let intervals = beginnings_s.len() - 1;
    if beginnings_s.len() < BEGINNINGS_MIN {
        return false;
    }
    let period_s = (last_s - first_s) / intervals as f64;
    let is_regular = |pair: &[f64]| pair.windows(2).all(|pair| (pair[1] - pair[0] - period_s).abs() <= DEVIATION_S);
    if !PERIODS_S.contains(&period_s) || !is_regular(beginnings_s) {
        return false;
    }
    let rate = f64::from(audio.sample_rate);
    let length = (window_s * rate) as usize;
    let period = (period_s * rate).round() as usize;
    let window = goertzel::hann(length);
    let phasor = |n: usize| -> Option<Complex64> {
        let start = ((first_s + 0.5 * window_s) * rate) as usize + n * period;
        let phasor =
            goertzel::phasor(audio.samples.get(start..start + length)?, &window, fundamental_hz, audio.sample_rate);
        Some(phasor * Complex64::from_polar(1.0, -TAU * fundamental_hz * start as f64 / rate))
    };
    let phasors: Vec<Complex64> = (0..=intervals).map_while(phasor).collect();
    let gained =
        phasors.windows(2).map(|pair| pair[1] * pair[0].conj()).map(|gained| gained / gained.norm().max(1e-30));
    let count = phasors.len().saturating_sub(1).max(1);
    gained.sum::<Complex64>().norm() >= COHERENCE_MIN * count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 22_050;

    /// Returns two seconds of a decaying tone with this envelope, and its phase, over time.
    fn tone(of: impl Fn(f64) -> (f64, f64)) -> Audio {
        let sample = |n: u32| {
            let time_s = f64::from(n) / f64::from(RATE);
            let (level, phase) = of(time_s);
            (0.3 * (-time_s).exp() * level * (TAU * 225.0 * time_s + phase).sin()) as f32
        };
        Audio { samples: (0..2 * RATE).map(sample).collect(), sample_rate: RATE }
    }

    #[test]
    fn a_tremolo_is_told_from_regular_strikes() {
        let beginnings: Vec<f64> = (0..9).map(|n| 0.2 * f64::from(n)).collect();
        let tremolo = tone(|time_s| (0.5 - 0.5 * (TAU * 5.0 * time_s).cos(), 0.0));
        let strikes = tone(|time_s| {
            let strike = (time_s / 0.2).floor();
            ((-8.0 * (time_s - 0.2 * strike)).exp(), 2.4 * strike * strike)
        });
        // The pitch of the label differs from that of the note.
        for (audio, times_s, expected) in [
            (&tremolo, &beginnings[..], true),
            (&tremolo, &beginnings[..3], false),
            (&tremolo, &[0.0, 0.2, 0.5, 0.6, 0.8], false),
            (&strikes, &beginnings, false),
        ] {
            assert_eq!(are_interruptions(audio, 220.0, times_s, 0.04), expected, "{times_s:?}");
        }
    }
}
