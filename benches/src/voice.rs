//! Baseline of the voice, computed sample by sample in `f64`.
//!
//! The reed's displacement passes through the pickup's nonlinearity and a digital high-pass. The
//! upper modes are two sines, the knock eight. It aliases, and it cannot apply corrections, which
//! act on single harmonics.

use std::f64::consts::{LN_10, PI, TAU};

use openwurli_dsp::voice::instrument::midi_to_hz;
use openwurli_dsp::voice::{Instrument, LEVEL_REFERENCE_S, hammer, harmonic_amplitudes, knock, reed};

/// Conversion from dB to nepers.
const NEPER_PER_DB: f64 = LN_10 / 20.0;
/// Output gain, that of the reference voice.
const OUTPUT_GAIN: f64 = 1.6;
/// Harmonics that the voice renders at most.
const HARMONICS: usize = 70;

/// One note, uncorrected.
pub struct NaiveVoice {
    instrument: Instrument,
    step_s: f64,
    time_s: f64,
    radians_per_s: f64,
    displacement_at_reference: f64,
    /// Decay rate of the reed, Np/s.
    decay: f64,
    dwell_s: f64,
    modes: [UpperMode; reed::UPPER_MODES],
    /// Amplitude of each sinusoid of the knock, which the high-pass does not act on.
    knock: f64,
    high_pass: HighPass,
}

struct UpperMode {
    radians_per_s: f64,
    /// Amplitude at the onset.
    amplitude: f64,
    /// Decay rate, Np/s.
    decay: f64,
}

/// First-order high-pass by the bilinear transform.
struct HighPass {
    pole: f64,
    previous_input: f64,
    previous_output: f64,
}

impl HighPass {
    fn process(&mut self, input: f64) -> f64 {
        let output = self.pole * self.previous_output + 0.5 * (1.0 + self.pole) * (input - self.previous_input);
        (self.previous_input, self.previous_output) = (input, output);
        output
    }
}

impl NaiveVoice {
    /// Creates a note at its onset.
    #[must_use]
    pub fn new(sample_rate: f64, midi: u8, velocity: f64) -> Self {
        let instrument = Instrument::EP200;
        let fundamental_hz = midi_to_hz(midi);
        let decay = instrument.decay_db_per_s(midi) * NEPER_PER_DB;
        let displacement_at_reference = instrument.displacement_at(midi, velocity);
        let dwell_s = hammer::dwell_s(midi);
        let struck = instrument.pickup.slope_at_rest()
            * displacement_at_reference
            * (decay * f64::from(LEVEL_REFERENCE_S)).exp();
        let modes = reed::mode_ratios(midi).map(|ratio| {
            let frequency_hz = fundamental_hz * f64::from(ratio);
            let felt =
                hammer::spectrum(frequency_hz as f32, dwell_s) / hammer::spectrum(fundamental_hz as f32, dwell_s);
            let loss = (-f64::from(reed::UPPER_MODE_LOSS_DB) * NEPER_PER_DB).exp();
            let audible = if frequency_hz < 0.45 * sample_rate { 1.0 } else { 0.0 };
            let decay = frequency_hz / f64::from(reed::UPPER_MODE_PERIODS);
            let amplitude = audible * struck * loss * f64::from(felt / ratio);
            UpperMode { radians_per_s: TAU * frequency_hz, amplitude, decay }
        });
        let mut harmonics = [0.0; HARMONICS];
        let audible = ((0.45 * sample_rate / fundamental_hz) as usize).min(HARMONICS);
        let reference_s = f64::from(LEVEL_REFERENCE_S);
        harmonic_amplitudes(&instrument, midi, velocity, 1.0, reference_s, &mut harmonics[..audible]);
        let rms = harmonics.iter().map(|amplitude| amplitude * amplitude).sum::<f64>().sqrt();
        let corner = (PI * instrument.corner_hz / sample_rate).tan();
        Self {
            instrument,
            step_s: 1.0 / sample_rate,
            time_s: 0.0,
            radians_per_s: TAU * fundamental_hz,
            displacement_at_reference,
            decay,
            dwell_s: f64::from(dwell_s),
            modes,
            knock: f64::from(knock::amplitude(rms as f32)),
            high_pass: HighPass {
                pole: (1.0 - corner) / (1.0 + corner),
                previous_input: instrument.pickup.capacitance(-instrument.pickup.rest_offset),
                previous_output: 0.0,
            },
        }
    }

    /// Overwrites `out` with the next samples.
    #[inline(never)]
    pub fn render(&mut self, out: &mut [f32]) {
        for sample in out {
            let rise = 0.5 - 0.5 * (PI * (self.time_s / self.dwell_s).min(1.0)).cos();
            let displacement = self.displacement_at_reference
                * rise
                * (self.decay * (f64::from(LEVEL_REFERENCE_S) - self.time_s)).exp();
            let u = displacement * (self.radians_per_s * self.time_s).sin() - self.instrument.pickup.rest_offset;
            let mut sum = self.instrument.pickup.capacitance(u);
            for mode in &self.modes {
                let envelope = rise * mode.amplitude * (-mode.decay * self.time_s).exp();
                sum += envelope * (mode.radians_per_s * self.time_s).sin();
            }
            let mut knock = 0.0;
            for (frequency_hz, phase) in knock::FREQUENCIES_HZ.into_iter().zip(knock::PHASES_TURNS) {
                knock += (TAU * (f64::from(frequency_hz) * self.time_s + phase)).cos();
            }
            knock *= self.knock * rise * (-f64::from(knock::DECAY_NP_PER_S) * self.time_s).exp();
            *sample = (OUTPUT_GAIN * (self.high_pass.process(sum) + knock)) as f32;
            self.time_s += self.step_s;
        }
    }
}
