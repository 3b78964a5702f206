//! Layers told by `amp_velcurve_N`, the gain at velocity N: a curve that is 0 below or above some
//! velocity ends a layer as a crossfade does.

/// Lowest velocity whose gain of 0 may end a layer. At 0 and 1, every curve may begin with 0.
const FADES_FROM: u8 = 2;

/// Returns the velocity of a point of the curve.
pub(super) fn point(name: &str) -> Option<u8> {
    let digits = name.strip_prefix("amp_velcurve_")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten().filter(|at| *at <= 127)
}

/// Returns the bounds of the layer of a curve with these points, velocity and gain from the lowest
/// velocity up. A fade ends a layer at its middle. None if the curve is 0 everywhere.
pub(super) fn layer(points: &[(u8, f64)]) -> Option<(u8, u8)> {
    let (mut low, mut high) = (0, 127);
    let audible = |(_, gain): &(u8, f64)| *gain > 0.0;
    let Some(first) = points.iter().position(audible) else {
        // Without a point at 127, the gain there is 1.
        return match points.last() {
            Some((at, _)) if *at == 127 => None,
            Some((at, _)) if *at >= FADES_FROM => Some((at.saturating_add(127).div_ceil(2), 127)),
            _ => Some((low, high)),
        };
    };
    let last = points.iter().rposition(audible).unwrap_or(first);
    if let (Some((silent, _)), Some((heard, _))) =
        (first.checked_sub(1).and_then(|at| points.get(at)), points.get(first))
        && *silent >= FADES_FROM
    {
        low = (silent + heard).div_ceil(2);
    }
    if let (Some((heard, _)), Some((silent, _))) = (points.get(last), points.get(last + 1)) {
        high = (heard + silent) / 2;
    }
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_that_falls_to_zero_bounds_a_layer() {
        for (points, bounds) in [
            (&[(63, 1.0), (64, 0.0)][..], Some((0, 63))),
            (&[(0, 1.0), (63, 1.0), (64, 0.0), (127, 0.0)], Some((0, 63))),
            (&[(63, 0.0), (64, 1.0)], Some((64, 127))),
            (&[(50, 0.0), (80, 1.0), (127, 1.0)], Some((65, 127))),
            (&[(20, 0.0), (40, 1.0), (80, 1.0), (100, 0.0)], Some((30, 90))),
            (&[(63, 0.0)], Some((95, 127))),
            (&[(127, 1.0)], Some((0, 127))),
            (&[(1, 0.0), (127, 1.0)], Some((0, 127))),
            (&[(1, 0.2), (64, 0.5)], Some((0, 127))),
            (&[(0, 0.0), (127, 0.0)], None),
        ] {
            assert_eq!(layer(points), bounds, "{points:?}");
        }
        assert_eq!(
            (point("amp_velcurve_64"), point("amp_velcurve_"), point("amp_velcurve_128")),
            (Some(64), None, None)
        );
    }
}
