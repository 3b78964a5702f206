//! Goertzel's algorithm: a single-bin DFT at any frequency, through a Hann window.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use rustfft::num_complex::Complex64;

/// Returns the periodic Hann window of `length` samples. Each thread caches the windows it used
/// last.
#[must_use]
pub fn hann(length: usize) -> Rc<[f32]> {
    const CACHED: usize = 16;
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
        windows.truncate(CACHED - 1);
        windows.push_front(Rc::clone(&window));
        window
    })
}

/// Returns the complex amplitude of the sinusoid at `frequency_hz` in `samples`.
///
/// Its modulus is the sinusoid's amplitude, its argument the phase at the first sample. The shorter
/// of `samples` and `window` decides the length; an empty one gives 0.
///
/// Goertzel (1958), with the correction for frequencies between bins (Sysel and Rajmic 2012).
#[must_use]
pub fn phasor(samples: &[f32], window: &[f32], frequency_hz: f64, sample_rate: u32) -> Complex64 {
    let [phasor] = phasors([samples], window, [frequency_hz], sample_rate);
    phasor
}

/// Several [phasors](phasor()) at once, each of its own samples and frequency.
///
/// Each equals to the bit what it would be alone. Recurrences side by side keep the processor busy.
/// The shortest of the inputs decides the length.
#[must_use]
pub fn phasors<const N: usize>(
    samples: [&[f32]; N],
    window: &[f32],
    frequencies_hz: [f64; N],
    sample_rate: u32,
) -> [Complex64; N] {
    let length = samples.iter().fold(window.len(), |length, samples| length.min(samples.len()));
    let window = &window[..length];
    let samples = samples.map(|samples| &samples[..length]);
    let mut recurrence = Recurrence::new(frequencies_hz, sample_rate);
    let mut sum = 0.0f64;
    for (i, weight) in window.iter().enumerate() {
        let weight = f64::from(*weight);
        sum += weight;
        recurrence.advance(std::array::from_fn(|lane| f64::from(samples[lane][i]) * weight));
    }
    recurrence.phasors(sum, length)
}

/// Goertzel's recurrences of `N` frequencies side by side.
pub(super) struct Recurrence<const N: usize> {
    omegas: [f64; N],
    coefficients: [f64; N],
    last: [f64; N],
    second_last: [f64; N],
}

impl<const N: usize> Recurrence<N> {
    pub(super) fn new(frequencies_hz: [f64; N], sample_rate: u32) -> Self {
        let omegas = frequencies_hz.map(|frequency_hz| std::f64::consts::TAU * frequency_hz / f64::from(sample_rate));
        let coefficients = omegas.map(|omega| 2.0 * omega.cos());
        Self { omegas, coefficients, last: [0.0; N], second_last: [0.0; N] }
    }

    /// Takes in the next windowed sample of each frequency.
    #[inline(always)]
    pub(super) fn advance(&mut self, samples: [f64; N]) {
        for (lane, sample) in samples.into_iter().enumerate() {
            let next = sample + self.coefficients[lane] * self.last[lane] - self.second_last[lane];
            self.second_last[lane] = self.last[lane];
            self.last[lane] = next;
        }
    }

    /// Returns the complex amplitudes after `length` samples through a window whose sum is `sum`; 0
    /// if that is 0.
    pub(super) fn phasors(&self, sum: f64, length: usize) -> [Complex64; N] {
        if sum == 0.0 {
            return [Complex64::new(0.0, 0.0); N];
        }
        std::array::from_fn(|lane| {
            let (omega, last, second_last) = (self.omegas[lane], self.last[lane], self.second_last[lane]);
            // The recurrence ends at the last sample; turn the phase back to the first.
            let at_last = Complex64::new(last - second_last * omega.cos(), second_last * omega.sin());
            at_last * Complex64::from_polar(2.0 / sum, -omega * (length as f64 - 1.0))
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::dsp) fn sinusoid(
        frequency_hz: f64,
        amplitude: f64,
        phase_rad: f64,
        decay_db_per_s: f64,
        length: usize,
    ) -> Vec<f32> {
        (0..length)
            .map(|i| {
                let t = i as f64 / 44_100.0;
                let level = amplitude * 10f64.powf(-decay_db_per_s * t / 20.0);
                (level * (std::f64::consts::TAU * frequency_hz * t + phase_rad).cos()) as f32
            })
            .collect()
    }

    #[test]
    fn reads_amplitude_and_phase_between_bins() {
        let samples = sinusoid(443.3, 0.7, 1.1, 0.0, 8820);
        let found = phasor(&samples, &hann(8820), 443.3, 44_100);
        assert!((found.norm() - 0.7).abs() < 1e-6, "{found}");
        assert!((found.arg() - 1.1).abs() < 1e-6, "{found}");
    }

    #[test]
    fn phasors_side_by_side_equal_single_ones() {
        let samples: Vec<f32> = sinusoid(443.3, 0.7, 1.1, 20.0, 9000)
            .iter()
            .zip(sinusoid(890.0, 0.2, 0.4, 3.0, 9000))
            .map(|(a, b)| a + b)
            .collect();
        let window = hann(4410);
        let parts = [&samples[..], &samples[1000..], &samples[4590..]];
        let frequencies = [443.0, 890.0, 1300.0];
        let together = phasors(parts, &window, frequencies, 44_100);
        for ((part, frequency_hz), found) in parts.iter().zip(frequencies).zip(together) {
            assert_eq!(found, phasor(part, &window, frequency_hz, 44_100));
        }
    }

    #[test]
    fn no_samples_give_zero() {
        assert_eq!(phasor(&[], &[], 55.0, 44_100).norm(), 0.0);
    }
}
