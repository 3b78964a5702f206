//! When notes end: their harmonics are followed until they have died away or a damper falls.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::Note;
use super::settings::TranscriptionSettings;
use super::signal::Signal;
use super::spectrum::{Analyser, NoiseFloor, Spectrum, Stretch};

/// Harmonics that are followed.
const FOLLOWED: usize = 6;
/// Stretch of time over which a damper's fall is judged, seconds.
const FALL_S: f64 = 0.25;
/// Distance at which a harmonic of another note disturbs, in parts of the resolution: the main lobe.
const DISTURBED_WITHIN: f64 = 2.0;
/// Harmonics of another note that may disturb.
const DISTURBING_HARMONICS: u32 = 16;
/// Level over the noise floor's lower quartile at which nothing is left of a note, dB.
const OVER_FLOOR_DB: f64 = 10.0;
/// Level that a window centred on an abrupt end still shows, dB: half of the amplitude.
const HALF_AMPLITUDE_DB: f64 = 6.02;
/// Decay of the fundamental, dB per second, is `0.26·exp(0.049·MIDI)`; fitted on 200A recordings.
const DECAY_AT_ZERO_DB_PER_S: f64 = 0.26;
const DECAY_GROWTH_PER_SEMITONE: f64 = 0.049;

/// How long after its end a note may still be in the spectrum before an onset, seconds: its window and the time
/// that a damper takes.
const FADING_S: f64 = 0.25;

type Powers = [f64; FOLLOWED];

/// A note that has not ended yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sounding {
    note: usize,
    midi: u8,
    f0_hz: f64,
    onset_s: f64,
    peaks: Powers,
    recent: VecDeque<(f64, Powers)>,
}

/// Follows the notes through the recording, once, in time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Offsets {
    next_frame: usize,
    sounding: Vec<Sounding>,
    /// When and which notes ended lately, and their fundamentals in Hz.
    ended: Vec<(f64, u8, f64)>,
    #[serde(skip)]
    spectra: [Spectrum; 2],
    #[serde(skip)]
    sorting: Vec<f32>,
}

impl Offsets {
    pub(super) fn new() -> Self {
        Self {
            next_frame: 0,
            sounding: Vec::new(),
            ended: Vec::new(),
            spectra: Default::default(),
            sorting: Vec::new(),
        }
    }

    /// Keys that sound at `time_s`, or did a moment before, with their fundamentals in Hz.
    pub(super) fn sounding(&self, time_s: f64) -> Vec<(u8, f64)> {
        let fading = self.ended.iter().filter(|(ended_s, ..)| time_s - ended_s < FADING_S);
        let mut keys: Vec<(u8, f64)> = self.held().collect();
        for (_, midi, f0_hz) in fading {
            if keys.iter().all(|(known, _)| known != midi) {
                keys.push((*midi, *f0_hz));
            }
        }
        keys
    }

