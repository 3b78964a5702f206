//! Signal processing that measurement, transcription and resynthesis share.

pub mod goertzel;
pub mod line;
pub mod nulls;
pub mod parabola;
pub mod phasor;
pub mod refine;
pub mod spectrum;
pub mod windowed;

/// Decibels in one neper, 20/ln 10.
pub const DB_PER_NEPER: f64 = 20.0 * std::f64::consts::LOG10_E;

/// Returns the level of an amplitude in dB. Silence is −300 dB instead of minus infinity, so that
/// differences stay finite.
#[must_use]
pub fn amplitude_to_db(amplitude: f64) -> f64 {
    20.0 * amplitude.max(1e-15).log10()
}

/// Returns the amplitude of a level in dB.
#[must_use]
pub fn db_to_amplitude(level_db: f64) -> f64 {
    10f64.powf(level_db / 20.0)
}

/// Returns the power of a level in dB.
#[must_use]
pub fn db_to_power(level_db: f64) -> f64 {
    10f64.powf(level_db / 10.0)
}

/// Returns the interval from `reference_hz` up to `frequency_hz`, cents.
#[must_use]
pub fn interval_cents(frequency_hz: f64, reference_hz: f64) -> f64 {
    1200.0 * (frequency_hz / reference_hz).log2()
}

/// Returns the MIDI key number of a frequency in equal temperament, A4 = 440 Hz, not rounded.
#[must_use]
pub fn hz_to_midi(frequency_hz: f64) -> f64 {
    69.0 + 12.0 * (frequency_hz / 440.0).log2()
}

/// Returns the median of `values`, which are reordered; `None` for an empty slice.
pub fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    Some(*values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// Returns the greatest common divisor; that of 0 and a number is the number.
#[must_use]
pub fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
