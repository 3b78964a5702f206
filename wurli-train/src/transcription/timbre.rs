//! Expected levels of a key's harmonics: those of the reference voice's pickup, with its nulls
//! filled.

use wurli_voice::pickup::Pickup;
use wurli_voice::{Instrument, LEVEL_REFERENCE_S, harmonic_amplitudes};

use super::HARMONICS;
use crate::dsp::nulls::fill_nulls;

/// Instrument of the expected timbres: an earlier, smoother fit to 34 recordings of an EP200, with
/// a mean error of 5.1 dB over H2–H8.
///
/// The reference voice follows the nulls of that instrument more closely, and transcribes recorded
/// scales worse (F1 0.927 instead of 0.962).
const EXPECTED: Instrument = Instrument {
    displacement: [0.47, -1.00, -0.24, 0.78, 0.19, 0.0],
    pickup: Pickup {
        rest_offset: 1.21,
        plate: 1.03,
        far_edge: 1.0,
        far_strength: 1.0,
        lip_strength: 0.0,
        lip_width: 1.0,
        lip_height: 0.0,
    },
    corner_hz: 2300.0,
    ..Instrument::EP200
};
/// Velocities of the timbres, 0..1, from pp on, about 4 dB of displacement apart.
///
/// The first has the displacement of the displacement law's parabola at 0.1. The cost settings and
/// the classifier were fitted with it.
const VELOCITIES: [f64; 6] = [0.11006, 0.18, 0.3, 0.48, 0.72, 1.0];

/// Amplitudes of the harmonics of one key at one velocity, H1 first; the largest is 1.
pub(super) type Timbre = [f32; HARMONICS];

/// Timbres of all keys that a note may have.
pub(super) struct Timbres {
    lowest_midi: u8,
    by_key: Vec<[Timbre; VELOCITIES.len()]>,
}

impl Timbres {
    pub(super) fn new(lowest_midi: u8, highest_midi: u8) -> Self {
        let of_key = |midi: u8| VELOCITIES.map(|velocity| timbre(midi, velocity));
        Self { lowest_midi, by_key: (lowest_midi..=highest_midi).map(of_key).collect() }
    }

    /// Timbres of a key, from soft to loud; none outside the range.
    pub(super) fn for_key(&self, midi: u8) -> &[Timbre] {
        let index = midi.checked_sub(self.lowest_midi).map(usize::from);
        index.and_then(|index| self.by_key.get(index)).map_or(&[], |timbres| timbres.as_slice())
    }
}

fn timbre(midi: u8, velocity: f64) -> Timbre {
    let mut amplitudes = [0.0; HARMONICS];
    harmonic_amplitudes(&EXPECTED, midi, velocity, 1.0, f64::from(LEVEL_REFERENCE_S), &mut amplitudes);
    let largest = amplitudes.iter().fold(f64::MIN_POSITIVE, |largest, level| largest.max(level.abs()));
    fill_nulls(amplitudes).map(|level| (level / largest) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_bass_is_rich_and_treble_is_nearly_a_sine() {
        let bass = timbre(33, 0.85);
        assert!(bass[2] > 3.0 * bass[0] && bass[4] > 3.0 * bass[0], "{bass:?}");
        let treble = timbre(92, 0.6);
        assert!(treble[0] == 1.0 && treble[1] <= 0.101, "{treble:?}");
    }
}
