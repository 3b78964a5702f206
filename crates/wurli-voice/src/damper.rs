//! Damper: the felt that falls back on the reed at note-off.

/// Decay of A1 under the damper, dB/s. Chosen, not measured: no default recording has a note-off.
///
/// It silences A1 (−60 dB) in 0.3 s and C7 in 0.05 s, the order of magnitude that players report.
const A1_DECAY_DB_PER_S: f64 = 200.0;
/// Fundamental of A1, Hz.
const A1_HZ: f64 = 55.0;

/// Returns the decay that the damper adds to the reed's own, dB/s.
///
/// Lighter reeds are damped faster: the rate grows with the square root of the frequency.
#[must_use]
pub fn decay_db_per_s(frequency_hz: f64) -> f64 {
    A1_DECAY_DB_PER_S * num_traits::Float::sqrt(frequency_hz / A1_HZ)
}
