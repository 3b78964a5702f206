//! One note's harmonics: level, frequency, decay and noise floor, each with its own validity.

use serde::{Deserialize, Serialize};

use crate::audio::Audio;
use crate::dsp::spectrum::Spectrum;
use crate::dsp::{amplitude_to_db, goertzel};

use super::{Bounds, HARMONICS, decay};

/// Windows after the onset in which levels are read, s: attack, early sustain, sustain.
const LEVEL_WINDOWS_S: [(f64, f64); 3] = [(0.0, 0.05), (0.05, 0.2), (0.2, 0.8)];
/// A window that the end of the note cuts to less than this share of its length is not read. A third of the sustain window is 0.2 s,
/// in which the lowest key still has eleven periods.
const MIN_WINDOW_SHARE: f64 = 1.0 / 3.0;
/// Frequencies and noise are read here, s after the onset: past the attack, before a treble note is gone.
const SPECTRUM_WINDOW_S: (f64, f64) = (0.05, 0.45);
/// The fundamental is looked for this far from where it should be, as a share: half a semitone.
const F0_SEARCH: f64 = 0.03;
/// A harmonic is looked for this far from its multiple of the fundamental, as a share.
const HARMONIC_SEARCH: f64 = 0.01;
/// Noise of H_k is the median spectrum within this share of (k + ½)·f0.
const FLOOR_SEARCH: f64 = 0.01;
/// A level counts when it is this far above the noise, dB.
const ABOVE_FLOOR_DB: f64 = 10.0;
/// A harmonic this far below the note's strongest one is not heard, and no target, dB.
const BELOW_STRONGEST_DB: f64 = 60.0;
/// Harmonics above this are not measured, Hz, nor above [`BAND_SHARE`] of the sample rate.
const BAND_HZ: f64 = 18_000.0;
const BAND_SHARE: f64 = 0.45;

/// Why a quantity is, or is not, to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is.
    Valid,
    /// Less than 10 dB above the noise, or more than 60 dB below the strongest harmonic.
    UnderNoise,
    /// The note is too short to read it.
    TooShort,
    /// Another note's harmonic lies within 50 cents.
    Collided,
    /// Above the recording's band.
    BeyondBand,
    /// The envelope strays more than 3 dB from a straight line.
    NotExponential,
}

/// A number and whether to believe it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The number, in the unit of its field; what was found even where it does not count.
    pub value: f64,
    /// Whether it counts.
    pub status: Status,
}

impl Reading {
    /// The number where it counts.
    #[must_use]
    pub fn valid(&self) -> Option<f64> {
        (self.status == Status::Valid).then_some(self.value)
    }

    fn unless(mut self, wrong: bool, status: Status) -> Self {
        if self.status == Status::Valid && wrong {
            self.status = status;
        }
        self
    }
}

/// Levels of one harmonic, dB relative to H1 in the same window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Levels {
    /// 0–50 ms after the onset.
    pub attack_db: Reading,
    /// 50–200 ms.
    pub early_db: Reading,
    /// 200–800 ms.
    pub sustain_db: Reading,
}

/// Everything measured of one harmonic.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Harmonic {
    /// Frequency, Hz.
    pub frequency_hz: Reading,
    /// Levels in the three windows.
    pub levels: Levels,
    /// Decay, dB/s, positive where the harmonic falls.
    pub decay_db_per_s: Reading,
    /// Noise around it, dB relative to H1, in a window of [`Measurement::floor_window_s`].
    pub floor_db: f64,
}

/// Everything measured of one note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Fundamental, Hz.
    pub f0_hz: f64,
    /// Level of the fundamental 50–450 ms after the onset, dB re full scale.
    pub h1_dbfs: f64,
    /// Length of the window behind the noise floors, s.
    pub floor_window_s: f64,
    /// H1–H8.
    pub harmonics: [Harmonic; HARMONICS],
}

