//! Series of points, with markers and colours.

use crate::plot::svg::{Svg, px};

/// A colour that is safe for colour-blind readers, on light and on dark backgrounds.
///
/// Hues of Okabe and Ito, "Color universal design" (2008), adjusted to a contrast of at least
/// 3 : 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Blue; sky blue in dark mode.
    Blue,
    /// Vermilion; orange in dark mode.
    Vermilion,
    /// Bluish green.
    Green,
    /// Reddish purple.
    Purple,
    /// Grey.
    Grey,
}

impl Colour {
    /// All colours in the order of assignment.
    pub const ALL: [Self; 5] = [Self::Blue, Self::Vermilion, Self::Green, Self::Purple, Self::Grey];

    /// Returns the CSS class.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Vermilion => "vermilion",
            Self::Green => "green",
            Self::Purple => "purple",
            Self::Grey => "grey",
        }
    }

    /// Returns the shades on a light and on a dark background.
    pub(super) const fn on_light_and_dark(self) -> [&'static str; 2] {
        match self {
            Self::Blue => ["#0072b2", "#56b4e9"],
            Self::Vermilion => ["#c84c00", "#f0a020"],
            Self::Green => ["#007a5a", "#2fc79b"],
            Self::Purple => ["#a8487c", "#e19bc3"],
            Self::Grey => ["#5c6066", "#aab0b8"],
        }
    }
}

/// Marker of a point. Series differ in shape as well as in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// An open circle.
    Circle,
    /// A filled circle.
    Dot,
    /// A filled square.
    Square,
    /// A filled triangle.
    Triangle,
    /// A filled diamond.
    Diamond,
    /// No marker, for dense lines.
    None,
}

/// Half the size of a marker, px.
pub(super) const MARKER_PX: f64 = 4.0;
/// Radius of the ring around a highlighted point, px.
pub(super) const RING_PX: f64 = 8.5;

impl Marker {
    /// Draws the marker around a position, with a tooltip.
    pub(super) fn draw(self, svg: &mut Svg, (x, y): (f64, f64), hint: &str) {
        let r = MARKER_PX;
        let round = |radius: f64| format!(r#"cx="{}" cy="{}" r="{}""#, px(x), px(y), px(radius));
        let path = |points: &[(f64, f64)]| {
            let corners: Vec<_> =
                points.iter().map(|(dx, dy)| format!("{},{}", px(x + dx * r), px(y + dy * r))).collect();
            format!(r#"points="{}""#, corners.join(" "))
        };
        let (element, attributes) = match self {
            Self::Circle => ("circle", format!(r#"class="empty" {}"#, round(r - 0.5))),
            Self::Dot => ("circle", round(r)),
            Self::Square => ("polygon", path(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])),
            Self::Triangle => ("polygon", path(&[(0.0, -1.15), (1.1, 0.8), (-1.1, 0.8)])),
            Self::Diamond => ("polygon", path(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)])),
            Self::None => return,
        };
        svg.hinted(element, &attributes, hint);
    }
}

/// A point of a series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Point {
    /// Value on the x axis.
    pub x: f64,
    /// Value on the y axis.
    pub y: f64,
    /// Text beside the point; may be empty.
    pub label: String,
    /// Tooltip; may be empty.
    pub hint: String,
    /// Draws a ring around the point.
    pub ringed: bool,
}

/// A series of points. Points that are not finite or outside the axes are not drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Colour of markers and line.
    pub colour: Colour,
    /// Marker of each point.
    pub marker: Marker,
    /// Draws a line through the points in their order, with a gap at each point that is not drawn.
    pub connected: bool,
    /// Draws a dashed line.
    pub dashed: bool,
    /// The points.
    pub points: Vec<Point>,
}

impl Series {
    /// Its classes in the style sheet.
    pub(super) fn class(&self) -> String {
        let dashes = if self.dashed { " dashes" } else { "" };
        format!("series {}{dashes}", self.colour.class())
    }
}

/// Returns the relative luminance by WCAG 2.2.
#[cfg(test)]
pub(super) fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::svg::{DARK_GROUND, LIGHT_GROUND};

    #[test]
    fn colours_contrast_with_the_background() {
        for colour in Colour::ALL {
            for (shade, ground) in colour.on_light_and_dark().into_iter().zip([LIGHT_GROUND, DARK_GROUND]) {
                let (shade, ground) = (luminance(shade), luminance(ground));
                let contrast = (shade.max(ground) + 0.05) / (shade.min(ground) + 0.05);
                // Non-text contrast of WCAG 2.2, 1.4.11.
                assert!(contrast >= 3.0, "{colour:?}: {contrast}");
            }
        }
    }
}
