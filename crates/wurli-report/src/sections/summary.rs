//! The first screen.

use wurli_train::evaluation::{Mean, Means, Summary};

use crate::findings::{Part, findings, headline};
use crate::html::Html;
use crate::{Origin, Report};

pub(super) fn content(report: &Report, html: &mut Html) {
    let [before, after] = report.compared().map(|notes| Summary::from_notes(&notes));
    let left_out = report.left_out.as_ref().map(|found| Summary::from_notes(&found.network));
    html.leaf("p", &[("class", "lead")], &headline(&before, &after, left_out.as_ref()).join(" "));
    figures(html, &before.all, &after.all);
    let trained_on = match report.corrections.origin {
        Origin::Trained { .. } | Origin::File { of_this_folder: true, .. } => "that were trained on",
        Origin::File { of_this_folder: false, .. } => "of this folder, which the corrections were not made from",
    };
    let what = format!("Mean absolute errors, uncorrected \u{2192} corrected, of the notes {trained_on}.");
    html.leaf("p", &[("class", "small")], &what);
    html.element("p", &[], |html| {
        html.link("#notes", "Listen");
        html.text(" to every note: the recording, the model and the corrected model, side by side and equally loud.");
    });

    let findings = findings(report);
    html.leaf("h3", &[], "What to look at");
    if findings.is_empty() {
        html.paragraph("Nothing stands out.");
    }
    html.element("ul", &[("class", "findings")], |html| {
        for finding in &findings {
            html.element("li", &[], |html| {
                for part in &finding.0 {
                    match part {
                        Part::Text(text) => html.text(text),
                        Part::Note(index) => {
                            html.link(&format!("#note-{index}"), &report.notes[*index].name);
                        }
                    }
                }
            });
        }
    });
}

/// The three errors in large type.
fn figures(html: &mut Html, before: &Means, after: &Means) {
    html.element("dl", &[("class", "figures")], |html| {
        for (name, of, unit, decimals) in [
            ("Levels of H2\u{2013}H8", (|means| &means.level_db) as fn(&Means) -> &Mean, "dB", 1),
            ("Tuning of H1\u{2013}H8", |means| &means.frequency_cents, "cents", 1),
            ("Decays of H1\u{2013}H8", |means| &means.decay_log2, "octaves", 2),
        ] {
            let (before, after) = (of(before), of(after));
            html.element("div", &[], |html| {
                html.leaf("dt", &[], name);
                html.element("dd", &[], |html| match before.count {
                    0 => html.text("not observed"),
                    _ => {
                        html.leaf("span", &[("class", "before")], &format!("{:.decimals$}", before.value));
                        html.leaf("span", &[("class", "arrow"), ("aria-label", "to")], "\u{2192}");
                        html.leaf("strong", &[], &format!("{:.decimals$}", after.value));
                        html.text(&format!(" {unit}"));
                    }
                });
            });
        }
    });
}
