//! How the corrections were learned.

use crate::plot::{Axis, Chart, Colour, Marker, Panel, Point, Series};
use wurli_train::training::TrainingSettings;
use wurli_weights::Weights;

use crate::html::Html;
use crate::{Origin, Report};

const PANEL_PX: (f64, f64) = (640.0, 220.0);

pub(super) fn content(report: &Report, html: &mut Html) {
    let (weights, settings) = (&report.corrections.weights, &report.settings);
    match &report.corrections.origin {
        Origin::Trained { losses } => {
            html.paragraph(&format!(
                "Trained on these recordings with fit = \"{}\". Of {} beginnings, {} epochs each, the best {} went on; epochs are counted from there. After \
                 that descent, the notes are rendered with what was learned, measured, and the targets moved by what is still wrong; each \
                 such refinement is a descent of its own, on other targets than the one before.",
                settings.fit,
                settings.starts,
                settings.start_epochs,
                if settings.finalists == 1 { "one".to_owned() } else { settings.finalists.to_string() }
            ));
            html.figure("Loss along the training", &chart(losses, settings).to_inline_svg(), true, "");
        }
        Origin::File { name, of_this_folder } => html.paragraph(&format!(
            "The corrections were read from {name}: of their training, no curve was kept. They were made from {}.",
            if *of_this_folder {
                "these recordings, with these settings"
            } else {
                "other recordings or other settings"
            }
        )),
    }
    html.table("The training in numbers", &["Quantity", "Value"], &facts(weights, report));
}

/// The descent, and the refinements after it.
fn chart(losses: &[f32], settings: &TrainingSettings) -> Chart {
    let passes = settings.passes(losses);
    let mut series = Vec::new();
    let of = |name: &str, colour, points| Series {
        name: name.to_owned(),
        colour,
        marker: Marker::None,
        connected: true,
        dashed: false,
        points,
    };
    let point = |(epoch, loss): &(u32, f32)| Point { x: f64::from(*epoch), y: f64::from(*loss), ..Point::default() };
    let mut refined = Vec::new();
    for (i, pass) in passes.iter().enumerate() {
        let points: Vec<Point> = pass.iter().map(point).collect();
        if i == 0 {
            series.push(of("descent", Colour::Blue, points));
        } else {
            // A point that cannot be drawn interrupts the line between two passes.
            refined.extend(points.into_iter().chain([Point { x: f64::NAN, y: f64::NAN, ..Point::default() }]));
        }
    }
    if !refined.is_empty() {
        series.push(of("refinements", Colour::Vermilion, refined));
    }
    let all = || passes.iter().flatten();
    let last = losses.last().copied().unwrap_or(0.0);
    Chart {
        title: "Loss along the training".into(),
        description: format!(
            "From {:.2} to {last:.2} in {} passes over the notes, {} refinements among them.",
            losses.first().copied().unwrap_or(0.0),
            all().map(|(epoch, _)| *epoch).max().unwrap_or(0),
            passes.len().saturating_sub(1)
        ),
        x: Axis::around("epoch", all().map(|(epoch, _)| f64::from(*epoch))),
        y: Axis::around("loss", all().map(|(_, loss)| f64::from(*loss))),
        panels: vec![Panel { series, ..Panel::default() }],
        columns: 1,
        panel_px: PANEL_PX,
    }
}

fn facts(weights: &Weights, report: &Report) -> Vec<Vec<String>> {
    let range = &weights.range;
    let key: String = weights.key.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut facts = vec![
        ("Loss at its end", format!("{:.4}", weights.loss)),
        ("Epochs", weights.epochs.to_string()),
        ("Seed", weights.seed.to_string()),
        ("Keys, MIDI", format!("{}\u{2013}{}", range.lowest_midi, range.highest_midi)),
        ("Velocities", format!("{}\u{2013}{}", range.lowest_velocity, range.highest_velocity)),
        ("Key of recordings and settings", key),
        ("wurli-train", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    if matches!(report.corrections.origin, Origin::Trained { .. }) {
        facts.insert(0, ("Fit", report.settings.fit.to_string()));
    }
    facts.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect()
}
