//! What a function of key and velocity says, as shades over both.

use std::fmt::Write;
use std::ops::RangeInclusive;

use crate::plot::axis::{Axis, Tick, signed};
use crate::plot::shades::{SIDE_STEPS, side_bounds, side_class};
use crate::plot::svg::{Anchor, Home, Svg, TICK_PX, px};

/// Width of a key's column and height of a row of velocities, px.
const KEY_PX: f64 = 2.5;
const ROW_PX: f64 = 1.5;
/// Velocities in a row: 64 rows of them.
const VELOCITIES: u8 = 2;
const HIGHEST_VELOCITY: u8 = 127;
const LINE_PX: f64 = 16.0;
/// Room for the velocities' names at the left, and at the right, px.
const SIDES_PX: (f64, f64) = (30.0, 8.0);
/// Radius of the mark at a recorded note, px.
const MARK_PX: f64 = 1.3;

/// A function of key and velocity.
pub struct Surface<'a> {
    /// What it shows, in a few words; not written.
    pub title: String,
    /// What there is to see, for those who cannot.
    pub description: String,
    /// Written above it.
    pub caption: String,
    /// The keys, MIDI.
    pub keys: RangeInclusive<u8>,
    /// The value at a key and a velocity, 1..=127; above and below 0 in different hues.
    pub value: &'a dyn Fn(u8, u8) -> f64,
    /// Where the first shade on either side of 0 begins; each further one begins where it is twice as much.
    pub first: f64,
    /// Keys and velocities that are marked.
    pub marks: &'a [(u8, u8)],
}

impl Surface<'_> {
    /// The surface as part of a page that has [`style_sheet`](super::style_sheet).
    #[must_use]
    pub fn to_inline_svg(&self) -> String {
        let (first, last) = (*self.keys.start(), *self.keys.end());
        let rows = HIGHEST_VELOCITY.div_ceil(VELOCITIES);
        let (left, top) = (SIDES_PX.0, LINE_PX + 4.0);
        let (right, bottom) =
            (left + KEY_PX * f64::from(last.saturating_sub(first) + 1), top + ROW_PX * f64::from(rows));
        let size = (right + SIDES_PX.1, bottom + LINE_PX + 4.0);
        let mut svg = Svg::new(Home::Page, size, &self.title, &self.description);
        svg.text("caption", (left, LINE_PX - 4.0), Anchor::Start, &self.caption);

        // One path for each shade, of runs of equal shade in each row: a rectangle a cell would take thirty times as much.
        let mut paths = vec![String::new(); 2 * SIDE_STEPS + 1];
        for row in 0..rows {
            let velocity = HIGHEST_VELOCITY.saturating_sub(row * VELOCITIES + VELOCITIES / 2).max(1);
            let shades: Vec<usize> =
                self.keys.clone().map(|midi| side_class((self.value)(midi, velocity), self.first)).collect();
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
        let row = |velocity: u8| top + ROW_PX / f64::from(VELOCITIES) * f64::from(HIGHEST_VELOCITY - velocity.min(127));
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

/// The legend of surfaces whose first shade on either side begins at `first`: their shades, with the value at each border.
#[must_use]
pub fn surface_legend(title: &str, first: f64, unit: &str) -> String {
    const BOX_PX: (f64, f64) = (34.0, 12.0);
    let bounds = side_bounds(first);
    let below = bounds.iter().rev().map(|bound| -bound);
    let labels: Vec<String> = below.chain(bounds).map(written).collect();
    let ends = [labels.first(), labels.last()].map(|label| label.map_or("", String::as_str));
    let description = format!("Shades with borders from {} to {} {unit}, each twice the one before.", ends[0], ends[1]);
    let boxes = 2 * SIDE_STEPS + 1;
    let mut svg = Svg::new(Home::Page, (BOX_PX.0 * boxes as f64 + 4.0, 2.0 * LINE_PX), title, &description);
    for shade in 0..boxes {
        let [left, top, width, height] = [2.0 + BOX_PX.0 * shade as f64, 2.0, BOX_PX.0, BOX_PX.1].map(px);
        let place = format!(r#"class="cell d{shade}" x="{left}" y="{top}" width="{width}" height="{height}""#);
        svg.element("rect", &place);
    }
    for (i, label) in labels.iter().enumerate() {
        let x = 2.0 + BOX_PX.0 * (i + 1) as f64;
        svg.text("tick", (x, BOX_PX.1 + TICK_PX + 4.0), Anchor::Middle, label);
    }
    svg.finish()
}

/// A border with as many decimals as it has.
fn written(value: f64) -> String {
    let text = signed(value, 2);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::xml::elements;

    #[test]
    fn shades_cover_every_key_at_every_velocity_once() {
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
        assert_eq!(paths.len(), 2 * SIDE_STEPS + 1);
        let runs = paths.iter().flat_map(|path| path.attribute("d").unwrap().split('M').skip(1));
        let width = |run: &str| run.split('h').nth(1).unwrap().split('v').next().unwrap().parse::<f64>().unwrap();
        let area: f64 = runs.map(|run| width(run) * ROW_PX).sum();
        assert!((area - frame.number("width") * frame.number("height")).abs() < 1e-6);
        assert_eq!(drawing.iter().filter(|element| element.has_class("mark")).count(), 1);
        // High velocities stand above; keys rise to the right.
        let left = |shade: &str| {
            let path = paths.iter().find(|path| path.has_class(shade)).unwrap().attribute("d").unwrap();
            path[1..].split(' ').next().unwrap().parse::<f64>().unwrap()
        };
        assert!(left("d0") < left("d4") && left("d4") < left("d8"));
    }

    #[test]
    fn a_legend_names_every_border() {
        let drawing = elements(&surface_legend("Shades", 0.25, "octaves")).unwrap();
        let labels: Vec<_> = drawing.iter().filter(|e| e.name == "text").map(|e| e.text.as_str()).collect();
        assert_eq!(labels[..4], ["\u{2212}2", "\u{2212}1", "\u{2212}0.5", "\u{2212}0.25"]);
        assert_eq!(labels[4..], ["0.25", "0.5", "1", "2"]);
        assert_eq!(drawing.iter().filter(|element| element.has_class("cell")).count(), 2 * SIDE_STEPS + 1);
    }
}
