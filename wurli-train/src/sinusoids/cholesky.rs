//! Symmetric positive definite systems, a few dozen unknowns large.

/// A symmetric matrix, row by row.
#[derive(Clone, Debug)]
pub(super) struct Symmetric {
    pub(super) size: usize,
    pub(super) values: Vec<f64>,
}

impl Symmetric {
    pub(super) fn zeros(size: usize) -> Self {
        Self { size, values: vec![0.0; size * size] }
    }

    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.size + column]
    }

    /// Sets an element and its mirror image.
    pub(super) fn set(&mut self, row: usize, column: usize, value: f64) {
        self.values[row * self.size + column] = value;
        self.values[column * self.size + row] = value;
    }

    /// Cholesky's factor, with `damping` times the diagonal added; `None` where the matrix is not positive definite. Rows are scaled to a
    /// diagonal of 1 first, so that units play no part.
    pub(super) fn factor(&self, damping: f64) -> Option<Factor> {
        let n = self.size;
        let scales: Option<Vec<f64>> =
            (0..n).map(|i| Some(self.at(i, i)).filter(|d| *d > 0.0 && d.is_finite()).map(|d| 1.0 / d.sqrt())).collect();
        let scales = scales?;
        let mut lower = vec![0.0; n * n];
        for row in 0..n {
            for column in 0..=row {
                let (left, right) = (&lower[row * n..row * n + column], &lower[column * n..column * n + column]);
                let known = dot(left, right);
                let scaled = self.at(row, column) * scales[row] * scales[column];
                let rest = scaled - known + if row == column { damping } else { 0.0 };
                lower[row * n + column] = if row == column {
                    Some(rest).filter(|rest| *rest > 1e-13)?.sqrt()
                } else {
                    rest / lower[column * n + column]
                };
            }
        }
        Some(Factor { size: n, lower, scales })
    }
}

/// In four sums, which a processor can do side by side.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let mut sums = [0.0f64; 4];
    let (left, right) = (left.chunks_exact(4), right.chunks_exact(4));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in left.zip(right) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// A factor, with which systems are solved.
pub(super) struct Factor {
    size: usize,
    lower: Vec<f64>,
    scales: Vec<f64>,
}

impl Factor {
    /// The solution of the system with the right-hand side `right`, in its place.
    pub(super) fn solve(&self, right: &mut [f64]) {
        let n = self.size;
        for row in 0..n {
            let known: f64 = self.lower[row * n..row * n + row].iter().zip(&*right).map(|(a, b)| a * b).sum();
            right[row] = (right[row] * self.scales[row] - known) / self.lower[row * n + row];
        }
        for row in (0..n).rev() {
            let known: f64 = (row + 1..n).map(|below| self.lower[below * n + row] * right[below]).sum();
            right[row] = (right[row] - known) / self.lower[row * n + row];
        }
        right.iter_mut().zip(&self.scales).for_each(|(value, scale)| *value *= scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Symmetric {
        let mut matrix = Symmetric::zeros(3);
        let values = [(0, 0, 4.0), (1, 0, 2.0), (1, 1, 5e6), (2, 0, 1.0), (2, 1, 3.0), (2, 2, 6e-3)];
        for (row, column, value) in values {
            matrix.set(row, column, value);
        }
        matrix
    }

    #[test]
    fn a_system_of_mixed_units_is_solved() {
        let mut matrix = example();
        matrix.set(2, 0, 0.1);
        let mut x = [1.0, 2.0, 3.0];
        matrix.factor(0.0).unwrap().solve(&mut x);
        for (row, expected) in [1.0, 2.0, 3.0].into_iter().enumerate() {
            let found: f64 = (0..3).map(|column| matrix.at(row, column) * x[column]).sum();
            assert!((found - expected).abs() < 1e-9, "{found}");
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_no_factor() {
        assert!(example().factor(0.0).is_none());
        assert!(Symmetric::zeros(2).factor(1.0).is_none());
        assert!(example().factor(10.0).is_some());
    }
}
