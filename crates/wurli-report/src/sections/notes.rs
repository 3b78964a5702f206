//! Every note with its three players, their spectra over each other, and its harmonics in numbers.

use crate::plot::{Axis, Chart, Colour, Marker, Panel, Point, Series, Tick};
use wurli_train::comparison::NoteErrors;
use wurli_train::isolation::Tier;
use wurli_train::measure::{HARMONICS, Measurement, Reading, Status};
use wurli_train::note_name::note_name;

use crate::Report;
use crate::clip::{Clips, Played, SPECTRUM_DEPTH_DB};
use crate::html::Html;
use crate::note::{Note, dynamic};
use crate::sections::number;

const PANEL_PX: (f64, f64) = (300.0, 168.0);

pub(super) fn content(report: &Report, html: &mut Html) {
    html.paragraph(
        "Recording, model and corrected model, equally loud. With the focus in a note, the keys 1, 2 and 3 play them and 0 stops.",
    );
    index(report, html);
    for (i, note) in report.notes.iter().enumerate() {
        article(report, i, note, html);
    }
}

/// Links to all notes, key by key.
fn index(report: &Report, html: &mut Html) {
    html.element("nav", &[("class", "keys"), ("aria-label", "Notes")], |html| {
        let mut notes = report.notes.iter().enumerate().peekable();
        while let Some((_, first)) = notes.peek() {
            let midi = first.midi();
            html.element("div", &[], |html| {
                html.leaf("b", &[], &note_name(midi));
                while let Some((i, note)) = notes.next_if(|(_, note)| note.midi() == midi) {
                    let href = format!("#note-{i}");
                    let label = format!("{}, velocity {}", note.name, note.velocity());
                    let attributes = [("href", href.as_str()), ("aria-label", label.as_str())];
                    html.leaf("a", &attributes, dynamic(note.velocity()));
                }
            });
        }
    });
}

fn article(report: &Report, i: usize, note: &Note, html: &mut Html) {
    let (id, heading) = (format!("note-{i}"), format!("note-{i}-name"));
    let attributes = [("class", "note"), ("id", &id), ("aria-labelledby", &heading), ("tabindex", "-1")];
    html.element("article", &attributes, |html| {
        html.element("header", &[], |html| {
            html.leaf("h3", &[("id", &heading)], &note.name);
            html.leaf("p", &[("class", "small")], &origin(report, note));
            html.leaf("p", &[("class", "errors")], &errors(note));
        });
        match &note.clips {
            Some(clips) => {
                players(note, clips, html);
                html.figure("spectra", &spectra(note, clips).to_inline_svg(), false, "");
            }
            None => html.paragraph("Nothing sounds here that could be played."),
        }
        if note.measured.measurement.is_some() {
            let caption = format!("Harmonics of {}", note.name);
            let groups = [("Level, dB re H1", "3"), ("Decay, dB/s", "3")];
            let headings = ["Harmonic", "recording", "model", "corrected", "recording", "model", "corrected"];
            html.folded(&caption, |html| html.grouped_table(&caption, &groups, &headings, &harmonics(note)));
        }
    });
}

/// Where a note comes from, and whose it is.
fn origin(report: &Report, note: &Note) -> String {
    let event = &note.measured.note.event;
    let velocity = if event.velocity_known { "velocity" } else { "velocity estimated as" };
    let place = if note.of_performance { format!(" at {:.2} s", event.onset_s) } else { String::new() };
    let source = report.sources.iter().find(|source| note.source.as_deref() == Some(&source.id));
    let author = source.map_or(String::new(), |source| {
        let parts = [&source.author, &source.licence].map(String::as_str).into_iter().filter(|part| !part.is_empty());
        parts.map(|part| format!(" \u{b7} {part}")).collect()
    });
    let rejected = if note.measured.note.tier == Tier::Reject { " \u{b7} rejected" } else { "" };
    let clips = note.clips.as_ref().map_or(String::new(), |clips| {
        format!(" \u{b7} {:.2} s at {} kHz", clips.seconds, f64::from(clips.sample_rate) / 1000.0) //
    });
    format!("{velocity} {} \u{b7} {}{place}{clips}{author}{rejected}", event.velocity, note.file)
}

/// How far off it is, before and after.
fn errors(note: &Note) -> String {
    let part = |name: &str, unit: &str, decimals, quantity: fn(&NoteErrors) -> &[Option<f64>; HARMONICS]| {
        let [before, after] = note.mean_errors(quantity);
        before
            .or(after)
            .map(|_| format!("{name} {} \u{2192} {} {unit}", number(before, decimals), number(after, decimals)))
    };
    let parts = [
        part("levels", "dB", 1, |errors| &errors.level_db),
        part("tuning", "cents", 1, |errors| &errors.frequency_cents),
        part("decays", "octaves", 2, |errors| &errors.decay_log2),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "not measured".to_owned() } else { parts.join(" \u{b7} ") }
}

