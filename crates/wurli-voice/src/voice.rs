//! One note: hammer, reed, pickup and circuit drive a bank of partials, and corrections act on H2–H8.

use num_traits::Float;

use crate::corrections::{CORRECTED_HARMONICS, MlpCorrections};
use crate::instrument::midi_to_hz;
use crate::partials::{CAPACITY, Partials, TICK};
use crate::pickup::Pickup;
use crate::{HIGHEST_KEY, Instrument, LOWEST_KEY, circuit, damper, hammer, reed};

/// The time after the onset at which a level offset means what it says, s. A decay ratio turns a harmonic's envelope
/// about this instant, so that neither correction changes what the other one mends.
pub const LEVEL_REFERENCE_S: f32 = 0.25;

/// Most that a decay ratio may raise the reed's displacement, and a harmonic, before [`LEVEL_REFERENCE_S`], dB: a ratio learned in
/// the sustain would otherwise be taken at its word in an attack that nobody measured.
const ATTACK_GAIN_LIMIT_DB: f32 = 12.0;

/// By how much a longer decay may raise a harmonic that stands still: 0.8 dB, less than the 1 dB by which a soft tone must change to be
/// noticed (Fastl and Zwicker, Psychoacoustics, 7.1).
const UNNOTICED_SWELL: f32 = 1.0964782;

/// Harmonics that the bank holds beside the reed's upper modes.
const HARMONICS: usize = CAPACITY - reed::UPPER_MODES;

/// Harmonics are sounded up to this share of the sample rate.
const BANDWIDTH: f64 = 0.45;

/// Brings the loudest note of the keyboard to about half of full scale.
const OUTPUT_GAIN: f32 = 1.25;

/// A reed whose displacement has fallen to this share of the fringe field's half-width is silent (−100 dB).
const SILENT_DISPLACEMENT: f32 = 1e-5;

/// A power of the pickup's ratios below which nothing is heard of a harmonic and of those above it: 260 dB below full scale.
const INAUDIBLE_POWER: f32 = 1e-13;

const NEPER_PER_DB: f32 = core::f32::consts::LN_10 / 20.0;

/// One voice of the reference model: monophonic, allocation-free, its state plain numbers.
#[derive(Clone, Debug)]
pub struct Voice {
    instrument: Instrument,
    sample_rate: f32,
    partials: Partials,
    note: Option<Note>,
    /// Samples until the next control tick.
    until_tick: usize,
}

#[derive(Clone, Debug)]
struct Note {
    /// Displacement of the reed at [`LEVEL_REFERENCE_S`].
    at_reference: f32,
    /// Natural logarithm per second.
    decay: f32,
    /// The same without corrections.
    plain_decay: f32,
    damper: f32,
    dwell_s: f32,
    pickup: Pickup<f32>,
    time_s: f32,
    released_s: Option<f32>,
    harmonics: usize,
    /// Circuit, level correction and output gain of each harmonic.
    gains: [f32; HARMONICS],
    bends: [Bend; CORRECTED_HARMONICS],
    /// Logarithm of the nearer edge's ratio at [`LEVEL_REFERENCE_S`].
    reference_edge: f32,
    modes: [Mode; reed::UPPER_MODES],
}

/// The decay correction of one partial, beyond that of the reed. Between its nulls harmonic k follows the k-th power of the nearer
/// edge's ratio; raising that power to 1/r divides the decay by r, and leaves the nulls where they are.
#[derive(Clone, Copy, Debug)]
struct Bend {
    /// k·(1/r − 1), r being the partial's ratio over the reed's.
    exponent: f32,
    gain: f32,
    /// The gain if nothing were given back but what the harmonic lost.
    returned: f32,
    /// Amplitude of the harmonic at the last tick, before it is bent.
    own: f32,
}

#[derive(Clone, Copy, Debug)]
struct Mode {
    amplitude: f32,
    decay: f32,
}

