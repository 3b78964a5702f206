//! The simplex search of Nelder and Mead, with the coefficients that Gao and Han (2012) adapt to the number of dimensions.
//!
//! It needs no derivative: the objective of the fit has a corner wherever an error changes its sign.

/// When a search ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Search {
    /// Evaluations of the objective, all in all.
    pub(super) evaluations: usize,
    /// A simplex whose values differ by less than this has converged.
    pub(super) tolerance: f64,
    /// A converged search begins again around its best point with a fresh simplex, the cure for one that collapsed before it
    /// arrived, for as long as that gains this much.
    pub(super) worthwhile: f64,
}

/// The best point found, and its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Minimum {
    pub(super) point: Vec<f64>,
    pub(super) value: f64,
}

/// An objective that counts how often it may still be asked.
struct Counted<F> {
    objective: F,
    left: usize,
}

impl<F: FnMut(&[f64]) -> f64> Counted<F> {
    fn at(&mut self, point: Vec<f64>) -> Minimum {
        self.left = self.left.saturating_sub(1);
        let value = (self.objective)(&point);
        Minimum { point, value: if value.is_nan() { f64::INFINITY } else { value } }
    }
}

/// Looks for a minimum of `objective` around `start`; the first simplex reaches one of `steps` from it along each axis. What is
/// not a number counts as infinitely bad. The same call gives the same bits.
pub(super) fn minimise(start: &[f64], steps: &[f64], search: &Search, objective: impl FnMut(&[f64]) -> f64) -> Minimum {
    let mut objective = Counted { objective, left: search.evaluations };
    let mut best = objective.at(start.to_vec());
    let mut reach = 1.0;
    while objective.left > steps.len() {
        let before = best.value;
        best = descend(best, steps, reach, search.tolerance, &mut objective);
        let gain = before - best.value;
        if gain.is_nan() || gain < search.worthwhile {
            break;
        }
        // The next simplex is smaller and looks to the other side.
        reach *= -0.7;
    }
    best
}

fn descend<F: FnMut(&[f64]) -> f64>(
    start: Minimum,
    steps: &[f64],
    reach: f64,
    tolerance: f64,
    objective: &mut Counted<F>,
) -> Minimum {
    // In one dimension the adaptive shrinkage would be 0: the classical coefficients are those of two.
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
        let centre = centre(&best, &others);
        // The worst vertex's image on the other side of the centre, at `share` of its distance.
        let image = |share: f64| -> Vec<f64> {
            centre.iter().zip(&worst.point).map(|(centre, worst)| centre + share * (centre - worst)).collect()
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

/// The mean of all vertices but the worst.
fn centre(best: &Minimum, others: &[Minimum]) -> Vec<f64> {
    let share = 1.0 / (others.len() + 1) as f64;
    let mut centre: Vec<f64> = best.point.iter().map(|p| p * share).collect();
    for vertex in others {
        for (sum, p) in centre.iter_mut().zip(&vertex.point) {
            *sum += p * share;
        }
    }
    centre
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEARCH: Search = Search { evaluations: 20_000, tolerance: 1e-14, worthwhile: 1e-10 };

    fn rosenbrock(p: &[f64]) -> f64 {
        p.windows(2).map(|p| 100.0 * (p[1] - p[0] * p[0]).powi(2) + (1.0 - p[0]).powi(2)).sum()
    }

    #[test]
    fn the_end_of_rosenbrocks_valley_is_found_in_two_and_in_eight_dimensions() {
        // The classical start; in eight dimensions there is a second minimum near it, so that search begins at the origin.
        for start in [vec![-1.2, 1.0], vec![0.0; 8]] {
            let found = minimise(&start, &vec![0.5; start.len()], &SEARCH, rosenbrock);
            // The valley is flat: its floor rises with a hundredth of the square of the distance.
            assert!(found.point.iter().all(|p| (p - 1.0).abs() < 1e-4), "{found:?}");
        }
    }

    #[test]
    fn a_corner_and_a_single_dimension_are_no_obstacle() {
        let found = minimise(&[5.0, 3.0], &[1.0, 1.0], &SEARCH, |p| (p[0] - 2.0).abs() + 3.0 * (p[1] + 1.0).abs());
        assert!((found.point[0] - 2.0).abs() < 1e-6 && (found.point[1] + 1.0).abs() < 1e-6, "{found:?}");
        let found = minimise(&[5.0], &[1.0], &SEARCH, |p| (p[0] - 2.0).powi(2));
        assert!((found.point[0] - 2.0).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn what_is_not_a_number_is_avoided() {
        let found = minimise(&[2.0], &[1.0], &SEARCH, |p| if p[0] < 1.0 { f64::NAN } else { p[0] });
        assert!((found.point[0] - 1.0).abs() < 1e-3, "{found:?}");
        assert_eq!(minimise(&[2.0], &[1.0], &SEARCH, |_| f64::NAN).value, f64::INFINITY);
    }

    #[test]
    fn the_allowance_of_evaluations_is_kept() {
        for evaluations in [0, 1, 5, 200] {
            let mut asked = 0;
            let search = Search { evaluations, tolerance: 0.0, worthwhile: 0.0 };
            minimise(&[-1.2, 1.0, 1.0], &[0.5; 3], &search, |p| {
                asked += 1;
                rosenbrock(p)
            });
            // One step ends what it began: an image, a second one, and a shrinkage.
            assert!(asked <= evaluations.max(1) + 5, "{asked} of {evaluations}");
        }
    }
}
