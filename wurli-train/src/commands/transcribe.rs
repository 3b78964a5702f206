//! `wurli-train transcribe`: stage 1 on a performance.

use std::path::PathBuf;

use clap::Args;
use wurli_train::audio;
use wurli_train::catalogue::note_name;
use wurli_train::resynthesis::PerformedNote;
use wurli_train::transcription::{TranscriptionSettings, transcribe};

use super::fail::{Failure, print};
use super::table::table;

/// Lists the notes of a performance.
#[derive(Args)]
#[command(after_help = "Example: wurli-train transcribe --json take.flac > notes.json")]
pub(crate) struct Arguments {
    /// A WAV, FLAC or AIFF file
    file: PathBuf,
    /// Print a list of {onset_s, offset_s, midi, velocity}
    #[arg(long)]
    json: bool,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let audio = audio::read(&arguments.file)?;
    let notes: Vec<PerformedNote> = transcribe(&audio, &TranscriptionSettings::default())
        .into_iter()
        .map(|note| PerformedNote {
            onset_s: note.onset_s,
            offset_s: note.offset_s,
            midi: note.midi,
            velocity: note.velocity,
        })
        .collect();
    if arguments.json {
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
