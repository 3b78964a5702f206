//! Shades for values: a ramp of one hue for magnitudes, a ramp of two hues for signed values.

use std::fmt::Write;

use crate::plot::svg::{Anchor, Svg, TICK_PX, px};

/// Shades for magnitudes.
pub(super) const MAGNITUDE_SHADES: usize = 5;
/// Shades for signed values, on either side of zero.
pub(super) const SHADES_PER_SIGN: usize = 4;

/// Shades from small to large magnitudes, in light and in dark mode. They differ in lightness
/// alone, which is safe for colour-blind readers.
const MAGNITUDES: [[&str; MAGNITUDE_SHADES]; 2] = [
    ["#dcebf7", "#a9cde9", "#5fa3d3", "#2069ad", "#08285a"], //
    ["#1d3045", "#27557f", "#3f86c3", "#84bdec", "#dcefff"],
];
/// Shades from negative to positive values, in light and in dark mode: blue and orange, which no
/// colour blindness confuses.
const SIGNED: [[&str; 2 * SHADES_PER_SIGN + 1]; 2] = [
    ["#08458f", "#2f7ab9", "#7fb3d9", "#c5dcee", "#f1f1ee", "#fadabb", "#f0a765", "#cf6a1c", "#8a3900"],
    ["#a6d3ff", "#5fa8e6", "#2f72b0", "#1f486f", "#262b33", "#573a20", "#955b20", "#d98a35", "#ffd09b"],
];

/// Returns the CSS rules of both ramps, for light mode (0) or dark mode (1).
pub(super) fn rules(mode: usize) -> String {
    let mut rules = String::new();
    let (magnitudes, signed) = (MAGNITUDES[mode].iter(), SIGNED[mode].iter());
    let classes = magnitudes.enumerate().map(|(i, shade)| (magnitude_class(i), shade));
    for (class, shade) in classes.chain(signed.enumerate().map(|(i, shade)| (format!("d{i}"), shade))) {
        // Writing to a string cannot fail.
        let _ = writeln!(rules, ".wurli-plot .{class}{{fill:{shade}}}");
    }
    rules
}

/// Returns the CSS class of a magnitude's shade.
pub(super) fn magnitude_class(step: usize) -> String {
    format!("q{}", step.min(MAGNITUDE_SHADES - 1))
}

/// Returns the index of a signed value's shade; [`SHADES_PER_SIGN`] is zero.
///
/// The first shade on either side begins at ±`first`, each further one at twice the value of the
/// one before.
pub(super) fn signed_shade(value: f64, first: f64) -> usize {
    let steps = signed_bounds(first).iter().filter(|bound| value.abs() >= **bound).count();
    if value < 0.0 { SHADES_PER_SIGN - steps } else { SHADES_PER_SIGN + steps }
}

/// Returns the absolute values at which the shades on one side of zero begin.
pub(super) fn signed_bounds(first: f64) -> [f64; SHADES_PER_SIGN] {
    std::array::from_fn(|i| first * (i as f64).exp2())
}

/// Draws a legend from `(x, y)` on: a box of each shade with its label.
pub(super) fn legend(svg: &mut Svg, (mut x, y): (f64, f64), entries: &[(String, String)]) {
    const BOX_PX: (f64, f64) = (20.0, 11.0);
    for (class, label) in entries {
        let (left, top, width, height) = (px(x), px(y - BOX_PX.1 + 2.0), px(BOX_PX.0), px(BOX_PX.1));
        svg.element("rect", &format!(r#"class="cell {class}" x="{left}" y="{top}" width="{width}" height="{height}""#));
        svg.text("tick", (x + BOX_PX.0 + 5.0, y), Anchor::Start, label);
        x += BOX_PX.0 + 5.0 + super::svg::width_px(label, TICK_PX) + 12.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::series::luminance;

    #[test]
    fn larger_values_contrast_more_with_the_background() {
        for (shades, is_light) in MAGNITUDES.iter().zip([true, false]) {
            let luminances: Vec<f64> = shades.iter().map(|shade| luminance(shade)).collect();
            assert!(luminances.is_sorted_by(|a, b| if is_light { a > b } else { a < b }), "{luminances:?}");
        }
        for (shades, is_light) in SIGNED.iter().zip([true, false]) {
            let luminances: Vec<f64> = shades.iter().map(|shade| luminance(shade)).collect();
            let (below, above) = (&luminances[..=SHADES_PER_SIGN], &luminances[SHADES_PER_SIGN..]);
            assert!(below.is_sorted_by(|a, b| if is_light { a < b } else { a > b }), "{luminances:?}");
            assert!(above.is_sorted_by(|a, b| if is_light { a > b } else { a < b }), "{luminances:?}");
        }
    }

    #[test]
    fn assigns_shades_to_signed_values() {
        let classes = [-99.0, -4.0, -0.6, -0.4, 0.0, 0.4, 0.5, 1.9, 2.0, 99.0].map(|value| signed_shade(value, 0.5));
        assert_eq!(classes, [0, 0, 3, 4, 4, 4, 5, 6, 7, 8]);
        assert_eq!(signed_shade(f64::NAN, 0.5), SHADES_PER_SIGN);
        assert_eq!((magnitude_class(0), magnitude_class(9)), ("q0".into(), "q4".into()));
    }
}
