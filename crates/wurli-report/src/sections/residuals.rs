//! Errors of both models: by key and dynamic, by key and harmonic, by note, and in tables.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use maud::{Markup, html};

use crate::plot::{Cell, KeyPanel, KeyboardMap, LEVEL_HARMONICS, ResidualPoint, residual_chart};
use wurli_train::comparison::NoteErrors;
use wurli_train::dynamics::{DYNAMICS, index_of};
use wurli_train::evaluation::{Mean, Means, NoteComparison, Summary};
use wurli_train::measure::HARMONICS;
use wurli_train::note_name::note_name;

use crate::Report;
use crate::html::{folded, folded_table, table, wide_figure};
use crate::note::ReportedNote;
use crate::sections::change;

/// A quantity whose errors are shown.
struct Quantity {
    name: &'static str,
    unit: &'static str,
    decimals: usize,
    /// Number of the first harmonic that has it.
    first: usize,
    errors: fn(&NoteErrors) -> &[Option<f64>; HARMONICS],
    /// Errors at the borders between two shades, each twice the one before.
    bounds: [f64; 4],
}

const LEVEL: Quantity = Quantity {
    name: "Level",
    unit: "dB",
    decimals: 1,
    first: 2,
    errors: |errors| &errors.level_db,
    bounds: [1.0, 2.0, 4.0, 8.0],
};
const TUNING: Quantity = Quantity {
    name: "Tuning",
    unit: "cents",
    decimals: 1,
    first: 1,
    errors: |errors| &errors.frequency_cents,
    bounds: [1.0, 2.0, 4.0, 8.0],
};
const DECAY: Quantity = Quantity {
    name: "Decay",
    unit: "octaves",
    decimals: 2,
    first: 1,
    errors: |errors| &errors.decay_log2,
    bounds: [0.125, 0.25, 0.5, 1.0],
};

const PANELS: [&str; 2] = ["uncorrected", "corrected"];
const CHART_TITLE: &str = "Levels of H2 to H8, recording \u{2212} model";

pub(super) fn content(report: &Report) -> Markup {
    let errors = report.note_errors();
    let [before, after] = errors.each_ref().map(|notes| Summary::from_notes(notes));
    let keys = keys(&report.notes);
    let points = ResidualPoint::from_errors(&errors[0], &errors[1]);
    let folded_maps = html! {
        @for (quantity, caption) in [
            (TUNING, "Mean absolute frequency error of H1\u{2013}H8."),
            (DECAY, "Mean absolute decay error of H1\u{2013}H8. 1 octave is twice or half as fast."),
        ] {
            @let map = by_harmonic(&errors, &keys, &quantity);
            (wide_figure(&map.title, map.to_inline_svg(), caption))
        }
    };
    html! {
        (wide_figure(
            "Level errors of every note",
            by_dynamic(&errors, &keys).to_inline_svg(),
            "Mean absolute error of the levels of H2\u{2013}H8 relative to H1, above each recorded key. Darker cells \
             have larger errors (brighter cells in dark mode). Keys without a cell were not recorded at that dynamic, \
             or their velocity is an estimate.",
        ))
        (wide_figure(
            "Level errors of every harmonic",
            by_harmonic(&errors, &keys, &LEVEL).to_inline_svg(),
            "Mean over the dynamics of each key. A harmonic without a cell was below the noise.",
        ))
        (folded("Tuning and decay errors of every harmonic", &folded_maps))
        (wide_figure(
            CHART_TITLE,
            residual_chart(CHART_TITLE, &LEVEL_HARMONICS, &points).to_inline_svg(),
            "Above zero the model is too soft, below zero too loud.",
        ))
        (table(
            "Mean absolute errors by harmonic, uncorrected \u{2192} corrected",
            &["Harmonic", "Level, dB", "Tuning, cents", "Decay, octaves"],
            &harmonics(&before, &after),
        ))
        (folded_table(
            "Mean absolute errors of every note, uncorrected \u{2192} corrected",
            &["Note", "Velocity", "Recording", "Level, dB", "Tuning, cents", "Decay, octaves"],
            &report.notes.iter().map(note_row).collect::<Vec<_>>(),
        ))
    }
}

/// Returns the range of keys from the lowest to the highest note.
fn keys(notes: &[ReportedNote]) -> RangeInclusive<u8> {
    let lowest = notes.iter().map(ReportedNote::midi).min().unwrap_or(60);
    let highest = notes.iter().map(ReportedNote::midi).max().unwrap_or(72);
    lowest..=highest
}

/// Sum and number of errors by row and key.
type Sums = BTreeMap<(usize, u8), (f64, usize)>;

