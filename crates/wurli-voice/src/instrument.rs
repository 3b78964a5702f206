//! The numbers of one instrument: every law that runs along the keyboard, with its origin.

use crate::pickup::Pickup;

/// Velocity of the softest recordings that the laws were fitted to, pp. A parabola turns back: below 12/127, that of the EP200 would grow again.
pub const SOFTEST: f64 = 19.0 / 127.0;

/// The constants of a voice. Keys enter as x = (MIDI − 60)/24, velocities as w = ln(2·velocity), velocity in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instrument {
    /// Displacement a of the reed's tip, in half-widths of the pickup's fringe field:
    /// ln a = c₀ + c₁x + c₂x² + c₃w + c₄w² + c₅xw, a quarter of a second after the onset. Below [`SOFTEST`], it goes on along its tangent.
    pub displacement: [f64; 6],
    /// Geometry of the pickup, the same for all keys.
    pub pickup: Pickup<f64>,
    /// Corner of the pickup's high-pass, Hz.
    pub corner_hz: f64,
    /// Decay of the reed's displacement: ln(dB/s) = c₀ + c₁x + c₂x².
    pub decay: [f64; 3],
}

impl Instrument {
    /// A Wurlitzer EP200: what `wurli-train fit-voice` prints for the 34 recordings of Greg Sullivan's instrument (CC BY 3.0)
    /// that `data/README.md` describes. On them H2–H8 are wrong by 4.5 dB in the mean, on keys left out of the fit by 4.9 dB,
    /// and the decays by a factor of 2^0.66 in the mean of those that are exponential.
    pub const EP200: Self = Self {
        displacement: [0.580, -1.650, -0.590, 1.163, 0.350, 0.0],
        pickup: Pickup { rest_offset: 1.532, plate: 1.729, far_edge: 2.063 },
        corner_hz: 2199.9,
        decay: [2.219, 0.785, 0.0],
    };

    /// Displacement of the tip a quarter of a second after the onset, half-widths of the fringe field. `velocity` is
    /// held in 1/127..=1.
    #[must_use]
    pub fn displacement_at(&self, midi: u8, velocity: f64) -> f64 {
        let x = keyboard_position(midi);
        let softest = num_traits::Float::ln(2.0 * SOFTEST);
        let w = num_traits::Float::ln(2.0 * velocity.clamp(1.0 / 127.0, 1.0));
        let (w, below) = (w.max(softest), (w - softest).min(0.0));
        let [c0, c1, c2, c3, c4, c5] = self.displacement;
        let tangent = (c3 + 2.0 * c4 * softest + c5 * x).max(0.0);
        num_traits::Float::exp(c0 + c1 * x + c2 * x * x + c3 * w + c4 * w * w + c5 * x * w + tangent * below)
    }

    /// Decay of the reed's displacement, dB/s.
    #[must_use]
    pub fn decay_db_per_s(&self, midi: u8) -> f64 {
        let x = keyboard_position(midi);
        let [c0, c1, c2] = self.decay;
        num_traits::Float::exp(c0 + c1 * x + c2 * x * x)
    }
}

/// Frequency of a key in equal temperament at A4 = 440 Hz.
#[must_use]
pub fn midi_to_hz(midi: u8) -> f64 {
    440.0 * num_traits::Float::exp2((f64::from(midi) - 69.0) / 12.0)
}

fn keyboard_position(midi: u8) -> f64 {
    (f64::from(midi.clamp(crate::LOWEST_KEY, crate::HIGHEST_KEY)) - 60.0) / 24.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harder_blow_swings_the_reed_further() {
        for midi in crate::LOWEST_KEY..=crate::HIGHEST_KEY {
            let swings = (1..=127).map(|velocity| Instrument::EP200.displacement_at(midi, f64::from(velocity) / 127.0));
            assert!(swings.is_sorted_by(|softer, harder| softer < harder), "MIDI {midi}");
            let at = |velocity: f64| Instrument::EP200.displacement_at(midi, velocity);
            let (below, above) = (at(SOFTEST - 1e-9), at(SOFTEST + 1e-9));
            assert!((above / below - 1.0).abs() < 1e-6, "MIDI {midi}: {below} and {above}");
        }
    }
}
