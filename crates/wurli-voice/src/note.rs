//! State of one sounding note: reed, damper, pickup and corrections at the control rate.

mod restrike;

use num_traits::Float;

pub(crate) use restrike::Ringing;

use crate::corrections::{CORRECTED_HARMONICS, MlpCorrections};
use crate::damper::Damper;
use crate::decay_shaper::{DecayShaper, MAX_EARLY_GAIN_DB, NotePhase};
use crate::instrument::{DECAY_DB_PER_S, MAX_DISPLACEMENT, midi_to_hz};
use crate::oscillators::{BANDWIDTH, CAPACITY, OscillatorBank};
use crate::pickup::Pickup;
use crate::{HIGHEST_KEY, Instrument, LEVEL_REFERENCE_S, LOWEST_KEY, damper, hammer, high_pass, knock, reed};

/// Harmonics of the bank, beside the reed's upper modes and the knock.
const HARMONICS: usize = CAPACITY - reed::UPPER_MODES - knock::PARTIALS;

/// Share of the reed's decay correction that is taken back from harmonics above H8, as a power of the
/// near edge's ratio.
///
/// Where the lip or the overdrive makes them decay more slowly than that power, more is taken back
/// than was given. On 34 recordings the log-mel distance of the sustain is 4.4 dB at 0 and 4.2 dB at 0.5,
/// mean of three seeds, and 5.2 dB at 1, one seed.
const UPPER_DECAY_SHARE: f32 = 0.5;

/// Largest gain of a harmonic above H8 by its decay. It keeps products finite.
const MAX_UPPER_GAIN: f32 = 1e6;

/// Output gain. The loudest note of the keyboard peaks at 0.7 of full scale.
const OUTPUT_GAIN: f32 = 1.6;

/// Displacement below which the reed is silent, −100 dB re the fringe field's half-width.
const SILENT_DISPLACEMENT: f32 = 1e-5;

/// Sum of the edge ratios' powers below which a harmonic and those above it are inaudible: −260 dB.
const INAUDIBLE_POWER: f32 = 1e-13;

/// Conversion from dB to nepers.
pub(crate) const NEPER_PER_DB: f32 = core::f32::consts::LN_10 / 20.0;

/// Note from its onset until it is silent.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// Displacement of the reed at [`LEVEL_REFERENCE_S`].
    displacement_at_reference: f32,
    /// Decay rate of the reed, Np/s.
    decay: f32,
    /// Decay rate of the reed without corrections, Np/s.
    uncorrected_decay: f32,
    /// Additional decay rate under the damper, Np/s.
    damper_decay: f32,
    dwell_s: f32,
    pickup: Pickup<f32>,
    time_s: f32,
    damper: Damper,
    /// Frequency of the reed, Hz.
    fundamental_hz: f64,
    /// Displacement that the latest blow gives a reed at rest, at its onset.
    blow_displacement: f32,
    /// Time of the latest blow, s.
    blow_s: f32,
    /// Number of rendered harmonics.
    harmonics: usize,
    /// High-pass, level correction and output gain of each harmonic.
    gains: [f32; HARMONICS],
    /// Decay corrections of H2–H8.
    shapers: [DecayShaper; CORRECTED_HARMONICS],
    /// Exponent of the near edge's ratio in the gain of harmonic k above H8, divided by k.
    upper_exponent: f32,
    /// Gain of harmonic k above H8 is the k-th power of this, up to the limit.
    upper_gain: f32,
    upper_limit: f32,
    /// Logarithm of the near edge's ratio at [`LEVEL_REFERENCE_S`].
    log_ratio_at_reference: f32,
    modes: [UpperMode; reed::UPPER_MODES],
    /// Amplitude of each sinusoid of the knock at the blow.
    knock: f32,
    /// Amplitude of each sinusoid of the knock for a blow of displacement 1.
    knock_per_displacement: f32,
}

/// Upper mode of the reed.
#[derive(Clone, Copy, Debug)]
struct UpperMode {
    /// Amplitude at the onset.
    amplitude: f32,
    /// Decay rate, Np/s.
    decay: f32,
}

