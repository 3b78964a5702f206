//! `wurli-train transcribe`: the notes of a performance.

use std::path::PathBuf;

use clap::Args;
use wurli_train::audio::{Audio, Format, LoadedAudio};
use wurli_train::key::KeyBuilder;
use wurli_train::note_event::NoteEvent;
use wurli_train::note_event::PerformedNote;
use wurli_train::note_name::note_name;
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::takes;
use wurli_train::stages::notes;
use wurli_train::transcription::{TranscriptionSettings, transcribe};

use super::bars::Bars;
use super::fail::{Failure, print, warn};
use super::paths::{named_cache, quoted};
use super::table::table;

/// Lists the notes of a performance. Velocities are estimates that only compare notes with each
/// other.
#[derive(Args)]
#[command(after_help = "Example: wurli-train transcribe --json take.flac > notes.json")]
pub(crate) struct Arguments {
    #[arg(help = format!("{} file", Format::READ))]
    file: PathBuf,
    /// Cache for performances of two minutes and more, so that an interrupted call resumes
    /// [default: WURLI_CACHE_DIR, or none]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Prints JSON: a list of {onset_s, offset_s, midi, velocity}
    #[arg(long)]
    json: bool,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let settings = TranscriptionSettings::default();
    if arguments.file.is_dir() {
        return Err(Failure::call(format!(
            "{0} is a folder; give a file in it, or have `wurli-train run {1}` read all",
            arguments.file.display(),
            quoted(&arguments.file)
        )));
    }
    if std::fs::metadata(&arguments.file).is_ok_and(|metadata| !metadata.is_file()) {
        // A pipe can be read only once.
        return print_notes(transcribe(&loaded(LoadedAudio::read(&arguments.file)?), &settings), arguments.json);
    }
    let builder = KeyBuilder::new("transcribe", notes::VERSION).value("settings", &settings);
    let (take, key) = takes::open(&arguments.file, builder)?;
    let events = if takes::is_long(&take)? {
        let cache = match named_cache(arguments.cache.as_deref()) {
            Some(folder) => Cache::at(folder),
            None => Cache::none(),
        };
        let bars = Bars::default();
        let found = takes::transcribe_take(&take, key, &settings, &cache, &bars);
        bars.clear();
        cache.warnings().iter().for_each(warn);
        let found = found?;
        found.warnings.iter().for_each(warn);
        found.notes
    } else {
        transcribe(&loaded(LoadedAudio::decode(&arguments.file, take.bytes()?)?), &settings)
    };
    print_notes(events, arguments.json)
}

/// Prints the warnings about a file and returns its audio.
fn loaded(loaded: LoadedAudio) -> Audio {
    loaded.warnings.iter().for_each(warn);
    loaded.audio
}

fn print_notes(events: Vec<NoteEvent>, json: bool) -> Result<(), Failure> {
    if events.is_empty() {
        warn("no note detected");
    }
    let notes: Vec<PerformedNote> = events
        .into_iter()
        .map(|note| PerformedNote {
            onset_s: note.onset_s,
            offset_s: note.offset_s,
            midi: note.midi,
            velocity: note.velocity,
        })
        .collect();
    if json {
        return print(serde_json::to_string_pretty(&notes)?);
    }
    let mut rows = vec![["note", "midi", "velocity", "onset s", "offset s"].map(str::to_owned).to_vec()];
    for note in notes {
        rows.push(vec![
            note_name(note.midi),
            note.midi.to_string(),
            note.velocity.to_string(),
            format!("{:.3}", note.onset_s),
            format!("{:.3}", note.offset_s),
        ]);
    }
    print(table(&rows))
}
