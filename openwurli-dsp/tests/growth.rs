//! Corrected levels grow with the velocity, as uncorrected ones do, in all but few steps.
//!
//! Corrections fade between recorded dynamics, because levels learned at one do not hold at
//! another. Where a harmonic is raised at a recorded dynamic, it may fall beyond it.
//! `docs/results.md` has the price of never falling.

use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::{Instrument, harmonic_amplitudes};

const HARMONICS: usize = 8;
/// Part of the note in which levels are read, s after the onset.
const STEADY_S: (f64, f64) = (0.05, 0.45);
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
fn few_levels_fall_with_the_velocity() {
    let (mut growing, mut falling, mut sum_db) = (0, 0, 0.0);
    for midi in 33..=96 {
        let notes: Vec<_> = (1..=16).map(|i: u8| levels_db(midi, (8 * i).min(127))).collect();
        for pair in notes.windows(2) {
            let [softer, louder] = [&pair[0], &pair[1]];
            for k in 1..HARMONICS {
                if louder[0][k] > softer[0][k] {
                    growing += 1;
                    let fall_db = softer[1][k] - louder[1][k];
                    falling += i32::from(fall_db > 0.0);
                    sum_db += fall_db.max(0.0);
                }
            }
        }
    }
    // Single steps fall by more where the displacement moves a null of the pickup.
    let mean_db = sum_db / f64::from(falling.max(1));
    println!("{falling} of {growing} steps fall, by {mean_db:.1} dB on average");
    assert!(falling * 18 < growing, "{falling} of {growing} steps");
    assert!(mean_db < 3.5, "{mean_db} dB");
}
