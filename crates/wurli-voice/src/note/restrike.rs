//! Second blow on a reed that still rings.
//!
//! A hammer meets the moving reed in any phase, and its felt takes up motion as well as it gives.
//! MIDI does not say which prevails. The voice therefore never takes energy from the reed, and
//! gives it less than the sum: displacements r and b become (r⁸ + b⁸)^(1/8), at most 9 % more than
//! the larger. The steps of a soft bass note grow with a high power of the displacement. With this
//! exponent they stay below 1.5 times those of a single blow, and repeated blows stay bounded.

use num_traits::Float;

use super::Note;

/// Displacement at the reference above which no blow is added: far from the end of `f32`, 3e38.
const MAX_RAISED_DISPLACEMENT: f32 = 1e15;

/// Motion of the reed at the moment of a blow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ringing {
    /// Displacement, as in [`Note`].
    pub(crate) displacement: f32,
    /// Phase θ of the reed, turns.
    pub(crate) turns: f64,
}

impl Ringing {
    /// Reed at rest.
    pub(crate) const NONE: Self = Self { displacement: 0.0, turns: 0.0 };
}

impl Note {
    /// Returns the frequency of the reed, Hz.
    pub(crate) fn fundamental_hz(&self) -> f64 {
        self.fundamental_hz
    }

    /// Returns the displacement that the latest blow gives a reed at rest.
    pub(crate) fn blow_displacement(&self) -> f32 {
        self.blow_displacement
    }

    /// Returns true where the displacement cannot be raised any more: each further blow moves the
    /// decay so far into the displacement at the reference, which is finite.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.displacement_at_reference > MAX_RAISED_DISPLACEMENT || self.damping() < 1.0 / MAX_RAISED_DISPLACEMENT
    }

    /// Returns true until the first control tick.
    pub(crate) fn is_unheard(&self) -> bool {
        self.time_s == 0.0
    }

    /// Returns true during hammer contact, after the first control tick.
    pub(crate) fn is_in_attack(&self) -> bool {
        self.has_hammer_contact() && !self.is_unheard()
    }

    /// Returns the contact time of the hammer, s.
    pub(crate) fn dwell_s(&self) -> f32 {
        self.dwell_s
    }

    /// Returns the present displacement. During hammer contact it is that after the contact.
    pub(crate) fn displacement(&self) -> f32 {
        self.free_displacement(self.time_s) * self.damping()
    }

    /// Raises the displacement of a note that starts on a moving reed.
    pub(super) fn add_ringing(&mut self, ringing: Ringing) {
        let blow = self.blow_displacement;
        if ringing.displacement > 0.0 && blow > 0.0 {
            self.displacement_at_reference *= sum(ringing.displacement, blow) / blow;
        }
    }

    /// Strikes the sounding reed again with a weaker blow, `displacement` from rest.
    ///
    /// The note keeps its corrections. The blow raises its displacement within a control tick, and
    /// excites the upper modes and the knock again.
    pub(crate) fn add_blow(&mut self, displacement: f32) {
        let ringing = self.displacement();
        if ringing > 0.0 {
            self.displacement_at_reference *= sum(ringing, displacement) / ringing;
        }
        // `advance` multiplies all modes by the damper's past attenuation, which is not the blow's.
        let undamped = displacement / self.damping().max(f32::MIN_POSITIVE);
        let scale = undamped / self.blow_displacement.max(f32::MIN_POSITIVE);
        for mode in &mut self.modes {
            mode.amplitude *= scale;
        }
        // The knock is not damped.
        self.knock = self.knock_per_displacement * displacement;
        (self.blow_displacement, self.blow_s) = (undamped, self.time_s);
    }

    /// Returns the power of H1–H8 at the present displacement, relative to full scale.
    pub(crate) fn power(&self) -> f32 {
        let mut all = [0.0; 8];
        let harmonics = all.get_mut(..self.harmonics.min(8)).unwrap_or_default();
        self.pickup.harmonics(self.displacement(), harmonics);
        self.apply_gains(harmonics);
        all.iter().map(|amplitude| 0.5 * amplitude * amplitude).sum()
    }
}

/// Returns the displacement of a reed after a blow.
fn sum(ringing: f32, blow: f32) -> f32 {
    let (less, more) = (ringing.min(blow), ringing.max(blow));
    if less <= 0.0 {
        return more;
    }
    let ratio = less / more;
    let fourth = ratio * ratio * ratio * ratio;
    more * Float::sqrt(Float::sqrt(Float::sqrt(1.0 + fourth * fourth)))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::sum;

    #[test]
    fn sum_is_at_least_both_and_at_most_9_percent_more() {
        assert_eq!(sum(1.0, 0.0), 1.0);
        assert_eq!(sum(0.0, 1.0), 1.0);
        assert!((sum(2.0, 2.0) - 2.0 * 2f32.powf(0.125)).abs() < 1e-6);
        for i in 0..100 {
            let blow = 0.05 * i as f32;
            assert!(sum(1.0, blow) >= blow.max(1.0) && sum(1.0, blow) < 1.091 * blow.max(1.0), "{blow}");
        }
    }
}
