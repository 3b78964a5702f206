//! Charts as self-contained SVG: with a dark mode, safe for colour-blind readers, and with text for
//! screen readers.
//!
//! A [`Chart`] has one or several panels on shared axes; [`residuals`] and [`trade_off`] draw
//! charts into files. A [`KeyboardMap`] shades values per key, a [`Surface`] values per key and
//! velocity.
//!
//! No charting library is used: plotters has no dark mode, no text alternatives and no keyboard
//! maps.

mod axis;
mod chart;
mod keyboard;
mod labels;
mod layout;
mod residual;
mod series;
mod shades;
mod surface;
mod svg;
#[cfg(test)]
mod test_svg;
mod trade;

pub(crate) use axis::signed;
pub use axis::{Axis, Tick};
pub use chart::{Chart, Panel, Rule};
pub use keyboard::{Cell, KeyPanel, KeyboardMap};
pub use residual::{LEVEL_HARMONICS, ResidualPoint, residual_chart, residuals};
pub use series::{Colour, Marker, Point, Series};
pub use surface::{Surface, surface_legend};
pub use svg::style_sheet;
pub use trade::{TradeOff, trade_off};