impl Note {
    /// Strikes a key whose reed is at rest. The note has no oscillators yet: see
    /// [`start`](Self::start).
    ///
    /// `midi` and `velocity` are clamped to their ranges, `corrections` must be. NaN velocity
    /// counts as 0.
    pub(crate) fn new(
        instrument: &Instrument,
        sample_rate: f32,
        midi: u8,
        velocity: f32,
        corrections: &MlpCorrections,
    ) -> Self {
        let midi = midi.clamp(LOWEST_KEY, HIGHEST_KEY);
        let velocity = if velocity.is_nan() { 0.0 } else { velocity };
        let fundamental_hz = midi_to_hz(midi) * cents_to_ratio(corrections.tuning_cents());
        let (min_decay, max_decay) = DECAY_DB_PER_S;
        let uncorrected_decay = instrument.decay_db_per_s(midi).max(min_decay).min(max_decay) as f32 * NEPER_PER_DB;
        let displacement_at_reference = instrument.displacement_at(midi, f64::from(velocity)).min(MAX_DISPLACEMENT)
            as f32
            * corrections.displacement_scale;
        let mut note = Self {
            displacement_at_reference,
            decay: uncorrected_decay / corrections.reed_decay_ratio(),
            uncorrected_decay,
            damper_decay: damper::decay_db_per_s(fundamental_hz) as f32 * NEPER_PER_DB,
            dwell_s: hammer::dwell_s(midi),
            pickup: instrument.pickup.to_f32(),
            time_s: 0.0,
            damper: Damper::LIFTED,
            fundamental_hz,
            blow_displacement: 0.0,
            blow_s: 0.0,
            harmonics: ((max_frequency_hz(sample_rate) / fundamental_hz) as usize).min(HARMONICS),
            gains: [0.0; HARMONICS],
            shapers: [DecayShaper::IDENTITY; CORRECTED_HARMONICS],
            upper_exponent: UPPER_DECAY_SHARE * (corrections.reed_decay_ratio() - 1.0),
            upper_gain: 1.0,
            upper_limit: 1.0,
            log_ratio_at_reference: 0.0,
            modes: [UpperMode { amplitude: 0.0, decay: 0.0 }; reed::UPPER_MODES],
            knock: 0.0,
            knock_per_displacement: 0.0,
        };
        note.blow_displacement = note.free_displacement(0.0);
        note
    }

    /// Replaces the bank's oscillators by those of the note, struck while the reed moves as
    /// `ringing` says.
    ///
    /// The arguments are those of [`new`](Self::new).
    pub(crate) fn start(
        &mut self,
        instrument: &Instrument,
        sample_rate: f32,
        midi: u8,
        corrections: &MlpCorrections,
        ringing: Ringing,
        bank: &mut OscillatorBank,
    ) {
        let midi = midi.clamp(LOWEST_KEY, HIGHEST_KEY);
        self.knock = knock::amplitude(self.amplitude_at_reference(instrument.corner_hz));
        self.knock_per_displacement = self.knock / self.blow_displacement.max(f32::MIN_POSITIVE);
        self.add_ringing(ringing);
        self.log_ratio_at_reference = self.log_edge_ratio(self.displacement_at_reference);
        bank.clear();
        self.add_harmonics(corrections, ringing.turns, instrument.corner_hz, sample_rate, bank);
        self.add_upper_modes(midi, instrument.corner_hz as f32, sample_rate, bank);
        for (frequency_hz, phase) in knock::FREQUENCIES_HZ.into_iter().zip(knock::PHASES_TURNS) {
            bank.push(f64::from(frequency_hz / sample_rate), phase);
        }
    }

    /// Returns the root of the harmonics' summed squared amplitudes at [`LEVEL_REFERENCE_S`],
    /// without level corrections.
    fn amplitude_at_reference(&self, corner_hz: f64) -> f32 {
        let mut harmonics = [0.0; HARMONICS];
        let (harmonics, _) = harmonics.split_at_mut(self.harmonics.min(HARMONICS));
        self.pickup.harmonics_above(INAUDIBLE_POWER, self.displacement_at_reference, harmonics);
        let passed = harmonics.iter().zip(1u16..).map(|(harmonic, k)| {
            harmonic * high_pass::gain(f64::from(k) * self.fundamental_hz, corner_hz) as f32 * OUTPUT_GAIN
        });
        passed.map(|amplitude| amplitude * amplitude).sum::<f32>().sqrt()
    }

