//! Maps of the corrections over keys and velocities.

use maud::{Markup, PreEscaped, html};

use wurli_voice::corrections::{CORRECTED_HARMONICS, DECAYS, DISPLACEMENT, FREQUENCIES, LEVELS};

use crate::plot::{Surface, signed, surface_legend};
use wurli_train::note_name::note_name;
use wurli_weights::{HIGHEST_MIDI, LOWEST_MIDI, Weights};

use crate::Report;
use crate::html::folded_table;

/// Velocities and keys of the tables below the maps.
const VELOCITIES: [u8; 2] = [40, 110];
const KEYS: [u8; 4] = [36, 48, 60, 72];

/// A quantity that is corrected, with its maps.
struct Quantity {
    heading: &'static str,
    unit: &'static str,
    /// Smallest correction that is shaded.
    first: f64,
    decimals: usize,
    outputs: std::ops::Range<usize>,
    /// Converts a network output to the unit; 0 is no correction.
    convert: fn(f32) -> f64,
}

const QUANTITIES: [Quantity; 4] = [
    Quantity {
        heading: "Displacement of the reed in the pickup",
        unit: "dB",
        first: 0.25,
        decimals: 1,
        outputs: DISPLACEMENT..DISPLACEMENT + 1,
        convert: |scale| 20.0 * f64::from(scale).log10(),
    },
    Quantity {
        heading: "Levels",
        unit: "dB",
        first: 0.5,
        decimals: 1,
        outputs: LEVELS..LEVELS + CORRECTED_HARMONICS,
        convert: f64::from,
    },
    Quantity {
        heading: "Tuning",
        unit: "cents",
        first: 1.0,
        decimals: 1,
        outputs: FREQUENCIES..FREQUENCIES + CORRECTED_HARMONICS,
        convert: f64::from,
    },
    Quantity {
        heading: "Decay times",
        unit: "octaves",
        first: 0.1,
        decimals: 2,
        outputs: DECAYS..DECAYS + CORRECTED_HARMONICS,
        convert: |ratio| f64::from(ratio).log2(),
    },
];

pub(super) fn content(report: &Report) -> Markup {
    let weights = &report.corrections.weights;
    let marks: Vec<(u8, u8)> = report.notes.iter().map(|note| (note.midi(), note.velocity())).collect();
    let names = columns().map(|(midi, velocity)| format!("{} v{velocity}", note_name(midi)));
    let names: Vec<String> = std::iter::once("Harmonic".to_owned()).chain(names).collect();
    let headings: Vec<&str> = names.iter().map(String::as_str).collect();
    html! {
        p {
            "Each map shows the keyboard from left to right and velocity from bottom to top. Dots are recorded notes. \
             Orange raises the model (more displacement, louder, sharper, longer), blue lowers it. Each shade stands \
             for twice the correction of the one before. Corrections fade out over the octave beyond the lowest and \
             the highest recorded key. Tuning and decay of H2 are those of the reed and apply to all harmonics."
        }
        @for quantity in &QUANTITIES {
            h3 { (quantity.heading) }
            div class="legend" {
                (PreEscaped(surface_legend(
                    &format!("Shades of {}", quantity.heading.to_lowercase()), quantity.first, quantity.unit,
                )))
                span { (quantity.unit) }
            }
            div class="surfaces" {
                @for output in quantity.outputs.clone() { (PreEscaped(surface(weights, quantity, output, &marks))) }
            }
            (folded_table(&format!("{} in numbers, {}", quantity.heading, quantity.unit), &headings, &rows(weights, quantity)))
        }
    }
}

fn value(weights: &Weights, quantity: &Quantity, output: usize, midi: u8, velocity: u8) -> f64 {
    (quantity.convert)(weights.forward(midi, f32::from(velocity) / 127.0)[output])
}

fn name(quantity: &Quantity, output: usize) -> String {
    if quantity.outputs.len() == 1 {
        "displacement".to_owned()
    } else {
        format!("H{}", output - quantity.outputs.start + 2)
    }
}

fn surface(weights: &Weights, quantity: &Quantity, output: usize, marks: &[(u8, u8)]) -> String {
    let correction = |midi: u8, velocity: u8| value(weights, quantity, output, midi, velocity);
    let all = (LOWEST_MIDI..=HIGHEST_MIDI).flat_map(|midi| (1..=127).step_by(6).map(move |v| (midi, v)));
    let (low, high) =
        all.map(|(midi, velocity)| correction(midi, velocity)).fold((0.0f64, 0.0f64), |(low, high), value| {
            (low.min(value), high.max(value)) //
        });
    let range = format!("{} to {} {}", signed(low, quantity.decimals), signed(high, quantity.decimals), quantity.unit);
    let name = name(quantity, output);
    let shown = if weights.observed[output] { range } else { "never observed, not corrected".to_owned() };
    Surface {
        title: format!("{}: {name}", quantity.heading),
        description: format!("Correction over keys and velocities: {shown}."),
        caption: format!("{name}: {shown}"),
        keys: LOWEST_MIDI..=HIGHEST_MIDI,
        value: &correction,
        first: quantity.first,
        marks,
    }
    .to_inline_svg()
}

/// Returns the key and velocity of each column of a table.
fn columns() -> impl Iterator<Item = (u8, u8)> {
    KEYS.into_iter().flat_map(|midi| VELOCITIES.map(|velocity| (midi, velocity)))
}

fn rows(weights: &Weights, quantity: &Quantity) -> Vec<Vec<String>> {
    let row = |output: usize| {
        let cells = columns().map(|(midi, velocity)| {
            signed(value(weights, quantity, output, midi, velocity), quantity.decimals) //
        });
        std::iter::once(name(quantity, output)).chain(cells).collect()
    };
    quantity.outputs.clone().map(row).collect()
}
