//! Charts as text: self-contained SVG, legible in light and dark, to colour-blind eyes and to screen readers.
//!
//! A [`Chart`] is one or several panels on shared axes; [`residuals`] and [`trade_off`] are the two that the project draws.

mod axis;
mod chart;
mod labels;
mod layout;
mod residual;
mod series;
mod svg;
mod trade;
#[cfg(test)]
mod xml;

pub use axis::{Axis, Tick};
pub use chart::{Chart, Panel, Rule};
pub use residual::{LEVEL_HARMONICS, ResidualPoint, residuals};
pub use series::{Colour, Marker, Point, Series};
pub use trade::{TradeOff, trade_off};
