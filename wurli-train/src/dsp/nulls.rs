//! Nulls of the pickup, filled.

/// Least amplitude of a harmonic, as a fraction of its louder neighbour's. The null's place depends
/// on the single reed. 0.1: H4 of the EP200's b2f, the deepest null of its loud harmonics, lies
/// 19.6 dB below H3.
const MIN_NEIGHBOUR_RATIO: f64 = 0.1;

/// Magnitudes of a note's harmonics, each raised to at least a tenth of its louder neighbour.
///
/// The modelled levels are expectations for reeds whose nulls lie elsewhere.
#[must_use]
pub fn fill_nulls<const N: usize>(amplitudes: [f64; N]) -> [f64; N] {
    let magnitudes = amplitudes.map(f64::abs);
    let at = |index: usize| magnitudes.get(index).copied().unwrap_or(0.0);
    std::array::from_fn(|index| {
        let below = if index == 0 { 0.0 } else { at(index - 1) };
        at(index).max(MIN_NEIGHBOUR_RATIO * at(index + 1).max(below))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_a_null_to_a_tenth_of_the_louder_neighbour() {
        assert_eq!(fill_nulls([0.5, 0.0, -1.0, 0.2]), [0.5, 0.1, 1.0, 0.2]);
        assert_eq!(fill_nulls([0.0, -1.0]), [0.1, 1.0]);
    }
}
