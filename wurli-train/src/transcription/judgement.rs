//! How likely a key was struck, by its evidence: logistic regression on the evidence, its squares and its products.

use super::evidence::EVIDENCE;
use super::weights::{MEANS, SCALES, WEIGHTS};

/// The constant, the evidence, and the products of each two of it.
pub const JUDGEMENT_TERMS: usize = 1 + EVIDENCE + EVIDENCE * (EVIDENCE + 1) / 2;

/// The logarithm of the odds that the key was struck.
pub(super) fn log_odds(evidence: &[f32; EVIDENCE]) -> f32 {
    let standardised = std::array::from_fn(|index| (evidence[index] - MEANS[index]) * SCALES[index]);
    judgement_terms(&standardised).zip(WEIGHTS).map(|(term, weight)| term * weight).sum()
}

/// What is weighed: 1, the evidence, standardised, then by rows its products with itself and with what follows.
pub fn judgement_terms(standardised: &[f32; EVIDENCE]) -> impl Iterator<Item = f32> + '_ {
    let products = standardised
        .iter()
        .enumerate()
        .flat_map(|(index, value)| standardised.iter().skip(index).map(move |other| value * other));
    [1.0].into_iter().chain(standardised.iter().copied()).chain(products)
}