impl Voice {
    /// A silent voice of the EP200 at `sample_rate` Hz (8,000–768,000; others are held at these bounds).
    #[must_use]
    pub fn new(sample_rate: f32) -> Self {
        Self::with_instrument(sample_rate, Instrument::EP200)
    }

    /// A silent voice of another instrument.
    #[must_use]
    pub fn with_instrument(sample_rate: f32, instrument: Instrument) -> Self {
        let sample_rate = if sample_rate.is_nan() { 44_100.0 } else { sample_rate.clamp(8_000.0, 768_000.0) };
        Self { instrument, sample_rate, partials: Partials::new(), note: None, until_tick: 0 }
    }

    /// Strikes a key. `midi` is held in 21..=108, `velocity` in 1/127..=1, `corrections` inside their bounds. What sounded before is cut
    /// off.
    pub fn note_on(&mut self, midi: u8, velocity: f32, corrections: &MlpCorrections) {
        let corrections = corrections.held();
        let midi = midi.clamp(LOWEST_KEY, HIGHEST_KEY);
        let velocity = if velocity.is_nan() { 0.0 } else { velocity };
        let instrument = &self.instrument;
        let tuning = cents_to_ratio(corrections.tuning_cents());
        let fundamental_hz = midi_to_hz(midi) * tuning;
        let plain_decay = instrument.decay_db_per_s(midi) as f32 * NEPER_PER_DB;
        let reed_ratio = corrections.reed_decay_ratio();
        let at_reference =
            instrument.displacement_at(midi, f64::from(velocity)) as f32 * corrections.displacement_scale;
        let dwell_s = hammer::dwell_s(midi);
        let nyquist_share = BANDWIDTH * f64::from(self.sample_rate);
        let mut note = Note {
            at_reference,
            decay: plain_decay / reed_ratio,
            plain_decay,
            damper: damper::decay_db_per_s(fundamental_hz) as f32 * NEPER_PER_DB,
            dwell_s,
            pickup: instrument.pickup.single(),
            time_s: 0.0,
            released_s: None,
            harmonics: ((nyquist_share / fundamental_hz) as usize).min(HARMONICS),
            gains: [0.0; HARMONICS],
            bends: [Bend { exponent: 0.0, gain: 1.0, returned: 1.0, own: 0.0 }; CORRECTED_HARMONICS],
            reference_edge: 0.0,
            modes: [Mode { amplitude: 0.0, decay: 0.0 }; reed::UPPER_MODES],
        };
        note.reference_edge = note.edge(at_reference);

        self.partials.clear();
        let corner_hz = instrument.corner_hz;
        let turns_per_hz = 1.0 / f64::from(self.sample_rate);
        for (i, gain) in note.gains.iter_mut().enumerate().take(note.harmonics) {
            let k = (i + 1) as f64;
            let mut frequency_hz = k * fundamental_hz;
            *gain = circuit::gain(frequency_hz, corner_hz) as f32 * OUTPUT_GAIN;
            if let Some(corrected) = i.checked_sub(1).filter(|c| *c < CORRECTED_HARMONICS) {
                frequency_hz *= cents_to_ratio(corrections.freq_offsets_cents[corrected]) / tuning;
                *gain *= (corrections.amp_offsets_db[corrected] * NEPER_PER_DB).exp();
                note.bends[corrected].exponent = k as f32 * (reed_ratio / corrections.decay_ratios[corrected] - 1.0);
            }
            // C runs on cos k(θ − π/2), θ being 0 at the onset.
            let phase_turns = circuit::phase_rad(frequency_hz, corner_hz) / core::f64::consts::TAU - 0.25 * k;
            self.partials.push(frequency_hz * turns_per_hz, phase_turns);
        }

        let struck = note.pickup.slope_at_rest() * note.ringing(0.0);
        for (mode, ratio) in note.modes.iter_mut().zip(reed::mode_ratios(midi)) {
            let frequency_hz = fundamental_hz as f32 * ratio;
            let audible = f64::from(frequency_hz) < nyquist_share;
            let felt = hammer::spectrum(frequency_hz, dwell_s) / hammer::spectrum(fundamental_hz as f32, dwell_s);
            let level = (-reed::UPPER_MODE_LOSS_DB * NEPER_PER_DB).exp() * felt / ratio;
            mode.amplitude = if audible {
                struck * level * circuit::gain(frequency_hz, corner_hz as f32) * OUTPUT_GAIN
            } else {
                0.0
            };
            mode.decay = frequency_hz / reed::UPPER_MODE_PERIODS;
            self.partials.push(f64::from(frequency_hz) * turns_per_hz, -0.25);
        }
        self.note = Some(note);
        self.until_tick = 0;
    }

