//! Goertzel's algorithm: one line of the spectrum at any frequency, through a Hann window.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use rustfft::num_complex::Complex64;

/// A periodic Hann window of `length` samples. The same lengths come again and again: a thread keeps the last few.
#[must_use]
pub fn hann(length: usize) -> Rc<[f32]> {
    const KEPT: usize = 16;
    thread_local! {
        static WINDOWS: RefCell<VecDeque<Rc<[f32]>>> = const { RefCell::new(VecDeque::new()) };
    }
    WINDOWS.with_borrow_mut(|windows| {
        if let Some(known) = windows.iter().find(|window| window.len() == length) {
            return Rc::clone(known);
        }
        let turn = std::f64::consts::TAU;
        let window: Rc<[f32]> =
            (0..length).map(|i| 0.5 - 0.5 * (turn * i as f64 / length as f64).cos() as f32).collect();
        windows.truncate(KEPT - 1);
        windows.push_front(Rc::clone(&window));
        window
    })
}

/// The complex amplitude of a sinusoid at `frequency_hz` in `samples`: its modulus is the sinusoid's amplitude, its
/// argument the phase at the first sample. `window` is as long as the shorter of the two; an empty one gives 0.
///
/// Goertzel (1958), with the correction for frequencies between bins (Sysel and Rajmic 2012).
#[must_use]
pub fn line(samples: &[f32], window: &[f32], frequency_hz: f64, sample_rate: u32) -> Complex64 {
    let [line] = lines([samples], window, [frequency_hz], sample_rate);
    line
}

/// Several [lines](line()) at once, each of its own samples and frequency: to the bit what each would be alone, but a processor has something
/// to do while it waits for one of the recurrences. Read are as many samples as the shortest has.
#[must_use]
pub fn lines<const N: usize>(
    samples: [&[f32]; N],
    window: &[f32],
    frequencies_hz: [f64; N],
    sample_rate: u32,
) -> [Complex64; N] {
    let length = samples.iter().fold(window.len(), |length, samples| length.min(samples.len()));
    let window = &window[..length];
    let samples = samples.map(|samples| &samples[..length]);
    let omegas = frequencies_hz.map(|frequency_hz| std::f64::consts::TAU * frequency_hz / f64::from(sample_rate));
    let coefficients = omegas.map(|omega| 2.0 * omega.cos());
    let (mut last, mut before, mut sum) = ([0.0f64; N], [0.0f64; N], 0.0f64);
    for (i, weight) in window.iter().enumerate() {
        let weight = f64::from(*weight);
        sum += weight;
        for lane in 0..N {
            let next = f64::from(samples[lane][i]) * weight + coefficients[lane] * last[lane] - before[lane];
            before[lane] = last[lane];
            last[lane] = next;
        }
    }
    if sum == 0.0 {
        return [Complex64::new(0.0, 0.0); N];
    }
    std::array::from_fn(|lane| {
        let omega = omegas[lane];
        // The recurrence ends at the last sample; turn the phase back to the first.
        let ended = Complex64::new(last[lane] - before[lane] * omega.cos(), before[lane] * omega.sin());
        ended * Complex64::from_polar(2.0 / sum, -omega * (length as f64 - 1.0))
    })
}

/// The frequency of a sinusoid near `frequency_hz` that lasts through `samples`, Hz: the phase it gains from the first half to the second,
/// twice over. `None` where the samples are too few for two periods in each half.
///
/// Neighbours closer than four over the length of a half, in Hz, disturb it.
#[must_use]
pub fn refine_hz(samples: &[f32], frequency_hz: f64, sample_rate: u32) -> Option<f64> {
    let halves = halves(samples, frequency_hz, sample_rate)?;
    let window = hann(halves[0].len());
    let mut refined = frequency_hz;
    for _ in 0..2 {
        let found = lines(halves, &window, [refined; 2], sample_rate);
        refined += excess_hz(found, refined, window.len(), sample_rate);
    }
    Some(refined)
}

