//! Phasors of many frequencies in the same segments: the envelopes of all harmonics.

use rustfft::num_complex::Complex64;

use super::goertzel::Recurrence;

/// Segments side by side.
pub const LANES: usize = 8;

/// Eight windowed segments. Windowing is done once for all frequencies.
#[derive(Default)]
pub struct WindowedSegments {
    /// Samples times window; each row holds one sample of every segment.
    rows: Vec<[f64; LANES]>,
    window_sum: f64,
}

impl WindowedSegments {
    /// Replaces the segments. The shortest of them and of `window` decides the length.
    pub fn fill(&mut self, segments: [&[f32]; LANES], window: &[f32]) {
        let length = segments.iter().fold(window.len(), |length, segment| length.min(segment.len()));
        let segments = segments.map(|segment| &segment[..length]);
        self.window_sum = 0.0;
        self.rows.clear();
        self.rows.extend(window[..length].iter().enumerate().map(|(i, weight)| {
            let weight = f64::from(*weight);
            self.window_sum += weight;
            std::array::from_fn(|lane| f64::from(segments[lane][i]) * weight)
        }));
    }

    /// [Phasor](super::goertzel::phasor) of each segment at each of two frequencies, equal to the
    /// bit.
    ///
    /// Eight recurrences wait for each other; the state of sixteen fills the registers of any
    /// x86-64.
    #[must_use]
    pub fn phasors_at(&self, frequencies_hz: [f64; 2], sample_rate: u32) -> [[Complex64; LANES]; 2] {
        let [mut first, mut second] =
            frequencies_hz.map(|frequency_hz| Recurrence::new([frequency_hz; LANES], sample_rate));
        for row in &self.rows {
            first.advance(*row);
            second.advance(*row);
        }
        [first, second].map(|recurrence| recurrence.phasors(self.window_sum, self.rows.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::goertzel::{hann, phasor};
    use crate::random::Random;

    #[test]
    fn phasors_equal_those_of_each_segment_alone() {
        let mut random = Random(1);
        let samples: Vec<f32> = (0..6000).map(|_| random.within_one() as f32).collect();
        let window = hann(1764);
        let mut windowed = WindowedSegments::default();
        for shift in [0, 100] {
            let segments: [&[f32]; LANES] = std::array::from_fn(|i| &samples[shift + 441 * i..]);
            windowed.fill(segments, &window);
            let found = windowed.phasors_at([443.3, 1771.0], 44_100);
            for (frequency_hz, phasors) in [443.3, 1771.0].into_iter().zip(found) {
                for (segment, found) in segments.into_iter().zip(phasors) {
                    assert_eq!(found, phasor(segment, &window, frequency_hz, 44_100));
                }
            }
        }
    }

    #[test]
    fn empty_segments_give_zero() {
        let mut windowed = WindowedSegments::default();
        windowed.fill([&[]; LANES], &hann(10));
        assert!(windowed.phasors_at([443.3, 1771.0], 44_100).as_flattened().iter().all(|phasor| phasor.norm() == 0.0));
    }
}
