//! `wurli-train import`: a sample pack, or a take of a scale, into a data folder.

use std::path::{Path, PathBuf};

use crate::import;
use crate::import::{DynamicWords, ImportError, Known, Note, data_folder};
use clap::Args;
use wurli_train::catalogue::Source;
use wurli_train::note_name::note_name;
use wurli_train::transcription::Labels;
use wurli_voice::instrument::midi_to_hz;

use super::bars::Bars;
use super::fail::{Failure, print, warn};
use super::table::table;

/// Makes a data folder of a sample pack: an SFZ file, a folder whose file names say notes and dynamics, or a take of a scale.
///
/// Recordings are copied as they are, and their catalogue, recordings.toml, is written beside them. The pack is not changed. In names, C4 is
/// MIDI 60; where most recordings sound an octave from that, all notes are moved, and it is said. Opcodes that tune or filter are not
/// applied: what is measured is the recording.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  wurli-train import ep200.sfz --into my-piano --author 'Greg Sullivan' --licence CC-BY-3.0\n  \
    wurli-train import takes --into my-piano --dry-run\n  \
    wurli-train import scale.wav --played pp,mf,ff --into my-piano"
)]
pub(crate) struct Arguments {
    /// PACK.sfz, a folder of WAV, FLAC or AIFF files, or one such file with many notes, to be cut
    #[arg(value_name = "PACK")]
    pack: PathBuf,
    /// The data folder to make; it must not exist, or be empty
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Say what would be imported, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Take a note for the key that sounds where its name is more than half a semitone off; otherwise that is only said
    #[arg(long)]
    retune: bool,
    /// How hard all notes were struck, where the pack does not say
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=127))]
    velocity: Option<u8>,
    /// What words in file names stand for, as in pp=19,mf=70 [default: ppp=16 pp=32 p=48 mp=64 mf=80 f=96 ff=112 fff=127]
    #[arg(long, value_name = "WORD=VELOCITY,...")]
    dynamics: Option<DynamicWords>,
    /// How keys are struck in a take, in turn: the nth time at the nth of these words or velocities, as in pp,mf,ff
    #[arg(long, value_name = "DYNAMIC,...", value_delimiter = ',')]
    played: Vec<String>,
    /// Title of the recordings [default: the name of the pack]
    #[arg(long)]
    title: Option<String>,
    /// Who recorded them
    #[arg(long, default_value = "", hide_default_value = true)]
    author: String,
    /// Under which licence, as an SPDX identifier if there is one
    #[arg(long, default_value = "", hide_default_value = true)]
    licence: String,
    /// Where they were published
    #[arg(long, default_value = "", hide_default_value = true)]
    address: String,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { pack: path, into, .. } = arguments;
    data_folder::check_target(into, path).map_err(refused)?;
    let bars = Bars::default();
    let known = known(arguments)?;
    let pack = import::read(path, &known, &bars)?;
    bars.clear();

    pack.remarks.iter().for_each(warn);
    if let Some(pattern) = &pack.pattern {
        print(format!("names: {pattern}\n"))?;
    }
    print(format!("{}\n", notes(path, &pack.notes)))?;
    let keys = pack.notes.iter().map(|note| note.midi);
    let range = keys.clone().min().zip(keys.max());
    let (lowest, highest) = range.map_or_else(Default::default, |(low, high)| (note_name(low), note_name(high)));
    match pack.whole {
        Some(_) => {
            print(format!("1 performance, in which {} notes were heard, {lowest} to {highest}", pack.notes.len()))?
        }
        None => print(format!("{} recordings, {lowest} to {highest}", pack.notes.len()))?,
    }
    if arguments.dry_run {
        return print(format!("nothing was written; without --dry-run, they go to {}", into.display()));
    }
    let source = source(arguments);
    data_folder::write(into, path, &pack, &source, &super::ctrl_c::defer()).map_err(refused)?;
    let missing = [("author", &source.author), ("licence", &source.licence)];
    let missing: Vec<_> = missing.iter().filter(|(_, value)| value.is_empty()).map(|(key, _)| *key).collect();
    if !missing.is_empty() {
        warn(format!(
            "{}: {} empty; fill in before others get it",
            into.join("recordings.toml").display(),
            missing.join(" and ")
        ));
    }
    print(format!("wrote {0}\nnext: wurli-train run --data {0} --train", into.display()))
}

fn known(arguments: &Arguments) -> Result<Known, Failure> {
    let (pack, take) = (arguments.pack.display(), import::is_take(&arguments.pack));
    // What would be passed over in silence.
    let meaningless = if !take && !arguments.played.is_empty() {
        Some(format!("--played is for a take, one file with many notes, and {pack} is none"))
    } else if take && arguments.velocity.is_some() {
        Some(format!("--velocity is for packs, and {pack} is a take: --played says how its keys were struck"))
    } else if arguments.dynamics.is_some() && !take && arguments.pack.is_file() {
        Some(format!("--dynamics is for words in file names; {pack} says velocities itself"))
    } else {
        None
    };
    if let Some(meaningless) = meaningless {
        return Err(Failure::call(meaningless));
    }
    let words = arguments.dynamics.clone().unwrap_or_default();
    let mut played = Vec::new();
    for word in &arguments.played {
        let number = || word.parse().ok().filter(|velocity| (1..=127).contains(velocity));
        played.push(words.velocity(word).or_else(number).ok_or_else(|| {
            Failure::call(format!(
                "--played {word:?} is neither a word for a dynamic, such as mf, nor a velocity within 1..=127"
            ))
        })?);
    }
    let labels = if arguments.retune { Labels::Retuned } else { Labels::Kept };
    Ok(Known { velocity: arguments.velocity, words, played, labels })
}

/// A target that may not be written to is a wrong call; all else is work that failed.
fn refused(error: ImportError) -> Failure {
    match error {
        ImportError::NotEmpty { .. } | ImportError::IntoItself { .. } => Failure::call(error),
        other => other.into(),
    }
}

fn source(arguments: &Arguments) -> Source {
    let path = &arguments.pack;
    // Of `.` or `..`, the name is that of the folder that is meant.
    let named = path.canonicalize().unwrap_or_else(|_| path.clone());
    let name = named.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let id: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).take(40).collect();
    let id = id.trim_matches('-');
    Source {
        id: if id.is_empty() { "pack" } else { id }.to_owned(),
        title: arguments.title.clone().unwrap_or(name),
        author: arguments.author.clone(),
        licence: arguments.licence.clone(),
        address: arguments.address.clone(),
    }
}

fn notes(pack: &Path, notes: &[Note]) -> String {
    let folder = if pack.is_dir() { pack } else { pack.parent().unwrap_or(Path::new("")) };
    let mut rows = vec![["recording", "note", "midi", "velocity", "Hz", "cents"].map(str::to_owned).to_vec()];
    for note in notes {
        let path = note.path.strip_prefix(folder).unwrap_or(&note.path);
        rows.push(vec![
            match note.cut {
                Some((from_s, to_s)) => format!("{from_s:.2}-{to_s:.2} s"),
                None => path.display().to_string(),
            },
            note_name(note.midi),
            note.midi.to_string(),
            note.velocity.to_string(),
            format!("{:.2}", note.f0_hz),
            format!("{:+.1}", 1200.0 * (note.f0_hz / midi_to_hz(note.midi)).log2()),
        ]);
    }
    table(&rows)
}
