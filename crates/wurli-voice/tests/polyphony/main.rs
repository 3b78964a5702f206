//! Behaviour of the polyphonic instrument, with helpers of all its tests.

mod blocks;
mod channels;
mod gain;
mod instruments;
mod pitch;
mod smoothness;
mod stealing;
mod sustain;

use wurli_voice::{Event, MlpCorrections, Polyphony, Slot};

const SAMPLE_RATE: f32 = 48_000.0;

type Piano = Polyphony<Vec<Slot>>;

/// Returns an instrument whose corrections depend on key and velocity.
fn piano(voices: usize) -> Piano {
    Polyphony::new(SAMPLE_RATE, vec![Slot::new(); voices], corrections)
}

fn corrections(key: u8, velocity: f32) -> MlpCorrections {
    let x = f32::from(key) / 64.0 - 1.0 + velocity;
    let mut corrections = MlpCorrections::IDENTITY;
    for (i, offset) in corrections.amp_offsets_db.iter_mut().enumerate() {
        *offset = 3.0 * (x * (i + 1) as f32).sin();
    }
    corrections.freq_offsets_cents = [2.0 * x; 7];
    corrections.decay_ratios = [1.0 + 0.2 * x; 7];
    corrections.displacement_scale = 1.0 + 0.1 * x;
    corrections
}

fn note_on(key: u8, velocity: f32) -> Event {
    Event::NoteOn { channel: 0, key, velocity }
}

fn note_off(key: u8) -> Event {
    Event::NoteOff { channel: 0, key, velocity: 0.5 }
}

fn controller(channel: u8, controller: u8, value: u8) -> Event {
    Event::Controller { channel, controller, value: f32::from(value) / 127.0 }
}

fn render(piano: &mut Piano, samples: usize) -> Vec<f32> {
    let mut out = vec![0.0; samples];
    piano.render(&mut out);
    out
}

fn largest_step(samples: &[f32]) -> f32 {
    samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| sample.abs().max(peak))
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt()
}

fn sounding(piano: &Piano) -> Vec<u8> {
    let mut keys: Vec<u8> = piano.sounding_keys().collect();
    keys.sort_unstable();
    keys
}
