//! Frequency of a sinusoid from the phase that it gains.

use rustfft::num_complex::Complex64;

use super::goertzel::{hann, phasors};

/// Times that the frequency is corrected.
const ROUNDS: usize = 2;

/// Refines the frequency of a sinusoid near `frequency_hz` that lasts through `samples`, Hz.
///
/// The phase gained from the first half to the second gives the error; two rounds correct it.
/// `None` where a half holds fewer than two periods. Sinusoids closer than 4/(length of a half), in
/// Hz, disturb each other.
#[must_use]
pub fn refine_hz(samples: &[f32], frequency_hz: f64, sample_rate: u32) -> Option<f64> {
    let halves = halves(samples, frequency_hz, sample_rate)?;
    let window = hann(halves[0].len());
    let mut refined = frequency_hz;
    for _ in 0..ROUNDS {
        let found = phasors(halves, &window, [refined; 2], sample_rate);
        refined += excess_hz(found, refined, window.len(), sample_rate);
    }
    Some(refined)
}

/// Refines several sinusoids in the same samples side by side, each as [`refine_hz`] does.
#[must_use]
pub fn refine_each_hz<const N: usize>(samples: &[f32], frequencies_hz: [f64; N], sample_rate: u32) -> [Option<f64>; N] {
    let halves_of = frequencies_hz.map(|frequency_hz| halves(samples, frequency_hz, sample_rate));
    let Some([first, second]) = halves_of.iter().copied().flatten().next() else { return [None; N] };
    let window = hann(first.len());
    let mut refined = frequencies_hz;
    for _ in 0..ROUNDS {
        let [earlier, later] = [first, second].map(|half| phasors([half; N], &window, refined, sample_rate));
        for (lane, refined) in refined.iter_mut().enumerate() {
            *refined += excess_hz([earlier[lane], later[lane]], *refined, window.len(), sample_rate);
        }
    }
    std::array::from_fn(|lane| halves_of[lane].map(|_| refined[lane]))
}

fn halves(samples: &[f32], frequency_hz: f64, sample_rate: u32) -> Option<[&[f32]; 2]> {
    let half = samples.len() / 2;
    let (first, second) = samples.split_at(half);
    ((half as f64) * frequency_hz >= 2.0 * f64::from(sample_rate)).then_some([first, second])
}

/// True frequency less `frequency_hz`, Hz, from the phasors of two segments `half` samples apart.
fn excess_hz([earlier, later]: [Complex64; 2], frequency_hz: f64, half: usize, sample_rate: u32) -> f64 {
    let turn = f64::from(sample_rate) / (std::f64::consts::TAU * half as f64);
    let expected = std::f64::consts::TAU * frequency_hz * half as f64 / f64::from(sample_rate);
    let gained = (later * earlier.conj()).arg();
    let excess = (gained - expected + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI;
    excess * turn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::goertzel::tests::sinusoid;

    #[test]
    fn refines_a_decaying_sinusoid_to_a_fiftieth_of_a_cent() {
        for (true_hz, guess_hz) in [(55.3, 55.0), (443.3, 442.0), (3700.0, 3698.0)] {
            let samples = sinusoid(true_hz, 0.5, 0.3, 30.0, 17_640);
            let found = refine_hz(&samples, guess_hz, 44_100).unwrap();
            assert!(crate::dsp::interval_cents(found, true_hz).abs() < 0.02, "{true_hz} Hz: {found}");
        }
    }

    #[test]
    fn refining_side_by_side_equals_refining_alone() {
        let samples: Vec<f32> = sinusoid(443.3, 0.7, 1.1, 20.0, 9001)
            .iter()
            .zip(sinusoid(890.0, 0.2, 0.4, 3.0, 9001))
            .map(|(a, b)| a + b)
            .collect();
        // The last is too low for so few samples.
        let frequencies_hz = [443.0, 890.0, 15.0];
        let found = refine_each_hz(&samples, frequencies_hz, 44_100);
        assert_eq!(found, frequencies_hz.map(|frequency_hz| refine_hz(&samples, frequency_hz, 44_100)));
        assert_eq!(found.map(|found| found.is_some()), [true, true, false]);
        assert_ne!(found[0], Some(443.0));
    }

    #[test]
    fn rejects_too_few_samples() {
        assert_eq!(refine_hz(&[0.0; 100], 55.0, 44_100), None);
        assert_eq!(refine_each_hz(&[0.0; 100], [55.0, 60.0], 44_100), [None; 2]);
    }
}
