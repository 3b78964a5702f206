//! `wurli-train measure`: level, frequency and decay of the harmonics of an audio file.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use wurli_train::audio::LoadedAudio;
use wurli_train::measure::uncertainty::HarmonicUncertainty;
use wurli_train::measure::{Bounds, HARMONICS, Measurement, Reading, find_note_bounds, measure, sounds_before};
use wurli_train::note_event::NoteEvent;
use wurli_train::note_name::note_name;
use wurli_train::transcription::{Labels, identify_note};
use wurli_voice::instrument::midi_to_hz;

use super::fail::{Failure, print, warn};
use super::table::table;
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
    /// WAV, FLAC or AIFF files with one note each
    #[arg(required = true)]
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
    for file in &arguments.files {
        let LoadedAudio { audio, warnings } = LoadedAudio::read(file)?;
        warnings.iter().for_each(|warning| warn(format!("{}: {warning}", file.display())));
        let no_note = || Failure::Work(format!("{}: no note detected; give its key with --midi", file.display()));
        // `run` and `import` detect the key of an unlabelled note like this.
        let detect = || identify_note(&audio, None, VELOCITY, Labels::Kept).ok().map(|(note, _)| note.midi);
        let midi = arguments.midi.or_else(detect).ok_or_else(no_note)?;
        let bounds = find_note_bounds(&audio, midi_to_hz(midi)).ok_or_else(no_note)?;
        let measurement = measure(&audio, bounds, midi_to_hz(midi)).ok_or_else(|| {
            Failure::Work(format!(
                "{}: no partial within half a semitone of {} ({:.1} Hz), or shorter than 0.1 s",
                file.display(),
                note_name(midi),
                midi_to_hz(midi)
            ))
        })?;
        let Bounds { onset_s, end_s } = bounds;
        let uncertainty = measurement.uncertainty(end_s - onset_s);
        let f0_hz = measurement.f0_hz;
        let note = NoteEvent { onset_s, offset_s: end_s, midi, velocity: VELOCITY, velocity_known: false, f0_hz };
        if let Some(finding) = sounds_before(&audio, &note) {
            warn(format!("{}: {finding}", file.display()));
        }
        if arguments.json {
            all.push(json!({"file": file, "midi": midi, "onset_s": onset_s, "end_s": end_s,
                "measurement": measurement, "uncertainty": uncertainty}));
        } else {
            let cents = 1200.0 * (measurement.f0_hz / midi_to_hz(midi)).log2();
            print(format!(
                "{}: {} at {:.2} Hz ({cents:+.1} cents), {onset_s:.3}-{end_s:.3} s",
                file.display(),
                note_name(midi),
                measurement.f0_hz
            ))?;
            print(format!("{}\n", harmonics(&measurement, &uncertainty)))?;
        }
    }
    if arguments.json {
        print(json!(all))?;
    }
    Ok(())
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
