//! Performances with known notes, mixed from recordings of single notes, to judge a transcription
//! by.
//!
//! `--take 3600` writes one take of an hour instead, with `--tremolo` under one, to be streamed.
//!
//! Every seed gives 24 performances: scale, repeated, chords, sustained × no noise, 60 dB, 30 dB ×
//! without and with tremolo; of each a WAV and its truth as JSON. `docs/transcription.md` says how
//! they are judged.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use wurli_cli::commands::fail::Failure;
use wurli_testkit::performances::{Conditions, Kind, Performance, Piano, Struck, perform};
use wurli_train::audio::write_wav_16;

mod take;

/// Mixes performances with known notes from recordings of single notes
#[derive(Args)]
#[command(after_help = "Example: lab performances --out /tmp/performances --seed 2001 --seeds 5")]
pub(crate) struct Arguments {
    /// Folder of single notes, with its recordings.toml
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/recordings/ep200"))]
    data: PathBuf,
    /// Output folder
    #[arg(long)]
    out: PathBuf,
    /// First seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of seeds
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// One take of this many seconds instead
    #[arg(long)]
    take: Option<f64>,
    /// The take under a tremolo
    #[arg(long, requires = "take")]
    tremolo: bool,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    write_all(arguments).map_err(|error| Failure::Work(error.to_string()))
}

fn write_all(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut piano = Piano::open(&arguments.data)?;
    std::fs::create_dir_all(&arguments.out)?;
    if let Some(seconds) = arguments.take {
        let mut piano = piano.at_rate(take::RATE_HZ);
        let path = arguments.out.join(format!(
            "{}_take{}.wav",
            arguments.seed,
            if arguments.tremolo { "_tremolo" } else { "" }
        ));
        return take::write(&mut piano, &path, seconds, arguments.tremolo, arguments.seed);
    }
    for seed in arguments.seed..arguments.seed + arguments.seeds {
        for kind in Kind::ALL {
            for noise_db in [None, Some(60.0), Some(30.0)] {
                for tremolo in [false, true] {
                    let conditions = Conditions { noise_db, tremolo };
                    let performance = perform(&mut piano, kind, conditions, seed);
                    write(&arguments.out, kind, conditions, seed, &performance)?;
                }
            }
        }
    }
    Ok(())
}

fn write(
    folder: &Path,
    kind: Kind,
    conditions: Conditions,
    seed: u64,
    performance: &Performance,
) -> Result<(), Box<dyn std::error::Error>> {
    let noise = conditions.noise_db.map_or("clean".to_owned(), |db| format!("{db:.0}dB"));
    let tremolo = if conditions.tremolo { "_tremolo" } else { "" };
    let path = folder.join(format!("{seed}_{}_{noise}{tremolo}", kind.name()));
    write_wav_16(&path.with_extension("wav"), &performance.audio)?;
    let note = |note: &Struck| json!({ "onset_s": note.onset_s, "offset_s": note.offset_s, "midi": note.midi, "velocity": note.velocity });
    let notes: Vec<_> = performance.notes.iter().map(note).collect();
    let truth = json!({
        "seed": seed,
        "kind": kind.name(),
        "noise": noise,
        "tremolo": conditions.tremolo,
        "tempo": performance.tempo,
        "notes": notes,
    });
    std::fs::write(path.with_extension("json"), serde_json::to_string_pretty(&truth)?)?;
    Ok(())
}
