//! Performances with known notes, mixed from single notes.

use std::path::Path;

use wurli_train::audio::{self, Audio};
use wurli_train::catalogue::{self, Kind, Selection};
use wurli_train::measure::find_bounds;
use wurli_train::note_event::NoteEvent;

use wurli_train::random::Random;
use wurli_voice::instrument::midi_to_hz;

pub use crate::performances::Struck;

/// Sample rate of all performances, Hz.
pub const RATE_HZ: u32 = 44_100;
/// Time constant of the damper.
const RELEASE_S: f64 = 0.025;

/// Source of single notes.
pub trait Instrument {
    /// Returns the keys that it has.
    fn keys(&self) -> Vec<u8>;
    /// Returns the samples of one note from its onset on, at least as long as it sounds.
    fn note(&self, midi: u8, velocity: u8, seconds: f64) -> Vec<f32>;
}

/// Mixes the notes, each damped from its offset on (or where its recording ends), and returns what
/// was played.
pub fn perform(instrument: &dyn Instrument, notes: &[Struck]) -> (Audio, Vec<NoteEvent>) {
    let last_s = notes.iter().map(|note| note.offset_s).fold(0.0, f64::max);
    let mut samples = vec![0.0_f32; ((last_s + 0.5) * f64::from(RATE_HZ)) as usize];
    let mut played = Vec::new();
    for note in notes {
        let start = (note.onset_s * f64::from(RATE_HZ)).round() as usize;
        let held = ((note.offset_s - note.onset_s) * f64::from(RATE_HZ)) as usize;
        let source = instrument.note(note.midi, note.velocity, note.offset_s - note.onset_s + 0.4);
        for (index, (target, sample)) in samples.iter_mut().skip(start).zip(&source).enumerate() {
            let after_s = index.saturating_sub(held) as f64 / f64::from(RATE_HZ);
            *target += sample * (-after_s / RELEASE_S).exp() as f32;
        }
        let length_s = (source.len() as f64 / f64::from(RATE_HZ)).min(note.offset_s - note.onset_s);
        played.push(NoteEvent {
            onset_s: note.onset_s,
            offset_s: note.onset_s + length_s,
            midi: note.midi,
            velocity: note.velocity,
            velocity_known: true,
            f0_hz: midi_to_hz(note.midi),
        });
    }
    (Audio { samples, sample_rate: RATE_HZ }, played)
}

/// Levels of H1–H8 in dB re H1, measured on an EP200, by key: (MIDI, soft, loud). Where only one
/// dynamic was measured the other is the same.
#[rustfmt::skip]
const LEVELS_DB: [(f64, [f64; 8], [f64; 8]); 6] = [
    (33.0, [0.0, -19.7, -5.8, -16.2, -16.6, -28.8, -21.2, -30.1], [0.0, 17.0, 16.2, 17.1, 18.8, 12.9, 18.1, 6.2]),
    (47.0, [0.0, -0.1, 3.2, -16.4, -1.1, -14.4, -8.1, -13.5], [0.0, -0.1, 3.2, -16.4, -1.1, -14.4, -8.1, -13.5]),
    (56.0, [0.0, -19.2, -6.6, -17.7, -19.9, -25.5, -33.8, -38.2], [0.0, -19.2, -6.6, -17.7, -19.9, -25.5, -33.8, -38.2]),
    (64.0, [0.0, -6.4, -1.6, -14.2, -10.8, -13.5, -27.8, -20.3], [0.0, -6.4, -1.6, -14.2, -10.8, -13.5, -27.8, -20.3]),
    (68.0, [0.0, -20.4, -9.9, -19.9, -27.4, -29.3, -55.9, -41.2], [0.0, -20.4, -9.9, -19.9, -27.4, -29.3, -55.9, -41.2]),
    (92.0, [0.0, -33.3, -70.0, -70.0, -70.0, -70.0, -70.0, -70.0], [0.0, -33.3, -70.0, -70.0, -70.0, -70.0, -70.0, -70.0]),
];

/// Eight decaying sinusoids per note, all 64 keys, with a rise of 3 ms.
pub struct Additive;

