//! `wurli-train import`: converts a sample pack or a take of a scale into a data folder.

use std::path::{Path, PathBuf};

use crate::import;
use crate::import::{DynamicWords, ImportError, ImportOptions, ImportWarning, LeftOut, Note, Pattern, data_folder};
use clap::Args;
use wurli_train::audio::Format;
use wurli_train::catalogue::{CATALOGUE_FILE, Source};
use wurli_train::note_name::note_name;
use wurli_train::transcription::Labels;
use wurli_voice::instrument::midi_to_hz;

use super::bars::Bars;
use super::fail::{Failure, print, warn};
use super::paths::quoted;
use super::table::{counted, table};
use super::values;

/// Converts a sample pack into a data folder: an SFZ file, a folder of named files, or one long
/// take of a scale.
///
/// Copies the recordings and writes their catalogue, recordings.toml. The pack is not changed. In
/// names, C4 is MIDI 60; if most recordings sound octaves from that, all notes are moved and a
/// warning is printed. SFZ opcodes that affect playback only, such as filters, are ignored.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  wurli-train import ep200.sfz --into my-piano --author 'Greg Sullivan' --licence CC-BY-3.0\n  \
    wurli-train import takes --into my-piano --dry-run\n  \
    wurli-train import scale.wav --played pp,mf,ff --into my-piano"
)]
pub(crate) struct Arguments {
    #[arg(value_name = "PACK", help = format!("PACK.sfz, a folder of {} files, or one such file with many notes, to be cut", Format::READ))]
    pack: PathBuf,
    /// The data folder to create; it must not exist, or be empty
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Report what would be imported, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Relabel notes that sound more than half a semitone from their names; otherwise they are
    /// only reported
    #[arg(long)]
    retune: bool,
    /// Velocity of all notes, if the pack has none
    #[arg(long, value_parser = values::velocity)]
    velocity: Option<u8>,
    /// Velocities of words in file names, as in pp=19,mf=70 [default: ppp=16 pp=32 p=48 mp=64
    /// mf=80 f=96 ff=112 fff=127]
    #[arg(long, value_name = "WORD=VELOCITY,...")]
    dynamics: Option<DynamicWords>,
    /// Dynamics of a take, in order: each key's nth strike has the nth of these words or
    /// velocities, as in pp,mf,ff
    #[arg(long, value_name = "DYNAMIC,...", value_delimiter = ',')]
    played: Vec<String>,
    /// Dynamics of the layers that file names count, or that a controller of an SFZ pack chooses,
    /// as in p,mf,f
    #[arg(long, value_name = "DYNAMIC,...", value_delimiter = ',')]
    layers: Vec<String>,
    /// Title of the recordings [default: the name of the pack]
    #[arg(long)]
    title: Option<String>,
    /// Author of the recordings
    #[arg(long, default_value = "", hide_default_value = true)]
    author: String,
    /// Licence, as an SPDX identifier if there is one
    #[arg(long, default_value = "", hide_default_value = true)]
    licence: String,
    /// Address of publication
    #[arg(long, default_value = "", hide_default_value = true)]
    address: String,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { pack: path, into, .. } = arguments;
    data_folder::check_target(into, path).map_err(to_failure)?;
    let options = options(arguments)?;
    if path.join(CATALOGUE_FILE).is_file() {
        warn(format!(
            "{} is a data folder already, as it holds {CATALOGUE_FILE}; `wurli-train run --data {}` reads it",
            path.display(),
            quoted(path)
        ));
    }
    let bars = Bars::default();
    let pack = import::read(path, &options, &bars).map_err(to_failure)?;
    bars.clear();

    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    ImportWarning::by_kind(&pack.warnings, folder).iter().for_each(warn);
    if let Some(pattern) = &pack.pattern {
        print(format!("names: {pattern}\n"))?;
    }
    print(format!("{}\n", notes(path, &pack.notes)))?;
    let keys = pack.notes.iter().map(|note| note.midi);
    let range = keys.clone().min().zip(keys.max());
    let (lowest, highest) = range.map_or_else(Default::default, |(low, high)| (note_name(low), note_name(high)));
    match pack.whole {
        Some(_) => {
            let (heard, were) = (counted(pack.notes.len(), "note"), if pack.notes.len() == 1 { "was" } else { "were" });
            print(format!("1 performance, in which {heard} {were} heard, {lowest} to {highest}"))?
        }
        None => {
            let left_out: LeftOut = pack.warnings.iter().map(ImportWarning::left_out).sum();
            let left_out = match left_out == LeftOut::default() {
                true => String::new(),
                false => format!("; left out: {left_out} (listed above)"),
            };
            print(format!("{}, {lowest} to {highest}{left_out}", counted(pack.notes.len(), "recording")))?;
        }
    }
    if arguments.dry_run {
        return print(format!("nothing was written; without --dry-run, they go to {}", into.display()));
    }
    let source = source(arguments, pack.pattern.as_ref().and_then(Pattern::known_source));
    data_folder::write(into, path, &pack, &source, &super::ctrl_c::defer()).map_err(to_failure)?;
    let missing = [("author", &source.author), ("licence", &source.licence)];
    let missing: Vec<_> = missing.iter().filter(|(_, value)| value.is_empty()).map(|(key, _)| *key).collect();
    if !missing.is_empty() {
        warn(format!(
            "{}: {} empty; fill in before others get it",
            into.join("recordings.toml").display(),
            missing.join(" and ")
        ));
    }
    print(format!("wrote {}\nnext: wurli-train run --data {} --train", into.display(), quoted(into)))
}

