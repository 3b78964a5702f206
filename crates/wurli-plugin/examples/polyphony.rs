//! Plays MIDI messages with `Polyphony` alone, to compare a plugin in a host with.
//!
//! `cargo run --example polyphony SAMPLES [WEIGHTS] < MESSAGES > SAMPLES.f32`
//!
//! A line of the input is a sample and the bytes of a message: `4800 144 60 100`. The output is
//! 32-bit floats at 48 kHz, little-endian.
//!
//! `cargo run --example polyphony --write-weights WEIGHTS` writes weights for a test.

use std::io::{Read as _, Write as _};

use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::{Polyphony, Slot};
use wurli_plugin::VOICES;
use wurli_weights::RuntimeNetwork;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let length = arguments.next().ok_or("a number of samples is missing")?;
    if length == "--write-weights" {
        let path = arguments.next().ok_or("a path is missing")?;
        return Ok(std::fs::write(path, wurli_weights::sample_weights().to_bytes())?);
    }
    let length: usize = length.parse()?;
    let weights = match arguments.next() {
        Some(path) => {
            Some(RuntimeNetwork::from_bytes(&std::fs::read(&path)?).map_err(|error| format!("{path}: {error}"))?)
        }
        None => None,
    };
    let corrections = |key, velocity| match &weights {
        Some(weights) => weights.compute_corrections(key, velocity),
        None => compute_corrections(key, velocity),
    };
    let mut polyphony = Polyphony::new(48_000.0, vec![Slot::new(); VOICES], corrections);
    let mut samples = vec![0.0_f32; length];
    let (mut input, mut done) = (String::new(), 0);
    std::io::stdin().read_to_string(&mut input)?;
    for line in input.lines() {
        let mut numbers = line.split_whitespace();
        let time: usize = numbers.next().ok_or("an empty line")?.parse()?;
        let message = numbers.map(str::parse).collect::<Result<Vec<u8>, _>>()?;
        let now = samples.get_mut(done..time).ok_or_else(|| format!("{line}: out of order, or beyond {length}"))?;
        polyphony.render(now);
        polyphony.handle_message(&message);
        done = time;
    }
    polyphony.render(&mut samples[done..]);
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    Ok(std::io::stdout().write_all(&bytes)?)
}
