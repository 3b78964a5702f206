//! The voice sample by sample in `f64`: the reed's swing goes through the pickup's law, a filter is the circuit, the upper modes are
//! two sines. Uncorrected, for corrections speak of harmonics, which this form never sees; and it aliases.

use std::f64::consts::{LN_10, PI, TAU};

use openwurli_dsp::voice::instrument::midi_to_hz;
use openwurli_dsp::voice::{Instrument, LEVEL_REFERENCE_S, hammer, reed};

/// Nepers in a decibel.
const NEPER_PER_DB: f64 = LN_10 / 20.0;
/// `OUTPUT_GAIN` of the voice.
const OUTPUT_GAIN: f64 = 1.25;

/// One note of the naive voice.
pub struct NaiveVoice {
    instrument: Instrument,
    step_s: f64,
    time_s: f64,
    radians_per_s: f64,
    at_reference: f64,
    decay: f64,
    dwell_s: f64,
    /// Radians per second, amplitude at the onset, decay per second.
    modes: [(f64, f64, f64); reed::UPPER_MODES],
    /// Of the high-pass: its pole, and the last sample that went in and that came out.
    pole: f64,
    before: (f64, f64),
}

impl NaiveVoice {
    /// A note at its onset.
    #[must_use]
    pub fn new(sample_rate: f64, midi: u8, velocity: f64) -> Self {
        let instrument = Instrument::EP200;
        let fundamental_hz = midi_to_hz(midi);
        let decay = instrument.decay_db_per_s(midi) * NEPER_PER_DB;
        let at_reference = instrument.displacement_at(midi, velocity);
        let dwell_s = hammer::dwell_s(midi);
        let struck = instrument.pickup.slope_at_rest() * at_reference * (decay * f64::from(LEVEL_REFERENCE_S)).exp();
        let modes = reed::mode_ratios(midi).map(|ratio| {
            let frequency_hz = fundamental_hz * f64::from(ratio);
            let felt =
                hammer::spectrum(frequency_hz as f32, dwell_s) / hammer::spectrum(fundamental_hz as f32, dwell_s);
            let loss = (-f64::from(reed::UPPER_MODE_LOSS_DB) * NEPER_PER_DB).exp();
            let audible = if frequency_hz < 0.45 * sample_rate { 1.0 } else { 0.0 };
            let decay = frequency_hz / f64::from(reed::UPPER_MODE_PERIODS);
            (TAU * frequency_hz, audible * struck * loss * f64::from(felt / ratio), decay)
        });
        let corner = (PI * instrument.corner_hz / sample_rate).tan();
        Self {
            instrument,
            step_s: 1.0 / sample_rate,
            time_s: 0.0,
            radians_per_s: TAU * fundamental_hz,
            at_reference,
            decay,
            dwell_s: f64::from(dwell_s),
            modes,
            pole: (1.0 - corner) / (1.0 + corner),
            before: (instrument.pickup.capacitance(-instrument.pickup.rest_offset), 0.0),
        }
    }

    /// Writes the next samples over `out`.
    #[inline(never)]
    pub fn render(&mut self, out: &mut [f32]) {
        for sample in out {
            let rise = 0.5 - 0.5 * (PI * (self.time_s / self.dwell_s).min(1.0)).cos();
            let swing = self.at_reference * rise * (self.decay * (f64::from(LEVEL_REFERENCE_S) - self.time_s)).exp();
            let u = swing * (self.radians_per_s * self.time_s).sin() - self.instrument.pickup.rest_offset;
            let mut sum = self.instrument.pickup.capacitance(u);
            for (radians_per_s, amplitude, decay) in self.modes {
                sum += rise * amplitude * (-decay * self.time_s).exp() * (radians_per_s * self.time_s).sin();
            }
            // A high-pass of the first order by the bilinear transform.
            let passed = self.pole * self.before.1 + 0.5 * (1.0 + self.pole) * (sum - self.before.0);
            self.before = (sum, passed);
            *sample = (OUTPUT_GAIN * passed) as f32;
            self.time_s += self.step_s;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use openwurli_dsp::MlpCorrections;
    use openwurli_dsp::voice::Voice;

    /// A benchmark of something else would be worth nothing.
    #[test]
    fn the_naive_voice_plays_what_the_voice_plays() {
        // Far below the sample rate, where neither aliasing nor the bilinear transform matter much.
        for (midi, velocity) in [(45, 0.4), (60, 0.6), (72, 0.9)] {
            let (mut ours, mut naive) = (vec![0.0_f32; 96_000], vec![0.0_f32; 96_000]);
            let mut voice = Voice::new(192_000.0);
            voice.note_on(midi, velocity, &MlpCorrections::IDENTITY);
            voice.render(&mut ours);
            NaiveVoice::new(192_000.0, midi, f64::from(velocity)).render(&mut naive);
            // After the attack, whose control ticks the voice draws straight lines between.
            let power = |samples: &mut dyn Iterator<Item = f32>| samples.map(|x| f64::from(x).powi(2)).sum::<f64>();
            let of_error = power(&mut ours.iter().zip(&naive).skip(19_200).map(|(a, b)| a - b));
            let error_db = 10.0 * (of_error / power(&mut ours.iter().skip(19_200).copied())).log10();
            assert!(error_db < -30.0, "midi {midi}: {error_db} dB");
        }
    }
}
