//! Charts as text: self-contained SVG, legible in light and dark, to colour-blind eyes and to screen readers.
//!
//! A [`Chart`] is one or several panels on shared axes; [`residuals`] and [`trade_off`] are the two that the project draws into files of
//! their own. A [`KeyboardMap`] shades what belongs to keys, a [`Surface`] what belongs to keys and velocities.

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
mod trade;
#[cfg(test)]
mod xml;

pub(crate) use axis::signed;
pub use axis::{Axis, Tick};
pub use chart::{Chart, Panel, Rule};
pub use keyboard::{Cell, KeyPanel, KeyboardMap};
pub use residual::{LEVEL_HARMONICS, ResidualPoint, residual_chart, residuals};
pub use series::{Colour, Marker, Point, Series};
pub use surface::{Surface, surface_legend};
pub(crate) use svg::escape;
pub use svg::style_sheet;
pub use trade::{TradeOff, trade_off};
