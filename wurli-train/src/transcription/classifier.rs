//! Logistic regression that tells struck keys from others, on the features, their squares and their
//! products.

use super::classifier_weights::{MEANS, SCALES, WEIGHTS};
use super::features::FEATURES;

/// Number of terms: the constant, the features, and the products of each two of them.
pub const CLASSIFIER_TERMS: usize = 1 + FEATURES + FEATURES * (FEATURES + 1) / 2;

/// Logarithm of the odds that the key was struck.
pub(super) fn log_odds(features: &[f32; FEATURES]) -> f32 {
    let standardised = std::array::from_fn(|index| (features[index] - MEANS[index]) * SCALES[index]);
    classifier_terms(&standardised).zip(WEIGHTS).map(|(term, weight)| term * weight).sum()
}

/// Terms of the regression: 1, the standardised features, then by rows the product of each with
/// itself and those after.
pub fn classifier_terms(standardised: &[f32; FEATURES]) -> impl Iterator<Item = f32> + '_ {
    let products = standardised
        .iter()
        .enumerate()
        .flat_map(|(index, value)| standardised.iter().skip(index).map(move |other| value * other));
    [1.0].into_iter().chain(standardised.iter().copied()).chain(products)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_one_features_and_products_by_rows() {
        let mut features = [0.0; FEATURES];
        (features[0], features[1], features[FEATURES - 1]) = (2.0, 3.0, 5.0);
        let terms: Vec<f32> = classifier_terms(&features).collect();
        assert_eq!(terms.len(), CLASSIFIER_TERMS);
        assert_eq!(terms[..3], [1.0, 2.0, 3.0]);
        assert_eq!(terms[FEATURES + 1..FEATURES + 3], [4.0, 6.0]);
        assert_eq!(terms[2 * FEATURES..2 * FEATURES + 2], [10.0, 9.0]);
        assert_eq!(terms[CLASSIFIER_TERMS - 1], 25.0);
    }

    /// Features of C5 beside C3 and E3, in the order of `FEATURE_NAMES`.
    const STRUCK: [f32; FEATURES] = [0.186, 2.3, -2.0, 8.0, 40.0, 1.0, 0.5, 1.0, 0.0, 2.0, -2.0, 30.0, 0.0];

    #[test]
    fn accepts_a_loud_peak_and_rejects_a_weak_one() {
        assert!(log_odds(&STRUCK) > 0.0, "{}", log_odds(&STRUCK));
        let mut weak = STRUCK;
        (weak[1], weak[2], weak[3], weak[5], weak[10]) = (0.6, -22.0, 2.0, 0.0, -22.0);
        assert!(log_odds(&weak) < -3.0, "{}", log_odds(&weak));
    }
}
