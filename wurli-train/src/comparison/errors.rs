//! Errors of a rendered note against its recording.

use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;
use wurli_voice::corrections::{DECAYS, FREQUENCIES, LEVELS};

use crate::dsp::interval_cents;
use crate::measure::{HARMONICS, Measurement};
use crate::renderer::{Renderer, sounding_hz};
use crate::targets::decays::{MIN_RELATIVE_DECAY, SLOWEST_DECAY_DB_PER_S};
use crate::targets::{Row, level_residuals_db};

/// Decay to which slower ones are clamped, dB/s: a rendering that grows is as wrong as one that
/// does not decay.
const MIN_DECAY_DB_PER_S: f64 = SLOWEST_DECAY_DB_PER_S;

/// Rendering minus recording, by harmonic. `None` where the recording was not observed; for decays
/// also where the rendering was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NoteErrors {
    /// Levels of H2–H8 re H1, dB. Index 0 (H1) is `None`.
    pub level_db: [Option<f64>; HARMONICS],
    /// Frequencies of H1–H8, cents.
    pub frequency_cents: [Option<f64>; HARMONICS],
    /// Decays of H1–H8: binary logarithm of rendering over recording.
    pub decay_log2: [Option<f64>; HARMONICS],
}

impl NoteErrors {
    /// Compares `model`, rendered by `renderer` with `corrections`, with the recording `real`.
    ///
    /// Levels depend on the velocity and are not compared if it is an estimate.
    #[must_use]
    pub fn compare(
        renderer: &dyn Renderer,
        real: &Measurement,
        model: &Measurement,
        corrections: &MlpCorrections,
        velocity_known: bool,
    ) -> Self {
        let mut errors = Self::default();
        if velocity_known {
            errors.level_db = level_residuals_db(real, model).map(|residual_db| residual_db.map(|db| -db));
            errors.level_db[0] = None;
        }
        for (i, (recorded, rendered)) in real.harmonics.iter().zip(&model.harmonics).enumerate() {
            errors.frequency_cents[i] = recorded.frequency_hz.valid().and_then(|frequency_hz| {
                // The reference voice is measured at its fundamental; the detuning of its harmonics
                // is known.
                let offsets_cents = &corrections.freq_offsets_cents;
                let known = i.checked_sub(1).filter(|_| renderer.closed_form().is_some());
                let detune_cents = known.map_or(0.0, |k| offsets_cents[k] - corrections.tuning_cents());
                Some(interval_cents(sounding_hz(renderer, model, i)?, frequency_hz) + f64::from(detune_cents))
            });
            let decays = [recorded, rendered].map(|harmonic| harmonic.decay_db_per_s.valid());
            if let [Some(recorded), Some(rendered)] = decays
                && recorded > SLOWEST_DECAY_DB_PER_S
            {
                errors.decay_log2[i] = Some((rendered.max(MIN_DECAY_DB_PER_S) / recorded).log2());
            }
        }
        errors
    }

    /// Predicts the errors of a note with `corrections`, in closed form. Nothing is rendered.
    ///
    /// The decay of the reed, which H1 and H2 share, is that of H2.
    #[must_use]
    pub fn predict(row: &Row, corrections: &MlpCorrections) -> Self {
        let outputs = corrections.to_outputs();
        let shift = row.response.at(corrections.displacement_scale).levels_db;
        let reed_ratio = corrections.reed_decay_ratio();
        let observed = |output: usize, error: f32| row.mask[output].then_some(f64::from(error));
        let mut errors = Self::default();
        for (harmonic, shift_db) in shift.into_iter().enumerate() {
            let [level, cents, ratio] = [LEVELS, FREQUENCIES, DECAYS].map(|first| first + harmonic);
            errors.level_db[harmonic + 1] = observed(level, outputs[level] + shift_db - row.targets[level]);
            errors.frequency_cents[harmonic + 1] = observed(cents, outputs[cents] - row.targets[cents]);
            let relative = row.decays.relative_decay(harmonic, outputs[ratio], reed_ratio).max(MIN_RELATIVE_DECAY);
            errors.decay_log2[harmonic + 1] = observed(ratio, relative.log2());
        }
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::renderer::ReferenceVoice;
    use crate::renderer::measured;
    use crate::renderer::measured::Request;

    fn errors(velocity: u8, corrections: &MlpCorrections, known: bool) -> NoteErrors {
        let voice = ReferenceVoice::EP200;
        let real = measured::render_and_measure(&voice, &Request::plain(57, 60, 1.5)).unwrap().unwrap();
        let model = measured::render_and_measure(&voice, &Request::plain(57, velocity, 1.5).corrected(corrections))
            .unwrap()
            .unwrap();
        NoteErrors::compare(&voice, &real, &model, corrections, known)
    }

    #[test]
    fn identical_renderings_have_no_errors() {
        let errors = errors(60, &MlpCorrections::IDENTITY, true);
        assert_eq!(errors.level_db[0], None);
        assert!(errors.level_db[1..].iter().flatten().count() > 4);
        assert!(errors.level_db.into_iter().chain(errors.decay_log2).flatten().all(|error| error == 0.0));
        // Exact multiples of the measured fundamental on the one side, measured harmonics on the
        // other.
        assert!(errors.frequency_cents.into_iter().flatten().all(|error| error.abs() < 0.05), "{errors:?}");
    }

    #[test]
    fn sharp_harmonics_have_positive_errors() {
        let mut corrections = MlpCorrections::IDENTITY;
        corrections.freq_offsets_cents[3] = 30.0;
        let errors = errors(60, &corrections, true).frequency_cents.map(|error| error.unwrap_or(f64::NAN));
        for (i, error) in errors.into_iter().enumerate() {
            let expected = if i == 4 { 30.0 } else { 0.0 };
            assert!((error - expected).abs() < 0.05, "H{}: {error}", i + 1);
        }
    }

    #[test]
    fn louder_or_faster_renderings_have_positive_errors() {
        let mut corrections = MlpCorrections::IDENTITY;
        corrections.amp_offsets_db[1] = 6.0;
        corrections.decay_ratios = [0.5; 7];
        let errors = errors(60, &corrections, true);
        assert!(errors.level_db[2].is_some_and(|error| error > 4.0), "{errors:?}");
        assert!(errors.decay_log2[0].is_some_and(|error| error > 0.5), "{errors:?}");
    }

    #[test]
    fn estimated_velocities_have_no_level_errors() {
        assert_eq!(errors(100, &MlpCorrections::IDENTITY, false).level_db, [None; HARMONICS]);
        assert!(errors(100, &MlpCorrections::IDENTITY, true).level_db.iter().flatten().any(|error| error.abs() > 1.0));
    }
}
