//! How panels, axes and legend share the paper.

use crate::plot::axis::Axis;
use crate::plot::labels::Area;
use crate::plot::svg::{Home, TEXT_PX, TICK_PX, TITLE_PX, width_px};

/// Margins of the whole drawing, px.
const MARGIN_PX: f64 = 16.0;
/// Between two panels side by side; room for the lower one's caption between two above one another, px.
const GAP_PX: (f64, f64) = (22.0, 32.0);
/// A line of the legend or of tick labels, px.
pub(super) const LINE_PX: f64 = 18.0;
/// The marker of an entry of the legend and the space beside it; the space after an entry, px.
pub(super) const LEGEND_MARKER_PX: f64 = 26.0;
const LEGEND_GAP_PX: f64 = 22.0;
/// Between a panel and what is written beside it, px.
pub(super) const TICK_GAP_PX: f64 = 7.0;

/// Where everything goes, px.
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) title: (f64, f64),
    /// Where each entry of the legend begins.
    pub(super) legend: Vec<(f64, f64)>,
    pub(super) panels: Vec<Place>,
    /// Middle of the y axis' label.
    pub(super) y_label: (f64, f64),
}

/// Where a panel goes.
pub(super) struct Place {
    pub(super) frame: Area,
    /// Whether the values of the y axis are written at its left.
    pub(super) leftmost: bool,
    /// Whether the values and the name of the x axis are written below it: nothing else stands there.
    pub(super) lowest: bool,
}

/// The panels that a drawing is to have.
pub(super) struct Panels {
    /// Width and height of each, px.
    pub(super) size: (f64, f64),
    pub(super) count: usize,
    /// In a row.
    pub(super) columns: usize,
    /// Whether something is written above any of them.
    pub(super) captioned: bool,
}

impl Layout {
    pub(super) fn new(
        home: Home,
        Panels { size: (panel_width, panel_height), count: panels, columns, captioned }: Panels,
        y: &Axis,
        x_rows: usize,
        legend: &[String],
    ) -> Self {
        let columns = columns.clamp(1, panels.max(1));
        let rows = panels.div_ceil(columns).max(1);
        let widest = y.ticks.iter().map(|tick| width_px(&tick.label, TICK_PX)).fold(0.0, f64::max);
        let left = MARGIN_PX + TEXT_PX + TICK_GAP_PX + widest + TICK_GAP_PX;
        let width = left + columns as f64 * (panel_width + GAP_PX.0) - GAP_PX.0 + MARGIN_PX;

        // In a page, the first line is that of the legend.
        let title = (left, if home == Home::File { MARGIN_PX + TITLE_PX } else { TEXT_PX - 1.5 * LINE_PX });
        let (entries, legend_bottom) = legend_places(legend, (left, title.1 + 1.5 * LINE_PX), width - MARGIN_PX);
        let top = legend_bottom + if captioned { 6.0 + GAP_PX.1 } else { LINE_PX };
        let below = TICK_GAP_PX + x_rows as f64 * LINE_PX + LINE_PX;
        let height = top + rows as f64 * (panel_height + GAP_PX.1) - GAP_PX.1 + below + MARGIN_PX * 0.75;
        let places = (0..panels).map(|i| {
            let (column, row) = ((i % columns) as f64, (i / columns) as f64);
            let (left, top) = (left + column * (panel_width + GAP_PX.0), top + row * (panel_height + GAP_PX.1));
            let frame = Area { left, top, right: left + panel_width, bottom: top + panel_height };
            Place { frame, leftmost: i % columns == 0, lowest: i + columns >= panels }
        });
        Self {
            // A page would show a strip of itself beside part of a pixel.
            width: width.ceil(),
            height: height.ceil(),
            title,
            legend: entries,
            panels: places.collect(),
            y_label: (MARGIN_PX + TEXT_PX * 0.75, (top + height - below) / 2.0),
        }
    }
}

/// Entries side by side, in as many lines as they need; and where the last one ends.
fn legend_places(legend: &[String], (left, first): (f64, f64), right: f64) -> (Vec<(f64, f64)>, f64) {
    let (mut x, mut y) = (left, first);
    let places = legend.iter().map(|name| {
        let width = LEGEND_MARKER_PX + width_px(name, TEXT_PX);
        if x > left && x + width > right {
            (x, y) = (left, y + LINE_PX);
        }
        let place = (x, y);
        x += width + LEGEND_GAP_PX;
        place
    });
    let places: Vec<_> = places.collect();
    let bottom = if legend.is_empty() { first - 1.5 * LINE_PX } else { y };
    (places, bottom)
}

/// In which row below the panel each tick of the x axis is written, so that none covers its neighbour: in the first if all fit there, else
/// in two by turns.
pub(super) fn tick_rows(x: &Axis, panel_width: f64) -> Vec<usize> {
    let scale = x.scale(0.0, panel_width);
    let spans: Vec<_> = x
        .ticks
        .iter()
        .map(|tick| {
            let half = width_px(&tick.label, TICK_PX) / 2.0 + 2.0;
            scale.place(tick.value).map(|middle| (middle - half, middle + half))
        })
        .collect();
    let crowded = spans.windows(2).any(|pair| matches!(pair, [Some((_, right)), Some((left, _))] if right > left));
    (0..spans.len()).map(|i| if crowded { i % 2 } else { 0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_would_touch_stand_in_two_rows() {
        let keys = Axis::keys("");
        assert_eq!(tick_rows(&keys, 1200.0), [0; 16]);
        assert_eq!(tick_rows(&keys, 400.0)[..4], [0, 1, 0, 1]);
    }

    #[test]
    fn a_long_legend_continues_on_the_next_line() {
        let names = ["before", "after", "a name that is a good deal longer"].map(str::to_owned);
        let (places, bottom) = legend_places(&names, (10.0, 40.0), 300.0);
        assert_eq!((places[0], places[2], bottom), ((10.0, 40.0), (10.0, 58.0), 58.0));
        assert!(places[1].0 > 40.0 && places[1].1 == 40.0);
    }

    #[test]
    fn panels_share_the_axes_of_their_column_and_row() {
        let panels = || Panels { size: (100.0, 50.0), count: 3, columns: 2, captioned: true };
        let layout = Layout::new(Home::File, panels(), &Axis::around("", [0.0, 1.0]), 1, &[]);
        let sides: Vec<_> = layout.panels.iter().map(|place| (place.leftmost, place.lowest)).collect();
        // Nothing stands below the second one: its column ends there.
        assert_eq!(sides, [(true, false), (false, true), (true, true)]);
        let last = layout.panels[2].frame;
        assert!(last.bottom < layout.height && layout.panels[1].frame.right < layout.width);
        assert_eq!(last.left, layout.panels[0].frame.left);
        let in_page = Layout::new(Home::Page, panels(), &Axis::around("", [0.0, 1.0]), 1, &[]);
        assert!(in_page.height < layout.height && in_page.panels[0].frame.top > 0.0);
    }
}
