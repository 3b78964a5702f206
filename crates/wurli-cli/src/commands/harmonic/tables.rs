//! The deep dive as tables of 80 columns.

use wurli_train::evaluation::{Mean, Means};
use wurli_train::measure::{Reading, Status};

use super::super::table::table;
use super::note::{NoteOfHarmonic, Quantity, Window};

/// What the column of file names has of 80 characters.
const FILE_CHARACTERS: usize = 15;

/// Levels with the noise floor.
pub(super) fn levels(notes: &[NoteOfHarmonic], with_corrected: bool) -> String {
    let early = |note: &NoteOfHarmonic| note.level_db.recorded.is_some() && note.window == Window::Early;
    let rows = notes.iter().map(|note| {
        let mut cells = cells(&note.level_db, with_corrected);
        if early(note) {
            cells[0].push('*');
        }
        cells.push(note.floor_db.map_or("-".into(), |floor_db| format!("{floor_db:.0}")));
        (note, cells, &note.level_db)
    });
    let text = laid_out(rows, with_corrected, &["floor"]);
    if notes.iter().any(early) { format!("{text}\n* 50-200 ms after the onset, the others 50-450 ms") } else { text }
}

/// One quantity without more.
pub(super) fn quantity(notes: &[NoteOfHarmonic], with_corrected: bool, of: fn(&NoteOfHarmonic) -> &Quantity) -> String {
    laid_out(notes.iter().map(|note| (note, cells(of(note), with_corrected), of(note))), with_corrected, &[])
}

/// The errors of the harmonic in one line: without corrections, and with them where there are any.
pub(super) fn mean_errors(before: &Means, after: Option<&Means>) -> String {
    let of = |quantity: fn(&Means) -> &Mean, unit: &str| {
        let (before, after) = (quantity(before), after.map(quantity).filter(|mean| mean.count > 0));
        let after = after.map_or(String::new(), |mean| format!(" -> {:.2}", mean.value));
        (before.count > 0).then(|| format!("{:.2}{after} {unit} ({})", before.value, before.count))
    };
    let parts = [
        of(|means| &means.level_db, "dB").map(|text| format!("level {text}")),
        of(|means| &means.frequency_cents, "cents").map(|text| format!("frequency {text}")),
        of(|means| &means.decay_log2, "log2").map(|text| format!("decay {text}")),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    let text = if parts.is_empty() { "nothing was observed".to_owned() } else { parts.join(", ") };
    format!("mean absolute error: {text}")
}

fn laid_out<'a>(
    rows: impl Iterator<Item = (&'a NoteOfHarmonic, Vec<String>, &'a Quantity)>,
    with_corrected: bool,
    more: &[&str],
) -> String {
    let heading = ["file", "note", "vel", "recorded", "model"].into_iter();
    let heading = heading.chain(with_corrected.then_some("corrected")).chain(more.iter().copied()).chain(["target"]);
    let mut lines = vec![heading.map(str::to_owned).collect::<Vec<_>>()];
    for (note, cells, quantity) in rows {
        let name = [short(&note.file), note.note.clone(), note.velocity.to_string()];
        lines.push(name.into_iter().chain(cells).chain([target(quantity)]).collect());
    }
    table(&lines)
}

fn cells(quantity: &Quantity, with_corrected: bool) -> Vec<String> {
    let readings = [quantity.recorded, quantity.model].into_iter().chain(with_corrected.then_some(quantity.corrected));
    readings.map(cell).collect()
}

/// A number in brackets was read but does not count; where there was nothing to read, there is none.
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
    // A difference of nothing has no direction.
    if text == "-0.0" { "0.0".into() } else { text }
}

fn target(quantity: &Quantity) -> String {
    match (quantity.target, quantity.why) {
        (true, None) => "yes".into(),
        (true, Some(why)) => format!("yes, {why}"),
        (false, why) => why.unwrap_or("no").into(),
    }
}

/// The end of a path, which is what tells it from the others.
fn short(file: &str) -> String {
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
    fn long_paths_keep_their_end() {
        for (file, shown) in [
            ("a1f.flac", "a1f.flac"),
            ("recordings/a1f.wav", "…a1f.wav"),
            ("a/very_long_name_of_a_recording.wav", "…_recording.wav"),
            ("ü/ééééééééééééééé.wav", "…éééééééééé.wav"),
        ] {
            assert_eq!(short(file), shown);
            assert!(shown.chars().count() <= FILE_CHARACTERS);
        }
    }

    #[test]
    fn brackets_tell_what_does_not_count() {
        let cell = |value: f64, status: Status| cell(Some(Reading { value, status }));
        assert_eq!(cell(-12.34, Status::Valid), "-12.3");
        assert_eq!(cell(-0.04, Status::Valid), "0.0");
        assert_eq!(cell(-62.0, Status::UnderNoise), "(-62.0)");
        assert_eq!(cell(0.0, Status::TooShort), "-");
        assert_eq!(cell(f64::NAN, Status::Valid), "-");
        assert_eq!(cell(f64::INFINITY, Status::Unsteady), "-");
    }

    #[test]
    fn quantities_that_were_not_observed_have_no_mean() {
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
