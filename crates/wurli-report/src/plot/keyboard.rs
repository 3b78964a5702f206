//! Keyboard maps: a column of shaded cells above each key.

use std::ops::RangeInclusive;

use wurli_train::note_name::note_name;

use crate::plot::shades::{MAGNITUDE_SHADES, legend, magnitude_class};
use crate::plot::svg::{Anchor, Embedding, Svg, TEXT_PX, TICK_PX, px, width_px};

/// Width of a key and height of a row, px.
const KEY_PX: f64 = 13.0;
const ROW_PX: f64 = 17.0;
/// Least width of the row names, px, so that the keys of several maps are aligned.
const NAMES_PX: f64 = 64.0;
/// Lengths of the keys drawn below the cells, px.
const WHITE_PX: f64 = 26.0;
const BLACK_PX: f64 = 16.0;
/// Height of a line of text, and space between two panels, px.
const LINE_PX: f64 = 18.0;
const GAP_PX: f64 = 16.0;
/// Pitch classes of the black keys.
const BLACK_KEYS: [u8; 5] = [1, 3, 6, 8, 10];

/// A map of the keyboard.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyboardMap {
    /// Short title.
    pub title: String,
    /// Text alternative for screen readers.
    pub description: String,
    /// MIDI keys with a column.
    pub keys: RangeInclusive<u8>,
    /// Names of the rows, from the top.
    pub rows: Vec<String>,
    /// Maps from the top, all with these keys and rows.
    pub panels: Vec<KeyPanel>,
    /// Values at the borders between two shades.
    pub bounds: [f64; MAGNITUDE_SHADES - 1],
    /// Unit of the values and bounds.
    pub unit: &'static str,
}

/// A map within a [`KeyboardMap`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyPanel {
    /// Text above the map.
    pub caption: String,
    /// Cells; a missing one stands for an unknown value.
    pub cells: Vec<Cell>,
}

/// Value of a key in a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Index of the row.
    pub row: usize,
    /// MIDI key.
    pub midi: u8,
    /// Value; a cell is drawn only for finite ones.
    pub value: f64,
    /// Tooltip.
    pub hint: String,
}

impl KeyboardMap {
    /// Returns the map as an SVG element for a page that has [`style_sheet`](super::style_sheet).
    #[must_use]
    pub fn to_inline_svg(&self) -> String {
        let widest = self.rows.iter().map(|row| width_px(row, TICK_PX)).fold(0.0, f64::max);
        let left = (widest + 8.0).max(NAMES_PX);
        let (first, last) = (*self.keys.start(), *self.keys.end());
        let width = left + KEY_PX * f64::from(last.saturating_sub(first) + 1) + 2.0;
        let rows_px = ROW_PX * self.rows.len() as f64;
        let panel_px = LINE_PX + rows_px + GAP_PX;
        let keys_top = panel_px * self.panels.len() as f64 - GAP_PX + 5.0;
        let height = keys_top + WHITE_PX + LINE_PX + LINE_PX + 6.0;
        // At least as wide as the legend.
        let width = width.max(left + 460.0);
        let mut svg = Svg::new(Embedding::Inline, (width.ceil(), height.ceil()), &self.title, &self.description);
        let column = |midi: u8| left + KEY_PX * f64::from(midi.saturating_sub(first));
        for (i, panel) in self.panels.iter().enumerate() {
            let top = panel_px * i as f64 + LINE_PX;
            svg.text("caption", (left, top - 6.0), Anchor::Start, &panel.caption);
            for (row, name) in self.rows.iter().enumerate() {
                let middle = top + ROW_PX * (row as f64 + 0.5);
                svg.text("tick", (left - 6.0, middle + TICK_PX * 0.35), Anchor::End, name);
                svg.line("grid", (left, middle), (column(last) + KEY_PX, middle));
            }
            for cell in &panel.cells {
                self.draw(&mut svg, cell, (column(cell.midi), top + ROW_PX * cell.row as f64));
            }
        }
        self.draw_keys(&mut svg, keys_top, &column);
        let y = keys_top + WHITE_PX + LINE_PX + LINE_PX;
        legend(&mut svg, (left, y), &self.legend());
        svg.finish()
    }

