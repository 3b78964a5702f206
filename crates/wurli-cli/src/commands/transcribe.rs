//! `wurli-train transcribe`: stage 1 on a performance.

use std::path::PathBuf;

use clap::Args;
use wurli_train::audio::{Audio, LoadedAudio};
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
use super::places::named_cache;
use super::table::table;

/// Lists the notes of a performance. Their velocities are estimates: which was struck harder, not how hard.
#[derive(Args)]
#[command(after_help = "Example: wurli-train transcribe --json take.flac > notes.json")]
pub(crate) struct Arguments {
    /// A WAV, FLAC or AIFF file
    file: PathBuf,
    /// Where what was found of a performance of two minutes and more is kept, minute by minute: ended early, the next call goes on
    /// from there [default: WURLI_CACHE_DIR, or nowhere]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Print a list of {onset_s, offset_s, midi, velocity}
    #[arg(long)]
    json: bool,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let settings = TranscriptionSettings::default();
    if std::fs::metadata(&arguments.file).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        // A pipe: what comes out of it is there once.
        return show(transcribe(&warned(LoadedAudio::read(&arguments.file)?), &settings), arguments.json);
    }
    let builder = KeyBuilder::new("transcribe", notes::VERSION).value("settings", &settings);
    let (take, key) = takes::open(&arguments.file, builder)?;
    let found = if takes::is_long(&take)? {
        let cache = match named_cache(arguments.cache.as_deref()) {
            Some(folder) => Cache::at(folder),
            None => Cache::none(),
        };
        let bars = Bars::default();
        let found = takes::transcribe(&take, key, &settings, &cache, &|what, done, total| bars.show(what, done, total));
        bars.clear();
        cache.warnings().iter().for_each(warn);
        let found = found?;
        found.warnings.iter().for_each(warn);
        found.notes
    } else {
        transcribe(&warned(LoadedAudio::decode(&arguments.file, take.bytes()?)?), &settings)
    };
    show(found, arguments.json)
}

/// Prints the warnings about a file.
fn warned(loaded: LoadedAudio) -> Audio {
    loaded.warnings.iter().for_each(warn);
    loaded.audio
}

fn show(found: Vec<NoteEvent>, json: bool) -> Result<(), Failure> {
    if found.is_empty() {
        warn("no note was recognised");
    }
    let notes: Vec<PerformedNote> = found
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
