//! Plays a Standard MIDI File through corrected voices into a WAV.
//!
//! `cargo run --release -p openwurli-dsp --example play_midi [FILE.mid] [FILE.wav]`
//!
//! Without arguments it writes and plays `demonstration.mid`. The WAV file is named after the MIDI
//! file by default.

mod demonstration;
mod score;

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::{Polyphony, Slot};
use score::Score;

const SAMPLE_RATE: u32 = 48_000;

/// Number of voices.
const VOICES: usize = 64;

/// Maximum duration of the final release, s. A bass note falls by 60 dB in less.
const MAX_TAIL_S: u32 = 3;

fn main() -> ExitCode {
    match render_file() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("play_midi: {error}");
            ExitCode::FAILURE
        }
    }
}

fn render_file() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let midi = match arguments.next() {
        Some(path) => path,
        None => {
            let path = PathBuf::from("demonstration.mid");
            fs::write(&path, demonstration::file()).map_err(|error| format!("{}: {error}", path.display()))?;
            print(format!("wrote {}", path.display()));
            path
        }
    };
    let wav = arguments.next().unwrap_or_else(|| midi.with_extension("wav"));
    let bytes = fs::read(&midi).map_err(|error| format!("{}: {error}", midi.display()))?;
    let score = Score::read(&bytes).map_err(|error| format!("{}: {error}", midi.display()))?;
    for warning in &score.warnings {
        eprintln!("play_midi: warning: {}: {warning}", midi.display());
    }
    let Rendering { samples, max_voices } = play(&score);
    write(&wav, &samples)?;
    print(format!(
        "wrote {}: {} {}, up to {max_voices} of {} voices, {:.1} s",
        wav.display(),
        score.note_count(),
        if score.note_count() == 1 { "note" } else { "notes" },
        VOICES,
        samples.len() as f32 / SAMPLE_RATE as f32
    ));
    Ok(())
}

/// Prints a line. A reader that closes the pipe, such as `head`, is no error.
fn print(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Rendered score.
struct Rendering {
    samples: Vec<f32>,
    /// Maximum number of simultaneous voices.
    max_voices: usize,
}

fn play(score: &Score) -> Rendering {
    let mut instrument = Polyphony::new(SAMPLE_RATE as f32, vec![Slot::new(); VOICES], compute_corrections);
    let mut samples = Vec::new();
    let mut max_voices = 0;
    for event in &score.events {
        let at = (event.time_s * f64::from(SAMPLE_RATE)).round() as usize;
        let now = samples.len();
        samples.resize(now.max(at), 0.0);
        instrument.render(&mut samples[now..]);
        instrument.handle_message(&event.message);
        max_voices = max_voices.max(instrument.sounding_keys().count());
    }
    // Pedals up and all notes off, in case the file does not end with them.
    for channel in 0..16 {
        instrument.handle_message(&[0xB0 | channel, 121, 0]);
        instrument.handle_message(&[0xB0 | channel, 123, 0]);
    }
    let tenth = SAMPLE_RATE as usize / 10;
    for _ in 0..10 * MAX_TAIL_S {
        if !instrument.is_active() {
            break;
        }
        let now = samples.len();
        samples.resize(now + tenth, 0.0);
        instrument.render(&mut samples[now..]);
    }
    Rendering { samples, max_voices }
}

/// Writes a 24-bit WAV file, normalised to a peak of −3 dBFS.
fn write(path: &Path, samples: &[f32]) -> Result<(), String> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let peak = samples.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    let gain = if peak > 0.0 { 0.7 / peak } else { 1.0 };
    let written = hound::WavWriter::create(path, spec).and_then(|mut writer| {
        for sample in samples {
            writer.write_sample((sample * gain * 8_388_607.0).round() as i32)?;
        }
        writer.finalize()
    });
    written.map_err(|error| format!("{}: {error}", path.display()))
}
