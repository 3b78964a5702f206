//! Interpolation of a spectral peak by a parabola through three log amplitudes.

/// Highest point of a parabola.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vertex {
    /// Distance from the middle point, in bins, −0.5..=0.5.
    pub offset: f64,
    /// Height, in the unit of the points.
    pub height: f64,
}

/// Vertex of the parabola through three neighbouring points; `None` where it opens upwards.
#[must_use]
pub fn vertex([left, middle, right]: [f64; 3]) -> Option<Vertex> {
    let curvature = left - 2.0 * middle + right;
    (curvature < 0.0).then(|| {
        let offset = (0.5 * (left - right) / curvature).clamp(-0.5, 0.5);
        Vertex { offset, height: middle - 0.25 * (left - right) * offset }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_vertex_between_bins() {
        let parabola = |x: f64| 2.0 - 3.0 * (x - 0.25).powi(2);
        assert_eq!(vertex([-1.0, 0.0, 1.0].map(parabola)), Some(Vertex { offset: 0.25, height: 2.0 }));
    }

    #[test]
    fn rejects_a_valley() {
        assert_eq!(vertex([1.0, 0.0, 1.0]), None);
    }
}
