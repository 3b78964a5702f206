//! Layout of panels, axes and legend.

use crate::plot::axis::Axis;
use crate::plot::labels::Area;
use crate::plot::svg::{Embedding, TEXT_PX, TICK_PX, TITLE_PX, width_px};

/// Margin of the chart, px.
const MARGIN_PX: f64 = 16.0;
/// Horizontal and vertical gap between panels, px. The vertical one holds the lower panel's
/// caption.
const GAP_PX: (f64, f64) = (22.0, 32.0);
/// Height of a line of the legend or of tick labels, px.
pub(super) const LINE_PX: f64 = 18.0;
/// Width of a legend entry's marker with its gap, and space after an entry, px.
pub(super) const LEGEND_MARKER_PX: f64 = 26.0;
const LEGEND_GAP_PX: f64 = 22.0;
/// Placeholder between a panel and its tick labels, px.
pub(super) const TICK_GAP_PX: f64 = 7.0;

/// Positions of all parts of a chart, px.
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) title: (f64, f64),
    /// Start of each legend entry.
    pub(super) legend: Vec<(f64, f64)>,
    pub(super) panels: Vec<PanelLayout>,
    /// Centre of the y axis' label.
    pub(super) y_label: (f64, f64),
}

/// Position of a panel.
pub(super) struct PanelLayout {
    pub(super) frame: Area,
    /// The panel has the tick labels of the y axis.
    pub(super) leftmost: bool,
    /// No panel is below it: it has the tick labels and the name of the x axis.
    pub(super) lowest: bool,
}

/// Number, size and arrangement of the panels.
pub(super) struct PanelGrid {
    /// Width and height of each panel, px.
    pub(super) size: (f64, f64),
    pub(super) count: usize,
    /// Panels per row.
    pub(super) columns: usize,
    /// Some panel has a caption or a remark.
    pub(super) captioned: bool,
}

impl Layout {
    pub(super) fn new(
        embedding: Embedding,
        PanelGrid { size: (panel_width, panel_height), count: panels, columns, captioned }: PanelGrid,
        y: &Axis,
        x_rows: usize,
        legend: &[String],
    ) -> Self {
        let columns = columns.clamp(1, panels.max(1));
        let rows = panels.div_ceil(columns).max(1);
        let widest = y.ticks.iter().map(|tick| width_px(&tick.label, TICK_PX)).fold(0.0, f64::max);
        let left = MARGIN_PX + TEXT_PX + TICK_GAP_PX + widest + TICK_GAP_PX;
        let width = left + columns as f64 * (panel_width + GAP_PX.0) - GAP_PX.0 + MARGIN_PX;

        // Without a title, the legend is the first line.
        let title =
            (left, if embedding == Embedding::Standalone { MARGIN_PX + TITLE_PX } else { TEXT_PX - 1.5 * LINE_PX });
        let (entries, legend_bottom) = legend_positions(legend, (left, title.1 + 1.5 * LINE_PX), width - MARGIN_PX);
        let top = legend_bottom + if captioned { 6.0 + GAP_PX.1 } else { LINE_PX };
        let below = TICK_GAP_PX + x_rows as f64 * LINE_PX + LINE_PX;
        let height = top + rows as f64 * (panel_height + GAP_PX.1) - GAP_PX.1 + below + MARGIN_PX * 0.75;
        let layouts = (0..panels).map(|i| {
            let (column, row) = ((i % columns) as f64, (i / columns) as f64);
            let (left, top) = (left + column * (panel_width + GAP_PX.0), top + row * (panel_height + GAP_PX.1));
            let frame = Area { left, top, right: left + panel_width, bottom: top + panel_height };
            PanelLayout { frame, leftmost: i % columns == 0, lowest: i + columns >= panels }
        });
        Self {
            // A fraction of a pixel would show a strip of the page.
            width: width.ceil(),
            height: height.ceil(),
            title,
            legend: entries,
            panels: layouts.collect(),
            y_label: (MARGIN_PX + TEXT_PX * 0.75, (top + height - below) / 2.0),
        }
    }
}

/// Places legend entries in as many lines as they need; returns their starts and the bottom of the
/// last line.
fn legend_positions(legend: &[String], (left, first): (f64, f64), right: f64) -> (Vec<(f64, f64)>, f64) {
    let (mut x, mut y) = (left, first);
    let positions = legend.iter().map(|name| {
        let width = LEGEND_MARKER_PX + width_px(name, TEXT_PX);
        if x > left && x + width > right {
            (x, y) = (left, y + LINE_PX);
        }
        let position = (x, y);
        x += width + LEGEND_GAP_PX;
        position
    });
    let positions: Vec<_> = positions.collect();
    let bottom = if legend.is_empty() { first - 1.5 * LINE_PX } else { y };
    (positions, bottom)
}

/// Returns the row below the panel for each tick label of the x axis.
///
/// All labels are in the first row if they fit, otherwise in two rows by turns.
pub(super) fn tick_rows(x: &Axis, panel_width: f64) -> Vec<usize> {
    let scale = x.scale(0.0, panel_width);
    let spans: Vec<_> = x
        .ticks
        .iter()
        .map(|tick| {
            let half = width_px(&tick.label, TICK_PX) / 2.0 + 2.0;
            scale.position(tick.value).map(|middle| (middle - half, middle + half))
        })
        .collect();
    let crowded = spans.windows(2).any(|pair| matches!(pair, [Some((_, right)), Some((left, _))] if right > left));
    (0..spans.len()).map(|i| if crowded { i % 2 } else { 0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crowded_tick_labels_use_two_rows() {
        let keys = Axis::keys("");
        assert_eq!(tick_rows(&keys, 1200.0), [0; 16]);
        assert_eq!(tick_rows(&keys, 400.0)[..4], [0, 1, 0, 1]);
    }

    #[test]
    fn long_legend_wraps() {
        let names = ["before", "after", "a name that is a good deal longer"].map(str::to_owned);
        let (places, bottom) = legend_positions(&names, (10.0, 40.0), 300.0);
        assert_eq!((places[0], places[2], bottom), ((10.0, 40.0), (10.0, 58.0), 58.0));
        assert!(places[1].0 > 40.0 && places[1].1 == 40.0);
    }

    #[test]
    fn outer_panels_have_the_tick_labels() {
        let panels = || PanelGrid { size: (100.0, 50.0), count: 3, columns: 2, captioned: true };
        let layout = Layout::new(Embedding::Standalone, panels(), &Axis::around("", [0.0, 1.0]), 1, &[]);
        let sides: Vec<_> = layout.panels.iter().map(|place| (place.leftmost, place.lowest)).collect();
        // The second column ends with the second panel.
        assert_eq!(sides, [(true, false), (false, true), (true, true)]);
        let last = layout.panels[2].frame;
        assert!(last.bottom < layout.height && layout.panels[1].frame.right < layout.width);
        assert_eq!(last.left, layout.panels[0].frame.left);
        let in_page = Layout::new(Embedding::Inline, panels(), &Axis::around("", [0.0, 1.0]), 1, &[]);
        assert!(in_page.height < layout.height && in_page.panels[0].frame.top > 0.0);
    }
}
