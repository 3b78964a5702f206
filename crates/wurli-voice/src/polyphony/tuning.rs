//! Tuning of the keys relative to equal temperament at A4 = 440 Hz.

use num_traits::Float;

use crate::instrument::midi_to_hz;

/// Frequency of A4 without a tuning, Hz.
const A4_HZ: f64 = 440.0;

/// Offsets of all keys, cents.
#[derive(Clone, Debug)]
pub(super) struct Tuning {
    table_cents: [f32; 128],
    master_cents: f32,
}

impl Tuning {
    pub(super) const EQUAL: Self = Self { table_cents: [0.0; 128], master_cents: 0.0 };

    /// Sets the frequency of A4 in equal temperament, to which table frequencies are proportional.
    pub(super) fn set_a4_hz(&mut self, a4_hz: f64) {
        self.master_cents = cents(a4_hz, A4_HZ);
    }

    /// Sets the frequencies of all MIDI notes at A4 = 440 Hz, Hz.
    pub(super) fn set_table(&mut self, frequencies_hz: &[f64; 128]) {
        for (key, (offset, hz)) in (0..).zip(self.table_cents.iter_mut().zip(frequencies_hz)) {
            *offset = cents(*hz, midi_to_hz(key));
        }
    }

    /// Returns the offset of a key, cents.
    pub(super) fn offset_cents(&self, key: u8) -> f32 {
        self.table_cents[usize::from(key & 127)] + self.master_cents
    }
}

/// Returns the interval from `reference_hz`, cents. 0 for a frequency that is none.
fn cents(hz: f64, reference_hz: f64) -> f32 {
    let interval = 1200.0 * Float::log2(hz / reference_hz);
    // Equal temperament within its rounding stays bit-identical to no table.
    if interval.is_finite() && interval.abs() > 1e-6 { interval as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn offsets_are_relative_to_equal_temperament() {
        let mut tuning = Tuning::EQUAL;
        let equal = core::array::from_fn(|key| 440.0 * f64::powf(2.0, (key as f64 - 69.0) / 12.0));
        tuning.set_table(&equal);
        assert!((0..128).all(|key| tuning.offset_cents(key) == 0.0));
        tuning.set_table(&equal.map(|hz| hz * 2f64.powf(0.25 / 12.0)));
        tuning.set_a4_hz(440.0 * 2f64.powf(-0.1 / 12.0));
        assert!((tuning.offset_cents(60) - 15.0).abs() < 1e-4);
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            tuning.set_table(&[wrong; 128]);
            tuning.set_a4_hz(wrong);
            assert_eq!(tuning.offset_cents(60), 0.0, "{wrong}");
        }
    }
}
