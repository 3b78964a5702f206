//! `lab resynthesize`: stand-ins for recordings that may not be published.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use openwurli_lab::resynthesis::{LEAD_S, perform, resynthesize};
use wurli_train::audio::{self, Audio, write_wav_16};
use wurli_train::catalogue;
use wurli_train::catalogue::{Catalogue, Kind, Recording, Selection, Source};
use wurli_train::files::write_atomic;
use wurli_train::measure::find_bounds;
use wurli_train::note_event::PerformedNote;
use wurli_train::note_name::note_name;
use wurli_voice::instrument::midi_to_hz;

use wurli_cli::commands::bars::Bars;
use wurli_cli::commands::fail::{Failure, print};

/// Resynthesises single notes from measurements of their partials and noise.
///
/// The new notes contain no audio of the recordings, so that they can be published.
#[derive(Args)]
#[command(after_help = "Example: lab resynthesize --from ep200 --into data")]
pub(crate) struct Arguments {
    /// Data folder with recordings of single notes
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Folder to write: recordings/*.wav and recordings.toml
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
}

/// The stand-in of a note.
struct StandIn {
    name: String,
    source: Option<String>,
    midi: u8,
    velocity: u8,
    audio: Audio,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let catalogue = catalogue::read(&arguments.from, Selection::All)?;
    let same = |path: &Path| path.canonicalize().ok();
    if same(&arguments.from) == same(&arguments.into) {
        let folder = arguments.into.display();
        return Err(Failure::call(format!("--from and --into are both {folder}: its catalogue would be lost")));
    }
    let mut names = BTreeSet::from([PERFORMANCE.to_owned()]);
    for recording in &catalogue.recordings {
        let name = name(recording);
        if !names.insert(name.clone()) {
            let path = catalogue.path(recording);
            return Err(Failure::Work(format!("{}: another stand-in is called {name} too: rename it", path.display())));
        }
    }
    let bars = Bars::default();
    let mut made = Vec::new();
    for (i, recording) in catalogue.recordings.iter().enumerate() {
        bars.show("resynthesize", i, catalogue.recordings.len());
        let path = catalogue.path(recording);
        let (midi, velocity) = match recording.kind {
            Kind::Note { midi, velocity } => (midi, velocity),
            Kind::Performance => continue,
            Kind::Unlabelled { .. } => {
                return Err(Failure::Work(format!("{}: no key in the catalogue (midi = 21..=108)", path.display())));
            }
        };
        let audio = audio::read(&path)?;
        let stand_in = find_bounds(&audio).and_then(|bounds| resynthesize(&audio, bounds, midi_to_hz(midi), i as u64));
        let audio = stand_in.ok_or_else(|| {
            Failure::Work(format!(
                "{}: no partial near {}, the key in the catalogue; correct its midi",
                path.display(),
                note_name(midi)
            ))
        })?;
        let name = name(recording);
        write_wav_16(&arguments.into.join(&name), &audio)?;
        made.push(StandIn { name, source: recording.source.clone(), midi, velocity, audio });
    }
    bars.clear();
    let performance = performance(&made);
    if let Some((audio, truth)) = &performance {
        write_wav_16(&arguments.into.join(PERFORMANCE), audio)?;
        let truth = serde_json::to_string_pretty(truth)? + "\n";
        write_atomic(&arguments.into.join("recordings/performance.json"), truth.as_bytes())?;
    }
    let text = describe(&catalogue, &made, performance.is_some());
    write_atomic(&arguments.into.join(catalogue::CATALOGUE_FILE), text.as_bytes())?;
    print(format!("wrote {} stand-ins to {}", made.len(), arguments.into.display()))
}

/// File of the performance.
const PERFORMANCE: &str = "recordings/performance.wav";

/// Returns the file of a recording's stand-in.
fn name(recording: &Recording) -> String {
    let stem = recording.file.rsplit_once('.').map_or(recording.file.as_str(), |(stem, _)| stem);
    format!("recordings/{}.wav", stem.replace('/', "_"))
}

/// Mixes a performance of one note per key at a medium velocity, from low to high.
fn performance(made: &[StandIn]) -> Option<(Audio, Vec<PerformedNote>)> {
    let mut notes: Vec<_> = made
        .iter()
        .filter(|note| (40..=100).contains(&note.velocity) && note.audio.duration_s() > 1.0)
        .map(|note| (note.midi, note.velocity, &note.audio))
        .collect();
    notes.sort_by_key(|(midi, velocity, _)| (*midi, *velocity));
    notes.dedup_by_key(|(midi, ..)| *midi);
    perform(&notes, LEAD_S)
}

fn describe(catalogue: &Catalogue, made: &[StandIn], performance: bool) -> String {
    let heading = "Written by `lab resynthesize`; README.md beside this file says what these files are.";
    let sources: Vec<_> = catalogue
        .sources
        .iter()
        .map(|source| Source { title: format!("{}, resynthesised from measurements", source.title), ..source.clone() })
        .collect();
    let mut recordings: Vec<_> = made
        .iter()
        .map(|note| Recording {
            file: note.name.clone(),
            source: note.source.clone(),
            kind: Kind::Note { midi: note.midi, velocity: note.velocity },
        })
        .collect();
    if performance {
        let source = made.first().and_then(|note| note.source.clone());
        recordings.push(Recording { file: PERFORMANCE.into(), source, kind: Kind::Performance });
    }
    catalogue::describe(heading, catalogue.fit, &sources, recordings.iter().map(|recording| (recording, None)))
}
