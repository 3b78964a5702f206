//! Charts: panels of points and lines on shared axes.

use crate::plot::axis::{Axis, Scale};
use crate::plot::labels::{Area, Labels};
use crate::plot::layout::{LEGEND_MARKER_PX, LINE_PX, Layout, PanelGrid, PanelLayout, TICK_GAP_PX, tick_rows};
use crate::plot::series::{MARKER_PX, RING_PX, Series};
use crate::plot::svg::{Anchor, Embedding, Svg, TICK_PX, px};

/// A chart of one or several panels.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Short title.
    pub title: String,
    /// Text alternative for screen readers.
    pub description: String,
    /// The x axis of every panel.
    pub x: Axis,
    /// The y axis of every panel.
    pub y: Axis,
    /// Panels, row by row. The legend lists each series name once.
    pub panels: Vec<Panel>,
    /// Number of panels per row.
    pub columns: usize,
    /// Width and height of a panel, px.
    pub panel_px: (f64, f64),
}

/// One panel of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// Text above the panel at the left; may be empty.
    pub caption: String,
    /// Text above the panel at the right; may be empty.
    pub remark: String,
    /// Horizontal lines.
    pub rules: Vec<Rule>,
    /// Faint lines, each between two points (x, y).
    pub links: Vec<[(f64, f64); 2]>,
    /// Strong lines, each between two points (x, y): confidence intervals.
    pub intervals: Vec<[(f64, f64); 2]>,
    /// Series, the last one on top.
    pub series: Vec<Series>,
}

/// A horizontal line through a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Position in the unit of the y axis.
    pub y: f64,
    /// Text at the right end; may be empty.
    pub label: String,
    /// Draws a dashed line.
    pub dashed: bool,
}

/// Scales of both axes of a panel.
struct Scales {
    x: Scale,
    y: Scale,
}

impl Scales {
    fn position(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        Some((self.x.position(x)?, self.y.position(y)?))
    }
}

impl Chart {
    /// Returns the chart as the text of an SVG file.
    #[must_use]
    pub fn to_svg(&self) -> String {
        self.draw(Embedding::Standalone)
    }

    /// Returns the chart as an SVG element for a page that has [`style_sheet`](super::style_sheet).
    ///
    /// The title is left to a heading of the page.
    #[must_use]
    pub fn to_inline_svg(&self) -> String {
        self.draw(Embedding::Inline)
    }

    fn draw(&self, embedding: Embedding) -> String {
        let mut legend: Vec<&Series> = Vec::new();
        for series in self.panels.iter().flat_map(|panel| &panel.series) {
            if legend.iter().all(|known| known.name != series.name) {
                legend.push(series);
            }
        }
        let names: Vec<String> = legend.iter().map(|series| series.name.clone()).collect();
        let rows = tick_rows(&self.x, self.panel_px.0);
        let x_rows = rows.iter().max().map_or(0, |last| last + 1);
        let captioned = self.panels.iter().any(|panel| !panel.caption.is_empty() || !panel.remark.is_empty());
        let panels = PanelGrid { size: self.panel_px, count: self.panels.len(), columns: self.columns, captioned };
        let layout = Layout::new(embedding, panels, &self.y, x_rows, &names);

        let mut svg = Svg::new(embedding, (layout.width, layout.height), &self.title, &self.description);
        if embedding == Embedding::Standalone {
            svg.text("title", layout.title, Anchor::Start, &self.title);
        }
        for (series, (x, y)) in legend.into_iter().zip(&layout.legend) {
            svg.group(&series.class(), |svg| {
                let middle = (x + LEGEND_MARKER_PX / 2.0 - 4.0, y - 4.0);
                if series.connected {
                    svg.line("through", (middle.0 - 9.0, middle.1), (middle.0 + 9.0, middle.1));
                }
                series.marker.draw(svg, middle, "");
            });
            svg.text("legend", (x + LEGEND_MARKER_PX, *y), Anchor::Start, &series.name);
        }
        svg.upright_text("label", layout.y_label, &self.y.label);
        for (panel, layout) in self.panels.iter().zip(&layout.panels) {
            self.draw_panel(&mut svg, panel, layout, (&rows, x_rows));
        }
        svg.finish()
    }