    /// Lets the key go: the damper falls on the reed.
    pub fn note_off(&mut self) {
        if let Some(note) = &mut self.note {
            note.released_s.get_or_insert(note.time_s);
        }
    }

    /// Whether the voice still sounds.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.note.is_some()
    }

    /// Writes the next samples over `out`; full scale is 1. The blocks may be of any length: their lengths do not change a
    /// sample, as long as keys are struck and let go between the same samples.
    pub fn render(&mut self, out: &mut [f32]) {
        let mut rest = out;
        while !rest.is_empty() {
            let Some(note) = &mut self.note else {
                rest.fill(0.0);
                return;
            };
            if self.until_tick == 0 {
                note.time_s += TICK as f32 / self.sample_rate;
                let mut targets = [0.0; CAPACITY];
                if note.amplitudes(&mut targets) < SILENT_DISPLACEMENT && note.time_s > note.dwell_s {
                    self.note = None;
                    continue;
                }
                self.partials.aim(&targets, note.time_s <= note.dwell_s);
                self.until_tick = TICK;
            }
            let (now, later) = rest.split_at_mut(self.until_tick.min(rest.len()));
            self.partials.render(now);
            self.until_tick -= now.len();
            rest = later;
        }
    }
}

impl Note {
    /// Writes the amplitudes of all partials at the present time; answers with the displacement.
    fn amplitudes(&mut self, targets: &mut [f32; CAPACITY]) -> f32 {
        let damping = match self.released_s {
            Some(released_s) => (-self.damper * (self.time_s - released_s)).exp(),
            None => 1.0,
        };
        let rise = hammer::rise(self.time_s, self.dwell_s);
        let displacement = self.ringing(self.time_s) * rise * damping;

        let (harmonics, modes) = targets.split_at_mut(self.harmonics.min(HARMONICS));
        self.pickup.harmonics_above(INAUDIBLE_POWER, displacement, harmonics);
        // The damper takes a partial as it stands: from then on its correction is frozen.
        if self.released_s.is_none() && displacement > 0.0 {
            let fall = self.edge(displacement) - self.reference_edge;
            let limit =
                if self.time_s < LEVEL_REFERENCE_S { ATTACK_GAIN_LIMIT_DB * NEPER_PER_DB } else { f32::INFINITY };
            for (bend, harmonic) in self.bends.iter_mut().zip(harmonics.iter().skip(1)) {
                let own = harmonic.abs();
                if bend.exponent != 0.0 {
                    let wanted = (bend.exponent * fall).clamp(-limit, limit).exp();
                    // A longer decay gives back of what the harmonic loses, and little more: one that stands still hardly swells.
                    // Where the hammer is gone before the first tick, that one counts as struck.
                    let struck = self.time_s <= self.dwell_s || bend.own == 0.0 || own == 0.0;
                    let highest = if struck { wanted } else { bend.returned * (bend.own / own).max(1.0) };
                    bend.returned = wanted.min(highest);
                    bend.gain = wanted.min(bend.returned * UNNOTICED_SWELL);
                }
                bend.own = own;
            }
        }
        for (harmonic, bend) in harmonics.iter_mut().skip(1).zip(&self.bends) {
            *harmonic *= bend.gain;
        }
        for (harmonic, gain) in harmonics.iter_mut().zip(&self.gains) {
            *harmonic *= gain;
        }
        for (target, mode) in modes.iter_mut().zip(&self.modes) {
            *target = mode.amplitude * rise * damping * (-mode.decay * self.time_s).exp();
        }
        displacement
    }