impl Instrument for Additive {
    fn keys(&self) -> Vec<u8> {
        (33..=96).collect()
    }

    fn note(&self, midi: u8, velocity: u8, seconds: f64) -> Vec<f32> {
        let key = f64::from(midi);
        let loudness = (f64::from(velocity) / 127.0).powf(0.78);
        let upper = LEVELS_DB.iter().position(|row| row.0 >= key).unwrap_or(LEVELS_DB.len() - 1).max(1);
        let (low, high) = (&LEVELS_DB[upper - 1], &LEVELS_DB[upper]);
        let between = ((key - low.0) / (high.0 - low.0)).clamp(0.0, 1.0);
        let dynamic = f64::from(velocity) / 127.0;
        let mix = |row: &(f64, [f64; 8], [f64; 8]), k: usize| row.1[k] + (row.2[k] - row.1[k]) * dynamic;
        let amplitudes: Vec<f64> = (0..8)
            .map(|k| mix(low, k) + (mix(high, k) - mix(low, k)) * between)
            .map(|level_db| 10.0_f64.powf(level_db / 20.0))
            .collect();
        let loudest = amplitudes.iter().sum::<f64>();
        let decay_per_s = 0.26 * (0.049 * key).exp() * std::f64::consts::LN_10 / 20.0;
        // A phase per key: notes struck together are not in step.
        let mut random = Random(u64::from(midi));
        let phases: Vec<f64> = (0..8).map(|_| random.between(0.0, std::f64::consts::TAU)).collect();
        let step = std::f64::consts::TAU * midi_to_hz(midi) / f64::from(RATE_HZ);
        (0..(seconds * f64::from(RATE_HZ)) as usize)
            .map(|n| {
                let time_s = n as f64 / f64::from(RATE_HZ);
                let rise = (time_s / 0.003).min(1.0);
                let tones = (1..=8).filter(|k| f64::from(*k) * step < 3.0).map(|k| {
                    let index = k as usize - 1;
                    let decay = (-decay_per_s * (1.0 + 0.5 * index as f64) * time_s).exp();
                    amplitudes[index] * decay * (f64::from(k) * step * n as f64 + phases[index]).sin()
                });
                (0.2 * loudness * rise * tones.sum::<f64>() / loudest) as f32
            })
            .collect()
    }
}

/// The recorded notes of a folder with a `recordings.toml`.
pub struct Recorded {
    notes: Vec<(u8, u8, Vec<f32>)>,
}

impl Recorded {
    /// Reads all notes of a data folder.
    ///
    /// # Panics
    ///
    /// If the folder cannot be read, or holds anything but notes at 44.1 kHz.
    pub fn open(folder: &Path) -> Self {
        let catalogue = catalogue::read(folder, Selection::All).unwrap();
        let notes = catalogue.recordings.iter().map(|recording| {
            let Kind::Note { midi, velocity } = recording.kind else { panic!("{} is no note", recording.file) };
            let audio = audio::read(&catalogue.path(recording)).unwrap();
            assert_eq!(audio.sample_rate, RATE_HZ);
            let peak = audio.samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
            let onset = (find_bounds(&audio).unwrap().onset_s * f64::from(RATE_HZ)).round() as usize;
            (midi, velocity, audio.samples[onset..].iter().map(|s| s / peak).collect())
        });
        Self { notes: notes.collect() }
    }
}

impl Instrument for Recorded {
    fn keys(&self) -> Vec<u8> {
        let mut keys: Vec<u8> = self.notes.iter().map(|note| note.0).collect();
        keys.dedup();
        keys
    }

    /// Returns the recording nearest in velocity, at the level that the velocity asks for.
    fn note(&self, midi: u8, velocity: u8, seconds: f64) -> Vec<f32> {
        let of_key = self.notes.iter().filter(|note| note.0 == midi);
        let (_, _, samples) = of_key.min_by_key(|note| note.1.abs_diff(velocity)).unwrap();
        let gain = 0.2 * (f32::from(velocity) / 127.0).powf(0.78);
        samples.iter().take((seconds * f64::from(RATE_HZ)) as usize).map(|s| s * gain).collect()
    }
}
