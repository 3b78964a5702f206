//! `wurli-train measure`: level, frequency and decay of the harmonics of an audio file.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use wurli_train::audio::{Format, LoadedAudio};
use wurli_train::catalogue::{CatalogueError, scan};
use wurli_train::measure::uncertainty::HarmonicUncertainty;
use wurli_train::measure::{Bounds, HARMONICS, Measurement, Reading, clipping_warning, find_note_bounds, measure};
use wurli_train::note_event::NoteEvent;
use wurli_train::note_name::note_name;
use wurli_train::transcription::{Labels, identify_note, sounds_beside};
use wurli_voice::instrument::midi_to_hz;

use super::fail::{Failure, print, warn};
use super::table::{counted, table};
use super::values;

/// Measures H1-H8 of single notes: level, frequency, decay and noise floor.
#[derive(Args)]
#[command(
    after_help = "Levels are relative to H1, in three windows after the onset: attack 0-50 ms, early 50-200 ms, sustain 200-800 ms.
Training uses these frequencies and decays, and levels 50-450 ms after the onset.
Figures after ± are standard deviations that follow from the noise floor.

Example: wurli-train measure --midi 61 db4f.wav"
)]
pub(crate) struct Arguments {
    #[arg(required = true, help = format!("{} files with one note each, or folders of such files", Format::READ))]
    files: Vec<PathBuf>,
    /// Key that was played, as C4 or 60 [default: detected from the sound]
    #[arg(long, value_parser = values::key, allow_negative_numbers = true)]
    midi: Option<u8>,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

/// Velocity of the notes. Measurements do not depend on it.
const VELOCITY: u8 = 64;

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let mut all = Vec::new();
    for path in &arguments.files {
        if path.is_dir() {
            measure_folder(path, arguments, &mut all)?;
        } else {
            all.extend(measure_file(path, arguments)?);
        }
    }
    if arguments.json {
        print(json!(all))?;
    }
    Ok(())
}

/// Measures the recordings below a folder and reports those without a note. It is an error if all
/// are.
fn measure_folder(folder: &Path, arguments: &Arguments, all: &mut Vec<Value>) -> Result<(), Failure> {
    let scan = scan::audio_files(folder)?;
    scan.problems.iter().for_each(warn);
    let mut files = scan.files.iter().filter(|file| file.is_read).map(|file| folder.join(&file.key)).peekable();
    if files.peek().is_none() {
        return Err(CatalogueError::NoRecording { folder: folder.into() }.into());
    }
    let (mut measured, mut failed) = (0, 0);
    for file in files {
        match measure_file(&file, arguments) {
            Ok(found) => {
                all.extend(found);
                measured += 1;
            }
            Err(Failure::Work(problem)) => {
                warn(&problem);
                failed += 1;
            }
            Err(other) => return Err(other),
        }
    }
    if measured == 0 {
        let folder = folder.display();
        return Err(Failure::Work(format!(
            "{folder}: no note measured in its {}; see the warnings above",
            counted(failed, "recording")
        )));
    }
    Ok(())
}

/// Measures the note of a file and prints it, or returns it as JSON.
fn measure_file(file: &Path, arguments: &Arguments) -> Result<Option<Value>, Failure> {
    let LoadedAudio { audio, warnings } = LoadedAudio::read(file)?;
    let clipping = audio.clipping().as_ref().map(clipping_warning);
    let defects = warnings.iter().map(ToString::to_string).chain(clipping);
    defects.for_each(|defect| warn(format!("{}: {defect}", file.display())));
    let no_note = || Failure::Work(format!("{}: no note detected; give its key with --midi", file.display()));
    // `run` and `import` detect the key of an unlabelled note like this.
    let detect = || identify_note(&audio, None, VELOCITY, Labels::Kept).ok().map(|(note, _)| note.midi);
    let midi = arguments.midi.or_else(detect).ok_or_else(no_note)?;
    let measured = |bounds: Bounds| {
        measure(&audio, bounds, midi_to_hz(midi)).ok_or_else(|| {
            Failure::Work(format!(
                "{}: no partial within half a semitone of {} ({:.1} Hz), or shorter than 0.1 s",
                file.display(),
                note_name(midi),
                midi_to_hz(midi)
            ))
        })
    };
    let Bounds { onset_s, mut end_s } = find_note_bounds(&audio, midi_to_hz(midi)).ok_or_else(no_note)?;
    let mut measurement = measured(Bounds { onset_s, end_s })?;
    let f0_hz = measurement.f0_hz;
    let note = NoteEvent { onset_s, offset_s: end_s, midi, velocity: VELOCITY, velocity_known: false, f0_hz };
    if let Some(beside) = sounds_beside(&audio, &note) {
        warn(format!("{}: {}", file.display(), beside.finding));
        if let Some(next_s) = beside.end_s {
            end_s = next_s;
            measurement = measured(Bounds { onset_s, end_s })?;
        }
    }
    let uncertainty = measurement.uncertainty(end_s - onset_s);
    if arguments.json {
        return Ok(Some(json!({"file": file, "midi": midi, "onset_s": onset_s, "end_s": end_s,
                "measurement": measurement, "uncertainty": uncertainty})));
    }
    let cents = 1200.0 * (measurement.f0_hz / midi_to_hz(midi)).log2();
    print(format!(
        "{}: {} at {:.2} Hz ({cents:+.1} cents), {onset_s:.3}-{end_s:.3} s",
        file.display(),
        note_name(midi),
        measurement.f0_hz
    ))?;
    print(format!("{}\n", harmonics(&measurement, &uncertainty)))?;
    Ok(None)
}

fn harmonics(measurement: &Measurement, uncertainty: &[HarmonicUncertainty; HARMONICS]) -> String {
    let heading = ["", "Hz", "attack dB", "early dB", "sustain dB", "decay dB/s", "floor dB"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    let cell = |reading: &Reading, deviation: Option<f64>, decimals: usize| match (reading.valid(), deviation) {
        (Some(value), Some(deviation)) => format!("{value:.decimals$} ± {deviation:.*}", decimals + 1),
        (Some(value), None) => format!("{value:.decimals$}"),
        (None, _) => "-".to_owned(),
    };
    for (i, (harmonic, deviations)) in measurement.harmonics.iter().zip(uncertainty).enumerate() {
        rows.push(vec![
            format!("H{}", i + 1),
            cell(&harmonic.frequency_hz, deviations.frequency_hz, 2),
            cell(&harmonic.levels.attack_db, deviations.attack_db, 1),
            cell(&harmonic.levels.early_db, deviations.early_db, 1),
            cell(&harmonic.levels.sustain_db, deviations.sustain_db, 1),
            cell(&harmonic.decay_db_per_s, deviations.decay_db_per_s, 1),
            format!("{:.0}", harmonic.floor_db),
        ]);
    }
    table(&rows)
}
