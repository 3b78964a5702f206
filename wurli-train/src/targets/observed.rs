//! Targets of one note, of which some were observed.

use wurli_voice::corrections::{
    CORRECTED_HARMONICS, DECAYS, DISPLACEMENT, FREQUENCIES, IDENTITY_OUTPUTS, LEVELS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS,
};

use super::decays::ObservedDecays;
use super::levels::level_residuals_db;
use crate::dsp::interval_cents;
use crate::measure::Measurement;
use crate::renderer::{Renderer, sounding_hz};

/// Targets in the order of the network's outputs, each clamped to the output's range.
pub(super) struct ObservedTargets {
    /// Targets; the identity where none was observed.
    pub(super) values: [f32; OUTPUTS],
    /// Outputs for which a target was observed.
    pub(super) mask: [bool; OUTPUTS],
}

impl ObservedTargets {
    /// Starts without any target.
    pub(super) fn new() -> Self {
        Self { values: IDENTITY_OUTPUTS, mask: [false; OUTPUTS] }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.mask.contains(&true)
    }

    /// Adds the target of the displacement scale.
    pub(super) fn add_displacement(&mut self, scale: f64) {
        self.add(DISPLACEMENT, scale);
    }

    /// Adds the level residuals of H2–H8.
    pub(super) fn add_levels(&mut self, real: &Measurement, model: &Measurement) {
        for (output, residual_db) in (LEVELS..).zip(level_residuals_db(real, model).into_iter().skip(1)) {
            if let Some(residual_db) = residual_db {
                self.add(output, residual_db);
            }
        }
    }

    /// Adds the frequency residuals of H2–H8, cents.
    pub(super) fn add_frequencies(&mut self, renderer: &dyn Renderer, real: &Measurement, model: &Measurement) {
        for harmonic in 1..=CORRECTED_HARMONICS {
            let recorded_hz = real.harmonics[harmonic].frequency_hz.valid();
            if let (Some(recorded_hz), Some(model_hz)) = (recorded_hz, sounding_hz(renderer, model, harmonic)) {
                self.add(FREQUENCIES + harmonic - 1, interval_cents(recorded_hz, model_hz));
            }
        }
    }

    /// Adds the tuning by H1 where H2, whose output carries the reed's tuning, was not observed.
    pub(super) fn add_tuning(&mut self, real: &Measurement, model: &Measurement) {
        if let Some(f0_hz) = real.harmonics[0].frequency_hz.valid().filter(|_| !self.mask[FREQUENCIES]) {
            self.add(FREQUENCIES, interval_cents(f0_hz, model.f0_hz));
        }
    }

    /// Adds the decay ratios of H2–H8.
    pub(super) fn add_decays(&mut self, decays: &ObservedDecays) {
        for (output, ratio) in decays.response.target_ratios().into_iter().enumerate() {
            if decays.observed[output] {
                self.add(DECAYS + output, f64::from(ratio));
            }
        }
    }

    fn add(&mut self, output: usize, value: f64) {
        self.values[output] = (value as f32).clamp(MIN_OUTPUTS[output], MAX_OUTPUTS[output]);
        self.mask[output] = true;
    }
}
