//! Pitch offset that follows its target smoothly.

use num_traits::Float;

/// Time constant (1/e), s. Chosen: slower than MIDI steps, faster than a played bend.
const TIME_S: f32 = 0.005;

/// Distance from the target at which the glide ends, cents. A tenth of what is promised at rest.
const RESOLUTION_CENTS: f32 = 1e-4;

/// Largest offset, cents: eight octaves.
const MAX_CENTS: f32 = 9_600.0;

/// Pitch offset that approaches its target exponentially.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glide {
    cents: f32,
    target: f32,
    /// Frequency ratio of `cents`.
    ratio: f64,
}

impl Glide {
    /// No offset.
    pub(crate) const ZERO: Self = Self { cents: 0.0, target: 0.0, ratio: 1.0 };

    /// Sets the target, clamped to ±9,600 cents. NaN counts as 0.
    pub(crate) fn set_target(&mut self, cents: f32) {
        self.target = if cents.is_nan() { 0.0 } else { cents.clamp(-MAX_CENTS, MAX_CENTS) };
    }

    /// Jumps to the target.
    pub(crate) fn finish(&mut self) {
        if self.cents != self.target {
            self.set_cents(self.target);
        }
    }

    /// Advances by `tick_s`. Returns true if the offset has changed.
    pub(crate) fn advance(&mut self, tick_s: f32) -> bool {
        let distance = self.target - self.cents;
        if distance == 0.0 {
            return false;
        }
        let remaining = distance * Float::exp(-tick_s / TIME_S);
        self.set_cents(if remaining.abs() < RESOLUTION_CENTS { self.target } else { self.target - remaining });
        true
    }

    /// Returns the frequency ratio, exactly 1 at 0 cents.
    pub(crate) fn ratio(&self) -> f64 {
        self.ratio
    }

    fn set_cents(&mut self, cents: f32) {
        self.cents = cents;
        self.ratio = if cents == 0.0 { 1.0 } else { Float::exp2(f64::from(cents) / 1200.0) };
    }
}
