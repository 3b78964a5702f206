//! Defects of a recording that do not prevent a measurement.

use crate::audio::{Clipping, Offset};

use super::Hum;

/// Warnings for the defects found, each with a remedy.
pub(crate) fn defects(clipping: Option<Clipping>, offset: Option<Offset>, hum: Option<Hum>) -> Vec<String> {
    let clipping = clipping.map(|found| format!("{found}; record it again at a lower gain"));
    let offset = offset.map(|found| format!("{found}; remove it with a high-pass filter below 20 Hz"));
    let hum = hum.map(|found| format!("{found}; harmonics near it are not used: record away from transformers"));
    [clipping, offset, hum].into_iter().flatten().collect()
}