    /// Sets gains and shapers of the harmonics, and adds their oscillators to the bank.
    fn add_harmonics(
        &mut self,
        corrections: &MlpCorrections,
        reed_turns: f64,
        corner_hz: f64,
        sample_rate: f32,
        bank: &mut OscillatorBank,
    ) {
        let turns_per_hz = 1.0 / f64::from(sample_rate);
        let tuning = cents_to_ratio(corrections.tuning_cents());
        for (i, gain) in self.gains.iter_mut().enumerate().take(self.harmonics) {
            let k = (i + 1) as f64;
            let mut frequency_hz = k * self.fundamental_hz;
            *gain = high_pass::gain(frequency_hz, corner_hz) as f32 * OUTPUT_GAIN;
            if let Some(corrected) = i.checked_sub(1).filter(|c| *c < CORRECTED_HARMONICS) {
                frequency_hz *= cents_to_ratio(corrections.freq_offsets_cents[corrected]) / tuning;
                *gain *= (corrections.amp_offsets_db[corrected] * NEPER_PER_DB).exp();
                let decay_ratio = corrections.decay_ratios[corrected];
                self.shapers[corrected] = DecayShaper::new(k as f32, decay_ratio, corrections.reed_decay_ratio());
            }
            // C is a series in cos k(θ − π/2). From rest, θ = 0 at the onset.
            let lead_turns = high_pass::phase_rad(frequency_hz, corner_hz) / core::f64::consts::TAU;
            let phase_turns = lead_turns + (reed_turns - 0.25) * k;
            bank.push(frequency_hz * turns_per_hz, phase_turns);
        }
    }

    /// Sets amplitudes and decays of the upper modes, and adds their oscillators to the bank.
    fn add_upper_modes(&mut self, midi: u8, corner_hz: f32, sample_rate: f32, bank: &mut OscillatorBank) {
        let fundamental_hz = self.fundamental_hz as f32;
        let turns_per_hz = 1.0 / f64::from(sample_rate);
        let linear_amplitude = self.pickup.slope_at_rest() * self.blow_displacement;
        for (mode, ratio) in self.modes.iter_mut().zip(reed::mode_ratios(midi)) {
            let frequency_hz = fundamental_hz * ratio;
            if f64::from(frequency_hz) < max_frequency_hz(sample_rate) {
                let felt =
                    hammer::spectrum(frequency_hz, self.dwell_s) / hammer::spectrum(fundamental_hz, self.dwell_s);
                let level = (-reed::UPPER_MODE_LOSS_DB * NEPER_PER_DB).exp() * felt / ratio;
                mode.amplitude = linear_amplitude * level * high_pass::gain(frequency_hz, corner_hz) * OUTPUT_GAIN;
            }
            mode.decay = frequency_hz / reed::UPPER_MODE_PERIODS;
            bank.push(f64::from(frequency_hz) * turns_per_hz, -0.25);
        }
    }

    /// Moves the damper to `force` (0 lifted, 1 fallen) within `travel_s`.
    pub(crate) fn move_damper(&mut self, force: f32, travel_s: f32) {
        self.damper.move_to(force, travel_s, self.time_s);
    }

    /// Advances the note by one control tick of `tick_s` and writes the new amplitudes of all
    /// oscillators.
    ///
    /// Returns false once the note is silent. The amplitudes are then not to be used.
    pub(crate) fn advance(&mut self, tick_s: f32, targets: &mut [f32; CAPACITY]) -> bool {
        self.time_s += tick_s;
        let envelope = self.envelope();
        let undamped = self.free_displacement(self.time_s) * envelope.attack;
        let displacement = undamped * envelope.damper;
        let (harmonics, modes) = targets.split_at_mut(self.harmonics.min(HARMONICS));
        self.pickup.harmonics_above(INAUDIBLE_POWER, displacement, harmonics);
        self.advance_shapers(undamped, harmonics);
        self.apply_gains(harmonics);
        let (modes, knock) = modes.split_at_mut(reed::UPPER_MODES.min(modes.len()));
        for (target, mode) in modes.iter_mut().zip(&self.modes) {
            let decay = (-mode.decay * (self.time_s - self.blow_s)).exp();
            *target = mode.amplitude * envelope.attack * envelope.damper * decay;
        }
        let knock_amplitude =
            self.knock * envelope.attack * (-knock::DECAY_NP_PER_S * (self.time_s - self.blow_s)).exp();
        for target in knock.iter_mut().take(knock::PARTIALS) {
            *target = knock_amplitude;
        }
        displacement >= SILENT_DISPLACEMENT || knock_amplitude >= SILENT_DISPLACEMENT || self.has_hammer_contact()
    }

