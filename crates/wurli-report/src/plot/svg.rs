//! SVG text with escaping, and the style sheet of the charts.

use std::fmt::Write;

use crate::plot::series::Colour;
use crate::plot::shades;

pub(super) const LIGHT_GROUND: &str = "#ffffff";
pub(super) const DARK_GROUND: &str = "#16181d";
/// Assumed width of a character relative to the font size: common sans-serif fonts have 0.50–0.56.
const CHARACTER_WIDTH: f64 = 0.56;

/// Alignment of a text relative to its position.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// Embedding of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Embedding {
    /// A file with its own style sheet, background and visible title.
    Standalone,
    /// Part of a page with [`style_sheet`], a background and headings.
    Inline,
}

/// An SVG element under construction.
pub(super) struct Svg {
    text: String,
}

impl Svg {
    /// Starts an element with a title and a text alternative for screen readers.
    pub(super) fn new(embedding: Embedding, (width_px, height_px): (f64, f64), title: &str, description: &str) -> Self {
        let (width, height) = (px(width_px), px(height_px));
        let mut svg = Self { text: String::new() };
        // The class scopes the style sheet: a page may use the same class names.
        svg.push(&format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="wurli-plot" role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}">"#
        ));
        svg.push(&format!("<title>{}</title>", escape(title)));
        svg.push(&format!("<desc>{}</desc>", escape(description)));
        if embedding == Embedding::Standalone {
            svg.push(&format!("<style>\n{}</style>", style_sheet()));
            svg.push(&format!(r#"<rect class="ground" width="{width}" height="{height}"/>"#));
        }
        svg
    }

    /// Adds an empty element.
    pub(super) fn element(&mut self, name: &str, attributes: &str) {
        self.push(&format!("<{name} {attributes}/>"));
    }

    /// Adds an element with a tooltip, if that is not empty.
    pub(super) fn hinted(&mut self, name: &str, attributes: &str, hint: &str) {
        if hint.is_empty() {
            self.element(name, attributes);
        } else {
            self.push(&format!("<{name} {attributes}><title>{}</title></{name}>", escape(hint)));
        }
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let (x1, y1, x2, y2) = (px(from.0), px(from.1), px(to.0), px(to.1));
        self.element("line", &format!(r#"class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}""#));
    }

    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let (x, y, anchor) = (px(x), px(y), anchor.name());
        self.push(&format!(r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{anchor}">{}</text>"#, escape(text)));
    }

    /// Adds text that runs upwards, centred on a position.
    pub(super) fn upright_text(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        let (x, y) = (px(x), px(y));
        self.push(&format!(
            r#"<text class="{class}" transform="translate({x} {y}) rotate(-90)" text-anchor="middle">{}</text>"#,
            escape(text)
        ));
    }

    /// Adds a group with everything that `draw` adds.
    pub(super) fn group(&mut self, class: &str, draw: impl FnOnce(&mut Self)) {
        self.push(&format!(r#"<g class="{class}">"#));
        draw(self);
        self.push("</g>");
    }

    pub(super) fn finish(mut self) -> String {
        self.push("</svg>");
        self.text
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// Formats a coordinate to a hundredth of a pixel, without trailing zeros.
pub(super) fn px(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Estimates the width of a text, px.
pub(super) fn width_px(text: &str, size_px: f64) -> f64 {
    text.chars().count() as f64 * CHARACTER_WIDTH * size_px
}

/// Escapes text for an element or a quoted attribute. Characters that XML 1.0 forbids become
/// U+FFFD.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Sizes of text, px.
pub(super) const TITLE_PX: f64 = 17.0;
pub(super) const TEXT_PX: f64 = 12.0;
pub(super) const TICK_PX: f64 = 11.0;

/// Returns the style sheet of all charts, for light and dark mode. A page needs it once.
#[must_use]
pub fn style_sheet() -> String {
    let mut style = format!(
        ".wurli-plot text{{font-family:system-ui,sans-serif;font-size:{TEXT_PX}px;stroke:none}}\n\
         .wurli-plot .title{{font-size:{TITLE_PX}px;font-weight:600}}\n\
         .wurli-plot .caption,.wurli-plot .ringed{{font-weight:600}}\n\
         .wurli-plot .tick{{font-size:{TICK_PX}px}}\n\
         .wurli-plot .point-label,.wurli-plot .rule-label{{paint-order:stroke;stroke-width:3;stroke-linejoin:round}}\n\
         .wurli-plot .frame,.wurli-plot .ring{{fill:none;stroke-width:1}}\n\
         .wurli-plot .ring{{stroke-width:1.8}}\n\
         .wurli-plot .grid{{stroke-width:1}}\n\
         .wurli-plot .rule{{stroke-width:1.4}}\n\
         .wurli-plot .dashed{{stroke-dasharray:6 4}}\n\
         .wurli-plot .link{{stroke-width:1;stroke-opacity:0.55}}\n\
         .wurli-plot .interval{{stroke-width:2}}\n\
         .wurli-plot .series{{stroke-width:0}}\n\
         .wurli-plot .empty{{fill-opacity:0;stroke-width:1.5}}\n\
         .wurli-plot .through{{fill:none;stroke-width:1.5;stroke-opacity:0.7}}\n\
         .wurli-plot .cell{{stroke-width:0.75}}\n\
         .wurli-plot .white-key,.wurli-plot .black-key{{stroke-width:0.75}}\n\
         .wurli-plot .mark{{stroke-width:0.8}}\n\
         .wurli-plot .dashes.series .through{{stroke-dasharray:5 3;stroke-opacity:1}}\n"
    );
    let [light, dark] = [0, 1].map(|ground| {
        let colours = Colour::ALL.map(|colour| {
            let (class, shade) = (colour.class(), colour.on_light_and_dark()[ground]);
            format!(".wurli-plot .{class}{{fill:{shade};stroke:{shade}}}\n")
        });
        let ramps = shades::rules(ground);
        let [ground, ink, frame, grid] = [
            [LIGHT_GROUND, "#1b1e23", "#8a9099", "#e3e6ea"], //
            [DARK_GROUND, "#e4e7eb", "#7a818b", "#2c3037"],
        ][ground];
        // Colours of series come first, so that the rules for text and rings override them.
        format!(
            "{}{}.wurli-plot .ground,.wurli-plot .white-key,.wurli-plot .mark{{fill:{ground}}}\n.wurli-plot text{{fill:{ink}}}\n\
             .wurli-plot .point-label,.wurli-plot .rule-label{{stroke:{ground}}}\n\
             .wurli-plot .frame,.wurli-plot .link,.wurli-plot .interval{{stroke:{frame}}}\n\
             .wurli-plot .cell,.wurli-plot .white-key,.wurli-plot .black-key{{stroke:{frame}}}\n\
             .wurli-plot .black-key{{fill:{frame}}}\n.wurli-plot .mark{{stroke:{ink}}}\n.wurli-plot .grid{{stroke:{grid}}}\n\
             .wurli-plot .rule,.wurli-plot .ring{{stroke:{ink}}}\n",
            colours.concat(),
            ramps
        )
    });
    // Writing to a string cannot fail.
    let _ = write!(style, "{light}@media (prefers-color-scheme:dark){{\n{dark}}}\n");
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_markup() {
        assert_eq!(escape(r#"<a b="c">&'x'</a>"#), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;x&#39;&lt;/a&gt;");
        assert_eq!(escape("a\u{1}\n\u{ffff}ö♯"), "a\u{fffd} \u{fffd}ö♯");
    }

    #[test]
    fn coordinates_are_short_and_zero_has_no_sign() {
        assert_eq!([12.0, 12.5, 12.346, -0.001, -3.1, 100.0].map(px), ["12", "12.5", "12.35", "0", "-3.1", "100"]);
    }
}
