//! Surfaces: a function of key and velocity as a shaded map.

use std::fmt::Write;
use std::ops::RangeInclusive;

use crate::plot::axis::{Axis, Tick, signed};
use crate::plot::shades::{SHADES_PER_SIGN, signed_bounds, signed_shade};
use crate::plot::svg::{Anchor, Embedding, Svg, TICK_PX, px};

/// Width of a key and height of a row of velocities, px.
const KEY_PX: f64 = 2.5;
const ROW_PX: f64 = 1.5;
/// Velocities per row.
const VELOCITIES_PER_ROW: u8 = 2;
const HIGHEST_VELOCITY: u8 = 127;
const LINE_PX: f64 = 16.0;
/// Left margin, with the velocity labels, and right margin, px.
const MARGINS_PX: (f64, f64) = (30.0, 8.0);
/// Radius of the dot at a recorded note, px.
const MARK_PX: f64 = 1.3;

/// A function of key and velocity.
pub struct Surface<'a> {
    /// Short title for screen readers.
    pub title: String,
    /// Text alternative for screen readers.
    pub description: String,
    /// Text above the map.
    pub caption: String,
    /// MIDI keys.
    pub keys: RangeInclusive<u8>,
    /// Value at a MIDI key and a velocity, 1..=127.
    pub value: &'a dyn Fn(u8, u8) -> f64,
    /// Absolute value at which the first shade on either side of zero begins; each further one
    /// begins at twice that.
    pub first: f64,
    /// Keys and velocities of the dots.
    pub marks: &'a [(u8, u8)],
}

