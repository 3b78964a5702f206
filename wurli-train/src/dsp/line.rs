//! Linear regression.

/// A straight line fitted by least squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Change of y per unit of x.
    pub slope: f64,
    /// y at x = 0.
    pub intercept: f64,
    /// Root mean square of the residuals in y.
    pub rms_error: f64,
}

/// Fits a line to `points` (x, y); `None` for fewer than two points, or if all share one x.
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
    let rms_error = (points.iter().map(|p| (p.1 - intercept - slope * p.0).powi(2)).sum::<f64>() / n).sqrt();
    Some(Line { slope, intercept, rms_error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slope_intercept_and_scatter() {
        let line = fit(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]).unwrap();
        assert_eq!((line.slope, line.intercept, line.rms_error), (2.0, 1.0, 0.0));
        let line = fit(&[(0.0, 1.0), (0.0, -1.0), (1.0, 1.0), (1.0, -1.0)]).unwrap();
        assert_eq!((line.slope, line.rms_error), (0.0, 1.0));
    }

    #[test]
    fn rejects_points_at_a_single_x() {
        assert_eq!(fit(&[]), None);
        assert_eq!(fit(&[(1.0, 2.0)]), None);
        assert_eq!(fit(&[(1.0, 2.0), (1.0, 3.0)]), None);
    }
}
