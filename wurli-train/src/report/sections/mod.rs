//! The sections of the page, one file each.

mod about;
mod corrections;
mod data;
mod left_out;
mod notes;
mod residuals;
mod summary;
mod training;

use super::Report;
use super::html::Html;

/// A section: the name by which it is linked to, its heading, and what writes the rest of it.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    pub(super) content: fn(&Report, &mut Html),
}

/// All of them in their order.
pub(super) const SECTIONS: [Section; 8] = [
    Section { id: "summary", heading: "How it came out", content: summary::content },
    Section { id: "notes", heading: "Listen, note by note", content: notes::content },
    Section { id: "data", heading: "What was recorded", content: data::content },
    Section { id: "residuals", heading: "How far off, before and after", content: residuals::content },
    Section { id: "left-out", heading: "Keys that were left out", content: left_out::content },
    Section { id: "corrections", heading: "What the corrections say", content: corrections::content },
    Section { id: "training", heading: "The training", content: training::content },
    Section { id: "about", heading: "How to read this", content: about::content },
];

/// A number, or a dash where there is none.
fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "\u{2013}".to_owned(), |value| crate::plot::signed(value, decimals))
}
