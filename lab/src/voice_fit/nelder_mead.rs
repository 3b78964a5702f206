//! Nelder-Mead simplex search with the adaptive coefficients of Gao and Han (2012).
//!
//! It needs no derivative: the objective has a corner wherever an error changes its sign.

/// Limits of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SearchLimits {
    /// Most evaluations of the objective.
    pub(super) evaluations: usize,
    /// A simplex has converged if its values differ by less than this.
    pub(super) tolerance: f64,
    /// A converged search restarts with a fresh simplex, in case the old one collapsed, while that
    /// gains this much.
    pub(super) least_gain: f64,
}

/// The best point found, and its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Minimum {
    pub(super) point: Vec<f64>,
    pub(super) value: f64,
}

/// An objective with a budget of evaluations.
struct Budgeted<F> {
    objective: F,
    left: usize,
}

impl<F: FnMut(&[f64]) -> f64> Budgeted<F> {
    fn at(&mut self, point: Vec<f64>) -> Minimum {
        self.left = self.left.saturating_sub(1);
        let value = (self.objective)(&point);
        Minimum { point, value: if value.is_nan() { f64::INFINITY } else { value } }
    }
}

/// Searches for a minimum of `objective` around `start`; the first simplex extends by one of
/// `steps` along each axis.
///
/// NaN counts as infinity. The search is deterministic.
pub(super) fn minimise(
    start: &[f64],
    steps: &[f64],
    limits: &SearchLimits,
    objective: impl FnMut(&[f64]) -> f64,
) -> Minimum {
    let mut objective = Budgeted { objective, left: limits.evaluations };
    let mut best = objective.at(start.to_vec());
    let mut reach = 1.0;
    while objective.left > steps.len() {
        let before = best.value;
        best = descend(best, steps, reach, limits.tolerance, &mut objective);
        let gain = before - best.value;
        if gain.is_nan() || gain < limits.least_gain {
            break;
        }
        // The next simplex is smaller and extends to the other side.
        reach *= -0.7;
    }
    best
}

fn descend<F: FnMut(&[f64]) -> f64>(
    start: Minimum,
    steps: &[f64],
    reach: f64,
    tolerance: f64,
    objective: &mut Budgeted<F>,
) -> Minimum {
    // In one dimension the adaptive shrinkage would be 0; two dimensions give the classical
    // coefficients.
    let n = steps.len().max(2) as f64;
    let (expansion, contraction, shrinkage) = (1.0 + 2.0 / n, 0.75 - 0.5 / n, 1.0 - 1.0 / n);
    let mut best = start;
    let mut others: Vec<Minimum> = (0..steps.len())
        .map(|axis| {
            let mut point = best.point.clone();
            for (coordinate, step) in point.iter_mut().zip(steps).skip(axis).take(1) {
                *coordinate += reach * step;
            }
            objective.at(point)
        })
        .collect();
    loop {
        others.sort_by(|a, b| a.value.total_cmp(&b.value));
        if let Some(first) = others.first_mut().filter(|first| first.value < best.value) {
            std::mem::swap(first, &mut best);
        }
        let Some(worst) = others.pop() else { break };
        if objective.left == 0 || worst.value - best.value < tolerance {
            break;
        }
        let second_worst = others.last().map_or(best.value, |vertex| vertex.value);
        let centre = centroid(&best, &others);
        // The worst vertex reflected through the centre and scaled by `factor`.
        let image = |factor: f64| -> Vec<f64> {
            centre.iter().zip(&worst.point).map(|(centre, worst)| centre + factor * (centre - worst)).collect()
        };
        let reflected = objective.at(image(1.0));
        let accepted = if reflected.value < best.value {
            let expanded = objective.at(image(expansion));
            Some(if expanded.value < reflected.value { expanded } else { reflected })
        } else if reflected.value < second_worst {
            Some(reflected)
        } else if reflected.value < worst.value {
            Some(objective.at(image(contraction))).filter(|outside| outside.value <= reflected.value)
        } else {
            Some(objective.at(image(-contraction))).filter(|inside| inside.value < worst.value)
        };
        let shrink = accepted.is_none();
        others.push(accepted.unwrap_or(worst));
        if shrink {
            for vertex in &mut others {
                let towards = best.point.iter().zip(&vertex.point).map(|(best, p)| best + shrinkage * (p - best));
                *vertex = objective.at(towards.collect());
            }
        }
    }
    best
}

/// Returns the mean of all vertices but the worst.
fn centroid(best: &Minimum, others: &[Minimum]) -> Vec<f64> {
    let weight = 1.0 / (others.len() + 1) as f64;
    let mut centre: Vec<f64> = best.point.iter().map(|p| p * weight).collect();
    for vertex in others {
        for (sum, p) in centre.iter_mut().zip(&vertex.point) {
            *sum += p * weight;
        }
    }
    centre
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SearchLimits = SearchLimits { evaluations: 20_000, tolerance: 1e-14, least_gain: 1e-10 };

    fn rosenbrock(p: &[f64]) -> f64 {
        p.windows(2).map(|p| 100.0 * (p[1] - p[0] * p[0]).powi(2) + (1.0 - p[0]).powi(2)).sum()
    }

    #[test]
    fn finds_the_minimum_of_rosenbrocks_function() {
        // In eight dimensions a second minimum is near the classical start, so that search starts
        // at the origin.
        for start in [vec![-1.2, 1.0], vec![0.0; 8]] {
            let found = minimise(&start, &vec![0.5; start.len()], &LIMITS, rosenbrock);
            // The floor of the valley rises with only a hundredth of the squared distance.
            assert!(found.point.iter().all(|p| (p - 1.0).abs() < 1e-4), "{found:?}");
        }
    }

    #[test]
    fn handles_corners_and_a_single_dimension() {
        let found = minimise(&[5.0, 3.0], &[1.0, 1.0], &LIMITS, |p| (p[0] - 2.0).abs() + 3.0 * (p[1] + 1.0).abs());
        assert!((found.point[0] - 2.0).abs() < 1e-6 && (found.point[1] + 1.0).abs() < 1e-6, "{found:?}");
        let found = minimise(&[5.0], &[1.0], &LIMITS, |p| (p[0] - 2.0).powi(2));
        assert!((found.point[0] - 2.0).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn avoids_nan() {
        let found = minimise(&[2.0], &[1.0], &LIMITS, |p| if p[0] < 1.0 { f64::NAN } else { p[0] });
        assert!((found.point[0] - 1.0).abs() < 1e-3, "{found:?}");
        assert_eq!(minimise(&[2.0], &[1.0], &LIMITS, |_| f64::NAN).value, f64::INFINITY);
    }

    #[test]
    fn respects_the_limit_of_evaluations() {
        for evaluations in [0, 1, 5, 200] {
            let mut evaluated = 0;
            let limits = SearchLimits { evaluations, tolerance: 0.0, least_gain: 0.0 };
            minimise(&[-1.2, 1.0, 1.0], &[0.5; 3], &limits, |p| {
                evaluated += 1;
                rosenbrock(p)
            });
            // A step in progress is finished: two images and a shrinkage at most.
            assert!(evaluated <= evaluations.max(1) + 5, "{evaluated} of {evaluations}");
        }
    }
}
