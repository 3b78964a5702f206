//! What the harmonics of a key are expected to be, from the law of the pickup.
//!
//! A plate of finite thickness, the reed at its edge: C(θ) = atan(u + h) − atan(u − h) with u = a·sin θ − b has the
//! harmonics c_k = (2/k)·Im(p₊ᵏ − p₋ᵏ), p± = p(b ± h + i), p(z) = (z − √(z² − a²))/a with |p| < 1.

use rustfft::num_complex::Complex64;

use super::HARMONICS;

/// Rest offset and half thickness of the plate in units of the fringe field's half width; fitted, with
/// [`displacement`], on 34 recordings of an EP200 (5.1 dB mean error over H2–H8).
const REST_OFFSET: f64 = 1.21;
const HALF_THICKNESS: f64 = 1.03;
/// The plate's capacitance against its bias resistors: a high-pass, 287 kΩ and 240 pF.
const HIGH_PASS_HZ: f64 = 2300.0;
/// Velocities of the stored timbres, 0..1: pp to ff and beyond, about 4 dB of displacement apart.
const VELOCITIES: [f64; 6] = [0.1, 0.18, 0.3, 0.48, 0.72, 1.0];

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

/// Displacement of the reed's tip in units of the fringe field's half width.
fn displacement(midi: u8, velocity: f64) -> f64 {
    let x = (f64::from(midi) - 60.0) / 24.0;
    let loudness = (2.0 * velocity).ln();
    (0.47 - 1.00 * x - 0.24 * x * x + 0.78 * loudness + 0.19 * loudness * loudness).exp()
}

fn timbre(midi: u8, velocity: f64) -> Timbre {
    let a = displacement(midi, velocity);
    let f0_hz = midi_to_hz(f64::from(midi));
    let [plus, minus] = [REST_OFFSET + HALF_THICKNESS, REST_OFFSET - HALF_THICKNESS].map(|re| {
        let z = Complex64::new(re, 1.0);
        let root = (z * z - a * a).sqrt();
        let p = (z - root) / a;
        if p.norm_sqr() < 1.0 { p } else { (z + root) / a }
    });
    let levels: [f64; HARMONICS] = std::array::from_fn(|index| {
        let k = index as i32 + 1;
        let capacitance = 2.0 / f64::from(k) * (plus.powi(k) - minus.powi(k)).im.abs();
        let ratio = f64::from(k) * f0_hz / HIGH_PASS_HZ;
        capacitance * ratio / ratio.hypot(1.0)
    });
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
    use std::f64::consts::TAU;

    #[test]
    fn the_closed_form_is_the_fourier_series_of_the_plates_capacitance() {
        let (midi, velocity) = (61, 0.6);
        let a = displacement(midi, velocity);
        let expected = |k: usize| {
            let steps = 4096;
            let sum: f64 = (0..steps)
                .map(|n| TAU * f64::from(n) / f64::from(steps))
                .map(|theta| {
                    let u = a * theta.sin() - REST_OFFSET;
                    let c = (u + HALF_THICKNESS).atan() - (u - HALF_THICKNESS).atan();
                    c * (k as f64 * (theta - TAU / 4.0)).cos()
                })
                .sum();
            let ratio = k as f64 * midi_to_hz(f64::from(midi)) / HIGH_PASS_HZ;
            (2.0 * sum / f64::from(steps)).abs() * ratio / ratio.hypot(1.0)
        };
        let found = timbre(midi, velocity);
        let loudest = (1..=8).map(expected).fold(0.0, f64::max);
        for k in 1..=8 {
            if f64::from(found[k - 1]) > expected(k) / loudest * 1.001 {
                continue; // a filled null
            }
            assert!((f64::from(found[k - 1]) - expected(k) / loudest).abs() < 1e-6, "H{k}");
        }
    }

    #[test]
    fn the_bass_is_rich_when_struck_hard_and_the_treble_is_nearly_a_sine() {
        let bass = timbre(33, 0.85);
        assert!(bass[2] > 3.0 * bass[0] && bass[4] > 3.0 * bass[0], "{bass:?}");
        let treble = timbre(92, 0.6);
        assert!(treble[0] == 1.0 && treble[1] <= 0.101, "{treble:?}");
    }
}
