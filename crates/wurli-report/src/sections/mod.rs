//! The sections of the page, one file each.

mod about;
mod corrections;
mod data;
mod left_out;
mod notes;
mod residuals;
mod summary;
mod training;

use crate::Report;
use crate::html::Html;

/// A section: the name by which it is linked to, a short one for the navigation, its heading, and what writes the rest of it.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) short: &'static str,
    pub(super) heading: &'static str,
    pub(super) content: fn(&Report, &mut Html),
}

impl Section {
    const fn new(
        id: &'static str,
        short: &'static str,
        heading: &'static str,
        content: fn(&Report, &mut Html),
    ) -> Self {
        Self { id, short, heading, content }
    }
}

/// All of them in their order.
pub(super) const SECTIONS: [Section; 8] = [
    Section::new("summary", "Summary", "How it came out", summary::content),
    Section::new("data", "Data", "What was recorded", data::content),
    Section::new("residuals", "Errors", "How far off, before and after", residuals::content),
    Section::new("left-out", "Left out", "Keys that were left out", left_out::content),
    Section::new("corrections", "Corrections", "What the corrections say", corrections::content),
    Section::new("training", "Training", "The training", training::content),
    Section::new("about", "Words", "What the words mean", about::content),
    Section::new("notes", "Listen", "Listen, note by note", notes::content),
];

/// A number, or a dash where there is none.
fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "\u{2013}".to_owned(), |value| crate::plot::signed(value, decimals))
}