    fn draw_panel(&self, svg: &mut Svg, panel: &Panel, layout: &PanelLayout, (rows, x_rows): (&[usize], usize)) {
        let frame = layout.frame;
        let scales = Scales { x: self.x.scale(frame.left, frame.right), y: self.y.scale(frame.bottom, frame.top) };
        let middle = (frame.left + frame.right) / 2.0;
        svg.text("caption", (frame.left, frame.top - TICK_GAP_PX), Anchor::Start, &panel.caption);
        svg.text("remark", (frame.right, frame.top - TICK_GAP_PX), Anchor::End, &panel.remark);

        for tick in &self.y.ticks {
            let Some(y) = scales.y.position(tick.value) else { continue };
            svg.line("grid", (frame.left, y), (frame.right, y));
            if layout.leftmost {
                svg.text("tick", (frame.left - TICK_GAP_PX, y + TICK_PX * 0.35), Anchor::End, &tick.label);
            }
        }
        for (tick, row) in self.x.ticks.iter().zip(rows) {
            let Some(x) = scales.x.position(tick.value) else { continue };
            svg.line("grid", (x, frame.top), (x, frame.bottom));
            if layout.lowest {
                let y = frame.bottom + TICK_GAP_PX + TICK_PX + *row as f64 * LINE_PX * 0.8;
                svg.text("tick", (x, y), Anchor::Middle, &tick.label);
            }
        }
        if layout.lowest {
            let y = frame.bottom + TICK_GAP_PX + x_rows as f64 * LINE_PX + TICK_PX;
            svg.text("label", (middle, y), Anchor::Middle, &self.x.label);
        }
        let [left, top, width, height] =
            [frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top].map(px);
        svg.element("rect", &format!(r#"class="frame" x="{left}" y="{top}" width="{width}" height="{height}""#));
        draw_content(svg, panel, frame, &scales);
    }
}

fn draw_content(svg: &mut Svg, panel: &Panel, frame: Area, scales: &Scales) {
    let mut taken = Vec::new();
    for rule in &panel.rules {
        let Some(y) = scales.y.position(rule.y) else { continue };
        svg.line(if rule.dashed { "rule dashed" } else { "rule" }, (frame.left, y), (frame.right, y));
        taken.push(Area { left: frame.left, top: y - 1.0, right: frame.right, bottom: y + 1.0 });
    }
    let lines = |class: &'static str, lines: &[[(f64, f64); 2]], svg: &mut Svg| {
        for [from, to] in lines {
            if let (Some(from), Some(to)) = (scales.position(from.0, from.1), scales.position(to.0, to.1)) {
                svg.line(class, from, to);
            }
        }
    };
    lines("link", &panel.links, svg);
    lines("interval", &panel.intervals, svg);
    let positions = |series: &Series| -> Vec<Option<(f64, f64)>> {
        series.points.iter().map(|point| scales.position(point.x, point.y)).collect()
    };
    for series in &panel.series {
        let corners = positions(series);
        svg.group(&series.class(), |svg| {
            if series.connected {
                draw_polyline(svg, &corners);
                for pair in corners.windows(2) {
                    if let [Some(from), Some(to)] = *pair {
                        taken.extend(Area::along(from, to));
                    }
                }
            }
            for (point, position) in series.points.iter().zip(&corners) {
                let Some((x, y)) = *position else { continue };
                series.marker.draw(svg, (x, y), &point.hint);
                if point.ringed {
                    let ring = format!(r#"class="ring" cx="{}" cy="{}" r="{}""#, px(x), px(y), px(RING_PX));
                    svg.element("circle", &ring);
                }
                taken.push(Area::centred((x, y), if point.ringed { RING_PX } else { MARKER_PX }));
            }
        });
    }
    let mut labels = Labels::new(frame, taken);
    for rule in panel.rules.iter().filter(|rule| !rule.label.is_empty()) {
        if let Some(y) = scales.y.position(rule.y) {
            let placed = labels.beside_rule((frame.right, y), &rule.label);
            svg.text("rule-label", placed.at, placed.anchor, &rule.label);
        }
    }
    for series in &panel.series {
        for (point, position) in series.points.iter().zip(positions(series)) {
            if let Some(position) = position.filter(|_| !point.label.is_empty()) {
                let placed = labels.beside(position, &point.label);
                let class = if point.ringed { "point-label ringed" } else { "point-label" };
                svg.text(class, placed.at, placed.anchor, &point.label);
            }
        }
    }
}

/// Draws a line through points, with a gap at each missing one.
fn draw_polyline(svg: &mut Svg, points: &[Option<(f64, f64)>]) {
    for run in points.split(Option::is_none).filter(|run| run.len() > 1) {
        let corners: Vec<_> = run.iter().flatten().map(|(x, y)| format!("{},{}", px(*x), px(*y))).collect();
        svg.element("polyline", &format!(r#"class="through" points="{}""#, corners.join(" ")));
    }
}