fn options(arguments: &Arguments) -> Result<ImportOptions, Failure> {
    let (pack, take) = (arguments.pack.display(), import::is_take(&arguments.pack));
    // Flags that would have no effect.
    let unused_flag = if !arguments.pack.exists() {
        // A missing pack is reported first.
        None
    } else if !arguments.layers.is_empty() && take {
        Some(format!(
            "--layers is for the layers of a pack, and {pack} is a take: --played says how its keys were struck"
        ))
    } else if !take && !arguments.played.is_empty() {
        Some(format!("--played is for a take, one file with many notes, and {pack} is none"))
    } else if take && arguments.velocity.is_some() {
        Some(format!("--velocity is for packs, and {pack} is a take: --played says how its keys were struck"))
    } else {
        None
    };
    if let Some(unused_flag) = unused_flag {
        return Err(Failure::call(unused_flag));
    }
    let words = arguments.dynamics.clone().unwrap_or_default();
    let played = velocities("--played", &arguments.played, &words)?;
    let layers = velocities("--layers", &arguments.layers, &words)?;
    let labels = if arguments.retune { Labels::Retuned } else { Labels::Kept };
    Ok(ImportOptions { velocity: arguments.velocity, words, layers, played, labels })
}

/// Parses words for dynamics or velocities.
fn velocities(flag: &str, given: &[String], words: &DynamicWords) -> Result<Vec<u8>, Failure> {
    let velocity = |word: &String| {
        let number = || word.parse().ok().filter(|velocity| (1..=127).contains(velocity));
        words.velocity(word).or_else(number).ok_or_else(|| {
            Failure::call(format!(
                "{flag} {word:?} is neither a word for a dynamic, such as mf, nor a velocity within 1..=127"
            ))
        })
    };
    given.iter().map(velocity).collect()
}

/// Maps a target that may not be written to exit status 2, other errors to 1.
fn to_failure(error: ImportError) -> Failure {
    match error {
        ImportError::NotEmpty { .. } | ImportError::IntoItself { .. } | ImportError::Flag(_) => Failure::call(error),
        other => other.into(),
    }
}

fn source(arguments: &Arguments, known: Option<Source>) -> Source {
    let path = &arguments.pack;
    // `.` and `..` take the name of their folder.
    let named = path.canonicalize().unwrap_or_else(|_| path.clone());
    let name = named.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let id: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).take(40).collect();
    let id = id.trim_matches('-');
    // The user's values precede those known of the pack.
    let given = |text: &String, of_pack: fn(&Source) -> &String| match &known {
        Some(source) if text.is_empty() => of_pack(source).clone(),
        _ => text.clone(),
    };
    let id = if id.is_empty() { "pack" } else { id }.to_owned();
    let title = known.as_ref().map_or(name, |source| source.title.clone());
    Source {
        id: known.as_ref().map_or(id, |source| source.id.clone()),
        title: arguments.title.clone().unwrap_or(title),
        author: given(&arguments.author, |source| &source.author),
        licence: given(&arguments.licence, |source| &source.licence),
        address: given(&arguments.address, |source| &source.address),
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
