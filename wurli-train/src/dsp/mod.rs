//! The signal processing that measuring, transcribing and resynthesising share.

pub mod goertzel;
pub mod line;
pub mod refine;
pub mod spectrum;
pub mod windowed;

/// Decibels in one neper, 20/ln 10.
pub const DB_PER_NEPER: f64 = 20.0 * std::f64::consts::LOG10_E;

/// A level in dB of an amplitude; silence is −300 dB, not minus infinity, so that differences stay finite.
#[must_use]
pub fn amplitude_to_db(amplitude: f64) -> f64 {
    20.0 * amplitude.max(1e-15).log10()
}

/// An amplitude of a level in dB.
#[must_use]
pub fn db_to_amplitude(level_db: f64) -> f64 {
    10f64.powf(level_db / 20.0)
}

/// Interval from `reference_hz` up to `frequency_hz`, cents.
#[must_use]
pub fn interval_cents(frequency_hz: f64, reference_hz: f64) -> f64 {
    1200.0 * (frequency_hz / reference_hz).log2()
}

/// The median of `values`, which are reordered; `None` of an empty slice.
pub fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    Some(*values.select_nth_unstable_by(middle, f64::total_cmp).1)
}
