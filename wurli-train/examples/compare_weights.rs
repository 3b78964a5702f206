//! How far the answers of two weights files are from each other, over all keys and velocities that both were trained on.
//!
//! `cargo run --release -p wurli-train --no-default-features --example compare_weights -- one.weights other.weights`

use std::process::ExitCode;

use wurli_voice::corrections::{DECAYS, DISPLACEMENT, FREQUENCIES, LEVELS, OUTPUTS};
use wurli_weights::Weights;

fn main() -> ExitCode {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [one, other] = paths.as_slice() else {
        eprintln!("two weights files are compared, {} were named", paths.len());
        return ExitCode::FAILURE;
    };
    match (read(one), read(other)) {
        (Ok(one), Ok(other)) => {
            compare(&one, &other);
            ExitCode::SUCCESS
        }
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn read(path: &str) -> Result<Weights, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    Weights::from_bytes(&bytes).map_err(|error| format!("{path}: {error}"))
}

fn compare(one: &Weights, other: &Weights) {
    let (a, b) = (&one.range, &other.range);
    let keys = a.lowest_midi.max(b.lowest_midi)..=a.highest_midi.min(b.highest_midi);
    let velocities = a.lowest_velocity.max(b.lowest_velocity)..=a.highest_velocity.min(b.highest_velocity);
    println!("keys {keys:?}, velocities {velocities:?} of 127");
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
        println!(
            "{name}: median {:.3}, one in twenty above {:.3}, greatest {:.3}",
            share(0.5),
            share(0.95),
            share(1.0)
        );
    }
}
