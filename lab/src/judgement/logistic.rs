//! Logistic regression by Newton's method (iteratively reweighted least squares), with a ridge.

use std::fmt;

use wurli_train::transcription::{CLASSIFIER_TERMS, FEATURES, classifier_terms};

/// Weight of the squared weights, the evidence being standardised: a prior by which a term is worth
/// 0.3, give or take; of 1, 10 and 50, that which was best on seeds left out.
const RIDGE: f64 = 10.0;
/// Steps; the fourth of them no longer changes the third digit.
const STEPS: usize = 10;

/// The evidence for one key, and whether it was struck.
pub(crate) struct Row {
    pub(crate) evidence: [f32; FEATURES],
    pub(crate) is_struck: bool,
}

/// Weights of the terms, and the mean and the reciprocal of the standard deviation by which
/// evidence is standardised.
pub(crate) struct Fit {
    means: [f32; FEATURES],
    scales: [f32; FEATURES],
    weights: Vec<f64>,
}

impl Fit {
    pub(crate) fn of(rows: &[Row]) -> Self {
        let count = rows.len().max(1) as f64;
        let mean = |of: &dyn Fn(&Row) -> f64| rows.iter().map(of).sum::<f64>() / count;
        let means: [f32; FEATURES] = std::array::from_fn(|index| mean(&|row| f64::from(row.evidence[index])) as f32);
        let scales: [f32; FEATURES] = std::array::from_fn(|index| {
            let variance = mean(&|row| f64::from(row.evidence[index] - means[index]).powi(2));
            (1.0 / variance.sqrt().max(1e-6)) as f32
        });
        let mut weights = vec![0.0; CLASSIFIER_TERMS];
        for _ in 0..STEPS {
            let (mut curvature, mut gradient) = ridge(&weights);
            for row in rows {
                let standardised = std::array::from_fn(|index| (row.evidence[index] - means[index]) * scales[index]);
                let terms: Vec<f64> = classifier_terms(&standardised).map(f64::from).collect();
                let log_odds: f64 = terms.iter().zip(&weights).map(|(term, weight)| term * weight).sum();
                let probability = 1.0 / (1.0 + (-log_odds).exp());
                let error = f64::from(u8::from(row.is_struck)) - probability;
                let certainty = probability * (1.0 - probability);
                for (index, term) in terms.iter().enumerate() {
                    gradient[index] += error * term;
                    for (entry, other) in curvature[index].iter_mut().zip(&terms).take(index + 1) {
                        *entry += certainty * term * other;
                    }
                }
            }
            for (weight, step) in weights.iter_mut().zip(solved(curvature, gradient)) {
                *weight += step;
            }
        }
        Self { means, scales, weights }
    }
}

/// Curvature, of which the lower triangle counts, and gradient of the ridge alone; the constant has
/// none.
fn ridge(weights: &[f64]) -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut curvature = vec![vec![0.0; weights.len()]; weights.len()];
    let mut gradient: Vec<f64> = weights.iter().map(|weight| -RIDGE * weight).collect();
    for (index, row) in curvature.iter_mut().enumerate() {
        row[index] = if index == 0 { 1e-9 } else { RIDGE };
    }
    gradient[0] = 0.0;
    (curvature, gradient)
}

/// Returns the solution of a positive definite system, of which the lower triangle is given, by
/// Cholesky's factors.
fn solved(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for row in 0..size {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| matrix[row][k] * matrix[column][k]).sum();
            let rest = matrix[row][column] - known;
            matrix[row][column] = if row == column { rest.max(1e-12).sqrt() } else { rest / matrix[column][column] };
        }
        let known: f64 = (0..row).map(|k| matrix[row][k] * right[k]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|k| matrix[k][row] * right[k]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "//! Weights of the judgement, as `lab judgement` prints them; `docs/transcription.md` says of which round.\n"
        )?;
        writeln!(f, "use super::features::FEATURES;\nuse super::classifier::CLASSIFIER_TERMS;\n")?;
        writeln!(f, "/// Mean of the evidence among the keys weighed.")?;
        table(f, "MEANS", "FEATURES", self.means.iter().copied().map(f64::from))?;
        writeln!(f, "/// Reciprocal of its standard deviation.")?;
        table(f, "SCALES", "FEATURES", self.scales.iter().copied().map(f64::from))?;
        writeln!(f, "/// Weight of each term.")?;
        table(f, "WEIGHTS", "CLASSIFIER_TERMS", self.weights.iter().copied())
    }
}

fn table(f: &mut fmt::Formatter<'_>, name: &str, length: &str, values: impl Iterator<Item = f64>) -> fmt::Result {
    writeln!(f, "pub(super) const {name}: [f32; {length}] = [")?;
    for value in values {
        writeln!(f, "    {value:.4},")?;
    }
    writeln!(f, "];")
}
