//! Huber loss (Huber 1964).

use num_traits::Float;

/// Returns the Huber loss of `error`: quadratic below `corner`, |error| − corner/2 above. The slope
/// is continuous.
pub fn huber<T: Float>(error: T, corner: T) -> T {
    let (size, half) = (error.abs(), T::one() / (T::one() + T::one()));
    if size < corner { half * size * size / corner } else { size - half * corner }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quadratic_and_linear_parts_meet_at_the_corner() {
        assert_eq!((huber(0.0, 0.5), huber(-0.25, 0.5), huber(2.0, 0.5)), (0.0, 0.0625, 1.75));
        assert!((huber(0.5 - 1e-9, 0.5) - huber(0.5, 0.5)).abs() < 1e-8);
    }
}
