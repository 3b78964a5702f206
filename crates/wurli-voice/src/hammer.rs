//! The hammer: felt that stays on the reed for about a millisecond.
//!
//! Chosen from what is known of the instrument, and compared with the 34 EP200 recordings, not fitted: from the first 50 ms to
//! the 150 ms after, H2–H8 fall against H1 by 1.3 dB in the median at pp, mp and f (121 levels), and by 1.4 dB in the voice. At
//! ff (68 levels) they fall by 3.2 dB in the recordings and 1.6 dB in the voice: the overshoot of a hard blow is not modelled.

use num_traits::Float;

use crate::turns::sin_cos;

/// Time the felt stays on the reed, s: shorter than a period in the bass, comparable to one in the treble; 2 ms at A1
/// (a ninth of a period) down to 0.6 ms at C7 (a period and a quarter).
#[must_use]
pub fn dwell_s(midi: u8) -> f32 {
    let x = (f32::from(midi) - 33.0) / 63.0;
    0.002 * Float::powf(0.3f32, x.clamp(0.0, 1.0))
}

/// Share of its full swing that the reed has reached at `time_s`: half a period of a cosine over the dwell.
#[must_use]
pub fn rise(time_s: f32, dwell_s: f32) -> f32 {
    let x = (time_s / dwell_s).clamp(0.0, 1.0);
    0.5 - 0.5 * sin_cos(0.5 * f64::from(x)).1 as f32
}

/// How much of a mode at `frequency_hz` a felt that pushes for `dwell_s` excites, against a point impulse, 0..=1: a first-order
/// low-pass at the reciprocal of the dwell, which is the envelope of a half-sine's spectrum near its first zero.
#[must_use]
pub fn spectrum(frequency_hz: f32, dwell_s: f32) -> f32 {
    let x = frequency_hz * dwell_s;
    1.0 / Float::sqrt(1.0 + x * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_swing_rises_from_nothing_to_all_and_never_turns_back() {
        let dwell = dwell_s(60);
        assert_eq!(rise(0.0, dwell), 0.0);
        assert_eq!(rise(dwell, dwell), 1.0);
        assert_eq!(rise(1.0, dwell), 1.0);
        for i in 0..100 {
            assert!(rise(i as f32 * dwell / 100.0, dwell) < rise((i + 1) as f32 * dwell / 100.0, dwell));
        }
    }

    #[test]
    fn the_felt_leaves_the_reed_sooner_in_the_treble() {
        for midi in 33..96 {
            assert!(dwell_s(midi + 1) < dwell_s(midi));
        }
        assert!(spectrum(55.0, dwell_s(33)) > 0.99);
    }
}
