//! The recordings: keys, velocities, isolation tiers and sources.

use maud::{Markup, html};

use crate::plot::{Axis, Chart, Colour, Marker, Panel, Point, Series};
use wurli_train::isolation::Tier;
use wurli_train::note_name::note_name;
use wurli_voice::corrections::OUTPUTS;

use crate::Report;
use crate::html::{folded_table, table, wide_figure};
use crate::note::ReportedNote;

const PANEL_PX: (f64, f64) = (900.0, 230.0);
const TIERS: [(Tier, &str, Colour, Marker); 4] = [
    (Tier::Gold, "gold", Colour::Vermilion, Marker::Diamond),
    (Tier::Silver, "silver", Colour::Blue, Marker::Dot),
    (Tier::Bronze, "bronze", Colour::Purple, Marker::Triangle),
    (Tier::Reject, "rejected", Colour::Grey, Marker::Circle),
];

pub(super) fn content(report: &Report) -> Markup {
    let targets: usize = report.notes.iter().map(|note| note.targets).sum();
    let outputs = report.notes.len() * OUTPUTS;
    let rows: Vec<Vec<String>> = report.notes.iter().map(row).collect();
    html! {
        p {
            (report.recordings) " recordings with " (report.notes.len()) " notes; " (targets) " of " (outputs)
            " quantities were measured and are trained on."
        }
        (wide_figure(
            "Recorded notes",
            chart(&report.notes).to_inline_svg(),
            "Gold: an isolated note, with full weight in the training. Silver and bronze: a short note, or one that \
             overlaps others, with weights 0.6 and 0.3. Rejected: not trained on.",
        ))
        (folded_table(
            "All notes",
            &["Note", "Velocity", "Recording", "From, s", "Length, s", "Tier", "Score", "Trained on, of 22"],
            &rows,
        ))
        h3 id="sources" { "Sources and licences" }
        (sources(report))
    }
}

fn chart(notes: &[ReportedNote]) -> Chart {
    let in_tier = |tier: Tier| notes.iter().filter(move |note| note.measured.note.tier == tier);
    let point = |note: &ReportedNote| Point {
        x: f64::from(note.midi()),
        y: f64::from(note.velocity()),
        hint: format!("{}, velocity {}, {}", note_name(note.midi()), note.velocity(), note.file),
        ..Point::default()
    };
    let series = TIERS.into_iter().filter(|(tier, ..)| in_tier(*tier).count() > 0);
    let counts: Vec<String> =
        TIERS.iter().map(|(tier, name, ..)| format!("{} {name}", in_tier(*tier).count())).collect();
    Chart {
        title: "Recorded notes".into(),
        description: format!("Velocity of each recorded note against its key: {}.", counts.join(", ")),
        x: Axis::keys("key"),
        y: Axis::around("velocity", [0.0, 127.0]),
        panels: vec![Panel {
            series: series
                .map(|(tier, name, colour, marker)| Series {
                    name: format!("{name}: {}", in_tier(tier).count()),
                    colour,
                    marker,
                    connected: false,
                    dashed: false,
                    points: in_tier(tier).map(point).collect(),
                })
                .collect(),
            ..Panel::default()
        }],
        columns: 1,
        panel_px: PANEL_PX,
    }
}

fn row(note: &ReportedNote) -> Vec<String> {
    let scored = &note.measured.note;
    let event = &scored.event;
    let velocity = if event.velocity_known { "" } else { " (estimated)" };
    let tier = TIERS.iter().find(|(tier, ..)| *tier == scored.tier).map_or("", |(_, name, ..)| name);
    vec![
        note_name(event.midi),
        format!("{}{velocity}", event.velocity),
        note.file.clone(),
        format!("{:.2}", event.onset_s),
        format!("{:.2}", event.offset_s - event.onset_s),
        tier.to_owned(),
        format!("{:.2}", scored.score),
        note.targets.to_string(),
    ]
}

/// Returns the sources of the recordings, with their licences.
fn sources(report: &Report) -> Markup {
    if report.sources.is_empty() {
        return html! { p { "The catalogue names no source. Ask the recordist before you publish this page: it plays the recordings." } };
    }
    let rows = report.sources.iter().map(|source| {
        let count = report.notes.iter().filter(|note| note.source.as_deref() == Some(&source.id)).count();
        let texts = [&source.title, &source.author, &source.licence, &source.address];
        let texts = texts.map(|text| if text.is_empty() { "unknown".to_owned() } else { text.clone() });
        texts.into_iter().chain([count.to_string()]).collect()
    });
    let unnamed = report.notes.iter().filter(|note| note.source.is_none()).count();
    html! {
        (table(
            "Sources of the clips on this page, which are cut, resampled and brought to equal loudness",
            &["Title", "Author", "Licence", "Published at", "Notes"],
            &rows.collect::<Vec<_>>(),
        ))
        @if unnamed > 0 { p { (unnamed) " notes have no source in the catalogue." } }
    }
}
