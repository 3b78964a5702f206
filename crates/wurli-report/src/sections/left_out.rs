//! What the corrections are worth on keys that they were not trained on, beside what is simpler.

use crate::plot::{Axis, Chart, Colour, Marker, Panel, Point, Series, Tick};
use wurli_train::evaluation::{Mean, Means, Summary};

use crate::Report;
use crate::html::Html;

const PANEL_PX: (f64, f64) = (330.0, 190.0);

/// A quantity: its name with the unit, where its errors are, and how many decimals they have.
type Quantity = (&'static str, fn(&Means) -> &Mean, usize);
const QUANTITIES: [Quantity; 3] = [
    ("levels of H2\u{2013}H8, dB", |means| &means.level_db, 2),
    ("tuning, cents", |means| &means.frequency_cents, 1),
    ("decays, octaves", |means| &means.decay_log2, 2),
];

pub(super) fn content(report: &Report, html: &mut Html) {
    let Some(left_out) = &report.left_out else {
        html.paragraph(
            "This was not run: it trains once more without each key. Leave --without-leave-one-out away, and the page says here what keys \
             that were not recorded gain.",
        );
        return;
    };
    html.paragraph(&format!(
        "Every recorded key in turn is left out with all its velocities, the network trained on the others (fit = \"{}\") and measured by \
         what it then says of that key. Beside it the simplest things that one could do instead: no correction, the mean of what the other \
         notes would need, and what the nearest recorded note would need.",
        report.settings.fit
    ));
    let [before, after] = report.compared().map(|notes| Summary::from_notes(&notes));
    let columns = [
        ("uncorrected", before),
        ("trained on it", after),
        ("left out", Summary::from_notes(&left_out.network)),
        ("mean offset", Summary::from_notes(&left_out.mean_offset)),
        ("nearest note", Summary::from_notes(&left_out.nearest)),
    ];
    html.element("div", &[("class", "tiles")], |html| {
        for (name, of, decimals) in QUANTITIES {
            let means: Vec<(&str, Mean)> = columns.iter().map(|(name, summary)| (*name, *of(&summary.all))).collect();
            html.figure(name, &chart(name, &means, decimals).to_inline_svg(), false, "");
        }
    });
    let rows = columns.iter().map(|(name, summary)| {
        let cells = QUANTITIES.iter().map(|(_, of, decimals)| cell(of(&summary.all), *decimals));
        std::iter::once((*name).to_owned()).chain(cells).collect()
    });
    let headings: Vec<&str> =
        std::iter::once("Corrected by").chain(QUANTITIES.iter().map(|(name, ..)| *name)).collect();
    html.table(
        "Mean absolute errors; behind each the interval that 95 of 100 resamplings of the notes lie in",
        &headings,
        &rows.collect::<Vec<_>>(),
    );
}

fn chart(name: &str, means: &[(&str, Mean)], decimals: usize) -> Chart {
    let place = |i: usize| i as f64;
    let observed = || means.iter().enumerate().filter(|(_, (_, mean))| mean.count > 0);
    let points = observed().map(|(i, (name, mean))| Point {
        x: place(i),
        y: mean.value,
        label: format!("{:.decimals$}", mean.value),
        hint: format!("{name}: {:.decimals$}", mean.value),
        ringed: *name == "left out",
    });
    let said: Vec<String> = observed().map(|(_, (name, mean))| format!("{name} {:.decimals$}", mean.value)).collect();
    let ends = observed().flat_map(|(_, (_, mean))| [mean.interval.0, mean.interval.1, 0.0]);
    Chart {
        title: format!("Mean error on keys left out: {name}"),
        description: format!("{}.", said.join(", ")),
        x: Axis {
            label: String::new(),
            range: -0.6..=place(means.len()) - 0.4,
            ticks: means
                .iter()
                .enumerate()
                .map(|(i, (name, _))| Tick { value: place(i), label: (*name).to_owned() })
                .collect(),
        },
        y: Axis::around(name, ends),
        panels: vec![Panel {
            intervals: observed()
                .map(|(i, (_, mean))| [(place(i), mean.interval.0), (place(i), mean.interval.1)])
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