    fn held(&self) -> impl Iterator<Item = (u8, f64)> + '_ {
        self.sounding.iter().map(|sounding| (sounding.midi, sounding.f0_hz))
    }

    /// Which of the notes have not ended yet.
    pub(super) fn unended(&self) -> impl Iterator<Item = usize> + '_ {
        self.sounding.iter().map(|sounding| sounding.note)
    }

    /// The first `count` notes are taken from the list; what still sounds of them is followed, and its end is nobody's.
    pub(super) fn forget(&mut self, count: usize) {
        for sounding in &mut self.sounding {
            sounding.note = sounding.note.checked_sub(count).unwrap_or(usize::MAX);
        }
    }

    /// Begins to follow `notes[index]`; the same key, struck before, ends here.
    pub(super) fn start(&mut self, index: usize, notes: &mut [Note]) {
        let Some(&Note { onset_s, midi, f0_hz, .. }) = notes.get(index) else { return };
        self.sounding.retain(|earlier| {
            if earlier.midi == midi {
                end(notes, earlier, onset_s);
            }
            earlier.midi != midi
        });
        let (peaks, recent) = ([0.0; FOLLOWED], VecDeque::new());
        self.sounding.push(Sounding { note: index, midi, f0_hz, onset_s, peaks, recent });
    }

    /// Follows all that sounds up to `until_s`.
    pub(super) fn advance(
        &mut self,
        until_s: f64,
        signal: &Signal,
        analyser: &mut Analyser,
        notes: &mut [Note],
        settings: &TranscriptionSettings,
    ) {
        let hop_s = settings.release_hop_s.max(1e-3);
        let length = (settings.longest_window_s * signal.rate_hz).round().max(16.0) as usize;
        let centre_s = |frame: usize| frame as f64 * hop_s;
        let stretch =
            |frame: usize| Stretch { start: signal.index_at(centre_s(frame)) - (length / 2) as isize, length };
        while centre_s(self.next_frame) < until_s {
            let frame = self.next_frame;
            if self.sounding.is_empty() {
                self.next_frame = frame.max((until_s / hop_s).ceil() as usize);
                return;
            }
            let mut spectra = std::mem::take(&mut self.spectra);
            analyser.pair(signal, [stretch(frame), stretch(frame + 1)], 1, &mut spectra);
            for (frame, spectrum) in (frame..).zip(&spectra) {
                if centre_s(frame) < until_s {
                    self.read(centre_s(frame), spectrum, notes, settings);
                    self.next_frame = frame + 1;
                }
            }
            self.spectra = spectra;
        }
    }

    /// Ends all that still sounds with the recording.
    pub(super) fn finish(&mut self, duration_s: f64, notes: &mut [Note]) {
        for sounding in self.sounding.drain(..) {
            end(notes, &sounding, duration_s);
        }
    }

    fn read(&mut self, time_s: f64, spectrum: &Spectrum, notes: &mut [Note], settings: &TranscriptionSettings) {
        let floor = NoiseFloor::of(spectrum, 400.0, &mut self.sorting);
        let keys: Vec<(u8, f64)> = self.held().collect();
        let half_window_s = 0.5 * settings.longest_window_s;
        let ended = &mut self.ended;
        ended.retain(|(ended_s, ..)| time_s - ended_s < FADING_S);
        self.sounding.retain_mut(|sounding| {
            let mut powers = [0.0; FOLLOWED];
            let mut limits = [0.0; FOLLOWED];
            for (index, (power, limit)) in powers.iter_mut().zip(&mut limits).enumerate() {
                let frequency_hz = sounding.f0_hz * (index + 1) as f64;
                *power = f64::from(spectrum.amplitude_near(frequency_hz)).powi(2);
                *limit = f64::from(floor.at(frequency_hz)).powi(2) * 10.0_f64.powf(OVER_FLOOR_DB / 10.0);
            }
            let free = undisturbed(sounding, &keys, spectrum.resolution_hz);
            let over_free = |values: &Powers| -> f64 {
                values.iter().zip(free).filter(|(_, free)| *free).map(|(value, _)| value).sum()
            };
            for (peak, power) in sounding.peaks.iter_mut().zip(powers) {
                *peak = peak.max(power);
            }
            while sounding.recent.front().is_some_and(|(then_s, _)| time_s - then_s > FALL_S) {
                sounding.recent.pop_front();
            }
            sounding.recent.push_back((time_s, powers));
            // Until the window has left the onset behind, levels rise.
            if time_s < sounding.onset_s + half_window_s {
                return true;
            }
            let now = over_free(&powers);
            let least = over_free(&sounding.peaks) * 10.0_f64.powf(-settings.end_below_peak_db / 10.0);
            let is_damped = damped(sounding, over_free, settings);
            if is_damped || now <= least || now <= over_free(&limits) {
                let fallen_s = if is_damped { fallen_s(sounding, over_free) } else { None };
                let ended_s = fallen_s.unwrap_or(time_s);
                end(notes, sounding, ended_s);
                ended.push((ended_s, sounding.midi, sounding.f0_hz));
                return false;
            }
            true
        });
    }
}

/// Whether the level fell more within `FALL_S` than the reed's decay explains.
fn damped(sounding: &Sounding, level: impl Fn(&Powers) -> f64, settings: &TranscriptionSettings) -> bool {
    let highest = sounding.recent.iter().map(|(_, powers)| level(powers)).fold(0.0, f64::max);
    let now = sounding.recent.back().map_or(0.0, |(_, powers)| level(powers));
    let decay_db_per_s = DECAY_AT_ZERO_DB_PER_S * (DECAY_GROWTH_PER_SEMITONE * f64::from(sounding.midi)).exp();
    10.0 * (highest / now.max(f64::MIN_POSITIVE)).log10() > settings.damper_db + decay_db_per_s * FALL_S
}

