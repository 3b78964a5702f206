//! Differences between two weights files, over all keys and velocities that both were trained on.

use std::path::{Path, PathBuf};

use clap::Args;
use wurli_cli::commands::fail::{Failure, print};
use wurli_voice::corrections::{DECAYS, DISPLACEMENT, FREQUENCIES, LEVELS, OUTPUTS};
use wurli_weights::Weights;

/// Prints how far the corrections of two weights files lie apart
#[derive(Args)]
#[command(after_help = "Example: lab compare-weights one.weights other.weights")]
pub(crate) struct Arguments {
    /// The first weights file
    one: PathBuf,
    /// The second weights file
    other: PathBuf,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    compare(&read(&arguments.one)?, &read(&arguments.other)?)
}

fn read(path: &Path) -> Result<Weights, Failure> {
    let failure = |error: &dyn std::fmt::Display| Failure::Work(format!("{}: {error}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| failure(&error))?;
    Weights::from_bytes(&bytes).map_err(|error| failure(&error))
}

fn compare(one: &Weights, other: &Weights) -> Result<(), Failure> {
    let (a, b) = (&one.range, &other.range);
    let keys = a.lowest_midi.max(b.lowest_midi)..=a.highest_midi.min(b.highest_midi);
    let velocities = a.lowest_velocity.max(b.lowest_velocity)..=a.highest_velocity.min(b.highest_velocity);
    print(format!("keys {keys:?}, velocities {velocities:?} of 127"))?;
    let mut differences = vec![Vec::new(); OUTPUTS];
    for midi in keys {
        for velocity in velocities.clone() {
            let velocity = f32::from(velocity) / 127.0;
            let answers = one.forward(midi, velocity).into_iter().zip(other.forward(midi, velocity));
            differences.iter_mut().zip(answers).for_each(|(all, (a, b))| all.push((a - b).abs()));
        }
    }
    for (name, outputs) in [
        ("levels, dB", LEVELS..FREQUENCIES),
        ("frequencies, cents", FREQUENCIES..DECAYS),
        ("decay ratios", DECAYS..DISPLACEMENT),
        ("displacement scale", DISPLACEMENT..OUTPUTS),
    ] {
        let mut all = differences[outputs].concat();
        all.sort_by(f32::total_cmp);
        let share = |part: f32| all.get(((all.len().max(1) - 1) as f32 * part) as usize).copied().unwrap_or(0.0);
        print(format!(
            "{name}: median {:.3}, one in twenty above {:.3}, greatest {:.3}",
            share(0.5),
            share(0.95),
            share(1.0)
        ))?;
    }
    Ok(())
}
