//! Loudness of a clip: mean power with the K weighting of ITU-R BS.1770-5.

use wurli_train::audio::Audio;
use wurli_train::dsp::spectrum::Spectrum;

/// Sample rate of the recommendation's filters, Hz. Their response is evaluated per frequency, for
/// clips of any rate.
const FILTER_RATE_HZ: f64 = 48_000.0;
/// Coefficients of both filters, annex 1, tables 1 and 2: b0, b1, b2, a1, a2.
const HEAD: [f64; 5] =
    [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85, -1.690_659_293_182_41, 0.732_480_774_215_85];
const LOW_CUT: [f64; 5] = [1.0, -2.0, 1.0, -1.990_047_454_833_98, 0.990_072_250_366_21];

/// Returns the K-weighted mean power: 1 for a full-scale sine of 1 kHz, 0 for silence.
pub(super) fn power(audio: &Audio) -> f64 {
    if audio.samples.is_empty() {
        return 0.0;
    }
    let spectrum = Spectrum::new(&audio.samples, audio.sample_rate);
    let weighted = spectrum.amplitudes.iter().enumerate().map(|(bin, amplitude)| {
        let frequency_hz = bin as f64 * spectrum.bin_hz;
        f64::from(*amplitude).powi(2) * weight(frequency_hz)
    });
    weighted.sum::<f64>() / reference(&spectrum)
}

/// Returns the summed power of a full-scale sine of 1 kHz: a Hann window spreads it over 1.5 bins,
/// zero-padding each of those over several.
fn reference(spectrum: &Spectrum) -> f64 {
    let padded = 2.0 * spectrum.amplitudes.len() as f64;
    1.5 * padded / spectrum.length.max(1) as f64 * weight(1000.0)
}

/// Returns the power gain of both filters.
fn weight(frequency_hz: f64) -> f64 {
    let omega = std::f64::consts::TAU * (frequency_hz / FILTER_RATE_HZ).min(0.5);
    let response = |[b0, b1, b2, a1, a2]: [f64; 5]| {
        let square = |c0: f64, c1: f64, c2: f64| {
            let (re, im) = (
                c0 + c1 * omega.cos() + c2 * (2.0 * omega).cos(),
                c1 * omega.sin() + c2 * (2.0 * omega).sin(), //
            );
            re * re + im * im
        };
        square(b0, b1, b2) / square(1.0, a1, a2)
    };
    response(HEAD) * response(LOW_CUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(frequency_hz: f64, amplitude: f64, sample_rate: u32) -> Audio {
        let sample = |n: u32| {
            (amplitude * (std::f64::consts::TAU * f64::from(n) * frequency_hz / f64::from(sample_rate)).sin()) as f32
        };
        Audio { samples: (0..sample_rate / 2).map(sample).collect(), sample_rate }
    }

    fn level_db(audio: &Audio) -> f64 {
        10.0 * power(audio).log10()
    }

    #[test]
    fn full_scale_sine_of_1_khz_has_power_1() {
        for sample_rate in [22_050, 44_100, 48_000, 96_000] {
            assert!(level_db(&sine(1000.0, 1.0, sample_rate)).abs() < 0.01, "{sample_rate}");
            assert!((level_db(&sine(1000.0, 0.1, sample_rate)) + 20.0).abs() < 0.01, "{sample_rate}");
        }
    }

    #[test]
    fn weights_bass_less_and_treble_more() {
        // The shelf rises to 4.0 dB, 0.69 dB of them at 1 kHz. The low cut has two equal poles at
        // 38.1 Hz: its power gain is r/(1 + r), with r = (f/38.1 Hz)².
        for (frequency_hz, expected_db, within_db) in
            [(10_000.0, 4.0 - 0.69, 0.1), (100.0, -0.69 - 1.18, 0.1), (38.1, -0.69 - 6.02, 0.1)]
        {
            let found_db = level_db(&sine(frequency_hz, 1.0, 48_000));
            assert!((found_db - expected_db).abs() < within_db, "{frequency_hz} Hz: {found_db}");
        }
    }

    #[test]
    fn silence_has_no_power() {
        assert_eq!(power(&Audio { samples: vec![0.0; 100], sample_rate: 44_100 }), 0.0);
        assert_eq!(power(&Audio { samples: Vec::new(), sample_rate: 44_100 }), 0.0);
    }
}
