//! Defects of a recording that do not prevent a measurement.

use crate::audio::{Clipping, Offset};

use super::Hum;

/// Warnings for the defects found.
pub(crate) fn defects(clipping: Option<Clipping>, offset: Option<Offset>, hum: Option<Hum>) -> Vec<String> {
    let clipping = clipping.map(|clipping| clipping.to_string());
    let offset = offset.map(|offset| offset.to_string());
    clipping.into_iter().chain(offset).chain(hum.map(|hum| hum.to_string())).collect()
}
