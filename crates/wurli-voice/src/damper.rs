//! The damper: felt that falls back on the reed when the key is let go.

/// Decay of the reed's displacement under the damper, dB/s, in addition to its own.
///
/// Chosen, not measured: no recording of the default data has a note-off. 200 dB/s silences A1 (60 dB) in 0.3 s, and the lighter
/// reeds of the treble in proportion to the square root of their frequency, C7 in 0.05 s, the order of what players report.
#[must_use]
pub fn decay_db_per_s(frequency_hz: f64) -> f64 {
    200.0 * num_traits::Float::sqrt(frequency_hz / 55.0)
}
