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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_one_the_evidence_and_the_products_by_rows() {
        let mut evidence = [0.0; EVIDENCE];
        (evidence[0], evidence[1], evidence[EVIDENCE - 1]) = (2.0, 3.0, 5.0);
        let terms: Vec<f32> = judgement_terms(&evidence).collect();
        assert_eq!(terms.len(), JUDGEMENT_TERMS);
        assert_eq!(terms[..3], [1.0, 2.0, 3.0]);
        assert_eq!(terms[EVIDENCE + 1..EVIDENCE + 3], [4.0, 6.0]);
        assert_eq!(terms[2 * EVIDENCE..2 * EVIDENCE + 2], [10.0, 9.0]);
        assert_eq!(terms[JUDGEMENT_TERMS - 1], 25.0);
    }

    /// C5 beside C3 and E3: length, saving, level, excess, gain, own harmonics, distance, key, faintness, others, level
    /// among them, rise, sounding.
    const STRUCK: [f32; EVIDENCE] = [0.186, 2.3, -2.0, 8.0, 40.0, 1.0, 0.5, 1.0, 0.0, 2.0, -2.0, 30.0, 0.0];

    #[test]
    fn a_partial_as_loud_as_a_chord_is_a_key_and_a_weak_one_is_a_harmonic() {
        assert!(log_odds(&STRUCK) > 0.0, "{}", log_odds(&STRUCK));
        let mut weak = STRUCK;
        (weak[1], weak[2], weak[3], weak[5], weak[10]) = (0.6, -22.0, 2.0, 0.0, -22.0);
        assert!(log_odds(&weak) < -3.0, "{}", log_odds(&weak));
    }
}
