//! Shades that stand for values: steps of one hue for how much, two hues for how much on either side of nothing.

use std::fmt::Write;

use crate::plot::svg::{Anchor, Svg, TICK_PX, px};

/// Steps of a ramp that says how much.
pub(super) const STEPS: usize = 5;
/// Steps of a ramp on either side of nothing.
pub(super) const SIDE_STEPS: usize = 4;

/// How much, from little to much, on light ground and on dark: lightness alone tells the steps apart, to colour-blind eyes too.
const AMOUNTS: [[&str; STEPS]; 2] = [
    ["#dcebf7", "#a9cde9", "#5fa3d3", "#2069ad", "#08285a"], //
    ["#1d3045", "#27557f", "#3f86c3", "#84bdec", "#dcefff"],
];
/// From far below to far above, on light ground and on dark: blue and orange, which no colour blindness confuses.
const SIDES: [[&str; 2 * SIDE_STEPS + 1]; 2] = [
    ["#08458f", "#2f7ab9", "#7fb3d9", "#c5dcee", "#f1f1ee", "#fadabb", "#f0a765", "#cf6a1c", "#8a3900"],
    ["#a6d3ff", "#5fa8e6", "#2f72b0", "#1f486f", "#262b33", "#573a20", "#955b20", "#d98a35", "#ffd09b"],
];

/// The rules of the style sheet for both ramps, on light ground (0) or on dark (1).
pub(super) fn rules(ground: usize) -> String {
    let mut rules = String::new();
    let (amounts, sides) = (AMOUNTS[ground].iter(), SIDES[ground].iter());
    let classes = amounts.enumerate().map(|(i, shade)| (amount_class(i), shade));
    for (class, shade) in classes.chain(sides.enumerate().map(|(i, shade)| (format!("d{i}"), shade))) {
        // Writing to a string cannot fail.
        let _ = writeln!(rules, ".wurli-plot .{class}{{fill:{shade}}}");
    }
    rules
}

/// Which step a value belongs to: the number of `bounds` that it reaches.
pub(super) fn amount_class(step: usize) -> String {
    format!("q{}", step.min(STEPS - 1))
}

/// Which of the shades on both sides of nothing a value belongs to. The first on either side begins at `first`, each of the others where
/// it is twice as much: that shows small and large values alike.
pub(super) fn side_class(value: f64, first: f64) -> usize {
    let steps = side_bounds(first).iter().filter(|bound| value.abs() >= **bound).count();
    if value < 0.0 { SIDE_STEPS - steps } else { SIDE_STEPS + steps }
}

/// Where the shades on one side of nothing begin.
pub(super) fn side_bounds(first: f64) -> [f64; SIDE_STEPS] {
    std::array::from_fn(|i| first * (i as f64).exp2())
}

/// Boxes side by side from `(x, y)` on, each with what it stands for.
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
    fn more_is_always_further_from_the_ground() {
        for (shades, is_light) in AMOUNTS.iter().zip([true, false]) {
            let luminances: Vec<f64> = shades.iter().map(|shade| luminance(shade)).collect();
            assert!(luminances.is_sorted_by(|a, b| if is_light { a > b } else { a < b }), "{luminances:?}");
        }
        for (shades, is_light) in SIDES.iter().zip([true, false]) {
            let luminances: Vec<f64> = shades.iter().map(|shade| luminance(shade)).collect();
            let (below, above) = (&luminances[..=SIDE_STEPS], &luminances[SIDE_STEPS..]);
            assert!(below.is_sorted_by(|a, b| if is_light { a < b } else { a > b }), "{luminances:?}");
            assert!(above.is_sorted_by(|a, b| if is_light { a > b } else { a < b }), "{luminances:?}");
        }
    }

    #[test]
    fn values_fall_into_steps_on_both_sides_and_those_beyond_into_the_last() {
        let classes = [-99.0, -4.0, -0.6, -0.4, 0.0, 0.4, 0.5, 1.9, 2.0, 99.0].map(|value| side_class(value, 0.5));
        assert_eq!(classes, [0, 0, 3, 4, 4, 4, 5, 6, 7, 8]);
        assert_eq!(side_class(f64::NAN, 0.5), SIDE_STEPS);
        assert_eq!((amount_class(0), amount_class(9)), ("q0".into(), "q4".into()));
    }
}
