//! Single notes of one instrument, cut from a folder of recordings.

use std::collections::HashMap;
use std::f64::consts::PI;
use std::path::Path;

use wurli_train::audio;
use wurli_train::catalogue::{self, Kind, Selection};
use wurli_train::measure::find_bounds;

/// Largest shift of a recording to play a key that was not recorded, semitones.
///
/// With 3, the EP200 folder covers every key from its lowest to its highest.
const FURTHEST_SEMITONES: i32 = 3;
/// Velocity difference that costs as much as a semitone when a recording is chosen.
///
/// The four dynamics lie 26 to 33 apart. A neighbour's right dynamic is chosen before the key's own
/// wrong one.
const VELOCITY_PER_SEMITONE: f64 = 20.0;
/// Time kept before the onset, seconds. It is faded in, because a note that began at a tenth of its
/// peak would click.
const LEAD_S: f64 = 0.004;
/// Half length of the interpolation, in samples. With 16, aliasing lies at −80 dB, below 16-bit
/// noise.
const HALF_LENGTH: f64 = 16.0;
/// Peak of a note of velocity 127, relative to full scale. Ten such notes do not clip.
const LOUDEST: f32 = 0.1;
/// Exponent of amplitude over velocity: the displacement law fitted on the EP200 recordings.
const VELOCITY_EXPONENT: f32 = 0.78;

struct Recorded {
    midi: u8,
    velocity: u8,
    /// Samples from `LEAD_S` before the onset, peak 1.
    samples: Vec<f32>,
}

/// Notes of a folder, and shifted notes for the keys between them.
pub struct Piano {
    recorded: Vec<Recorded>,
    /// Sample rate of all notes, Hz.
    pub rate_hz: u32,
    moved: HashMap<(usize, i32), Vec<f32>>,
}

impl Piano {
    /// Reads the single notes of a data folder.
    ///
    /// # Errors
    ///
    /// Errors of the catalogue and of its recordings. Fails also for a folder without notes or with
    /// several sample rates.
    pub fn open(folder: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let catalogue = catalogue::read(folder, Selection::All)?;
        let mut recorded = Vec::new();
        let mut rate_hz = 0;
        for recording in &catalogue.recordings {
            let Kind::Note { midi, velocity } = recording.kind else { continue };
            let audio = audio::read(&catalogue.path(recording))?;
            let Some(bounds) = find_bounds(&audio) else { continue };
            if rate_hz != 0 && rate_hz != audio.sample_rate {
                return Err(
                    format!("{}: {} Hz, but others have {rate_hz} Hz", recording.file, audio.sample_rate).into()
                );
            }
            rate_hz = audio.sample_rate;
            let lead = (LEAD_S * f64::from(rate_hz)) as usize;
            let onset = (bounds.onset_s * f64::from(rate_hz)).round() as usize;
            let peak = audio.samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
            let mut samples = vec![0.0; lead.saturating_sub(onset)];
            samples.extend(audio.samples.iter().skip(onset.saturating_sub(lead)).map(|s| s / peak));
            for (index, sample) in samples.iter_mut().take(lead).enumerate() {
                *sample *= index as f32 / lead as f32;
            }
            recorded.push(Recorded { midi, velocity, samples });
        }
        if recorded.is_empty() {
            return Err(format!("{}: no recordings of single notes", folder.display()).into());
        }
        Ok(Self { recorded, rate_hz, moved: HashMap::new() })
    }

    /// Resamples all notes.
    pub fn at_rate(mut self, rate_hz: u32) -> Self {
        let ratio = f64::from(self.rate_hz) / f64::from(rate_hz);
        let lead = |rate_hz: u32| (LEAD_S * f64::from(rate_hz)).floor();
        let places = (lead(self.rate_hz), lead(rate_hz));
        self.recorded.iter_mut().for_each(|recorded| recorded.samples = faster(&recorded.samples, ratio, places));
        Self { rate_hz, moved: HashMap::new(), ..self }
    }

    /// Returns the keys that can be played, A1 to C7.
    pub fn keys(&self) -> Vec<u8> {
        (33..=96).filter(|midi| self.nearest(*midi, 64).is_some()).collect()
    }

    /// Returns the time before the onset in [`Piano::note`], seconds.
    pub fn lead_s(&self) -> f64 {
        (LEAD_S * f64::from(self.rate_hz)).floor() / f64::from(self.rate_hz)
    }

    /// Returns one note, from [`Piano::lead_s`] before its onset to the end of its recording.
    ///
    /// Empty for a key out of range.
    pub fn note(&mut self, midi: u8, velocity: u8) -> Vec<f32> {
        let Some((index, semitones)) = self.nearest(midi, velocity) else { return Vec::new() };
        let gain = LOUDEST * (f32::from(velocity) / 127.0).powf(VELOCITY_EXPONENT);
        let (recorded, lead) = (&self.recorded, self.lead_s() * f64::from(self.rate_hz));
        let samples = self.moved.entry((index, semitones)).or_insert_with(|| {
            let source = &recorded[index].samples;
            let ratio = f64::exp2(f64::from(semitones) / 12.0);
            if semitones == 0 { source.clone() } else { faster(source, ratio, (lead, lead)) }
        });
        samples.iter().map(|sample| sample * gain).collect()
    }

    /// Returns the index of the closest recording, and its upward shift in semitones.
    fn nearest(&self, midi: u8, velocity: u8) -> Option<(usize, i32)> {
        let cost = |recorded: &Recorded| {
            let semitones = i32::from(midi) - i32::from(recorded.midi);
            let reached = semitones.abs() <= FURTHEST_SEMITONES;
            let loudness = f64::from(velocity.abs_diff(recorded.velocity)) / VELOCITY_PER_SEMITONE;
            reached.then_some((f64::from(semitones.abs()) + loudness, semitones))
        };
        let costs = self.recorded.iter().enumerate().filter_map(|(index, recorded)| Some((index, cost(recorded)?)));
        costs.min_by(|(_, a), (_, b)| a.0.total_cmp(&b.0)).map(|(index, (_, semitones))| (index, semitones))
    }
}

/// Resamples by a windowed sinc, `ratio` times as fast. The sample at `from` moves to `to`.
fn faster(samples: &[f32], ratio: f64, (from, to): (f64, f64)) -> Vec<f32> {
    // Band limit against aliasing when the recording is read faster.
    let band = (1.0 / ratio).min(1.0);
    let reach = HALF_LENGTH / band;
    let first = from - to * ratio;
    let length = ((samples.len() as f64 - first) / ratio) as usize;
    (0..length)
        .map(|index| {
            let centre = first + index as f64 * ratio;
            let from = (centre - reach).ceil().max(0.0) as usize;
            let taps = samples.iter().enumerate().skip(from).take_while(|(at, _)| *at as f64 <= centre + reach);
            let sum: f64 = taps
                .map(|(at, sample)| {
                    let x = at as f64 - centre;
                    let hann = 0.5 + 0.5 * (PI * x / reach).cos();
                    let sinc = if x == 0.0 { 1.0 } else { (PI * band * x).sin() / (PI * band * x) };
                    f64::from(*sample) * band * sinc * hann
                })
                .sum();
            sum as f32
        })
        .collect()
}
