//! Axes: ranges, ticks and the mapping from values to pixels.

use std::ops::RangeInclusive;

use wurli_train::catalogue::{MIDI_MAX, MIDI_MIN};
use wurli_train::note_name::note_name;

/// Most steps between ticks.
const MAX_STEPS: f64 = 8.0;
/// Pitch classes with a tick on the key axis: C and A.
const LABELLED_PITCH_CLASSES: [u8; 2] = [0, 9];

/// A labelled value on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Value in the unit of the axis.
    pub value: f64,
    /// Text at the value.
    pub label: String,
}

/// One axis of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Quantity with its unit.
    pub label: String,
    /// Values at the ends, finite and ascending; otherwise nothing is drawn.
    pub range: RangeInclusive<f64>,
    /// Labelled values.
    pub ticks: Vec<Tick>,
}

impl Axis {
    /// Creates an axis with round ends around all `values`, and ticks at multiples of 1, 2 or 5
    /// times a power of ten.
    ///
    /// Ignores values that are not finite. Without any value the range is 0..=1.
    #[must_use]
    pub fn around(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let finite = values.into_iter().filter(|value| value.is_finite());
        let ends = finite.fold(None, |ends: Option<(f64, f64)>, value| match ends {
            None => Some((value, value)),
            Some((low, high)) => Some((low.min(value), high.max(value))),
        });
        // Larger values would overflow when the ends are subtracted.
        let (low, high) = ends.filter(|(low, high)| low.abs().max(high.abs()) < f64::MAX / 4.0).unwrap_or((0.0, 1.0));
        let room = (low.abs().max(high.abs()) * 1e-9).max(1e-9);
        let (low, high) = if high - low < room { (low - room.max(0.5), high + room.max(0.5)) } else { (low, high) };
        let step = round_step((high - low) / MAX_STEPS);
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let ticks = (0..=(last - first) as usize)
            .map(|i| {
                let value = (first + i as f64) * step;
                Tick { value, label: signed(value, decimals) }
            })
            .collect();
        Self { label: label.to_owned(), range: first * step..=last * step, ticks }
    }

    /// Creates an axis of the piano's keys, MIDI 21–108, with a tick at every C and A.
    #[must_use]
    pub fn keys(label: &str) -> Self {
        let ticks = (MIDI_MIN..=MIDI_MAX)
            .filter(|midi| LABELLED_PITCH_CLASSES.contains(&(midi % 12)))
            .map(|midi| Tick { value: f64::from(midi), label: note_name(midi) })
            .collect();
        // One key of margin on either side keeps markers off the frame.
        let range = f64::from(MIDI_MIN) - 1.0..=f64::from(MIDI_MAX) + 1.0;
        Self { label: label.to_owned(), range, ticks }
    }

    /// Maps the lower end to `from_px` and the upper end to `to_px`.
    pub(super) fn scale(&self, from_px: f64, to_px: f64) -> Scale {
        Scale { range: self.range.clone(), from_px, to_px }
    }
}

/// A linear mapping from values to pixels.
pub(super) struct Scale {
    range: RangeInclusive<f64>,
    from_px: f64,
    to_px: f64,
}

impl Scale {
    /// Returns the position of `value`, px, or `None` outside the axis or for a value that is not
    /// finite.
    pub(super) fn position(&self, value: f64) -> Option<f64> {
        let (low, high) = (self.range.start(), self.range.end());
        let fraction = (value - low) / (high - low);
        (self.range.contains(&value) && fraction.is_finite())
            .then_some(self.from_px + fraction * (self.to_px - self.from_px))
    }
}

/// Returns the smallest of 1, 2, 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let power = 10.0f64.powf(least.log10().floor());
    // The tolerance accepts a step that rounding made a little too small.
    [1.0, 2.0, 5.0].into_iter().find(|digit| digit * power >= least * (1.0 - 1e-9)).unwrap_or(10.0) * power
}

/// Formats a number with a true minus sign, and without one for zero.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|byte| matches!(byte, b'0' | b'.')) => digits.to_owned(),
        Some(digits) => format!("\u{2212}{digits}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ends_are_round_and_contain_every_value() {
        for (values, expected) in [
            (vec![-7.2, 11.0], vec!["\u{2212}10", "\u{2212}5", "0", "5", "10", "15"]),
            (vec![0.31, 0.42], vec!["0.30", "0.32", "0.34", "0.36", "0.38", "0.40", "0.42"]),
            (vec![4.8], vec!["4.2", "4.4", "4.6", "4.8", "5.0", "5.2", "5.4"]),
            (vec![f64::NAN, f64::INFINITY], vec!["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ] {
            let axis = Axis::around("", values.clone());
            assert!(values.iter().all(|value| !value.is_finite() || axis.range.contains(value)), "{axis:?}");
            assert_eq!(labels(&axis), expected);
        }
    }

    #[test]
    fn accepts_extreme_ranges() {
        for values in [[-1e308, 1e308], [1e300, 1e300], [1e12, 1e12 + 0.001], [0.0, 1e-300], [-5e-324, 5e-324]] {
            let axis = Axis::around("", values);
            assert!((2..=11).contains(&axis.ticks.len()), "{values:?}: {axis:?}");
            assert!(axis.range.start() < axis.range.end() && axis.range.end().is_finite(), "{values:?}: {axis:?}");
        }
    }

    #[test]
    fn key_axis_has_ticks_at_every_c_and_a() {
        let axis = Axis::keys("key");
        assert_eq!(labels(&axis)[..4], ["A0", "C1", "A1", "C2"]);
        assert_eq!(axis.ticks.last(), Some(&Tick { value: 108.0, label: "C8".into() }));
        assert_eq!(axis.ticks.len(), 16);
    }

    #[test]
    fn scale_maps_values_inside_the_axis_only() {
        let scale = Axis { label: String::new(), range: 20.0..=30.0, ticks: Vec::new() }.scale(400.0, 100.0);
        assert_eq!([20.0, 25.0, 30.0].map(|value| scale.position(value)), [Some(400.0), Some(250.0), Some(100.0)]);
        assert_eq!([19.9, 30.1, f64::NAN, f64::INFINITY].map(|value| scale.position(value)), [None; 4]);
        let empty = Axis { label: String::new(), range: 1.0..=1.0, ticks: Vec::new() }.scale(0.0, 100.0);
        assert_eq!(empty.position(1.0), None);
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!([-0.04, 0.0, -0.06].map(|value| signed(value, 1)), ["0.0", "0.0", "\u{2212}0.1"]);
    }
}
