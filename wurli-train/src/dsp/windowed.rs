//! Lines of many frequencies in the same few segments: an envelope of every harmonic.

use rustfft::num_complex::Complex64;

use super::goertzel::Recurrence;

/// Segments side by side.
pub const LANES: usize = 8;

/// Eight segments through one window: what all frequencies share is done once.
#[derive(Default)]
pub struct Windowed {
    /// Samples times window, those of all segments beside each other.
    rows: Vec<[f64; LANES]>,
    /// Of the window.
    sum: f64,
}

impl Windowed {
    /// Takes other segments. Read are as many samples as the shortest of them and `window` has.
    pub fn fill(&mut self, segments: [&[f32]; LANES], window: &[f32]) {
        let length = segments.iter().fold(window.len(), |length, segment| length.min(segment.len()));
        let segments = segments.map(|segment| &segment[..length]);
        self.sum = 0.0;
        self.rows.clear();
        self.rows.extend(window[..length].iter().enumerate().map(|(i, weight)| {
            let weight = f64::from(*weight);
            self.sum += weight;
            std::array::from_fn(|lane| f64::from(segments[lane][i]) * weight)
        }));
    }

    /// The [line](super::goertzel::line) of each segment at each of two frequencies, to the bit.
    ///
    /// Two, because eight recurrences wait for each other, and the state of sixteen fills the registers of any x86-64.
    #[must_use]
    pub fn two_lines(&self, frequencies_hz: [f64; 2], sample_rate: u32) -> [[Complex64; LANES]; 2] {
        let [mut first, mut second] =
            frequencies_hz.map(|frequency_hz| Recurrence::of([frequency_hz; LANES], sample_rate));
        for row in &self.rows {
            first.advance(*row);
            second.advance(*row);
        }
        [first, second].map(|recurrence| recurrence.lines(self.sum, self.rows.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::goertzel::{hann, line};
    use crate::random::Random;

    #[test]
    fn lines_are_those_of_each_segment_alone() {
        let mut random = Random(1);
        let samples: Vec<f32> = (0..6000).map(|_| random.within_one() as f32).collect();
        let window = hann(1764);
        let mut windowed = Windowed::default();
        for shift in [0, 100] {
            let segments: [&[f32]; LANES] = std::array::from_fn(|i| &samples[shift + 441 * i..]);
            windowed.fill(segments, &window);
            let found = windowed.two_lines([443.3, 1771.0], 44_100);
            for (frequency_hz, lines) in [443.3, 1771.0].into_iter().zip(found) {
                for (segment, found) in segments.into_iter().zip(lines) {
                    assert_eq!(found, line(segment, &window, frequency_hz, 44_100));
                }
            }
        }
    }

    #[test]
    fn nothing_has_no_lines() {
        let mut windowed = Windowed::default();
        windowed.fill([&[]; LANES], &hann(10));
        assert!(windowed.two_lines([443.3, 1771.0], 44_100).as_flattened().iter().all(|line| line.norm() == 0.0));
    }
}
