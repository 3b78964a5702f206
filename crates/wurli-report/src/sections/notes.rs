//! Every note with its players, spectra and a table of its harmonics.

use maud::{Markup, html};

use crate::plot::{Axis, Chart, Colour, Marker, Panel, Point, Series, Tick};
use wurli_train::comparison::{NoteErrors, Rendered};
use wurli_train::isolation::Tier;
use wurli_train::measure::{HARMONICS, Levels, Measurement, Reading, Status};
use wurli_train::note_name::note_name;

use crate::Report;
use crate::clip::{ClipKind, Clips, SPECTRUM_DEPTH_DB};
use crate::html::{figure, folded, grouped_table};
use crate::note::{ReportedNote, dynamic};
use crate::sections::{change, number};

const PANEL_PX: (f64, f64) = (300.0, 168.0);

pub(super) fn content(report: &Report) -> Markup {
    html! {
        p {
            "Recording, model and corrected model at equal loudness. With the focus in a note, the keys 1, 2 and 3 \
             play them and 0 stops."
        }
        (index(report))
        @for (i, note) in report.notes.iter().enumerate() { (article(report, i, note)) }
    }
}

/// Links to all notes, key by key.
fn index(report: &Report) -> Markup {
    let mut keys: Vec<Vec<(usize, &ReportedNote)>> = Vec::new();
    for (i, note) in report.notes.iter().enumerate() {
        match keys.last_mut() {
            Some(key) if key[0].1.midi() == note.midi() => key.push((i, note)),
            _ => keys.push(vec![(i, note)]),
        }
    }
    html! {
        nav class="keys" aria-label="Notes" {
            @for notes in &keys {
                div {
                    b { (note_name(notes[0].1.midi())) } " "
                    @for (i, note) in notes {
                        a href={ "#note-" (i) } aria-label={ (note.name) ", velocity " (note.velocity()) } {
                            (dynamic(note.velocity()))
                        }
                        " "
                    }
                }
            }
        }
    }
}

fn article(report: &Report, i: usize, note: &ReportedNote) -> Markup {
    let caption = format!("Harmonics of {}", note.name);
    let groups = [("Level, dB re H1", 3), ("Decay, dB/s", 3)];
    let headings = ["Harmonic", "recording", "model", "corrected", "recording", "model", "corrected"];
    html! {
        article class="note" id={ "note-" (i) } aria-labelledby={ "note-" (i) "-name" } tabindex="-1" {
            header {
                h3 id={ "note-" (i) "-name" } { (note.name) }
                p class="small" { (origin(report, note)) }
                p class="errors" { (errors(note)) }
            }
            @if let Some(clips) = &note.clips {
                (players(note, clips))
                (figure(spectra(note, clips).to_inline_svg(), ""))
            } @else {
                p { "This note is silent: there is nothing to play." }
            }
            @if note.measured.measurement.is_some() {
                (folded(&caption, &grouped_table(&caption, &groups, &headings, &harmonics(note))))
            }
        }
    }
}

/// Returns the velocity, file, length, author and licence of a note in one line.
fn origin(report: &Report, note: &ReportedNote) -> String {
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

/// Returns the mean errors of a note, before and after correction, in one line.
fn errors(note: &ReportedNote) -> String {
    let part = |name: &str, unit: &str, decimals, quantity: fn(&NoteErrors) -> &[Option<f64>; HARMONICS]| {
        let errors = note.mean_errors(quantity);
        errors.iter().any(Option::is_some).then(|| format!("{name} {} {unit}", change(errors, decimals)))
    };
    let parts = [
        part("levels", "dB", 1, |errors| &errors.level_db),
        part("tuning", "cents", 1, |errors| &errors.frequency_cents),
        part("decays", "octaves", 2, |errors| &errors.decay_log2),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "not measured".to_owned() } else { parts.join(" \u{b7} ") }
}

fn players(note: &ReportedNote, clips: &Clips) -> Markup {
    html! {
        div class="players" {
            @for (i, (kind, flac)) in ClipKind::ALL.into_iter().zip(&clips.flac).enumerate() {
                @let gain_db = clips.gain_db[i];
                div class={ "player " (kind.name()) } {
                    p {
                        kbd aria-hidden="true" { (i + 1) }
                        " " (kind.name())
                        span class="gain" {
                            "gain " @if gain_db > 0.0 { "+" } (number(Some(gain_db), 1)) " dB"
                        }
                    }
                    audio
                        controls
                        preload="none"
                        aria-label={ (note.name) ", velocity " (note.velocity()) ", " (kind.name()) }
                        src={ "data:audio/flac;base64," (flac) } {}
                }
            }
        }
    }
}

/// Returns the spectra of the three clips in one chart.
fn spectra(note: &ReportedNote, clips: &Clips) -> Chart {
    let f0_hz = note.measured.note.event.f0_hz;
    let series = |(i, (kind, colour, dashed)): (usize, (ClipKind, Colour, bool))| Series {
        name: kind.name().to_owned(),
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
    let styles = [
        (ClipKind::Recording, Colour::Grey, false),
        (ClipKind::Model, Colour::Vermilion, true),
        (ClipKind::Corrected, Colour::Blue, false),
    ];
    let ends = [clips.spectra.first(), clips.spectra.last()].map(|end| end.map_or(0.0, |(hz, _)| hz.log2()));
    let ticks = (1..=HARMONICS).filter(|k| *k != 7).map(|k| Tick {
        value: (k as f64 * f0_hz).log2(),
        label: if k == 1 { "H1".to_owned() } else { k.to_string() },
    });
    Chart {
        title: format!("Spectra of {}, velocity {}", note.name, note.velocity()),
        description: format!(
            "Recording, model and corrected model, from {:.0} Hz to {:.0} Hz; {}. The table below lists the harmonics.",
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
        panels: vec![Panel { series: styles.into_iter().enumerate().map(series).collect(), ..Panel::default() }],
        columns: 1,
        panel_px: PANEL_PX,
    }
}

fn harmonics(note: &ReportedNote) -> Vec<Vec<String>> {
    let rendered = |rendered: &'_ Option<Rendered>| rendered.as_ref().map(|rendered| rendered.measurement.clone());
    let measurements = [note.measured.measurement.clone(), rendered(&note.uncorrected), rendered(&note.corrected)];
    let cell = |measurement: &Option<Measurement>, reading: &dyn Fn(&Measurement) -> Reading| {
        number(measurement.as_ref().and_then(|measurement| reading(measurement).valid()), 1)
    };
    let row = |i: usize| {
        let levels = measurements.iter().map(|m| cell(m, &|m| level(&m.harmonics[i].levels)));
        let decays = measurements.iter().map(|m| cell(m, &|m| m.harmonics[i].decay_db_per_s));
        std::iter::once(format!("H{}", i + 1)).chain(levels).chain(decays).collect()
    };
    (0..HARMONICS).map(row).collect()
}

/// Returns the level in the steady window, or in the early one for a short note.
fn level(levels: &Levels) -> Reading {
    if levels.steady_db.status == Status::TooShort { levels.early_db } else { levels.steady_db }
}
