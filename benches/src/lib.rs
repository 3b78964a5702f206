//! Baselines of the benchmarks: straightforward implementations of network and voice.
#![forbid(unsafe_code)]

pub mod network;
pub mod voice;

use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::Voice;

/// Samples of a block, as requested by a typical host.
pub const BLOCK: usize = 64;

/// Returns `count` pseudo-random keys and MIDI velocities (0..=1), within and beyond the trained
/// range.
///
/// Their order defeats branch prediction.
#[must_use]
pub fn random_notes(count: usize) -> Vec<(u8, f32)> {
    let mut state = 1_u64;
    let mut next = || {
        // Linear congruential generator with Knuth's MMIX constants. Its upper bits are used.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    (0..count).map(|_| ((next() % 128) as u8, (next() % 128) as f32 / 127.0)).collect()
}

/// Returns a corrected voice at the onset of a note.
#[must_use]
pub fn struck_voice(sample_rate: f32, midi: u8, velocity: f32) -> Voice {
    let mut voice = Voice::new(sample_rate);
    voice.note_on(midi, velocity, &compute_corrections(midi, velocity));
    voice
}

/// Returns the upper median.
///
/// # Panics
///
/// If `numbers` is empty.
#[must_use]
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
