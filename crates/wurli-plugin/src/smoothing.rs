//! Linear smoothing of parameters.

/// Duration of a change, s. Short enough to follow an automation, long enough not to click.
const DURATION_S: f32 = 0.02;

/// Value that moves linearly to its target.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ramp {
    value: f64,
    target: f64,
    step: f64,
    /// Steps until the target is reached.
    left: u32,
    /// Steps of a change.
    steps: u32,
}

impl Ramp {
    /// Creates a ramp that is at its target. `rate` is the number of steps per second.
    pub(crate) fn new(value: f64, rate: f32) -> Self {
        Self { value, target: value, step: 0.0, left: 0, steps: (DURATION_S * rate).ceil().max(1.0) as u32 }
    }

    /// Returns the present value.
    pub(crate) fn value(&self) -> f64 {
        self.value
    }

    /// Starts a change if `target` is another than before.
    pub(crate) fn set_target(&mut self, target: f64) {
        if target != self.target {
            self.target = target;
            self.left = self.steps;
            self.step = (target - self.value) / f64::from(self.steps);
        }
    }

    /// Moves to the target at once.
    pub(crate) fn finish(&mut self) {
        (self.value, self.left) = (self.target, 0);
    }

    /// Returns true until the target is reached.
    pub(crate) fn is_moving(&self) -> bool {
        self.left > 0
    }

    /// Advances by a step and returns the new value.
    pub(crate) fn advance(&mut self) -> f64 {
        if self.left > 0 {
            self.left -= 1;
            self.value = if self.left == 0 { self.target } else { self.value + self.step };
        }
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramp_is_linear_and_arrives_exactly() {
        let mut ramp = Ramp::new(1.0, 1_000.0);
        assert!(!ramp.is_moving());
        ramp.set_target(0.3);
        let values: Vec<f64> = (0..21).map(|_| ramp.advance()).collect();
        assert!((values[9] - 0.65).abs() < 1e-9, "{}", values[9]);
        assert_eq!((values[19], values[20], ramp.is_moving()), (0.3, 0.3, false));
        assert!(values[18] > 0.3);
    }

    #[test]
    fn slow_rates_change_in_one_step() {
        let mut ramp = Ramp::new(0.0, 10.0);
        ramp.set_target(5.0);
        assert_eq!(ramp.advance(), 5.0);
        ramp.set_target(7.0);
        ramp.finish();
        assert_eq!((ramp.value(), ramp.is_moving()), (7.0, false));
    }
}
