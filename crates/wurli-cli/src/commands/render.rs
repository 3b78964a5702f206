//! `wurli-train render`: one note as a WAV file.

use std::path::PathBuf;

use clap::Args;
use wurli_train::audio::{SAMPLE_RATE_HZ_MAX, SAMPLE_RATE_HZ_MIN, write_wav_16};
use wurli_train::renderer::measured::SAMPLE_RATE;
use wurli_train::renderer::{Note, read_corrections};
use wurli_voice::MlpCorrections;

use super::fail::{Failure, print, warn};
use super::paths::{check_output, default_weights, read_weights};
use super::synth::Synth;
use super::values;

/// Longest note, s.
const SECONDS_MAX: f64 = 3600.0;

/// Renders one note to a WAV file, with or without corrections.
#[derive(Args)]
#[command(
    after_help = "Example: wurli-train render --midi 61 --velocity 78 --seconds 2.5 --uncorrected --out db4f.wav"
)]
pub(crate) struct Arguments {
    /// The key: a MIDI number in 21-108, or a note such as C4
    #[arg(long, value_parser = values::key, allow_negative_numbers = true)]
    midi: u8,
    /// Velocity, 1-127
    #[arg(long, value_parser = values::velocity)]
    velocity: u8,
    /// Length of the note, up to an hour
    #[arg(long, value_parser = seconds, allow_negative_numbers = true)]
    seconds: f64,
    /// WAV file to write: 16 bit, mono
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Weights file with the corrections [default: wurli.weights in wurli-out]
    #[arg(long, value_name = "FILE", conflicts_with = "uncorrected")]
    weights: Option<PathBuf>,
    /// Renders without corrections
    #[arg(long, visible_alias = "no-mlp")]
    uncorrected: bool,
    /// JSON file with the corrections, as passed to a synth for {corrections}
    #[arg(long, value_name = "FILE", conflicts_with_all = ["uncorrected", "weights"])]
    corrections: Option<PathBuf>,
    /// Sample rate
    #[arg(long, value_name = "HZ", default_value_t = SAMPLE_RATE,
        value_parser = rate)]
    rate: u32,
    #[command(flatten)]
    synth: Synth,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0 && *seconds <= SECONDS_MAX);
    seconds.ok_or_else(|| {
        format!("{text:?} is not a number above 0 and up to {SECONDS_MAX}; give seconds with a point, such as 2.5")
    })
}

fn rate(text: &str) -> Result<u32, String> {
    let bounds = u64::from(SAMPLE_RATE_HZ_MIN)..=u64::from(SAMPLE_RATE_HZ_MAX);
    values::whole_number(bounds, "give Hz, such as 44100 for 44.1 kHz")(text)
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { midi, velocity, seconds, out, rate, .. } = arguments;
    check_output("--out", out, "WAV", &["wav", "wave"])?;
    let corrections = if arguments.uncorrected {
        MlpCorrections::IDENTITY
    } else if let Some(path) = &arguments.corrections {
        read_corrections(path)?
    } else {
        let path = arguments.weights.clone().unwrap_or_else(default_weights);
        let weights = read_weights(
            &path,
            "give --weights FILE, train with `run --train`, or render with --uncorrected (--no-mlp)",
        )?;
        MlpCorrections::from_outputs(&weights.forward(*midi, f32::from(*velocity) / 127.0))
    };
    let renderer = arguments.synth.renderer()?;
    let corrections = arguments.synth.settings().without.masked(&corrections);
    if !renderer.scales_displacement() && corrections.displacement_scale != 1.0 {
        let scale = corrections.displacement_scale;
        warn(format!("this synth cannot apply the displacement scale of {scale:.2}; train --without displacement"));
    }
    let note = Note { midi: *midi, velocity: *velocity, corrections, seconds: *seconds, sample_rate: *rate };
    write_wav_16(out, &renderer.render(&note)?)?;
    print(format!("wrote {}", out.display()))
}