/// When, after its last maximum, the level fell to half of the amplitude: there a window's centre meets an abrupt end.
fn fallen_s(sounding: &Sounding, level: impl Fn(&Powers) -> f64) -> Option<f64> {
    let levels: Vec<(f64, f64)> =
        sounding.recent.iter().map(|(time_s, powers)| (*time_s, 10.0 * level(powers).max(1e-30).log10())).collect();
    let highest = levels.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let target_db = highest.1 - HALF_AMPLITUDE_DB;
    levels.windows(2).find_map(|pair| {
        let (&(from_s, from_db), &(to_s, to_db)) = (pair.first()?, pair.get(1)?);
        let crosses = from_s >= highest.0 && from_db > target_db && to_db <= target_db;
        crosses.then(|| from_s + (to_s - from_s) * (from_db - target_db) / (from_db - to_db))
    })
}

/// Which harmonics no other note disturbs; all, if none is free.
fn undisturbed(sounding: &Sounding, keys: &[(u8, f64)], resolution_hz: f64) -> [bool; FOLLOWED] {
    let free: [bool; FOLLOWED] = std::array::from_fn(|index| {
        let frequency_hz = sounding.f0_hz * (index + 1) as f64;
        keys.iter().filter(|(midi, _)| *midi != sounding.midi).all(|(_, other_hz)| {
            let order = (frequency_hz / other_hz).round().clamp(1.0, f64::from(DISTURBING_HARMONICS));
            (frequency_hz - order * other_hz).abs() > DISTURBED_WITHIN * resolution_hz
        })
    });
    if free.contains(&true) { free } else { [true; FOLLOWED] }
}

fn end(notes: &mut [Note], sounding: &Sounding, time_s: f64) {
    if let Some(note) = notes.get_mut(sounding.note) {
        note.offset_s = time_s.max(note.onset_s);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Audio;

    /// Follows one note of 220 Hz from 0.2 s on, under an envelope that starts there, for 3 s.
    fn offset_of(envelope: impl Fn(f64) -> f64) -> f64 {
        let samples = (0..3 * 44_100).map(|n| {
            let time_s = f64::from(n) / 44_100.0 - 0.2;
            let phase = std::f64::consts::TAU * 220.0 * time_s;
            if time_s < 0.0 { 0.0 } else { (envelope(time_s) * (phase.sin() + 0.3 * (3.0 * phase).sin())) as f32 }
        });
        let signal = Signal::of(&Audio { samples: samples.collect(), sample_rate: 44_100 }).unwrap();
        let mut notes = vec![Note { onset_s: 0.2, offset_s: 0.2, midi: 57, f0_hz: 220.0, level_db: 0.0 }];
        let mut offsets = Offsets::new();
        offsets.start(0, &mut notes);
        let settings = TranscriptionSettings::default();
        offsets.advance(3.0, &signal, &mut Analyser::new(), &mut notes, &settings);
        offsets.finish(3.0, &mut notes);
        notes[0].offset_s
    }

    #[test]
    fn a_note_ends_where_a_damper_falls() {
        for held_s in [0.3, 0.7, 1.5] {
            let found_s =
                offset_of(|t| (-0.5 * t).exp() * if t < held_s { 1.0 } else { (-(t - held_s) / 0.025).exp() });
            // The damper takes 25 ms to reach 1/e, the frames are 23 ms apart.
            assert!((found_s - 0.2 - held_s).abs() < 0.04, "{found_s} for {held_s}");
        }
    }

    #[test]
    fn a_note_that_dies_away_ends_at_the_last_hundredth_of_its_peak() {
        // exp(−t/τ) = 0.01 at 4.605 τ. The peak is read no later than half a window (93 ms) after the onset, and
        // the end is noticed within a frame (23 ms): late by at most their sum, never early.
        let late_s = offset_of(|t| (-t / 0.4).exp()) - 0.2 - 0.4 * 100.0_f64.ln();
        assert!((0.0..0.117).contains(&late_s), "{late_s}");
    }

    #[test]
    fn a_note_that_still_sounds_ends_with_the_recording() {
        assert_eq!(offset_of(|t| (-0.3 * t).exp()), 3.0);
    }

    #[test]
    fn a_key_struck_again_ends_its_earlier_note() {
        let note = |onset_s: f64| Note { onset_s, offset_s: onset_s, midi: 57, f0_hz: 220.0, level_db: 0.0 };
        let mut notes = vec![note(0.2), note(0.8)];
        let mut offsets = Offsets::new();
        offsets.start(0, &mut notes);
        offsets.start(1, &mut notes);
        assert_eq!(notes[0].offset_s, 0.8);
        assert_eq!(offsets.sounding(0.8), [(57, 220.0)]);
    }
}
