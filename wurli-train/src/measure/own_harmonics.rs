//! A partial an octave below a note is its fundamental only if it has harmonics of its own.

use super::locate::{self, HARMONIC_SEARCH};
use crate::dsp::goertzel;

/// Harmonics that the octaves above a fundamental do not share.
const ODD: [f64; 3] = [3.0, 5.0, 7.0];

/// Odd harmonics that a fundamental needs if it is fainter than [`drop_foreign`] allows.
const OF_FAINT: usize = 2;

/// Returns whether a faint partial is the fundamental of a bass note: its odd harmonics are not
/// faint. Hum and other reeds have none.
pub(super) fn is_faint_fundamental(hz: f64, body: &[f32], sample_rate: u32, faint: f64) -> bool {
    own_count(body, sample_rate, hz, faint) >= OF_FAINT
}

/// Removes the lowest of `found` (octave, Hz, amplitude; from the lowest up) while it is weaker
/// than a higher one and has no odd harmonic of amplitude `faint` or more. Such a partial is hum or
/// another reed.
///
/// A note whose fundamental is weaker than its second harmonic is struck hard, and has a third one
/// too.
pub(super) fn drop_foreign(found: &mut Vec<(i16, f64, f64)>, body: &[f32], sample_rate: u32, faint: f64) {
    while let [(_, lowest_hz, lowest), higher @ ..] = found.as_slice() {
        let is_weaker = higher.iter().any(|(.., amplitude)| amplitude > lowest);
        if !is_weaker || own_count(body, sample_rate, *lowest_hz, faint) > 0 {
            return;
        }
        found.remove(0);
    }
}

fn own_count(body: &[f32], sample_rate: u32, fundamental_hz: f64, faint: f64) -> usize {
    let steady = locate::steady_segment(body, sample_rate);
    let window = goertzel::hann(steady.len());
    let is_own = |k: &&f64| {
        let expected_hz = **k * fundamental_hz;
        locate::locate(body, sample_rate, expected_hz, 1).is_some_and(|located| {
            let is_near = (located.f0_hz / expected_hz - 1.0).abs() < HARMONIC_SEARCH;
            is_near && goertzel::phasor(steady, &window, located.f0_hz, sample_rate).norm() >= faint
        })
    };
    ODD.iter().filter(is_own).count()
}

#[cfg(test)]
mod tests {
    use crate::audio::Audio;
    use crate::measure::octaves::sounding;

    /// Returns two seconds of decaying sinusoids: frequency and level, Hz and dB.
    fn tones(tones: &[(f64, f64)]) -> Audio {
        let sample = |n: u32| {
            let time_s = f64::from(n) / 44_100.0;
            let tone = |(hz, db): &(f64, f64)| 10f64.powf(db / 20.0) * (std::f64::consts::TAU * hz * time_s).sin();
            (0.2 * (-2.0 * time_s).exp() * tones.iter().map(tone).sum::<f64>()) as f32
        };
        Audio { samples: (0..88_200).map(sample).collect(), sample_rate: 44_100 }
    }

    #[test]
    fn a_lower_note_needs_harmonics_of_its_own() {
        let gis3: Vec<(f64, f64)> = (1..=6).map(|k| (207.65 * f64::from(k), -6.0 * f64::from(k - 1))).collect();
        let with = |more: &[(f64, f64)]| tones(&[&gis3, more].concat());
        let lowest = |audio: &Audio| sounding(audio, 207.65, [-2, -1, 0]).first().map(|(octave, _)| *octave);
        for (more, octave) in [
            (&[][..], 0),
            (&[(103.0, -28.0)], 0),
            (&[(103.0, -10.0)], 0),
            (&[(52.0, -20.0)], 0),
            // A bass note whose fundamental is weaker than its second harmonic.
            (&[(103.8, -17.0), (311.5, -8.0), (519.1, -12.0)], -1),
            // One whose fundamental is nearly inaudible, and hum that is as faint.
            (&[(103.8, -36.0), (311.5, -8.0), (519.1, -12.0)], -1),
            (&[(103.8, -48.0), (311.5, -3.0), (726.7, -20.0)], -1),
            (&[(103.0, -36.0), (311.5, -20.0)], 0),
            // A sine that is stronger than all of it.
            (&[(103.8, 6.0)], -1),
        ] {
            assert_eq!(lowest(&with(more)), Some(octave), "{more:?}");
        }
    }
}
