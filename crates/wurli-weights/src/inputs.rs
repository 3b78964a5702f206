//! Scaling of the network's two inputs, note and velocity.

/// Lowest note of the network's input scale, MIDI: A0, input 0.
pub const LOWEST_MIDI: u8 = 21;
/// Highest note of the network's input scale, MIDI: C8, input 1.
pub const HIGHEST_MIDI: u8 = 108;
/// Lowest velocity of a note-on; MIDI uses 0 for note-off.
pub const LOWEST_VELOCITY: u8 = 1;
/// Highest velocity of a note-on, input 1.
pub const HIGHEST_VELOCITY: u8 = 127;
/// Semitones beyond the trained range over which the corrections fade to the identity.
pub const FADE_SEMITONES: u8 = 12;

/// Returns the network's first input: 0 at A0, 1 at C8, linear in semitones, not clamped.
#[must_use]
pub fn midi_to_input(midi: u8) -> f64 {
    (f64::from(midi) - f64::from(LOWEST_MIDI)) / f64::from(HIGHEST_MIDI - LOWEST_MIDI)
}

/// Returns the network's second input: MIDI velocity as 0..=1. `compute_corrections` takes the same scale.
#[must_use]
pub fn velocity_to_input(velocity: u8) -> f64 {
    f64::from(velocity) / f64::from(HIGHEST_VELOCITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyboard_and_velocities_map_to_zero_to_one() {
        assert_eq!(midi_to_input(21), 0.0);
        assert_eq!(midi_to_input(108), 1.0);
        assert_eq!(midi_to_input(50), 29.0 / 87.0);
        assert_eq!(velocity_to_input(127), 1.0);
        assert_eq!(velocity_to_input(1), 1.0 / 127.0);
    }
}
