//! Corrected levels grow with the velocity wherever uncorrected ones do.
//!
//! Where an overdriven pickup hardly grows, a level may fall by what cannot be heard.

use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::{Instrument, harmonic_amplitudes};

const HARMONICS: usize = 8;
/// Part of the note in which levels are read, s after the onset.
const STEADY_S: (f64, f64) = (0.05, 0.45);
/// Largest fall of a level that hardly grows without corrections, dB.
///
/// The training allows 0.1, at fewer instants.
const TOLERANCE_DB: f64 = 0.12;
/// Instants of that part.
const INSTANTS: u8 = 16;

/// Returns the levels of H1–H8 of a note, dB, without and with corrections.
fn levels_db(midi: u8, velocity: u8) -> [[f64; HARMONICS]; 2] {
    let velocity = f64::from(velocity) / 127.0;
    let corrections = compute_corrections(midi, velocity as f32);
    let offsets_db = corrections.amp_offsets_db.map(f64::from);
    let levels = |scale: f64| {
        let mut sums = [0.0; HARMONICS];
        for i in 0..INSTANTS {
            let position = (f64::from(i) + 0.5) / f64::from(INSTANTS);
            let time_s = STEADY_S.0 + (STEADY_S.1 - STEADY_S.0) * position;
            let mut amplitudes = [0.0; HARMONICS];
            harmonic_amplitudes(&Instrument::EP200, midi, velocity, scale, time_s, &mut amplitudes);
            let weight = (std::f64::consts::PI * position).sin().powi(2);
            sums.iter_mut().zip(amplitudes).for_each(|(sum, amplitude)| *sum += weight * amplitude);
        }
        sums.map(|sum| 20.0 * sum.abs().log10())
    };
    let mut corrected = levels(f64::from(corrections.displacement_scale));
    corrected.iter_mut().skip(1).zip(offsets_db).for_each(|(level, offset)| *level += offset);
    [levels(1.0), corrected]
}

#[test]
fn levels_grow_with_the_velocity() {
    let (mut growing, mut falling, mut deepest_db) = (0, 0, 0.0_f64);
    for midi in 33..=96 {
        let notes: Vec<_> = (1..=16).map(|i: u8| levels_db(midi, (8 * i).min(127))).collect();
        for (step, pair) in notes.windows(2).enumerate() {
            let [softer, louder] = [&pair[0], &pair[1]];
            for k in 1..HARMONICS {
                let [plain, corrected] = [0, 1].map(|i| louder[i][k] - softer[i][k]);
                if plain > 0.0 {
                    growing += 1;
                    falling += i32::from(corrected <= 0.0);
                    deepest_db = deepest_db.max(-corrected);
                    let least = (plain - TOLERANCE_DB).min(0.0);
                    assert!(corrected >= least, "{midi}, step {step}, H{}: {plain} dB becomes {corrected} dB", k + 1);
                }
            }
        }
    }
    println!("{falling} of {growing} steps fall, by at most {deepest_db:.2} dB");
}