fn panel(caption: &str, sums: Sums, quantity: &Quantity, row_name: impl Fn(usize) -> String) -> KeyPanel {
    let cells = sums.into_iter().map(|((row, midi), (sum, count))| {
        let value = sum / count as f64;
        let Quantity { unit, decimals, .. } = quantity;
        let hint = format!("{} {}, {caption}: {value:.decimals$} {unit}", note_name(midi), row_name(row));
        Cell { row, midi, value, hint }
    });
    KeyPanel { caption: caption.to_owned(), cells: cells.collect() }
}

fn by_dynamic(errors: &[Vec<NoteComparison>; 2], keys: &RangeInclusive<u8>) -> KeyboardMap {
    // The loudest dynamic is the top row.
    let recorded: BTreeSet<usize> = errors.iter().flatten().map(|note| index_of(note.velocity)).collect();
    let recorded: Vec<usize> = recorded.into_iter().rev().collect();
    let names: Vec<String> = recorded.iter().map(|index| DYNAMICS[*index].label()).collect();
    let panels = PANELS.into_iter().zip(errors).map(|(caption, notes)| {
        let mut sums = Sums::new();
        for NoteComparison { midi, velocity, errors } in notes {
            let row = recorded.iter().position(|index| *index == index_of(*velocity)).unwrap_or(0);
            add(&mut sums, (row, *midi), errors.level_db.iter());
        }
        panel(caption, sums, &LEVEL, |row| names[row].clone())
    });
    map(&LEVEL, "Level errors of every note", panels.collect(), names.clone(), keys)
}

fn by_harmonic(errors: &[Vec<NoteComparison>; 2], keys: &RangeInclusive<u8>, quantity: &Quantity) -> KeyboardMap {
    let harmonics: Vec<usize> = (quantity.first..=HARMONICS).collect();
    let names: Vec<String> = harmonics.iter().map(|k| format!("H{k}")).collect();
    let panels = PANELS.into_iter().zip(errors).map(|(caption, notes)| {
        let mut sums = Sums::new();
        for NoteComparison { midi, errors, .. } in notes {
            for (row, k) in harmonics.iter().enumerate() {
                add(&mut sums, (row, *midi), (quantity.errors)(errors)[k - 1..*k].iter());
            }
        }
        panel(caption, sums, quantity, |row| names[row].clone())
    });
    map(quantity, &format!("{} errors of every harmonic", quantity.name), panels.collect(), names.clone(), keys)
}

fn add<'a>(sums: &mut Sums, cell: (usize, u8), errors: impl Iterator<Item = &'a Option<f64>>) {
    for error in errors.flatten() {
        let (sum, count) = sums.entry(cell).or_default();
        *sum += error.abs();
        *count += 1;
    }
}

fn map(
    quantity: &Quantity,
    title: &str,
    panels: Vec<KeyPanel>,
    rows: Vec<String>,
    keys: &RangeInclusive<u8>,
) -> KeyboardMap {
    let Quantity { unit, bounds, decimals, .. } = *quantity;
    let means = panels.iter().map(|panel| {
        let sum: f64 = panel.cells.iter().map(|cell| cell.value).sum();
        let mean = sum / panel.cells.len().max(1) as f64;
        format!("{} {mean:.decimals$} {unit} in {} cells", panel.caption, panel.cells.len())
    });
    let description = format!(
        "Two maps of the keyboard, before and after correction; on average {}. The tables below list the numbers.",
        means.collect::<Vec<_>>().join(", ")
    );
    KeyboardMap { title: title.to_owned(), description, keys: keys.clone(), rows, panels, bounds, unit }
}

fn harmonics(before: &Summary, after: &Summary) -> Vec<Vec<String>> {
    let row = |name: String, before: &Means, after: &Means| {
        let cell = |quantity: fn(&Means) -> &Mean, decimals: usize| {
            let means = [quantity(before), quantity(after)];
            change(means.map(|mean| (mean.count > 0).then_some(mean.value)), decimals)
        };
        let level = cell(|means| &means.level_db, 1);
        vec![name, level, cell(|means| &means.frequency_cents, 1), cell(|means| &means.decay_log2, 2)]
    };
    let rows = (0..HARMONICS).map(|i| row(format!("H{}", i + 1), &before.per_harmonic[i], &after.per_harmonic[i]));
    rows.chain([row("all".into(), &before.all, &after.all)]).collect()
}

fn note_row(note: &ReportedNote) -> Vec<String> {
    let cell = |quantity: fn(&NoteErrors) -> &[Option<f64>; HARMONICS], decimals: usize| {
        change(note.mean_errors(quantity), decimals)
    };
    vec![
        note_name(note.midi()),
        note.velocity().to_string(),
        note.file.clone(),
        cell(|errors| &errors.level_db, 1),
        cell(|errors| &errors.frequency_cents, 1),
        cell(|errors| &errors.decay_log2, 2),
    ]
}
