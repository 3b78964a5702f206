//! Pickup high-pass: the plate's capacitance with its bias resistors, first order.
//!
//! Below the corner frequency the output follows dC/dt. The schematics give R = 1 MΩ ∥ 402 kΩ =
//! 287 kΩ and C ≈ 240 pF, hence a corner near 2.3 kHz.

use num_traits::Float;

/// Returns the gain at `frequency_hz`, 0..1.
#[must_use]
pub fn gain<T: Float>(frequency_hz: T, corner_hz: T) -> T {
    let ratio = frequency_hz / corner_hz;
    ratio / (T::one() + ratio * ratio).sqrt()
}

/// Returns the phase lead of the output over the capacitance at `frequency_hz`, rad, 0..π/2.
#[must_use]
pub fn phase_rad<T: Float>(frequency_hz: T, corner_hz: T) -> T {
    (corner_hz / frequency_hz).atan()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differentiates_below_the_corner_and_passes_above() {
        assert!((gain(200.0, 2300.0) / gain(100.0, 2300.0) - 2.0f64).abs() < 0.01);
        assert!((gain(2300.0, 2300.0) - core::f64::consts::FRAC_1_SQRT_2).abs() < 1e-12);
        assert!((phase_rad(2300.0, 2300.0) - core::f64::consts::FRAC_PI_4).abs() < 1e-12);
    }
}
