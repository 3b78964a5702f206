//! Dampers under pedal and keys: force and speed.

use num_traits::Float;

use super::event::DEFAULT_RELEASE;

/// Sustain pedal positions below and above which the dampers are down and up, MIDI value / 127.
pub(super) const DEFAULT_RANGE: (f32, f32) = (32.0 / 127.0, 95.0 / 127.0);

/// Exponent of felt: force against compression. 2.5 for the hammers of C4 (Chaigne and Askenfelt,
/// JASA 95, 1994). Dampers were not measured.
const FELT_EXPONENT: f32 = 2.5;

/// Travel of a damper that follows the pedal, s. Chosen: bridges the steps of MIDI pedals.
pub(super) const PEDAL_TRAVEL_S: f32 = 0.01;

/// Travel of a damper at release velocity 1, s. Chosen, not measured.
const FASTEST_TRAVEL_S: f32 = 0.005;
/// Longest travel of a damper, s. Chosen, not measured.
const SLOWEST_TRAVEL_S: f32 = 0.2;

/// Returns the force of the dampers at a position of the sustain pedal, 0..=1.
///
/// `range` holds the positions at which they begin to rise and at which they are off the reeds.
pub(super) fn force(position: f32, range: (f32, f32)) -> f32 {
    let (down, up) = range;
    if position > up {
        0.0
    } else if position < down {
        1.0
    } else {
        let compression = (up - position) / (up - down).max(f32::MIN_POSITIVE);
        Float::powf(compression.min(1.0), FELT_EXPONENT)
    }
}

/// Returns the travel of a damper at a release velocity, s: 5 ms at 1, 10 ms at MIDI 64.
pub(super) fn travel_s(release_velocity: f32) -> f32 {
    let velocity = if release_velocity > 0.0 { release_velocity.min(1.0) } else { DEFAULT_RELEASE };
    (FASTEST_TRAVEL_S / velocity).min(SLOWEST_TRAVEL_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn force_falls_from_one_to_zero_between_the_positions() {
        let at = |value: u8| force(f32::from(value) / 127.0, DEFAULT_RANGE);
        assert_eq!((at(0), at(31), at(32), at(96), at(127)), (1.0, 1.0, 1.0, 0.0, 0.0));
        for value in 32..95 {
            assert!(at(value) > at(value + 1), "{value}");
        }
        assert!(at(95) < 1e-6);
    }

    #[test]
    fn switch_like_pedal_has_no_half_way() {
        let switch = (0.5, 0.5);
        assert_eq!((force(0.4, switch), force(0.6, switch)), (1.0, 0.0));
        assert!((0.0..=1.0).contains(&force(0.5, switch)));
        assert!(!force(0.5, (f32::NAN, f32::NAN)).is_nan());
    }

    #[test]
    fn slow_release_takes_longer() {
        assert_eq!((travel_s(1.0), travel_s(9.0)), (0.005, 0.005));
        assert_eq!(travel_s(0.0), travel_s(64.0 / 127.0));
        assert_eq!(travel_s(f32::NAN), travel_s(64.0 / 127.0));
        assert!(travel_s(0.1) > travel_s(0.2) && travel_s(1e-9) == 0.2);
    }
}
