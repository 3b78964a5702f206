//! The summary: mean errors and what to look at.

use maud::{Markup, html};
use wurli_train::comparison::WholeNoteErrors;
use wurli_train::evaluation::{Errors, Mean, Means, Summary};
use wurli_train::pipeline::Assessment;

use crate::findings::{Part, findings, headline};
use crate::html::table;
use crate::{Origin, Report};

pub(super) fn content(report: &Report) -> Markup {
    let [before, after] = report.note_errors().map(|notes| Summary::from_notes(&notes));
    let left_out = report.left_out.as_ref().map(|errors| Summary::from_notes(&errors.network));
    let trained_on = match report.corrections.origin {
        Origin::Trained { .. } | Origin::File { of_this_folder: true, .. } => "that were trained on",
        Origin::File { of_this_folder: false, .. } => "of this folder, which the corrections were not made from",
    };
    let findings = findings(report);
    html! {
        p class="lead" { (headline(&before, &after, left_out.as_ref()).join(" ")) }
        (mean_errors(&before.all, &after.all))
        p class="small" { "Mean absolute errors, uncorrected \u{2192} corrected, of the notes " (trained_on) "." }
        (beyond_trained_notes(&report.assessment))
        p {
            a href="#notes" { "Listen" }
            " to every note: the recording, the model and the corrected model, side by side and equally loud."
        }
        h3 { "What to look at" }
        @if findings.is_empty() { p { "No note needs attention." } }
        ul class="findings" {
            @for finding in &findings {
                li {
                    @for part in &finding.0 {
                        @match part {
                            Part::Text(text) => (text),
                            Part::Note(index) => a href={ "#note-" (index) } { (report.notes[*index].name) },
                        }
                    }
                }
            }
        }
    }
}

/// Returns the three mean errors in large type.
fn mean_errors(before: &Means, after: &Means) -> Markup {
    let quantities = [
        ("Levels of H2\u{2013}H8", (|means| &means.level_db) as fn(&Means) -> &Mean, "dB", 1),
        ("Tuning of H1\u{2013}H8", |means| &means.frequency_cents, "cents", 1),
        ("Decays of H1\u{2013}H8", |means| &means.decay_log2, "octaves", 2),
    ];
    html! {
        dl class="figures" {
            @for (name, quantity, unit, decimals) in quantities {
                @let (before, after) = (quantity(before), quantity(after));
                div {
                    dt { (name) }
                    dd {
                        @if before.count == 0 {
                            "not observed"
                        } @else {
                            span class="before" { (format!("{:.decimals$}", before.value)) } " "
                            span class="arrow" aria-label="to" { "\u{2192}" } " "
                            strong { (format!("{:.decimals$}", after.value)) }
                            " " (unit)
                        }
                    }
                }
            }
        }
    }
}

/// Returns the errors of whole notes, of other dynamics and of other keys.
fn beyond_trained_notes(assessment: &Assessment) -> Markup {
    let row = |name: &str, unit: &str, before: f64, after: f64| {
        vec![name.to_owned(), format!("{before:.2} {unit}"), format!("{after:.2} {unit}")]
    };
    let mut rows = Vec::new();
    let whole = &assessment.whole_notes;
    if !whole.uncorrected.is_empty() {
        let [before, after] = [&whole.uncorrected, &whole.corrected].map(|notes| WholeNoteErrors::mean(notes));
        rows.push(row("Whole notes, attack: log-mel distance", "dB", before.attack_db, after.attack_db));
        rows.push(row("Whole notes, sustain: log-mel distance", "dB", before.sustain_db, after.sustain_db));
        rows.push(row("Whole notes, spectral centroid", "octaves", before.centroid_octaves, after.centroid_octaves));
    }
    for (name, notes) in [
        ("Other dynamics of these keys, levels", &assessment.other_dynamics),
        ("Other keys, levels", &assessment.other_keys),
    ] {
        let [before, after] = [&notes.uncorrected, &notes.corrected].map(|notes| Errors::mean(notes));
        if before.levels > 0 {
            rows.push(row(name, "dB", before.level_db, after.level_db));
        }
    }
    html! {
        @if !rows.is_empty() {
            (table(
                "Beyond the harmonics of trained notes: mean errors. Those of other dynamics and keys are \
                 predicted, by short trainings without them.",
                &["Notes", "uncorrected", "corrected"],
                &rows,
            ))
        }
    }
}
