//! Takes of several minutes, as somebody who records for an hour makes them.

use std::f64::consts::TAU;
use std::path::Path;
use std::time::SystemTime;

use wurli_train::audio::Audio;
use wurli_train::random::Random;

use crate::additive::{Additive, RATE_HZ, Struck, perform};

/// Length of the stretches in which the transcription works, seconds.
const STRETCH_S: f64 = 60.0;
/// Time for which a note is held after a seam, at the most, seconds.
const LONGEST_AFTER_S: f64 = 6.0;

/// Composes single keys and chords until `end_s`, soft in the first minute; over every seam, keys
/// are held.
pub fn notes(end_s: f64) -> Vec<Struck> {
    let mut random = Random(11);
    let mut notes = Vec::new();
    let mut onset_s = 0.5;
    while onset_s < end_s - 2.0 {
        for _ in 0..1 + random.index(2) {
            let loudest = if onset_s < STRETCH_S { 30.0 } else { 127.0 };
            let velocity = random.between(0.3 * loudest, loudest) as u8;
            let offset_s = onset_s + random.between(0.2, 1.5);
            // Odd keys; the even ones are held.
            notes.push(Struck { onset_s, offset_s, midi: 45 + 2 * random.index(22) as u8, velocity });
        }
        onset_s += random.between(0.5, 1.5);
    }
    for seam in 1.. {
        let seam_s = f64::from(seam) * STRETCH_S;
        if seam_s + LONGEST_AFTER_S > end_s {
            break;
        }
        // One of them is struck on the seam itself; two are released after it and struck
        // again.
        for (before_s, after_s, midi) in
            [(12.0, 3.0, 40), (3.0, 5.5, 52), (0.0, LONGEST_AFTER_S, 64), (5.0, 0.5, 58), (4.0, 1.1, 66)]
        {
            notes.push(Struck { onset_s: seam_s - before_s, offset_s: seam_s + after_s, midi, velocity: 100 });
            if after_s < 2.0 {
                let onset_s = seam_s + after_s + 0.03;
                notes.push(Struck { onset_s, offset_s: onset_s + 0.4, midi, velocity: 60 });
            }
        }
    }
    notes.sort_by(|a, b| a.onset_s.total_cmp(&b.onset_s));
    notes
}

/// Plays [`notes`] under a tremolo.
pub fn take(end_s: f64) -> Audio {
    let (mut audio, _) = perform(&Additive, &notes(end_s));
    let step = TAU * 6.0 / f64::from(RATE_HZ);
    for (index, sample) in audio.samples.iter_mut().enumerate() {
        *sample *= (1.0 + 0.4 * (step * index as f64).sin()) as f32;
    }
    audio
}

/// Returns the artifacts of stage 1 in a cache folder, and when they were written.
pub fn artifacts(folder: &Path) -> Vec<(String, SystemTime)> {
    let mut found: Vec<_> = std::fs::read_dir(folder.join("notes"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().modified().unwrap()))
        .collect();
    found.sort();
    found
}
