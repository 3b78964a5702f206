//! How far both models are from the recordings: by key and dynamic, by key and harmonic, point by point, and in numbers.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::catalogue::note_name;
use crate::evaluation::summary::DYNAMICS;
use crate::evaluation::{Compared, Mean, Means, NoteErrors, Summary};
use crate::measure::HARMONICS;
use crate::plot::{Cell, KeyPanel, KeyboardMap, LEVEL_HARMONICS, ResidualPoint, residual_chart};

use super::super::Report;
use super::super::html::Html;
use super::super::note::{Note, dynamic_index};
use super::number;

/// Where one shade ends and the next begins, dB: each twice as far off as the one before.
const BOUNDS_DB: [f64; 4] = [1.0, 2.0, 4.0, 8.0];
const PANELS: [&str; 2] = ["uncorrected", "corrected"];

pub(super) fn content(report: &Report, html: &mut Html) {
    let compared = report.compared();
    let [before, after] = compared.each_ref().map(|notes| Summary::of(notes));
    let keys = keys(&report.notes);
    html.figure(
        "Level errors of every note",
        &by_dynamic(&compared, &keys).to_inline_svg(),
        true,
        "Mean absolute error of the levels of H2\u{2013}H8 against H1, above each recorded key. The darker the further off (in dark mode, the \
         brighter). Keys without a cell were not recorded at that dynamic, or their velocity is an estimate.",
    );
    html.figure(
        "Level errors of every harmonic",
        &by_harmonic(&compared, &keys).to_inline_svg(),
        true,
        "The same by harmonic, the mean over the dynamics of a key. A harmonic without a cell was not heard above the noise.",
    );
    let points = ResidualPoint::of(&compared[0], &compared[1]);
    html.figure(
        "Levels of H2 to H8, recording less model",
        &residual_chart("Levels of H2 to H8, recording less model", &LEVEL_HARMONICS, &points).to_inline_svg(),
        true,
        "Above zero the model is too soft, below too loud.",
    );
    html.table(
        "Mean absolute errors by harmonic, uncorrected \u{2192} corrected",
        &["Harmonic", "Level, dB", "Tuning, cents", "Decay, octaves"],
        &harmonics(&before, &after),
    );
    let rows: Vec<Vec<String>> = report.notes.iter().map(note_row).collect();
    html.folded_table(
        "Mean absolute errors of every note, uncorrected \u{2192} corrected",
        &["Note", "Velocity", "Recording", "Level, dB", "Tuning, cents", "Decay, octaves"],
        &rows,
    );
}

/// The keys from the lowest to the highest note, as far as whole octaves: a map of them has whole keyboards.
fn keys(notes: &[Note]) -> RangeInclusive<u8> {
    let lowest = notes.iter().map(Note::midi).min().unwrap_or(60);
    let highest = notes.iter().map(Note::midi).max().unwrap_or(72);
    lowest..=highest
}

/// A sum of errors and their number, by row and key.
type Sums = BTreeMap<(usize, u8), (f64, usize)>;

fn panel(caption: &str, sums: Sums, row_name: impl Fn(usize) -> String) -> KeyPanel {
    let cells = sums.into_iter().map(|((row, midi), (sum, count))| {
        let value = sum / count as f64;
        let hint = format!("{} {}, {caption}: {value:.1} dB", note_name(midi), row_name(row));
        Cell { row, midi, value, hint }
    });
    KeyPanel { caption: caption.to_owned(), cells: cells.collect() }
}

fn by_dynamic(compared: &[Vec<Compared>; 2], keys: &RangeInclusive<u8>) -> KeyboardMap {
    // The loudest above.
    let names: Vec<String> = DYNAMICS.iter().rev().map(|(name, _)| (*name).to_owned()).collect();
    let panels = PANELS.into_iter().zip(compared).map(|(caption, notes)| {
        let mut sums = Sums::new();
        for (midi, velocity, errors) in notes {
            let row = DYNAMICS.len() - 1 - dynamic_index(*velocity);
            add(&mut sums, (row, *midi), errors.level_db.iter());
        }
        panel(caption, sums, |row| names[row].clone())
    });
    map("Level errors of every note", panels.collect(), names.clone(), keys)
}

fn by_harmonic(compared: &[Vec<Compared>; 2], keys: &RangeInclusive<u8>) -> KeyboardMap {
    let names: Vec<String> = LEVEL_HARMONICS.iter().map(|k| format!("H{k}")).collect();
    let panels = PANELS.into_iter().zip(compared).map(|(caption, notes)| {
        let mut sums = Sums::new();
        for (midi, _, errors) in notes {
            for (row, k) in LEVEL_HARMONICS.iter().enumerate() {
                add(&mut sums, (row, *midi), errors.level_db[k - 1..*k].iter());
            }
        }
        panel(caption, sums, |row| names[row].clone())
    });
    map("Level errors of every harmonic", panels.collect(), names.clone(), keys)
}

fn add<'a>(sums: &mut Sums, place: (usize, u8), errors: impl Iterator<Item = &'a Option<f64>>) {
    for error in errors.flatten() {
        let (sum, count) = sums.entry(place).or_default();
        *sum += error.abs();
        *count += 1;
    }
}

fn map(title: &str, panels: Vec<KeyPanel>, rows: Vec<String>, keys: &RangeInclusive<u8>) -> KeyboardMap {
    let means = panels.iter().map(|panel| {
        let sum: f64 = panel.cells.iter().map(|cell| cell.value).sum();
        format!("{} {:.1} dB in {} cells", panel.caption, sum / panel.cells.len().max(1) as f64, panel.cells.len())
    });
    let description = format!(
        "Two maps of the keyboard, before and after correction; on average {}. The tables below have the numbers.",
        means.collect::<Vec<_>>().join(", ")
    );
    KeyboardMap {
        title: title.to_owned(),
        description,
        keys: keys.clone(),
        rows,
        panels,
        bounds: BOUNDS_DB,
        unit: "dB",
    }
}

fn harmonics(before: &Summary, after: &Summary) -> Vec<Vec<String>> {
    let row = |name: String, before: &Means, after: &Means| {
        let cell = |of: fn(&Means) -> &Mean, decimals: usize| {
            let [before, after] = [of(before), of(after)].map(|mean| (mean.count > 0).then_some(mean.value));
            format!("{} \u{2192} {}", number(before, decimals), number(after, decimals))
        };
        let level = cell(|means| &means.level_db, 1);
        vec![name, level, cell(|means| &means.frequency_cents, 1), cell(|means| &means.decay_log2, 2)]
    };
    let of_harmonics =
        (0..HARMONICS).map(|i| row(format!("H{}", i + 1), &before.per_harmonic[i], &after.per_harmonic[i]));
    of_harmonics.chain([row("all".into(), &before.all, &after.all)]).collect()
}

fn note_row(note: &Note) -> Vec<String> {
    let cell = |quantity: fn(&NoteErrors) -> &[Option<f64>; HARMONICS], decimals: usize| {
        let [before, after] = note.mean_errors(quantity);
        format!("{} \u{2192} {}", number(before, decimals), number(after, decimals))
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
