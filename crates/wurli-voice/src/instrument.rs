//! Constants of one instrument and the laws that run along its keyboard.

mod bounds;

use num_traits::Float;

pub(crate) use bounds::{DECAY_DB_PER_S, MAX_DISPLACEMENT};

use crate::pickup::Pickup;

/// Lowest velocity of the fit, 0..=1: the pp recordings.
///
/// Below it the displacement law continues along its tangent. The parabola of the EP200 would rise
/// again below 12/127.
pub const MIN_FITTED_VELOCITY: f64 = 19.0 / 127.0;

/// Constants of a voice.
///
/// In all laws x = (MIDI − 60)/24 and w = ln(2·velocity), with velocity in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instrument {
    /// Coefficients c₀..c₅ of the displacement a of the reed's tip, 0.25 s after the onset:
    /// ln a = c₀ + c₁x + c₂x² + c₃w + c₄w² + c₅xw.
    ///
    /// a is in half-widths of the pickup's fringe field. The law is extended below
    /// [`MIN_FITTED_VELOCITY`] by its tangent.
    pub displacement: [f64; 6],
    /// Geometry of the pickup, the same for all keys.
    pub pickup: Pickup<f64>,
    /// Corner frequency of the pickup high-pass, Hz.
    pub corner_hz: f64,
    /// Coefficients of the reed's decay: ln(dB/s) = c₀ + c₁x + c₂x².
    pub decay: [f64; 3],
}

impl Instrument {
    /// A Wurlitzer EP200, as fitted by `lab fit-voice`.
    ///
    /// The fit uses the 34 recordings of Greg Sullivan's instrument (CC BY 3.0) described in
    /// `data/README.md`. Mean error of H2–H8: 4.1 dB on these, 4.4 dB on keys left out. Mean
    /// error of the exponential decays: a factor of 2^0.62.
    pub const EP200: Self = Self {
        displacement: [0.306, -1.669, -0.472, 1.029, 0.238, 0.0],
        pickup: Pickup {
            rest_offset: 1.2380,
            plate: 1.4725,
            far_edge: 2.4084,
            far_strength: 1.1803,
            lip_strength: 0.0306,
            lip_width: 0.3273,
            lip_height: 0.1655,
        },
        corner_hz: 1972.8,
        decay: [2.242, 0.861, 0.0],
    };

    /// Returns the displacement of the tip 0.25 s after the onset, in half-widths of the fringe
    /// field.
    ///
    /// `velocity` is clamped to 1/127..=1.
    #[must_use]
    pub fn displacement_at(&self, midi: u8, velocity: f64) -> f64 {
        let x = keyboard_position(midi);
        let w_min = Float::ln(2.0 * MIN_FITTED_VELOCITY);
        let w = Float::ln(2.0 * velocity.clamp(1.0 / 127.0, 1.0));
        let (w, below) = (w.max(w_min), (w - w_min).min(0.0));
        let [c0, c1, c2, c3, c4, c5] = self.displacement;
        let slope = (c3 + 2.0 * c4 * w_min + c5 * x).max(0.0);
        Float::exp(c0 + c1 * x + c2 * x * x + c3 * w + c4 * w * w + c5 * x * w + slope * below)
    }

    /// Returns the decay rate of the reed's displacement, dB/s.
    #[must_use]
    pub fn decay_db_per_s(&self, midi: u8) -> f64 {
        let x = keyboard_position(midi);
        let [c0, c1, c2] = self.decay;
        Float::exp(c0 + c1 * x + c2 * x * x)
    }
}

/// Returns the frequency of a MIDI note in equal temperament, Hz, with A4 = 440 Hz.
#[must_use]
pub fn midi_to_hz(midi: u8) -> f64 {
    440.0 * Float::exp2((f64::from(midi) - 69.0) / 12.0)
}

fn keyboard_position(midi: u8) -> f64 {
    (f64::from(midi.clamp(crate::LOWEST_KEY, crate::HIGHEST_KEY)) - 60.0) / 24.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displacement_rises_with_velocity_and_is_continuous() {
        for midi in crate::LOWEST_KEY..=crate::HIGHEST_KEY {
            let displacement = |velocity: f64| Instrument::EP200.displacement_at(midi, velocity);
            let all = (1..=127).map(|velocity| displacement(f64::from(velocity) / 127.0));
            assert!(all.is_sorted_by(|softer, harder| softer < harder), "MIDI {midi}");
            let below = displacement(MIN_FITTED_VELOCITY - 1e-9);
            let above = displacement(MIN_FITTED_VELOCITY + 1e-9);
            assert!((above / below - 1.0).abs() < 1e-6, "MIDI {midi}: {below} and {above}");
        }
    }
}
