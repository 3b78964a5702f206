//! Hammer: felt that stays in contact with the reed for about a millisecond.
//!
//! The constants are chosen, not fitted. Check against 34 EP200 recordings: the median fall of
//! H2–H8 relative to H1, from the first 50 ms to the next 150 ms.
//!
//! | dynamics | levels | recordings | voice |
//! |---|---|---|---|
//! | pp, mp, f | 121 | 1.3 dB | 1.4 dB |
//! | ff | 68 | 3.2 dB | 1.6 dB |
//!
//! The overshoot of a hard blow is not modelled.

use num_traits::Float;

use crate::trig::sin_cos;

/// Returns the contact time of the felt, s: 2 ms at A1 (MIDI 33) falling to 0.6 ms at C7 (MIDI 96).
///
/// That is a ninth of a period in the bass and a period and a quarter in the treble.
#[must_use]
pub fn dwell_s(midi: u8) -> f32 {
    let x = (f32::from(midi) - 33.0) / 63.0;
    0.002 * Float::powf(0.3f32, x.clamp(0.0, 1.0))
}

/// Returns the attack envelope at `time_s`, 0..=1: half a period of a cosine over the dwell.
#[must_use]
pub fn rise(time_s: f32, dwell_s: f32) -> f32 {
    let x = (time_s / dwell_s).clamp(0.0, 1.0);
    0.5 - 0.5 * sin_cos(0.5 * f64::from(x)).1 as f32
}

/// Returns the excitation of a mode at `frequency_hz` relative to a point impulse, 0..=1.
///
/// First-order low-pass at the reciprocal of the dwell. It follows the envelope of a half-sine's
/// spectrum near the first zero.
#[must_use]
pub fn spectrum(frequency_hz: f32, dwell_s: f32) -> f32 {
    let x = frequency_hz * dwell_s;
    1.0 / Float::sqrt(1.0 + x * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_rises_monotonically_from_zero_to_one() {
        let dwell = dwell_s(60);
        assert_eq!(rise(0.0, dwell), 0.0);
        assert_eq!(rise(dwell, dwell), 1.0);
        assert_eq!(rise(1.0, dwell), 1.0);
        for i in 0..100 {
            assert!(rise(i as f32 * dwell / 100.0, dwell) < rise((i + 1) as f32 * dwell / 100.0, dwell));
        }
    }

    #[test]
    fn dwell_shortens_towards_the_treble() {
        for midi in 33..96 {
            assert!(dwell_s(midi + 1) < dwell_s(midi));
        }
        assert!(spectrum(55.0, dwell_s(33)) > 0.99);
    }
}
