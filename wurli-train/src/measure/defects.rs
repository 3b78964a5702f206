//! Defects of a recording that do not prevent a measurement.

use crate::audio::{Clipping, Offset};

use super::Hum;

/// Returns a warning with its remedy.
#[must_use]
pub fn clipping_warning(clipping: &Clipping) -> String {
    format!("{clipping}; record it again at a lower gain")
}

/// Warnings for the defects found, each with a remedy.
pub(crate) fn defects(clipping: Option<Clipping>, offset: Option<Offset>, hum: Option<Hum>) -> Vec<String> {
    let clipping = clipping.as_ref().map(clipping_warning);
    let offset = offset.map(|found| format!("{found}; remove it with a high-pass filter below 20 Hz"));
    let hum = hum.map(|found| format!("{found}; harmonics near it are not used: record away from transformers"));
    [clipping, offset, hum].into_iter().flatten().collect()
}