/// Measures the note between `bounds`, whose fundamental is near `expected_hz`. `None` if it is shorter than a tenth of a second or
/// nothing sounds near its fundamental.
#[must_use]
pub fn measure(audio: &Audio, bounds: Bounds, expected_hz: f64) -> Option<Measurement> {
    let rate = audio.sample_rate;
    let body = segment(&audio.samples, rate, bounds.onset_s, bounds.end_s);
    if body.len() < rate as usize / 10 {
        return None;
    }
    let (from_s, to_s) = SPECTRUM_WINDOW_S;
    let steady = segment(body, rate, from_s, to_s);
    let spectrum = Spectrum::of(steady, rate);
    let near_hz = spectrum.peak_hz(expected_hz * (1.0 - F0_SEARCH), expected_hz * (1.0 + F0_SEARCH))?;
    let f0_hz = refine(steady, near_hz, near_hz, rate);

    let band_hz = BAND_HZ.min(BAND_SHARE * f64::from(rate));
    let mut amplitudes = [[0.0; HARMONICS]; LEVEL_WINDOWS_S.len()];
    let mut frequencies = [0.0; HARMONICS];
    let mut floors = [0.0; HARMONICS];
    for (i, frequency) in frequencies.iter_mut().enumerate() {
        let k = (i + 1) as f64;
        *frequency = k * f0_hz;
        if *frequency > band_hz {
            continue;
        }
        let reach = (HARMONIC_SEARCH * k * f0_hz).max(spectrum.line_hz);
        if let Some(peak_hz) = spectrum.peak_hz(k * f0_hz - reach, k * f0_hz + reach).filter(|_| i > 0) {
            *frequency = refine(steady, peak_hz, f0_hz, rate);
        }
        let between_hz = (k + 0.5) * f0_hz;
        floors[i] = spectrum.median(between_hz * (1.0 - FLOOR_SEARCH), between_hz * (1.0 + FLOOR_SEARCH)).unwrap_or(0.0);
    }
    let windows = LEVEL_WINDOWS_S.map(|(from_s, to_s)| {
        let part = segment(body, rate, from_s, to_s);
        (part, goertzel::hann(part.len()), part.len() as f64 / (f64::from(rate) * (to_s - from_s)))
    });
    for (row, (part, window, _)) in amplitudes.iter_mut().zip(&windows) {
        for (amplitude, frequency_hz) in row.iter_mut().zip(frequencies).filter(|(_, f)| *f <= band_hz) {
            *amplitude = goertzel::line(part, window, frequency_hz, rate).norm();
        }
    }

    let h1 = goertzel::line(steady, &goertzel::hann(steady.len()), f0_hz, rate).norm();
    let level = |w: usize, i: usize| {
        let (part, _, share) = &windows[w];
        let [first, ..] = amplitudes[w];
        let value = amplitude_to_db(amplitudes[w][i]) - amplitude_to_db(first);
        // Noise in one line grows as the window shortens.
        let floor = floors[i] * (spectrum.length as f64 / part.len().max(1) as f64).sqrt();
        let floor_db = amplitude_to_db(floor) - amplitude_to_db(first);
        let strongest = amplitudes[w].iter().fold(0.0f64, |a, b| a.max(*b));
        let heard_db = amplitude_to_db(strongest) - amplitude_to_db(first) - BELOW_STRONGEST_DB;
        Reading { value, status: Status::Valid }
            .unless(frequencies[i] > band_hz, Status::BeyondBand)
            .unless(*share < MIN_WINDOW_SHARE, Status::TooShort)
            .unless(value < (floor_db + ABOVE_FLOOR_DB).max(heard_db), Status::UnderNoise)
    };
    let harmonics = std::array::from_fn(|i| {
        let levels = Levels { attack_db: level(0, i), early_db: level(1, i), sustain_db: level(2, i) };
        let heard = levels.early_db.valid().or(levels.sustain_db.valid()).is_some();
        let decay_db_per_s = if frequencies[i] > band_hz {
            Reading { value: 0.0, status: Status::BeyondBand }
        } else {
            decay::measure(body, rate, frequencies[i], f0_hz, (floors[i], spectrum.length))
        };
        Harmonic {
            frequency_hz: Reading { value: frequencies[i], status: Status::Valid }
                .unless(!heard, levels.early_db.status),
            levels,
            decay_db_per_s: decay_db_per_s.unless(!heard, levels.early_db.status),
            floor_db: amplitude_to_db(floors[i]) - amplitude_to_db(h1),
        }
    });
    Some(Measurement {
        f0_hz,
        h1_dbfs: amplitude_to_db(h1),
        floor_window_s: spectrum.length as f64 / f64::from(rate),
        harmonics,
    })
}

impl Measurement {
    /// Strikes out what other notes disturb.
    pub fn mask_collisions(&mut self, collided: &[bool; HARMONICS]) {
        for (harmonic, hit) in self.harmonics.iter_mut().zip(collided) {
            let Levels { attack_db, early_db, sustain_db } = &mut harmonic.levels;
            for reading in [&mut harmonic.frequency_hz, &mut harmonic.decay_db_per_s, attack_db, early_db, sustain_db] {
                *reading = reading.unless(*hit, Status::Collided);
            }
        }
    }
}

/// The part of `samples` from `from_s` to `to_s`, as far as it exists.
fn segment(samples: &[f32], sample_rate: u32, from_s: f64, to_s: f64) -> &[f32] {
    let index = |time_s: f64| ((time_s * f64::from(sample_rate)).round().max(0.0) as usize).min(samples.len());
    samples.get(index(from_s)..index(to_s)).unwrap_or(&[])
}

/// Refines `near_hz` where the segment allows, and keeps it where the result would leave the harmonic's neighbourhood.
fn refine(samples: &[f32], near_hz: f64, f0_hz: f64, sample_rate: u32) -> f64 {
    goertzel::refine_hz(samples, near_hz, sample_rate)
        .filter(|refined| (refined - near_hz).abs() < (0.02 * near_hz).min(0.25 * f0_hz))
        .unwrap_or(near_hz)
}