/// [`refine_hz`] in two parts, at once where they are of one length.
#[must_use]
pub fn refine_both_hz(parts: [&[f32]; 2], frequency_hz: f64, sample_rate: u32) -> Option<[f64; 2]> {
    let [[a, b], [c, d]] = [halves(parts[0], frequency_hz, sample_rate)?, halves(parts[1], frequency_hz, sample_rate)?];
    if a.len() != c.len() {
        let [first, second] = parts.map(|part| refine_hz(part, frequency_hz, sample_rate));
        return Some([first?, second?]);
    }
    let window = hann(a.len());
    let [mut first, mut second] = [frequency_hz; 2];
    for _ in 0..2 {
        let [a, b, c, d] = lines([a, b, c, d], &window, [first, first, second, second], sample_rate);
        first += excess_hz([a, b], first, window.len(), sample_rate);
        second += excess_hz([c, d], second, window.len(), sample_rate);
    }
    Some([first, second])
}

fn halves(samples: &[f32], frequency_hz: f64, sample_rate: u32) -> Option<[&[f32]; 2]> {
    let half = samples.len() / 2;
    let (first, second) = samples.split_at(half);
    ((half as f64) * frequency_hz >= 2.0 * f64::from(sample_rate)).then_some([first, second])
}

/// By how much the true frequency is above `frequency_hz`, by the phase from the earlier line to the later, `half` samples apart.
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

    fn sinusoid(frequency_hz: f64, amplitude: f64, phase_rad: f64, decay_db_per_s: f64, length: usize) -> Vec<f32> {
        (0..length)
            .map(|i| {
                let t = i as f64 / 44_100.0;
                let level = amplitude * 10f64.powf(-decay_db_per_s * t / 20.0);
                (level * (std::f64::consts::TAU * frequency_hz * t + phase_rad).cos()) as f32
            })
            .collect()
    }

    #[test]
    fn amplitude_and_phase_are_read_between_bins() {
        let samples = sinusoid(443.3, 0.7, 1.1, 0.0, 8820);
        let found = line(&samples, &hann(8820), 443.3, 44_100);
        assert!((found.norm() - 0.7).abs() < 1e-6, "{found}");
        assert!((found.arg() - 1.1).abs() < 1e-6, "{found}");
    }

    #[test]
    fn frequency_is_found_within_a_fiftieth_of_a_cent_although_the_note_decays() {
        for (true_hz, guess_hz) in [(55.3, 55.0), (443.3, 442.0), (3700.0, 3698.0)] {
            let samples = sinusoid(true_hz, 0.5, 0.3, 30.0, 17_640);
            let found = refine_hz(&samples, guess_hz, 44_100).unwrap();
            assert!(crate::dsp::interval_cents(found, true_hz).abs() < 0.02, "{true_hz} Hz: {found}");
        }
    }

    #[test]
    fn what_is_read_side_by_side_is_what_is_read_alone() {
        let samples: Vec<f32> = sinusoid(443.3, 0.7, 1.1, 20.0, 9000)
            .iter()
            .zip(sinusoid(890.0, 0.2, 0.4, 3.0, 9000))
            .map(|(a, b)| a + b)
            .collect();
        let window = hann(4410);
        let parts = [&samples[..], &samples[1000..], &samples[4590..]];
        let frequencies = [443.0, 890.0, 1300.0];
        let together = lines(parts, &window, frequencies, 44_100);
        for ((part, frequency_hz), found) in parts.iter().zip(frequencies).zip(together) {
            assert_eq!(found, line(part, &window, frequency_hz, 44_100));
        }
        for [earlier, later] in [[&samples[..6000], &samples[3000..]], [&samples[..6000], &samples[2998..]]] {
            let both = refine_both_hz([earlier, later], 443.0, 44_100).unwrap();
            assert_eq!(both.map(Some), [earlier, later].map(|part| refine_hz(part, 443.0, 44_100)));
            assert_ne!(both[0], both[1]);
        }
        assert_eq!(refine_both_hz([&samples[..100]; 2], 55.0, 44_100), None);
    }

    #[test]
    fn too_few_samples_have_no_frequency() {
        assert_eq!(refine_hz(&[0.0; 100], 55.0, 44_100), None);
        assert_eq!(line(&[], &[], 55.0, 44_100).norm(), 0.0);
    }
}
