//! Tables of one harmonic, 80 columns wide.

use wurli_train::evaluation::{Mean, Means};
use wurli_train::measure::{Reading, Status};

use super::super::table::table;
use super::row::{HarmonicRow, Quantity, Window};

/// Width of the column of file names.
const FILE_CHARACTERS: usize = 15;

/// Formats the levels, with the noise floor.
pub(super) fn levels(notes: &[HarmonicRow], with_corrected: bool) -> String {
    let early = |note: &HarmonicRow| note.level_db.recorded.is_some() && note.window == Window::Early;
    let rows = notes.iter().map(|note| {
        let mut cells = cells(&note.level_db, with_corrected);
        if early(note) {
            cells[0].push('*');
        }
        cells.push(note.floor_db.map_or("-".into(), |floor_db| format!("{floor_db:.0}")));
        (note, cells, &note.level_db)
    });
    let text = format_rows(rows, with_corrected, &["floor"]);
    if notes.iter().any(early) { format!("{text}\n* 50-200 ms after the onset, the others 50-450 ms") } else { text }
}

/// Formats one quantity.
pub(super) fn quantity(notes: &[HarmonicRow], with_corrected: bool, quantity: fn(&HarmonicRow) -> &Quantity) -> String {
    format_rows(
        notes.iter().map(|note| (note, cells(quantity(note), with_corrected), quantity(note))),
        with_corrected,
        &[],
    )
}

/// Formats the mean errors of the harmonic in one line, without and with corrections.
pub(super) fn mean_errors(before: &Means, after: Option<&Means>) -> String {
    let part = |quantity: fn(&Means) -> &Mean, unit: &str| {
        let (before, after) = (quantity(before), after.map(quantity).filter(|mean| mean.count > 0));
        let after = after.map_or(String::new(), |mean| format!(" -> {:.2}", mean.value));
        (before.count > 0).then(|| format!("{:.2}{after} {unit} ({})", before.value, before.count))
    };
    let parts = [
        part(|means| &means.level_db, "dB").map(|text| format!("level {text}")),
        part(|means| &means.frequency_cents, "cents").map(|text| format!("frequency {text}")),
        part(|means| &means.decay_log2, "log2").map(|text| format!("decay {text}")),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    let text = if parts.is_empty() { "nothing was observed".to_owned() } else { parts.join(", ") };
    format!("mean absolute error: {text}")
}

fn format_rows<'a>(
    rows: impl Iterator<Item = (&'a HarmonicRow, Vec<String>, &'a Quantity)>,
    with_corrected: bool,
    more: &[&str],
) -> String {
    let heading = ["file", "note", "vel", "recorded", "model"].into_iter();
    let heading = heading.chain(with_corrected.then_some("corrected")).chain(more.iter().copied()).chain(["target"]);
    let mut lines = vec![heading.map(str::to_owned).collect::<Vec<_>>()];
    for (note, cells, quantity) in rows {
        let name = [shortened(&note.file), note.note.clone(), note.velocity.to_string()];
        lines.push(name.into_iter().chain(cells).chain([target(quantity)]).collect());
    }
    table(&lines)
}

fn cells(quantity: &Quantity, with_corrected: bool) -> Vec<String> {
    let readings = [quantity.recorded, quantity.model].into_iter().chain(with_corrected.then_some(quantity.corrected));
    readings.map(cell).collect()
}

/// Formats a reading: in brackets if it is excluded, a dash if there is none.
fn cell(reading: Option<Reading>) -> String {
    match reading {
        Some(Reading { value, status: Status::Valid }) if value.is_finite() => to_a_tenth(value),
        None | Some(Reading { status: Status::TooShort | Status::BeyondBand | Status::Valid, .. }) => "-".into(),
        Some(Reading { value, .. }) if value.is_finite() => format!("({})", to_a_tenth(value)),
        Some(_) => "-".into(),
    }
}

fn to_a_tenth(value: f64) -> String {
    let text = format!("{value:.1}");
    // A difference that rounds to zero has no sign.
    if text == "-0.0" { "0.0".into() } else { text }
}

fn target(quantity: &Quantity) -> String {
    match (quantity.target, quantity.why) {
        (true, None) => "yes".into(),
        (true, Some(why)) => format!("yes, {why}"),
        (false, why) => why.unwrap_or("no").into(),
    }
}

/// Shortens a path to its end.
fn shortened(file: &str) -> String {
    let length = file.chars().count();
    if length <= FILE_CHARACTERS {
        return file.to_owned();
    }
    let name = file.rsplit('/').next().unwrap_or(file);
    let kept = name.chars().count().min(FILE_CHARACTERS - 1);
    format!("\u{2026}{}", file.chars().skip(length - kept).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_long_paths_to_their_end() {
        for (file, shown) in [
            ("a1f.flac", "a1f.flac"),
            ("recordings/a1f.wav", "…a1f.wav"),
            ("a/very_long_name_of_a_recording.wav", "…_recording.wav"),
            ("ü/ééééééééééééééé.wav", "…éééééééééé.wav"),
        ] {
            assert_eq!(shortened(file), shown);
            assert!(shown.chars().count() <= FILE_CHARACTERS);
        }
    }

    #[test]
    fn brackets_mark_excluded_readings() {
        let cell = |value: f64, status: Status| cell(Some(Reading { value, status }));
        assert_eq!(cell(-12.34, Status::Valid), "-12.3");
        assert_eq!(cell(-0.04, Status::Valid), "0.0");
        assert_eq!(cell(-62.0, Status::UnderNoise), "(-62.0)");
        assert_eq!(cell(0.0, Status::TooShort), "-");
        assert_eq!(cell(f64::NAN, Status::Valid), "-");
        assert_eq!(cell(f64::INFINITY, Status::Unsteady), "-");
    }

    #[test]
    fn omits_quantities_that_were_not_observed() {
        let mean = |value: f64, count: usize| Mean { value, interval: (0.0, 0.0), count };
        let before = Means { level_db: mean(4.5, 30), decay_log2: mean(0.5, 2), ..Means::default() };
        let after = Means { level_db: mean(3.0, 30), ..Means::default() };
        assert_eq!(
            mean_errors(&before, Some(&after)),
            "mean absolute error: level 4.50 -> 3.00 dB (30), decay 0.50 log2 (2)"
        );
        assert_eq!(mean_errors(&Means::default(), None), "mean absolute error: nothing was observed");
    }
}
