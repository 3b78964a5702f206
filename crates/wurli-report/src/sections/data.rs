//! What was recorded: keys and velocities, how far each note stands alone, and whose work it is.

use crate::plot::{Axis, Chart, Colour, Marker, Panel, Point, Series};
use wurli_train::isolation::Tier;
use wurli_train::note_name::note_name;

use crate::Report;
use crate::html::Html;
use crate::note::{MOST_TARGETS, Note};

const PANEL_PX: (f64, f64) = (900.0, 230.0);
const TIERS: [(Tier, &str, Colour, Marker); 4] = [
    (Tier::Gold, "gold", Colour::Vermilion, Marker::Diamond),
    (Tier::Silver, "silver", Colour::Blue, Marker::Dot),
    (Tier::Bronze, "bronze", Colour::Purple, Marker::Triangle),
    (Tier::Reject, "rejected", Colour::Grey, Marker::Circle),
];

pub(super) fn content(report: &Report, html: &mut Html) {
    let targets: usize = report.notes.iter().map(|note| note.targets).sum();
    html.paragraph(&format!(
        "{} recordings with {} notes; {targets} of {} quantities could be measured and are trained on.",
        report.recordings,
        report.notes.len(),
        report.notes.len() * MOST_TARGETS
    ));
    html.figure(
        "Recorded notes",
        &chart(&report.notes).to_inline_svg(),
        true,
        "Gold: the note stands alone, and counts fully. Silver and bronze: other notes disturb it, or it is short; it counts 0.6 and 0.3 \
         times. Rejected: it does not count.",
    );
    let rows: Vec<Vec<String>> = report.notes.iter().map(row).collect();
    html.folded_table(
        "All notes",
        &["Note", "Velocity", "Recording", "From, s", "Length, s", "Tier", "Score", "Trained on, of 22"],
        &rows,
    );
    sources(report, html);
}

fn chart(notes: &[Note]) -> Chart {
    let of_tier = |tier: Tier| notes.iter().filter(move |note| note.measured.note.tier == tier);
    let point = |note: &Note| Point {
        x: f64::from(note.midi()),
        y: f64::from(note.velocity()),
        hint: format!("{}, velocity {}, {}", note_name(note.midi()), note.velocity(), note.file),
        ..Point::default()
    };
    let series = TIERS.into_iter().filter(|(tier, ..)| of_tier(*tier).count() > 0);
    let counts: Vec<String> =
        TIERS.iter().map(|(tier, name, ..)| format!("{} {name}", of_tier(*tier).count())).collect();
    Chart {
        title: "Recorded notes".into(),
        description: format!("Velocity of each recorded note against its key: {}.", counts.join(", ")),
        x: Axis::keys("key"),
        y: Axis::around("velocity", [0.0, 127.0]),
        panels: vec![Panel {
            series: series
                .map(|(tier, name, colour, marker)| Series {
                    name: format!("{name}: {}", of_tier(tier).count()),
                    colour,
                    marker,
                    connected: false,
                    dashed: false,
                    points: of_tier(tier).map(point).collect(),
                })
                .collect(),
            ..Panel::default()
        }],
        columns: 1,
        panel_px: PANEL_PX,
    }
}

fn row(note: &Note) -> Vec<String> {
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

/// Whose work is heard on this page.
fn sources(report: &Report, html: &mut Html) {
    html.leaf("h3", &[("id", "sources")], "Whose recordings these are");
    if report.sources.is_empty() {
        html.paragraph(
            "The catalogue names no source. Before you pass this page on, which plays them, ask whose they are.",
        );
        return;
    }
    let known = |text: &str| if text.is_empty() { "not said".to_owned() } else { text.to_owned() };
    let rows = report.sources.iter().map(|source| {
        let count = report.notes.iter().filter(|note| note.source.as_deref() == Some(&source.id)).count();
        let texts = [&source.title, &source.author, &source.licence, &source.address].map(|text| known(text));
        texts.into_iter().chain([count.to_string()]).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    html.table(
        "Sources of what plays on this page, cut, resampled and brought to equal loudness",
        &["Title", "Author", "Licence", "Published at", "Notes"],
        &rows,
    );
    let unnamed = report.notes.iter().filter(|note| note.source.is_none()).count();
    if unnamed > 0 {
        html.paragraph(&format!("Of {unnamed} notes the catalogue names no source."));
    }
}