impl Surface<'_> {
    /// Returns the map as an SVG element for a page that has [`style_sheet`](super::style_sheet).
    #[must_use]
    pub fn to_inline_svg(&self) -> String {
        let (first, last) = (*self.keys.start(), *self.keys.end());
        let rows = HIGHEST_VELOCITY.div_ceil(VELOCITIES_PER_ROW);
        let (left, top) = (MARGINS_PX.0, LINE_PX + 4.0);
        let (right, bottom) =
            (left + KEY_PX * f64::from(last.saturating_sub(first) + 1), top + ROW_PX * f64::from(rows));
        let size = (right + MARGINS_PX.1, bottom + LINE_PX + 4.0);
        let mut svg = Svg::new(Embedding::Inline, size, &self.title, &self.description);
        svg.text("caption", (left, LINE_PX - 4.0), Anchor::Start, &self.caption);

        // One path per shade, of runs in each row: one rectangle per cell would be thirty times as
        // large.
        let mut paths = vec![String::new(); 2 * SHADES_PER_SIGN + 1];
        for row in 0..rows {
            let velocity = HIGHEST_VELOCITY.saturating_sub(row * VELOCITIES_PER_ROW + VELOCITIES_PER_ROW / 2).max(1);
            let shades: Vec<usize> =
                self.keys.clone().map(|midi| signed_shade((self.value)(midi, velocity), self.first)).collect();
            let y = px(top + ROW_PX * f64::from(row));
            let mut column = 0;
            for run in shades.chunk_by(|a, b| a == b) {
                let (x, width) = (px(left + KEY_PX * column as f64), px(KEY_PX * run.len() as f64));
                // Writing to a string cannot fail.
                let _ = write!(paths[run[0]], "M{x} {y}h{width}v{ROW_PX}h-{width}z");
                column += run.len();
            }
        }
        for (shade, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
            svg.element("path", &format!(r#"class="d{shade}" d="{path}""#));
        }
        let [x, y, width, height] = [left, top, right - left, bottom - top].map(px);
        svg.element("rect", &format!(r#"class="frame" x="{x}" y="{y}" width="{width}" height="{height}""#));
        let middle = |midi: u8| left + KEY_PX * (f64::from(midi.saturating_sub(first)) + 0.5);
        let row = |velocity: u8| {
            top + ROW_PX / f64::from(VELOCITIES_PER_ROW) * f64::from(HIGHEST_VELOCITY - velocity.min(127))
        };
        for (midi, velocity) in self.marks.iter().filter(|(midi, _)| self.keys.contains(midi)) {
            let [x, y, r] = [middle(*midi), row(*velocity), MARK_PX].map(px);
            svg.element("circle", &format!(r#"class="mark" cx="{x}" cy="{y}" r="{r}""#));
        }
        for Tick { value, label } in Axis::keys("").ticks {
            let midi = value as u8;
            if midi.is_multiple_of(12) && self.keys.contains(&midi) {
                svg.text("tick", (middle(midi), bottom + TICK_PX + 4.0), Anchor::Middle, &label);
            }
        }
        for velocity in [1, 64, 127] {
            let y = row(velocity) + TICK_PX * 0.35;
            svg.text("tick", (left - 4.0, y), Anchor::End, &velocity.to_string());
        }
        svg.finish()
    }
}

/// Returns the legend of surfaces with this `first`: all shades, with the value at each border.
#[must_use]
pub fn surface_legend(title: &str, first: f64, unit: &str) -> String {
    const BOX_PX: (f64, f64) = (34.0, 12.0);
    let bounds = signed_bounds(first);
    let below = bounds.iter().rev().map(|bound| -bound);
    let labels: Vec<String> = below.chain(bounds).map(trimmed).collect();
    let ends = [labels.first(), labels.last()].map(|label| label.map_or("", String::as_str));
    let description = format!("Shades with borders from {} to {} {unit}, each twice the one before.", ends[0], ends[1]);
    let boxes = 2 * SHADES_PER_SIGN + 1;
    let mut svg = Svg::new(Embedding::Inline, (BOX_PX.0 * boxes as f64 + 4.0, 2.0 * LINE_PX), title, &description);
    for shade in 0..boxes {
        let [left, top, width, height] = [2.0 + BOX_PX.0 * shade as f64, 2.0, BOX_PX.0, BOX_PX.1].map(px);
        let attributes = format!(r#"class="cell d{shade}" x="{left}" y="{top}" width="{width}" height="{height}""#);
        svg.element("rect", &attributes);
    }
    for (i, label) in labels.iter().enumerate() {
        let x = 2.0 + BOX_PX.0 * (i + 1) as f64;
        svg.text("tick", (x, BOX_PX.1 + TICK_PX + 4.0), Anchor::Middle, label);
    }
    svg.finish()
}

/// Formats a number with two decimals at most.
fn trimmed(value: f64) -> String {
    let text = signed(value, 2);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::test_svg::elements;

    #[test]
    fn shades_cover_each_key_and_velocity_once() {
        let value = |midi: u8, velocity: u8| f64::from(midi) - 64.0 + f64::from(velocity) / 127.0;
        let surface = Surface {
            title: "a".into(),
            description: "b".into(),
            caption: "c".into(),
            keys: 21..=108,
            value: &value,
            first: 5.0,
            marks: &[(60, 64), (10, 1)],
        };
        let drawing = elements(&surface.to_inline_svg()).unwrap();
        let frame = drawing.iter().find(|element| element.has_class("frame")).unwrap();
        let paths: Vec<_> = drawing.iter().filter(|element| element.name == "path").collect();
        assert_eq!(paths.len(), 2 * SHADES_PER_SIGN + 1);
        let runs = paths.iter().flat_map(|path| path.attribute("d").unwrap().split('M').skip(1));
        let width = |run: &str| run.split('h').nth(1).unwrap().split('v').next().unwrap().parse::<f64>().unwrap();
        let area: f64 = runs.map(|run| width(run) * ROW_PX).sum();
        assert!((area - frame.number("width") * frame.number("height")).abs() < 1e-6);
        assert_eq!(drawing.iter().filter(|element| element.has_class("mark")).count(), 1);
        // Keys rise to the right.
        let left = |shade: &str| {
            let path = paths.iter().find(|path| path.has_class(shade)).unwrap().attribute("d").unwrap();
            path[1..].split(' ').next().unwrap().parse::<f64>().unwrap()
        };
        assert!(left("d0") < left("d4") && left("d4") < left("d8"));
    }

    #[test]
    fn legend_labels_every_border() {
        let drawing = elements(&surface_legend("Shades", 0.25, "octaves")).unwrap();
        let labels: Vec<_> = drawing.iter().filter(|e| e.name == "text").map(|e| e.text.as_str()).collect();
        assert_eq!(labels[..4], ["\u{2212}2", "\u{2212}1", "\u{2212}0.5", "\u{2212}0.25"]);
        assert_eq!(labels[4..], ["0.25", "0.5", "1", "2"]);
        assert_eq!(drawing.iter().filter(|element| element.has_class("cell")).count(), 2 * SHADES_PER_SIGN + 1);
    }
}