fn players(note: &Note, clips: &Clips, html: &mut Html) {
    html.element("div", &[("class", "players")], |html| {
        for (i, (played, flac)) in Played::ALL.into_iter().zip(&clips.flac).enumerate() {
            let class = format!("player {}", played.name());
            html.element("div", &[("class", &class)], |html| {
                html.element("p", &[], |html| {
                    html.leaf("kbd", &[("aria-hidden", "true")], &(i + 1).to_string());
                    html.text(&format!(" {}", played.name()));
                    let gain_db = clips.gain_db[i];
                    let sign = if gain_db > 0.0 { "+" } else { "" };
                    html.leaf("span", &[("class", "gain")], &format!("gain {sign}{} dB", number(Some(gain_db), 1)));
                });
                let address = format!("data:audio/flac;base64,{flac}");
                let name = format!("{}, velocity {}, {}", note.name, note.velocity(), played.name());
                let attributes =
                    [("controls", ""), ("preload", "none"), ("aria-label", name.as_str()), ("src", address.as_str())];
                html.element("audio", &attributes, |_| ());
            });
        }
    });
}

/// The spectra of the three clips over each other.
fn spectra(note: &Note, clips: &Clips) -> Chart {
    let f0_hz = note.measured.note.event.f0_hz;
    let series = |(i, (played, colour, dashed)): (usize, (Played, Colour, bool))| Series {
        name: played.name().to_owned(),
        colour,
        marker: Marker::None,
        connected: true,
        dashed,
        points: clips
            .spectra
            .iter()
            .map(|(frequency_hz, levels)| Point { x: frequency_hz.log2(), y: levels[i], ..Point::default() })
            .collect(),
    };
    let looks = [
        (Played::Recording, Colour::Grey, false),
        (Played::Model, Colour::Vermilion, true),
        (Played::Corrected, Colour::Blue, false),
    ];
    let ends = [clips.spectra.first(), clips.spectra.last()].map(|end| end.map_or(0.0, |(hz, _)| hz.log2()));
    let ticks = (1..=HARMONICS).filter(|k| *k != 7).map(|k| Tick {
        value: (k as f64 * f0_hz).log2(),
        label: if k == 1 { "H1".to_owned() } else { k.to_string() },
    });
    Chart {
        title: format!("Spectra of {}, velocity {}", note.name, note.velocity()),
        description: format!(
            "Recording, model and corrected model over each other, from {:.0} Hz to {:.0} Hz; {}. The table below has the harmonics.",
            ends[0].exp2(),
            ends[1].exp2(),
            errors(note)
        ),
        x: Axis { label: format!("harmonics of {f0_hz:.1} Hz"), range: ends[0]..=ends[1], ticks: ticks.collect() },
        y: Axis {
            label: "dB".into(),
            range: -SPECTRUM_DEPTH_DB..=0.0,
            ticks: (0..=4)
                .map(|i| {
                    let value = -20.0 * f64::from(i);
                    Tick { value, label: number(Some(value), 0) }
                })
                .collect(),
        },
        panels: vec![Panel { series: looks.into_iter().enumerate().map(series).collect(), ..Panel::default() }],
        columns: 1,
        panel_px: PANEL_PX,
    }
}

fn harmonics(note: &Note) -> Vec<Vec<String>> {
    let rendered =
        |rendered: &Option<wurli_train::comparison::Rendered>| rendered.as_ref().map(|r| r.measurement.clone());
    let measurements = [note.measured.measurement.clone(), rendered(&note.plain), rendered(&note.corrected)];
    let cell = |measurement: &Option<Measurement>, reading: &dyn Fn(&Measurement) -> Reading| match measurement
        .as_ref()
        .map(reading)
    {
        Some(Reading { value, status: Status::Valid }) => number(Some(value), 1),
        _ => number(None, 1),
    };
    let row = |i: usize| {
        let levels = measurements.iter().map(|m| cell(m, &|m| level(&m.harmonics[i].levels)));
        let decays = measurements.iter().map(|m| cell(m, &|m| m.harmonics[i].decay_db_per_s));
        std::iter::once(format!("H{}", i + 1)).chain(levels).chain(decays).collect()
    };
    (0..HARMONICS).map(row).collect()
}

/// The level that is compared: in the steady window, of a short note in the early one.
fn level(levels: &wurli_train::measure::Levels) -> Reading {
    if levels.steady_db.status == Status::TooShort { levels.early_db } else { levels.steady_db }
}
