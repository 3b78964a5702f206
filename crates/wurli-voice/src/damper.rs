//! Damper: the felt that falls back on the reed at note-off.

/// Decay of A1 under the damper, dB/s. Chosen, not measured: no default recording has a note-off.
///
/// It silences A1 (−60 dB) in 0.3 s and C7 in 0.05 s, the order of magnitude that players report.
const A1_DECAY_DB_PER_S: f64 = 200.0;
/// Fundamental of A1, Hz.
const A1_HZ: f64 = 55.0;

/// Returns the decay that the damper adds to the reed's own, dB/s.
///
/// Lighter reeds are damped faster: the rate grows with the square root of the frequency.
#[must_use]
pub fn decay_db_per_s(frequency_hz: f64) -> f64 {
    A1_DECAY_DB_PER_S * num_traits::Float::sqrt(frequency_hz / A1_HZ)
}

/// Damper of one key: its force on the reed, and the attenuation that it has caused so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Damper {
    /// Time integral of the force up to `since_s`, s.
    integral_s: f32,
    /// Start of the latest movement.
    since_s: f32,
    /// Duration of the latest movement, s.
    travel_s: f32,
    /// Force before and after the latest movement, 0 (lifted) to 1 (fallen, standard) or more.
    from: f32,
    to: f32,
}

impl Damper {
    /// Damper that is off the reed.
    pub(crate) const LIFTED: Self = Self { integral_s: 0.0, since_s: 0.0, travel_s: 0.0, from: 0.0, to: 0.0 };

    /// Moves the damper from `now_s` on, so that its force changes linearly over `travel_s`.
    ///
    /// Has no effect if the damper is at `force` or moves there.
    pub(crate) fn move_to(&mut self, force: f32, travel_s: f32, now_s: f32) {
        if force != self.to {
            let from = self.from + (self.to - self.from) * self.progress(now_s);
            *self = Self { integral_s: self.integral_s(now_s), since_s: now_s, travel_s, from, to: force };
        }
    }

    /// Returns true unless the damper is off the reed or leaves it.
    pub(crate) fn is_falling(&self) -> bool {
        self.to > 0.0
    }

    /// Returns the time integral of the force, s.
    pub(crate) fn integral_s(&self, now_s: f32) -> f32 {
        let elapsed_s = now_s - self.since_s;
        // A mean of `from` and the present force during the movement, `to` afterwards.
        let moving_s = elapsed_s.min(self.travel_s);
        let mean = self.from + 0.5 * (self.to - self.from) * self.progress(now_s);
        self.integral_s + moving_s * mean + (elapsed_s - moving_s) * self.to
    }

    /// Returns the completed fraction of the latest movement, 0..=1.
    fn progress(&self, now_s: f32) -> f32 {
        let elapsed_s = now_s - self.since_s;
        if elapsed_s < self.travel_s { elapsed_s / self.travel_s } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integral_follows_the_movements() {
        let mut damper = Damper::LIFTED;
        damper.move_to(1.0, 0.2, 1.0);
        assert_eq!(damper.integral_s(1.0), 0.0);
        assert!((damper.integral_s(1.1) - 0.025).abs() < 1e-6);
        assert!((damper.integral_s(1.5) - 0.4).abs() < 1e-6);
        // Caught halfway: the force falls from 0.5 to 0 within 0.1 s.
        damper = Damper::LIFTED;
        damper.move_to(1.0, 0.2, 1.0);
        damper.move_to(0.0, 0.1, 1.1);
        assert!((damper.integral_s(1.2) - 0.05).abs() < 1e-6);
        assert_eq!(damper.integral_s(9.0), damper.integral_s(2.0));
    }
}
