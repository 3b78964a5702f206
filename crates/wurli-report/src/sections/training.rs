//! Loss curve and provenance of the corrections.

use maud::{Markup, html};

use crate::plot::{Axis, Chart, Colour, Marker, Panel, Point, Series};
use wurli_train::training::TrainingSettings;
use wurli_weights::Weights;

use crate::html::{table, wide_figure};
use crate::{Origin, Report};

const LOSS_TITLE: &str = "Loss along the training";
const PANEL_PX: (f64, f64) = (640.0, 220.0);

pub(super) fn content(report: &Report) -> Markup {
    let (weights, settings) = (&report.corrections.weights, &report.settings);
    html! {
        @match &report.corrections.origin {
            Origin::Trained { losses } => {
                p {
                    "Trained on these recordings with fit = \"" (settings.fit) "\". Of " (settings.starts)
                    " restarts, " (settings.start_epochs) " epochs each, the best "
                    @if settings.finalists == 1 { "one was" } @else { (settings.finalists) " were" }
                    " fine-tuned; epochs are counted from there. Then the notes are rendered with the corrections and \
                     measured, and the targets are moved by the remaining error. Each such refinement is a training \
                     run of its own, with its own targets."
                }
                (wide_figure(LOSS_TITLE, chart(losses, settings).to_inline_svg(), ""))
            }
            Origin::File { name, of_this_folder } => p {
                "The corrections were read from " (name) ", which holds no loss curve. They were trained on "
                @if *of_this_folder { "these recordings, with these settings." } @else { "other recordings or with other settings." }
            },
        }
        (table("The training in numbers", &["Quantity", "Value"], &facts(weights, report)))
    }
}

/// Returns the loss curve of the training and of the refinements after it.
fn chart(losses: &[f32], settings: &TrainingSettings) -> Chart {
    let passes = settings.passes(losses);
    let mut series = Vec::new();
    let line = |name: &str, colour, points| Series {
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
            series.push(line("training", Colour::Blue, points));
        } else {
            // A gap in the line between two refinements.
            refined.extend(points.into_iter().chain([Point { x: f64::NAN, y: f64::NAN, ..Point::default() }]));
        }
    }
    if !refined.is_empty() {
        series.push(line("refinements", Colour::Vermilion, refined));
    }
    let all = || passes.iter().flatten();
    let last = losses.last().copied().unwrap_or(0.0);
    Chart {
        title: LOSS_TITLE.into(),
        description: format!(
            "From {:.2} to {last:.2} in {} epochs, with {} refinements.",
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
        ("Final loss", format!("{:.4}", weights.loss)),
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
