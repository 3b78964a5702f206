//! Distance of whole notes: all harmonics, attack and noise, by their log-mel spectrograms.

use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;

use crate::audio::Audio;
use crate::comparison::mel::{BANDS, HOP_S, LogMel};
use crate::dsp::db_to_power;
use crate::renderer::{Note, RenderError, Renderer};

/// Levels this far below the recording's loudest band are clamped, dB.
const RANGE_DB: f32 = 60.0;
/// End of the attack, s.
const ATTACK_S: f64 = 0.06;
/// Length of a rendering, s: the longest part that is compared, with its last window and the onset.
const RENDERED_S: f64 = 1.4;

/// Errors of a whole rendered note against its recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WholeNoteErrors {
    /// Mean absolute difference of the mel bands in the first 60 ms, dB.
    pub attack_db: f64,
    /// Mean absolute difference from 60 ms to 1.2 s or the end of the recording, dB.
    pub sustain_db: f64,
    /// Mean absolute difference of the spectral centroids, octaves.
    pub centroid_octaves: f64,
}

impl WholeNoteErrors {
    /// Compares a rendering with its recording, as far as both have windows.
    ///
    /// Bands in which neither sounds are not compared.
    #[must_use]
    pub fn compare(recording: &LogMel, rendering: &LogMel) -> Self {
        let loudest = recording.0.as_flattened().iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        let floor = loudest - RANGE_DB;
        let attack = ((ATTACK_S / HOP_S) as usize).min(recording.0.len());
        let difference = |from: usize, most: usize| {
            let frames = recording.0.iter().zip(&rendering.0).skip(from).take(most);
            let (mut sum, mut count) = (0.0, 0_u32);
            for (recorded, rendered) in frames {
                for (a, b) in recorded.iter().zip(rendered).filter(|(a, b)| a.max(**b) > floor) {
                    sum += f64::from((a.max(floor) - b.max(floor)).abs());
                    count += 1;
                }
            }
            sum / f64::from(count.max(1))
        };
        let centres_hz = LogMel::centres_hz();
        let centroid = |levels: &[f32; BANDS]| {
            let power = levels.map(|level| db_to_power(f64::from(level.max(floor))));
            let weighted: f64 = power.iter().zip(&centres_hz).map(|(power, hz)| power * hz).sum();
            (weighted / power.iter().sum::<f64>()).log2()
        };
        let centroids = recording.0.iter().zip(&rendering.0).map(|(a, b)| (centroid(a) - centroid(b)).abs());
        Self {
            attack_db: difference(0, attack),
            sustain_db: difference(attack, usize::MAX),
            centroid_octaves: centroids.sum::<f64>() / recording.0.len().max(1) as f64,
        }
    }

    /// Averages the errors of notes.
    #[must_use]
    pub fn mean(notes: &[Self]) -> Self {
        let mean = |error: fn(&Self) -> f64| notes.iter().map(error).sum::<f64>() / notes.len().max(1) as f64;
        Self {
            attack_db: mean(|note| note.attack_db),
            sustain_db: mean(|note| note.sustain_db),
            centroid_octaves: mean(|note| note.centroid_octaves),
        }
    }
}

/// Renders a note and compares it with its recording. `None` if the rendering is silent.
///
/// # Errors
/// [`RenderError`] if the note cannot be rendered.
pub fn whole_note_errors(
    renderer: &dyn Renderer,
    recording: &LogMel,
    (midi, velocity): (u8, u8),
    corrections: &MlpCorrections,
    sample_rate: u32,
) -> Result<Option<WholeNoteErrors>, RenderError> {
    let corrections = *corrections;
    let rendered: Audio = renderer.render(&Note { midi, velocity, corrections, seconds: RENDERED_S, sample_rate })?;
    let rendered = LogMel::from_rendering(&rendered, recording);
    Ok(rendered.map(|rendered| WholeNoteErrors::compare(recording, &rendered)))
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    const RATE: u32 = 44_100;

    /// Sum of decaying sines, pairs of frequency and amplitude, after `silence_s`.
    fn note(rate: u32, silence_s: f64, decay: f64, sines: &[(f64, f64)]) -> Audio {
        let sample = |i: usize| {
            let time_s = i as f64 / f64::from(rate);
            let sum: f64 = sines.iter().map(|(hz, amplitude)| amplitude * (TAU * hz * time_s).sin()).sum();
            (sum * (-decay * time_s).exp()) as f32
        };
        let silence = vec![0.0; (silence_s * f64::from(rate)) as usize];
        let samples = silence.into_iter().chain((0..(1.5 * f64::from(rate)) as usize).map(sample)).collect();
        Audio { samples, sample_rate: rate }
    }

    fn compare(recording: &Audio, rendering: &Audio) -> WholeNoteErrors {
        let recording = LogMel::from_recording(recording).unwrap();
        WholeNoteErrors::compare(&recording, &LogMel::from_rendering(rendering, &recording).unwrap())
    }

    /// The expected values are those of an implementation in numpy.
    #[test]
    fn distance_equals_that_of_a_second_implementation() {
        let recording = note(RATE, 0.1, 3.0, &[(440.0, 1.0), (1320.0, 0.5)]);
        let rendering = note(RATE, 0.0, 4.0, &[(440.0, 0.3), (1320.0, 0.075), (4400.0, 0.03)]);
        let errors = compare(&recording, &rendering);
        // The window there is symmetric, and samples are not rounded to single precision.
        assert!((errors.attack_db - 6.798).abs() < 0.02, "{errors:?}");
        assert!((errors.sustain_db - 8.143).abs() < 0.02, "{errors:?}");
        assert!((errors.centroid_octaves - 0.2343).abs() < 0.002, "{errors:?}");
    }

    #[test]
    fn loudness_onset_and_sample_rate_do_not_count() {
        let sines = [(440.0, 1.0), (1320.0, 0.5)];
        let recording = note(RATE, 0.0, 3.0, &sines);
        assert_eq!(compare(&recording, &recording), WholeNoteErrors::default());
        let other = note(48_000, 0.3, 3.0, &sines.map(|(hz, amplitude)| (hz, 0.1 * amplitude)));
        let errors = compare(&recording, &other);
        assert!(errors.sustain_db < 0.3 && errors.centroid_octaves < 0.01, "{errors:?}");
    }

    #[test]
    fn silence_and_very_short_notes_have_no_spectrogram() {
        assert!(LogMel::from_recording(&Audio { samples: vec![0.0; 44_100], sample_rate: RATE }).is_none());
        assert!(LogMel::from_recording(&Audio { samples: Vec::new(), sample_rate: RATE }).is_none());
        let mut short = note(RATE, 0.0, 3.0, &[(440.0, 1.0)]);
        short.samples.truncate(2_000);
        assert!(LogMel::from_recording(&short).is_none());
    }
}
