//! The corrections as a C99 header.

use std::fmt::Write;

use wurli_voice::corrections::{DECAYS, DISPLACEMENT};
use wurli_weights::fold::{FIRST_FREQUENCY, Folded, PADDED, fold, table_index};
use wurli_weights::{COVERAGE_VELOCITIES, FADE_SEMITONES, FULL_COVERAGE, HIDDEN, INPUTS, Weights};

/// Forward pass in the order of sums of [`wurli_weights::RuntimeNetwork`]. `@NAME@` stands for a number.
const FUNCTION: &str = include_str!("c_header.in.h");

/// Returns a header with the tables of `weights`, which passed [`Weights::check`], and the function
/// `wurli_compute_corrections`.
#[must_use]
pub fn header(weights: &Weights) -> String {
    let folded = fold(weights);
    let Folded { first, second, third, lowest, highest, identity, .. } = &folded;
    let range = &weights.range;
    let mut tables = String::new();
    let mut table = |c_type: &str, name: &str, sizes: &[usize], content: String| {
        let sizes: String = sizes.iter().map(|size| format!("[{size}]")).collect();
        // Writing to a string does not fail.
        let _ = writeln!(tables, "static const {c_type} wurli_{name}{sizes} = {content};");
    };
    table("float", "first", &[INPUTS, HIDDEN], braces(first.columns.iter().map(floats)));
    table("float", "first_bias", &[HIDDEN], floats(&first.bias));
    table("float", "second", &[HIDDEN, HIDDEN], braces(second.columns.iter().map(floats)));
    table("float", "second_bias", &[HIDDEN], floats(&second.bias));
    table("float", "third", &[HIDDEN, PADDED], braces(third.columns.iter().map(floats)));
    for (name, row) in [("third_bias", &third.bias), ("lowest", lowest), ("highest", highest), ("identity", identity)] {
        table("float", name, &[PADDED], floats(row));
    }
    let keys = range.lowest_midi..=range.highest_midi;
    let coverage = keys.clone().map(|midi| braces(weights.coverage.row(midi).iter().map(u8::to_string)));
    table("uint8_t", "coverage", &[keys.len(), COVERAGE_VELOCITIES], braces(coverage));
    let tuning = keys.clone().map(|midi| weights.coverage.tuning(midi).to_string());
    table("uint8_t", "tuning_coverage", &[keys.len()], braces(tuning));

    let numbers = [
        ("TABLES", tables),
        ("LOWEST_MIDI", range.lowest_midi.to_string()),
        ("HIGHEST_MIDI", range.highest_midi.to_string()),
        ("MIDDLE", folded.middle.to_string()),
        ("LOWEST_VELOCITY", float(folded.lowest_velocity)),
        ("HIGHEST_VELOCITY", float(folded.highest_velocity)),
        ("MIDDLE_VELOCITY", float(folded.middle_velocity)),
        ("FADE_STEP", float((1.0 / f64::from(FADE_SEMITONES)) as f32)),
        ("CELLS", (COVERAGE_VELOCITIES - 1).to_string()),
        ("SHARE_STEP", float(1.0 / f32::from(FULL_COVERAGE))),
        ("HIDDEN", HIDDEN.to_string()),
        ("OUTPUTS", PADDED.to_string()),
        ("FIRST_FREQUENCY", FIRST_FREQUENCY.to_string()),
        ("DECAYS", table_index(DECAYS).to_string()),
        ("DISPLACEMENT", table_index(DISPLACEMENT).to_string()),
    ];
    numbers.iter().fold(FUNCTION.to_owned(), |text, (name, number)| text.replace(&format!("@{name}@"), number))
}

fn braces(items: impl Iterator<Item = String>) -> String {
    format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
}

fn floats<const N: usize>(numbers: &[f32; N]) -> String {
    braces(numbers.iter().copied().map(float))
}

/// Formats the shortest decimal that reads back as the same number.
fn float(number: f32) -> String {
    format!("{number:e}f")
}

#[cfg(test)]
mod tests {
    use wurli_weights::sample_weights;

    #[test]
    fn numbers_are_float_constants() {
        assert_eq!([0.0, -1.5, 1e-30].map(super::float), ["0e0f", "-1.5e0f", "1e-30f"]);
        let header = super::header(&sample_weights());
        assert!(!header.contains('@'), "a placeholder is left: {header}");
    }
}
