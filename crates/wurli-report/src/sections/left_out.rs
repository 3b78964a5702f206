//! Cross-validated errors on keys left out of the training, beside three baselines.

use maud::{Markup, html};

use crate::plot::{Axis, Chart, Colour, Marker, Panel, Point, Series, Tick};
use wurli_train::evaluation::{Mean, Means, Summary};

use crate::Report;
use crate::html::{figure, table};

const PANEL_PX: (f64, f64) = (330.0, 190.0);

/// A quantity: name with unit, its errors, and their decimals.
type Quantity = (&'static str, fn(&Means) -> &Mean, usize);
const QUANTITIES: [Quantity; 3] = [
    ("levels of H2\u{2013}H8, dB", |means| &means.level_db, 2),
    ("tuning, cents", |means| &means.frequency_cents, 1),
    ("decays, octaves", |means| &means.decay_log2, 2),
];

pub(super) fn content(report: &Report) -> Markup {
    let Some(left_out) = &report.left_out else {
        return html! {
            p {
                "This was not run: it trains once more without each key, and needs notes of two keys. Omit \
                 --without-leave-one-out to see what keys that were not recorded gain."
            }
        };
    };
    let [before, after] = report.note_errors().map(|notes| Summary::from_notes(&notes));
    let columns = [
        ("uncorrected", before),
        ("trained on it", after),
        ("left out", Summary::from_notes(&left_out.network)),
        ("mean offset", Summary::from_notes(&left_out.mean_offset)),
        ("nearest note", Summary::from_notes(&left_out.nearest)),
    ];
    let rows = columns.iter().map(|(name, summary)| {
        let cells = QUANTITIES.iter().map(|(_, quantity, decimals)| cell(quantity(&summary.all), *decimals));
        std::iter::once((*name).to_owned()).chain(cells).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let headings: Vec<&str> =
        std::iter::once("Corrected by").chain(QUANTITIES.iter().map(|(name, ..)| *name)).collect();
    html! {
        p {
            "Leave-one-key-out cross-validation: each recorded key is left out in turn with all its velocities, the \
             network is trained on the others (fit = \"" (report.settings.fit) "\"), and its corrections for that key \
             are measured. Three baselines stand beside it: no correction, the mean of the other notes' targets, and \
             the targets of the nearest recorded note."
        }
        div class="tiles" {
            @for (name, quantity, decimals) in QUANTITIES {
                @let means: Vec<(&str, Mean)> =
                    columns.iter().map(|(name, summary)| (*name, *quantity(&summary.all))).collect();
                (figure(chart(name, &means, decimals).to_inline_svg(), ""))
            }
        }
        (table("Mean absolute errors with 95 % bootstrap intervals over the notes", &headings, &rows))
    }
}

fn chart(name: &str, means: &[(&str, Mean)], decimals: usize) -> Chart {
    let column = |i: usize| i as f64;
    let observed = || means.iter().enumerate().filter(|(_, (_, mean))| mean.count > 0);
    let points = observed().map(|(i, (name, mean))| Point {
        x: column(i),
        y: mean.value,
        label: format!("{:.decimals$}", mean.value),
        hint: format!("{name}: {:.decimals$}", mean.value),
        ringed: *name == "left out",
    });
    let summary: Vec<String> =
        observed().map(|(_, (name, mean))| format!("{name} {:.decimals$}", mean.value)).collect();
    let ends = observed().flat_map(|(_, (_, mean))| [mean.interval.0, mean.interval.1, 0.0]);
    Chart {
        title: format!("Mean error on keys left out: {name}"),
        description: format!("{}.", summary.join(", ")),
        x: Axis {
            label: String::new(),
            range: -0.6..=column(means.len()) - 0.4,
            ticks: means
                .iter()
                .enumerate()
                .map(|(i, (name, _))| Tick { value: column(i), label: (*name).to_owned() })
                .collect(),
        },
        y: Axis::around(name, ends),
        panels: vec![Panel {
            intervals: observed()
                .map(|(i, (_, mean))| [(column(i), mean.interval.0), (column(i), mean.interval.1)])
                .collect(),
            series: vec![Series {
                name: "mean error with its interval; left out, ringed".into(),
                colour: Colour::Blue,
                marker: Marker::Dot,
                connected: false,
                dashed: false,
                points: points.collect(),
            }],
            ..Panel::default()
        }],
        columns: 1,
        panel_px: PANEL_PX,
    }
}

fn cell(mean: &Mean, decimals: usize) -> String {
    let Mean { value, interval: (low, high), count } = mean;
    match count {
        0 => "\u{2013}".to_owned(),
        _ => format!("{value:.decimals$} ({low:.decimals$}\u{2013}{high:.decimals$})"),
    }
}
