//! The sections of the page, one file each.

mod about;
mod corrections;
mod data;
mod left_out;
mod notes;
mod residuals;
mod summary;
mod training;

use maud::Markup;

use crate::Report;

/// A section of the page.
pub(super) struct Section {
    /// Anchor that links lead to.
    pub(super) id: &'static str,
    /// Name in the navigation.
    pub(super) short: &'static str,
    pub(super) heading: &'static str,
    /// Returns everything below the heading.
    pub(super) content: fn(&Report) -> Markup,
}

impl Section {
    const fn new(id: &'static str, short: &'static str, heading: &'static str, content: fn(&Report) -> Markup) -> Self {
        Self { id, short, heading, content }
    }
}

/// All sections in the order of the page.
pub(super) const SECTIONS: [Section; 8] = [
    Section::new("summary", "Summary", "Results", summary::content),
    Section::new("data", "Data", "Recordings", data::content),
    Section::new("residuals", "Errors", "Errors before and after correction", residuals::content),
    Section::new("left-out", "Left out", "Keys left out of the training", left_out::content),
    Section::new("corrections", "Corrections", "Corrections over the keyboard", corrections::content),
    Section::new("training", "Training", "Training", training::content),
    Section::new("about", "Terms", "Terms used on this page", about::content),
    Section::new("notes", "Listen", "Listen to every note", notes::content),
];

/// Formats a number, or a dash for a missing one.
fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "\u{2013}".to_owned(), |value| crate::plot::signed(value, decimals))
}

/// Formats a pair of errors, before and after correction.
fn change([before, after]: [Option<f64>; 2], decimals: usize) -> String {
    format!("{} \u{2192} {}", number(before, decimals), number(after, decimals))
}
