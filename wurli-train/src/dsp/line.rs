//! A straight line through points.

/// A straight line fitted by least squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Change of y per unit of x.
    pub slope: f64,
    /// y at x = 0.
    pub intercept: f64,
    /// Root of the mean squared distance in y.
    pub residual: f64,
}

/// The line through `points` (x, y); `None` of fewer than two points or of points that all share their x.
#[must_use]
pub fn fit(points: &[(f64, f64)]) -> Option<Line> {
    let n = points.len() as f64;
    let mean_x = points.iter().map(|p| p.0).sum::<f64>() / n;
    let mean_y = points.iter().map(|p| p.1).sum::<f64>() / n;
    let square: f64 = points.iter().map(|p| (p.0 - mean_x).powi(2)).sum();
    if points.len() < 2 || square == 0.0 {
        return None;
    }
    let slope = points.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y)).sum::<f64>() / square;
    let intercept = mean_y - slope * mean_x;
    let residual = (points.iter().map(|p| (p.1 - intercept - slope * p.0).powi(2)).sum::<f64>() / n).sqrt();
    Some(Line { slope, intercept, residual })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_with_its_scatter() {
        let line = fit(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]).unwrap();
        assert_eq!((line.slope, line.intercept, line.residual), (2.0, 1.0, 0.0));
        let line = fit(&[(0.0, 1.0), (0.0, -1.0), (1.0, 1.0), (1.0, -1.0)]).unwrap();
        assert_eq!((line.slope, line.residual), (0.0, 1.0));
    }

    #[test]
    fn a_single_x_has_no_slope() {
        assert_eq!(fit(&[]), None);
        assert_eq!(fit(&[(1.0, 2.0)]), None);
        assert_eq!(fit(&[(1.0, 2.0), (1.0, 3.0)]), None);
    }
}
