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
        let next = self.target - remaining;
        // Far from 0, a tick may change the offset by less than `f32` resolves.
        let is_there = remaining.abs() < RESOLUTION_CENTS || next == self.cents;
        self.set_cents(if is_there { self.target } else { next });
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

#[cfg(test)]
mod tests {
    use super::Glide;

    #[test]
    fn wide_bends_arrive() {
        for cents in [-9_600.0, 700.0, 1_100.0, 4_800.0] {
            for sample_rate in [8_000.0, 48_000.0, 192_000.0, 768_000.0] {
                let mut glide = Glide::ZERO;
                glide.set_target(cents);
                let tick_s = 64.0 / sample_rate;
                let ticks = (0..(1.0 / tick_s) as usize).take_while(|_| glide.advance(tick_s)).count();
                assert!(!glide.advance(tick_s), "{cents} cents at {sample_rate} Hz after {ticks} ticks");
                assert!((1200.0 * glide.ratio().log2() - f64::from(cents)).abs() < 1e-6);
            }
        }
    }
}