    fn draw(&self, svg: &mut Svg, cell: &Cell, (x, y): (f64, f64)) {
        if !cell.value.is_finite() || !self.keys.contains(&cell.midi) || cell.row >= self.rows.len() {
            return;
        }
        let class = magnitude_class(self.bounds.iter().filter(|bound| cell.value >= **bound).count());
        let [x, y, width, height] = [x + 0.75, y + 0.75, KEY_PX - 1.5, ROW_PX - 1.5].map(px);
        let attributes = format!(r#"class="cell {class}" x="{x}" y="{y}" width="{width}" height="{height}" rx="1.5""#);
        svg.hinted("rect", &attributes, &cell.hint);
    }

    /// Draws each key below its column, with a label at every C.
    fn draw_keys(&self, svg: &mut Svg, top: f64, column: &dyn Fn(u8) -> f64) {
        for midi in self.keys.clone() {
            let is_black = BLACK_KEYS.contains(&(midi % 12));
            let (class, length) = if is_black { ("black-key", BLACK_PX) } else { ("white-key", WHITE_PX) };
            let [x, y, width, height] = [column(midi), top, KEY_PX, length].map(px);
            svg.element("rect", &format!(r#"class="{class}" x="{x}" y="{y}" width="{width}" height="{height}""#));
            if midi.is_multiple_of(12) || (midi == *self.keys.start() && midi % 12 < 10) {
                let x = column(midi) + KEY_PX / 2.0;
                svg.text("tick", (x, top + WHITE_PX + TEXT_PX + 2.0), Anchor::Middle, &note_name(midi));
            }
        }
    }

    fn legend(&self) -> Vec<(String, String)> {
        let [first, .., last] = self.bounds;
        let between = self.bounds.windows(2).map(|pair| format!("{}\u{2013}{}", pair[0], pair[1]));
        let labels = std::iter::once(format!("below {first} {}", self.unit)).chain(between);
        let labels = labels.chain([format!("{last} or more")]);
        labels.enumerate().map(|(i, label)| (magnitude_class(i), label)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::test_svg::elements;

    #[test]
    fn cells_are_above_their_keys_in_the_shade_of_their_value() {
        let cell = |row, midi, value| Cell { row, midi, value, hint: "a < b".into() };
        let cells = vec![
            cell(0, 60, 0.5),
            cell(1, 61, 9.0),
            cell(1, 62, f64::NAN),
            cell(2, 60, 1.0),
            cell(0, 90, 1.0),
            cell(0, 64, 2.0),
        ];
        let map = KeyboardMap {
            title: "Errors".into(),
            description: "of levels".into(),
            keys: 60..=72,
            rows: vec!["H2".into(), "H3".into()],
            panels: vec![KeyPanel { caption: "before".into(), cells }],
            bounds: [1.0, 2.0, 4.0, 8.0],
            unit: "dB",
        };
        let drawing = elements(&map.to_inline_svg()).unwrap();
        let key = |nth: usize| {
            let keys = drawing.iter().filter(|e| e.has_class("white-key") || e.has_class("black-key"));
            keys.clone().nth(nth).unwrap().number("x")
        };
        let cells: Vec<_> = drawing.iter().filter(|e| e.attribute("rx").is_some()).collect();
        assert_eq!(cells.len(), 3, "a cell without a finite value, row or key is not drawn");
        for (cell, (class, nth)) in cells.iter().zip([("q0", 0), ("q4", 1), ("q2", 4)]) {
            assert!(cell.has_class(class), "{cell:?}");
            assert!((cell.number("x") - key(nth) - 0.75).abs() < 0.02, "{cell:?}");
        }
        assert!(cells[1].number("y") > cells[0].number("y"));
        let names: Vec<_> = drawing.iter().filter(|e| e.has_class("tick")).map(|e| e.text.as_str()).collect();
        assert_eq!(names[..4], ["H2", "H3", "C4", "C5"]);
        assert_eq!(drawing.iter().filter(|e| e.has_class("black-key")).count(), 5);
        assert!(drawing.iter().all(|element| element.name != "style"));
    }
}