    /// Displacement of the undamped reed, without the hammer's dwell.
    fn ringing(&self, time_s: f32) -> f32 {
        let before_s = LEVEL_REFERENCE_S - time_s;
        let limit = if before_s > 0.0 {
            self.plain_decay * before_s + ATTACK_GAIN_LIMIT_DB * NEPER_PER_DB
        } else {
            f32::INFINITY
        };
        self.at_reference * (self.decay * before_s).min(limit).exp()
    }

    fn edge(&self, displacement: f32) -> f32 {
        self.pickup.near_edge_ratio(displacement).ln()
    }
}

/// Amplitudes of the first harmonics of an uncorrected note `time_s` after its onset, as the voice sounds them with its
/// displacement multiplied by `displacement_scale`, output gain aside: the closed form, nothing is rendered. The sign is
/// that of the pickup's harmonic, which turns at its nulls.
pub fn harmonic_amplitudes(
    instrument: &Instrument,
    midi: u8,
    velocity: f64,
    displacement_scale: f64,
    time_s: f64,
    amplitudes: &mut [f64],
) {
    let displacement = displacement_scale * ringing_displacement(instrument, midi, velocity, time_s);
    instrument.pickup.harmonics(displacement, amplitudes);
    let fundamental_hz = midi_to_hz(midi.clamp(LOWEST_KEY, HIGHEST_KEY));
    for (i, amplitude) in amplitudes.iter_mut().enumerate() {
        *amplitude *= circuit::gain((i + 1) as f64 * fundamental_hz, instrument.corner_hz);
    }
}

/// How fast the ratio of the pickup's nearer edge falls between two times after the onset of an uncorrected note, dB/s: its k-th power
/// is what the decay ratio of harmonic k acts on.
#[must_use]
pub fn edge_decay_db_per_s(
    instrument: &Instrument,
    midi: u8,
    velocity: f64,
    displacement_scale: f64,
    (begin_s, end_s): (f64, f64),
) -> f64 {
    let edge_db = |time_s: f64| {
        let displacement = displacement_scale * ringing_displacement(instrument, midi, velocity, time_s);
        20.0 * Float::log10(instrument.pickup.near_edge_ratio(displacement))
    };
    (edge_db(begin_s) - edge_db(end_s)) / (end_s - begin_s)
}

/// Levels of the same harmonics, dB relative to H1.
pub fn harmonic_levels_db(
    instrument: &Instrument,
    midi: u8,
    velocity: f64,
    displacement_scale: f64,
    time_s: f64,
    levels_db: &mut [f64],
) {
    harmonic_amplitudes(instrument, midi, velocity, displacement_scale, time_s, levels_db);
    let mut first = 0.0;
    for (i, level) in levels_db.iter_mut().enumerate() {
        // A harmonic at a null of the pickup has no logarithm: 300 dB down is silence enough.
        *level = 20.0 * Float::log10(level.abs().max(1e-15));
        if i == 0 {
            first = *level;
        }
        *level -= first;
    }
}

/// Displacement of the uncorrected reed while it rings.
fn ringing_displacement(instrument: &Instrument, midi: u8, velocity: f64, time_s: f64) -> f64 {
    let fall_db = instrument.decay_db_per_s(midi) * (time_s - f64::from(LEVEL_REFERENCE_S));
    instrument.displacement_at(midi, velocity) * Float::powf(10.0, -fall_db / 20.0)
}

fn cents_to_ratio(cents: f32) -> f64 {
    Float::exp2(f64::from(cents) / 1200.0)
}
