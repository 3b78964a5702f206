//! What is drawn into a panel: points, how they are marked, and in which colour.

use crate::plot::svg::{Svg, px};

/// A colour that is told from the others by colour-blind eyes too, on light ground and on dark. Hues of Okabe and Ito, "Color
/// universal design" (2008), as light or dark as a contrast of 3 : 1 with the ground asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Blue; sky blue on dark ground.
    Blue,
    /// Vermilion; orange on dark ground.
    Vermilion,
    /// Bluish green.
    Green,
    /// Reddish purple.
    Purple,
    /// Grey.
    Grey,
}

impl Colour {
    /// All of them, in the order in which they are given away.
    pub const ALL: [Self; 5] = [Self::Blue, Self::Vermilion, Self::Green, Self::Purple, Self::Grey];

    /// Its class in the style sheet.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Vermilion => "vermilion",
            Self::Green => "green",
            Self::Purple => "purple",
            Self::Grey => "grey",
        }
    }

    /// On light ground, on dark ground.
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

/// How a point is marked; shapes, too, tell series apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// An empty circle.
    Circle,
    /// A full circle.
    Dot,
    /// A full square.
    Square,
    /// A full triangle.
    Triangle,
    /// A full diamond.
    Diamond,
    /// Nothing: of many points the line through them is enough.
    None,
}

/// Half the size of a marker, px.
pub(super) const MARKER_PX: f64 = 4.0;
/// Radius of the ring about a marked point, px.
pub(super) const RING_PX: f64 = 8.5;

impl Marker {
    /// Draws it about a place on paper, with a text that appears when pointed at.
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

/// A value against another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Point {
    /// Its place along the x axis, in the axis' unit.
    pub x: f64,
    /// Its place along the y axis, in the axis' unit.
    pub y: f64,
    /// What is written beside it; may be empty.
    pub label: String,
    /// What appears when it is pointed at; may be empty.
    pub hint: String,
    /// Whether a ring is drawn about it.
    pub ringed: bool,
}

/// Points that belong together. Those that are not finite, or lie outside the axes, are not drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Its colour.
    pub colour: Colour,
    /// How its points are marked.
    pub marker: Marker,
    /// Whether a line runs through its points in their order; a point that is not drawn interrupts it.
    pub connected: bool,
    /// Whether that line is dashed.
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

/// Relative luminance, WCAG 2.2.
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
    fn every_colour_stands_out_from_its_ground() {
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
