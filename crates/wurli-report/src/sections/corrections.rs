//! What the network says, over keys and velocities.

use wurli_voice::corrections::{CORRECTED_HARMONICS, DECAYS, DISPLACEMENT, FREQUENCIES, LEVELS};

use crate::plot::{Surface, signed, surface_legend};
use wurli_train::note_name::note_name;
use wurli_weights::{HIGHEST_MIDI, LOWEST_MIDI, Weights};

use crate::Report;
use crate::html::Html;
use crate::note::Note;

/// Velocities and keys at which a table says what a surface shows.
const VELOCITIES: [u8; 2] = [40, 110];
const KEYS: [u8; 4] = [36, 48, 60, 72];

/// Surfaces of one kind.
struct Kind {
    heading: &'static str,
    unit: &'static str,
    /// Where the first shade begins.
    first: f64,
    decimals: usize,
    outputs: std::ops::Range<usize>,
    /// A network output as something that is 0 where nothing is corrected.
    shown: fn(f32) -> f64,
}

const KINDS: [Kind; 4] = [
    Kind {
        heading: "Swing of the reed in the pickup",
        unit: "dB",
        first: 0.25,
        decimals: 1,
        outputs: DISPLACEMENT..DISPLACEMENT + 1,
        shown: |scale| 20.0 * f64::from(scale).log10(),
    },
    Kind {
        heading: "Levels",
        unit: "dB",
        first: 0.5,
        decimals: 1,
        outputs: LEVELS..LEVELS + CORRECTED_HARMONICS,
        shown: f64::from,
    },
    Kind {
        heading: "Tuning",
        unit: "cents",
        first: 1.0,
        decimals: 1,
        outputs: FREQUENCIES..FREQUENCIES + CORRECTED_HARMONICS,
        shown: f64::from,
    },
    Kind {
        heading: "Decay times",
        unit: "octaves",
        first: 0.1,
        decimals: 2,
        outputs: DECAYS..DECAYS + CORRECTED_HARMONICS,
        shown: |ratio| f64::from(ratio).log2(),
    },
];

pub(super) fn content(report: &Report, html: &mut Html) {
    let weights = &report.corrections.weights;
    html.paragraph(
        "Each field is the keyboard from left to right and the velocity from below upwards; dots are recorded notes. Orange raises the model: \
         more swing, louder, sharper, longer. Blue lowers it. Each shade stands for twice as much as the one before. Beyond the lowest and highest recorded key corrections fade out over an octave. \
         The tuning and the decay of H2 are those of the reed, and move all harmonics.",
    );
    let marks: Vec<(u8, u8)> = report.notes.iter().map(|note: &Note| (note.midi(), note.velocity())).collect();
    for kind in &KINDS {
        html.leaf("h3", &[], kind.heading);
        let legend = surface_legend(&format!("Shades of {}", kind.heading.to_lowercase()), kind.first, kind.unit);
        html.element("div", &[("class", "legend")], |html| {
            html.as_it_is(&legend);
            html.leaf("span", &[], kind.unit);
        });
        html.element("div", &[("class", "surfaces")], |html| {
            for output in kind.outputs.clone() {
                html.as_it_is(&surface(weights, kind, output, &marks));
            }
        });
        let names = columns().map(|(midi, velocity)| format!("{} v{velocity}", note_name(midi)));
        let names: Vec<String> = std::iter::once("Harmonic".to_owned()).chain(names).collect();
        let headings: Vec<&str> = names.iter().map(String::as_str).collect();
        html.folded_table(&format!("{} in numbers, {}", kind.heading, kind.unit), &headings, &rows(weights, kind));
    }
}

fn value(weights: &Weights, kind: &Kind, output: usize, midi: u8, velocity: u8) -> f64 {
    (kind.shown)(weights.forward(midi, f32::from(velocity) / 127.0)[output])
}

fn name(kind: &Kind, output: usize) -> String {
    if kind.outputs.len() == 1 { "displacement".to_owned() } else { format!("H{}", output - kind.outputs.start + 2) }
}

fn surface(weights: &Weights, kind: &Kind, output: usize, marks: &[(u8, u8)]) -> String {
    let of = |midi: u8, velocity: u8| value(weights, kind, output, midi, velocity);
    let all = (LOWEST_MIDI..=HIGHEST_MIDI).flat_map(|midi| (1..=127).step_by(6).map(move |v| (midi, v)));
    let (low, high) = all.map(|(midi, velocity)| of(midi, velocity)).fold((0.0f64, 0.0f64), |(low, high), value| {
        (low.min(value), high.max(value)) //
    });
    let range = format!("{} to {} {}", signed(low, kind.decimals), signed(high, kind.decimals), kind.unit);
    let name = name(kind, output);
    let said = if weights.observed[output] { range } else { "never observed, not corrected".to_owned() };
    Surface {
        title: format!("{}: {name}", kind.heading),
        description: format!("Correction over keys and velocities: {said}."),
        caption: format!("{name}: {said}"),
        keys: LOWEST_MIDI..=HIGHEST_MIDI,
        value: &of,
        first: kind.first,
        marks,
    }
    .to_inline_svg()
}

/// A column for each key at each velocity.
fn columns() -> impl Iterator<Item = (u8, u8)> {
    KEYS.into_iter().flat_map(|midi| VELOCITIES.map(|velocity| (midi, velocity)))
}

fn rows(weights: &Weights, kind: &Kind) -> Vec<Vec<String>> {
    let row = |output: usize| {
        let cells = columns().map(|(midi, velocity)| {
            signed(value(weights, kind, output, midi, velocity), kind.decimals) //
        });
        std::iter::once(name(kind, output)).chain(cells).collect()
    };
    kind.outputs.clone().map(row).collect()
}