    /// Returns true while the hammer is in contact with the reed.
    pub(crate) fn has_hammer_contact(&self) -> bool {
        self.time_s <= self.dwell_s
    }

    fn envelope(&self) -> Envelope {
        Envelope { attack: hammer::rise(self.time_s, self.dwell_s), damper: self.damping() }
    }

    /// Returns the factor of the damper on the displacement, 0..=1.
    fn damping(&self) -> f32 {
        let force_s = self.damper.integral_s(self.time_s);
        if force_s == 0.0 { 1.0 } else { (-self.damper_decay * force_s).exp() }
    }

    /// Advances the decay corrections, given the uncorrected `harmonics`.
    ///
    /// Under the damper they stay as they are, so that all harmonics are damped alike.
    fn advance_shapers(&mut self, displacement: f32, harmonics: &[f32]) {
        if self.damper.is_falling() || displacement <= 0.0 {
            return;
        }
        let log_ratio = self.log_edge_ratio(displacement) - self.log_ratio_at_reference;
        let phase = self.phase();
        for (shaper, harmonic) in self.shapers.iter_mut().zip(harmonics.iter().skip(1)) {
            shaper.advance(harmonic.abs(), log_ratio, phase);
        }
        if self.upper_exponent != 0.0 {
            self.upper_gain = (self.upper_exponent * log_ratio).exp();
            self.upper_limit = match phase {
                NotePhase::AfterReference => MAX_UPPER_GAIN,
                _ => (MAX_EARLY_GAIN_DB * NEPER_PER_DB).exp(),
            };
        }
    }

    /// Applies all gains, that is decay and level corrections, high-pass and output gain.
    fn apply_gains(&self, harmonics: &mut [f32]) {
        for (harmonic, shaper) in harmonics.iter_mut().skip(1).zip(&self.shapers) {
            *harmonic *= shaper.gain();
        }
        if self.upper_gain != 1.0 {
            self.apply_upper_gains(harmonics);
        }
        for (harmonic, gain) in harmonics.iter_mut().zip(&self.gains) {
            *harmonic *= gain;
        }
    }

    /// Applies the decay of harmonics above H8.
    fn apply_upper_gains(&self, harmonics: &mut [f32]) {
        let limit = self.upper_limit;
        let lowest = CORRECTED_HARMONICS + 1;
        let mut gain = self.upper_gain.powi(lowest as i32 + 1);
        for harmonic in harmonics.iter_mut().skip(lowest) {
            *harmonic *= gain.min(limit).max(limit.recip());
            gain = (gain * self.upper_gain).min(MAX_UPPER_GAIN);
        }
    }

    fn phase(&self) -> NotePhase {
        if self.has_hammer_contact() {
            NotePhase::HammerContact
        } else if self.time_s < LEVEL_REFERENCE_S {
            NotePhase::BeforeReference
        } else {
            NotePhase::AfterReference
        }
    }

    /// Returns the displacement of the undamped reed, without the attack envelope.
    fn free_displacement(&self, time_s: f32) -> f32 {
        let before_reference_s = LEVEL_REFERENCE_S - time_s;
        let max_growth = if before_reference_s > 0.0 {
            self.uncorrected_decay * before_reference_s + MAX_EARLY_GAIN_DB * NEPER_PER_DB
        } else {
            f32::INFINITY
        };
        self.displacement_at_reference * (self.decay * before_reference_s).min(max_growth).exp()
    }

    /// Returns the logarithm of the near edge's ratio.
    fn log_edge_ratio(&self, displacement: f32) -> f32 {
        self.pickup.near_edge_ratio(displacement).ln()
    }
}

/// Factors on the free reed's displacement, 0..=1.
struct Envelope {
    attack: f32,
    damper: f32,
}

/// Returns the highest frequency that is rendered, Hz.
fn max_frequency_hz(sample_rate: f32) -> f64 {
    BANDWIDTH * f64::from(sample_rate)
}

fn cents_to_ratio(cents: f32) -> f64 {
    Float::exp2(f64::from(cents) / 1200.0)
}
