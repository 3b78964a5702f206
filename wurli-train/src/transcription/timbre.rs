//! What the harmonics of a key are expected to be: those of the reference voice's pickup, its nulls filled.

use wurli_voice::pickup::Pickup;
use wurli_voice::{Instrument, LEVEL_REFERENCE_S, harmonic_amplitudes};

use super::HARMONICS;

/// The instrument whose timbres are expected: an earlier, smoother fit to the 34 recordings of an EP200 (5.1 dB mean error over H2–H8). With
/// the constants of the reference voice, which follow that instrument's nulls more closely, recorded scales are transcribed
/// worse (F1 0.927 instead of 0.962): a dictionary gains from being vague.
const EXPECTED: Instrument = Instrument {
    displacement: [0.47, -1.00, -0.24, 0.78, 0.19, 0.0],
    pickup: Pickup { rest_offset: 1.21, plate: 1.03, far_edge: 1.0 },
    corner_hz: 2300.0,
    ..Instrument::EP200
};
/// Velocities of the stored timbres, 0..1: pp to ff and beyond, about 4 dB of displacement apart. The softest swings as far as the parabola of the
/// displacement has it at 0.1: with that timbre, the constants of the explanation and the weights of the judgement were fitted.
const VELOCITIES: [f64; 6] = [0.11006, 0.18, 0.3, 0.48, 0.72, 1.0];

/// Amplitudes of the harmonics of one key at one velocity, H1 first; the largest is 1.
pub(super) type Timbre = [f32; HARMONICS];

/// The timbres of all keys that a note may have.
pub(super) struct Timbres {
    lowest_midi: u8,
    by_key: Vec<[Timbre; VELOCITIES.len()]>,
}

impl Timbres {
    pub(super) fn new(lowest_midi: u8, highest_midi: u8) -> Self {
        let of_key = |midi: u8| VELOCITIES.map(|velocity| timbre(midi, velocity));
        Self { lowest_midi, by_key: (lowest_midi..=highest_midi).map(of_key).collect() }
    }

    /// From soft to loud; none for a key outside the range.
    pub(super) fn of(&self, midi: u8) -> &[Timbre] {
        let index = midi.checked_sub(self.lowest_midi).map(usize::from);
        index.and_then(|index| self.by_key.get(index)).map_or(&[], |timbres| timbres.as_slice())
    }
}

fn timbre(midi: u8, velocity: f64) -> Timbre {
    let mut amplitudes = [0.0; HARMONICS];
    harmonic_amplitudes(&EXPECTED, midi, velocity, 1.0, f64::from(LEVEL_REFERENCE_S), &mut amplitudes);
    let levels = amplitudes.map(f64::abs);
    let largest = levels.iter().fold(f64::MIN_POSITIVE, |largest, level| largest.max(*level));
    std::array::from_fn(|index| {
        let at = |index: usize| levels.get(index).copied().unwrap_or(0.0);
        let before = if index == 0 { 0.0 } else { at(index - 1) };
        let least = MOST_STEP * before.max(at(index + 1));
        (at(index).max(least) / largest) as f32
    })
}

/// Least amplitude of a harmonic in parts of its louder neighbour's. 0.1: where the law has a null depends on the
/// rest offset of the single reed, and in the treble it falls faster than recordings do. b2f's H4, the deepest
/// null of the examples among loud harmonics, lies 19.6 dB under its H3.
const MOST_STEP: f64 = 0.1;

/// Frequency of a key in equal temperament, A4 = 440 Hz.
pub(super) fn midi_to_hz(midi: f64) -> f64 {
    440.0 * ((midi - 69.0) / 12.0).exp2()
}

/// The inverse; not rounded.
pub(super) fn hz_to_midi(frequency_hz: f64) -> f64 {
    69.0 + 12.0 * (frequency_hz / 440.0).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bass_is_rich_when_struck_hard_and_the_treble_is_nearly_a_sine() {
        let bass = timbre(33, 0.85);
        assert!(bass[2] > 3.0 * bass[0] && bass[4] > 3.0 * bass[0], "{bass:?}");
        let treble = timbre(92, 0.6);
        assert!(treble[0] == 1.0 && treble[1] <= 0.101, "{treble:?}");
    }
}
