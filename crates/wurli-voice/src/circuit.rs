//! The circuit: the plate's capacitance against its bias resistors is a high-pass of the first order, so that below
//! its corner the output follows dC/dt.
//!
//! By the schematics R = 1 MΩ ∥ 402 kΩ = 287 kΩ and C ≈ 240 pF put the corner near 2.3 kHz.

use num_traits::Float;

/// Gain of the high-pass at `frequency_hz`, 0..1.
#[must_use]
pub fn gain<T: Float>(frequency_hz: T, corner_hz: T) -> T {
    let ratio = frequency_hz / corner_hz;
    ratio / (T::one() + ratio * ratio).sqrt()
}

/// Phase by which the output leads the capacitance at `frequency_hz`, rad, 0..π/2.
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
