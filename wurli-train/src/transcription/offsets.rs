//! Ends of notes: their harmonics are followed until they have died away or a damper falls.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::analyser::{Analyser, NoiseFloor, Segment, SegmentSpectrum};
use super::settings::TranscriptionSettings;
use super::signal::Signal;
use super::{SoundingKey, TrackedNote};
use crate::dsp::db_to_power;
use crate::measure::DecayLaw;

/// Harmonics that are followed.
const FOLLOWED: usize = 6;
/// Time within which a damper's fall is judged, seconds.
const FALL_S: f64 = 0.25;
/// Distance at which a harmonic of another note disturbs, relative to the resolution: the main
/// lobe.
const DISTURBED_WITHIN: f64 = 2.0;
/// Highest harmonic of another note that may disturb.
const DISTURBING_HARMONICS: u32 = 16;
/// Level over the noise floor's lower quartile at which a note has died away, dB.
const OVER_FLOOR_DB: f64 = 10.0;
/// Width of the blocks of the noise floor, Hz.
const FLOOR_BLOCK_HZ: f64 = 400.0;
/// Fall in a window centred on an abrupt end, dB: half of the amplitude.
const HALF_AMPLITUDE_DB: f64 = 6.02;
/// Time after its end for which a note may still be in the spectrum before an onset, seconds: its
/// window and the damper.
const FADING_S: f64 = 0.25;

/// Power of each harmonic.
type Powers = [f64; FOLLOWED];

/// Powers of a note's harmonics in one frame.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Frame {
    time_s: f64,
    powers: Powers,
}

/// A note that has not ended yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ActiveNote {
    /// Index in the list of notes.
    note: usize,
    midi: u8,
    f0_hz: f64,
    onset_s: f64,
    /// Largest power of each harmonic so far.
    peaks: Powers,
    /// Frames of the last [`FALL_S`].
    recent: VecDeque<Frame>,
}

/// A note that ended recently.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct EndedNote {
    ended_s: f64,
    midi: u8,
    f0_hz: f64,
}

/// Follows the notes through the recording in one pass.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OffsetTracker {
    next_frame: usize,
    active: Vec<ActiveNote>,
    ended: Vec<EndedNote>,
    #[serde(skip)]
    spectra: [SegmentSpectrum; 2],
    #[serde(skip)]
    sorting: Vec<f32>,
}

impl OffsetTracker {
    pub(super) fn new() -> Self {
        Self { next_frame: 0, active: Vec::new(), ended: Vec::new(), spectra: Default::default(), sorting: Vec::new() }
    }

    /// Returns the keys that sound at `time_s`, or ended a moment before.
    pub(super) fn sounding(&self, time_s: f64) -> Vec<SoundingKey> {
        let mut keys = self.active_keys();
        for ended in self.ended.iter().filter(|note| time_s - note.ended_s < FADING_S) {
            if keys.iter().all(|known| known.midi != ended.midi) {
                keys.push(SoundingKey { midi: ended.midi, f0_hz: ended.f0_hz });
            }
        }
        keys
    }

    fn active_keys(&self) -> Vec<SoundingKey> {
        self.active.iter().map(|note| SoundingKey { midi: note.midi, f0_hz: note.f0_hz }).collect()
    }

    /// Returns the indices of the notes that have not ended yet.
    pub(super) fn active_notes(&self) -> impl Iterator<Item = usize> + '_ {
        self.active.iter().map(|active| active.note)
    }

    /// Removes the first `count` notes from the list. Those that still sound are followed, but
    /// their ends are lost.
    pub(super) fn forget(&mut self, count: usize) {
        for active in &mut self.active {
            active.note = active.note.checked_sub(count).unwrap_or(usize::MAX);
        }
    }

    /// Starts to follow `notes[index]`. An earlier note of the key ends here.
    pub(super) fn start(&mut self, index: usize, notes: &mut [TrackedNote]) {
        let Some(&TrackedNote { onset_s, midi, f0_hz, .. }) = notes.get(index) else { return };
        self.active.retain(|earlier| {
            if earlier.midi == midi {
                end(notes, earlier, onset_s);
            }
            earlier.midi != midi
        });
        let (peaks, recent) = ([0.0; FOLLOWED], VecDeque::new());
        self.active.push(ActiveNote { note: index, midi, f0_hz, onset_s, peaks, recent });
    }

    /// Follows all active notes up to `until_s`.
    pub(super) fn advance(
        &mut self,
        until_s: f64,
        signal: &Signal,
        analyser: &mut Analyser,
        notes: &mut [TrackedNote],
        settings: &TranscriptionSettings,
    ) {
        let hop_s = settings.release_hop_s.max(1e-3);
        let length = (settings.longest_window_s * signal.rate_hz).round().max(16.0) as usize;
        let centre_s = |frame: usize| frame as f64 * hop_s;
        let segment =
            |frame: usize| Segment { start: signal.index_at(centre_s(frame)) - (length / 2) as isize, length };
        while centre_s(self.next_frame) < until_s {
            let frame = self.next_frame;
            if self.active.is_empty() {
                self.next_frame = frame.max((until_s / hop_s).ceil() as usize);
                return;
            }
            let mut spectra = std::mem::take(&mut self.spectra);
            analyser.pair(signal, [segment(frame), segment(frame + 1)], 1, &mut spectra);
            for (frame, spectrum) in (frame..).zip(&spectra) {
                if centre_s(frame) < until_s {
                    self.read(centre_s(frame), spectrum, notes, settings);
                    self.next_frame = frame + 1;
                }
            }
            self.spectra = spectra;
        }
    }

    /// Ends all active notes with the recording.
    pub(super) fn finish(&mut self, duration_s: f64, notes: &mut [TrackedNote]) {
        for active in self.active.drain(..) {
            end(notes, &active, duration_s);
        }
    }

    /// Reads one frame, and ends the notes that have died away or were damped.
    fn read(
        &mut self,
        time_s: f64,
        spectrum: &SegmentSpectrum,
        notes: &mut [TrackedNote],
        settings: &TranscriptionSettings,
    ) {
        let floor = NoiseFloor::from_spectrum(spectrum, FLOOR_BLOCK_HZ, &mut self.sorting);
        let keys = self.active_keys();
        let ended = &mut self.ended;
        ended.retain(|note| time_s - note.ended_s < FADING_S);
        self.active.retain_mut(|active| {
            let Some(ended_s) = active.read(time_s, spectrum, &floor, &keys, settings) else { return true };
            end(notes, active, ended_s);
            ended.push(EndedNote { ended_s, midi: active.midi, f0_hz: active.f0_hz });
            false
        });
    }
}

impl ActiveNote {
    /// Reads one frame; returns the end of the note if it has ended.
    fn read(
        &mut self,
        time_s: f64,
        spectrum: &SegmentSpectrum,
        floor: &NoiseFloor,
        keys: &[SoundingKey],
        settings: &TranscriptionSettings,
    ) -> Option<f64> {
        let frequencies_hz: Powers = std::array::from_fn(|index| self.f0_hz * (index + 1) as f64);
        let powers = frequencies_hz.map(|frequency_hz| f64::from(spectrum.amplitude_near(frequency_hz)).powi(2));
        let noise =
            frequencies_hz.map(|frequency_hz| f64::from(floor.at(frequency_hz)).powi(2) * db_to_power(OVER_FLOOR_DB));
        for (peak, power) in self.peaks.iter_mut().zip(powers) {
            *peak = peak.max(power);
        }
        while self.recent.front().is_some_and(|frame| time_s - frame.time_s > FALL_S) {
            self.recent.pop_front();
        }
        self.recent.push_back(Frame { time_s, powers });
        // Levels rise until the window has left the onset behind.
        if time_s < self.onset_s + 0.5 * settings.longest_window_s {
            return None;
        }
        let undisturbed = self.undisturbed(keys, spectrum.resolution_hz);
        let total = |values: &Powers| -> f64 {
            values.iter().zip(undisturbed).filter(|(_, undisturbed)| *undisturbed).map(|(value, _)| value).sum()
        };
        let now = total(&powers);
        if self.is_damped(total, settings) {
            return Some(self.fallen_s(total).unwrap_or(time_s));
        }
        let least = total(&self.peaks) * db_to_power(-settings.end_below_peak_db);
        (now <= least || now <= total(&noise)).then_some(time_s)
    }

    /// Returns `true` if the power fell more within [`FALL_S`] than the reed's decay explains.
    fn is_damped(&self, power: impl Fn(&Powers) -> f64, settings: &TranscriptionSettings) -> bool {
        let highest = self.recent.iter().map(|frame| power(&frame.powers)).fold(0.0, f64::max);
        let now = self.recent.back().map_or(0.0, |frame| power(&frame.powers));
        let decay_db_per_s = DecayLaw::WURLITZER_200A.db_per_s(self.midi);
        10.0 * (highest / now.max(f64::MIN_POSITIVE)).log10() > settings.damper_db + decay_db_per_s * FALL_S
    }

    /// Returns the time after its last maximum at which the level fell to half of the amplitude.
    ///
    /// There, the centre of the window meets an abrupt end.
    fn fallen_s(&self, power: impl Fn(&Powers) -> f64) -> Option<f64> {
        let levels: Vec<(f64, f64)> =
            self.recent.iter().map(|frame| (frame.time_s, 10.0 * power(&frame.powers).max(1e-30).log10())).collect();
        let highest = levels.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let target_db = highest.1 - HALF_AMPLITUDE_DB;
        levels.windows(2).find_map(|pair| {
            let (&(from_s, from_db), &(to_s, to_db)) = (pair.first()?, pair.get(1)?);
            let crosses = from_s >= highest.0 && from_db > target_db && to_db <= target_db;
            crosses.then(|| from_s + (to_s - from_s) * (from_db - target_db) / (from_db - to_db))
        })
    }

    /// Returns, for each harmonic, `true` if no other note disturbs it; all, if every one is
    /// disturbed.
    fn undisturbed(&self, keys: &[SoundingKey], resolution_hz: f64) -> [bool; FOLLOWED] {
        let undisturbed: [bool; FOLLOWED] = std::array::from_fn(|index| {
            let frequency_hz = self.f0_hz * (index + 1) as f64;
            keys.iter().filter(|key| key.midi != self.midi).all(|key| {
                let order = (frequency_hz / key.f0_hz).round().clamp(1.0, f64::from(DISTURBING_HARMONICS));
                (frequency_hz - order * key.f0_hz).abs() > DISTURBED_WITHIN * resolution_hz
            })
        });
        if undisturbed.contains(&true) { undisturbed } else { [true; FOLLOWED] }
    }
}

/// Sets the end of an active note.
fn end(notes: &mut [TrackedNote], active: &ActiveNote, time_s: f64) {
    if let Some(note) = notes.get_mut(active.note) {
        note.offset_s = time_s.max(note.onset_s);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Audio;

    /// Returns the end found for a note of 220 Hz that starts at 0.2 s of 3 s, under an envelope.
    fn offset_under(envelope: impl Fn(f64) -> f64) -> f64 {
        let samples = (0..3 * 44_100).map(|n| {
            let time_s = f64::from(n) / 44_100.0 - 0.2;
            let phase = std::f64::consts::TAU * 220.0 * time_s;
            if time_s < 0.0 { 0.0 } else { (envelope(time_s) * (phase.sin() + 0.3 * (3.0 * phase).sin())) as f32 }
        });
        let signal = Signal::from_audio(&Audio { samples: samples.collect(), sample_rate: 44_100 }).unwrap();
        let mut notes = vec![TrackedNote { onset_s: 0.2, offset_s: 0.2, midi: 57, f0_hz: 220.0, level_db: 0.0 }];
        let mut offsets = OffsetTracker::new();
        offsets.start(0, &mut notes);
        let settings = TranscriptionSettings::default();
        offsets.advance(3.0, &signal, &mut Analyser::new(), &mut notes, &settings);
        offsets.finish(3.0, &mut notes);
        notes[0].offset_s
    }

    #[test]
    fn a_damper_ends_a_note() {
        for pressed_s in [0.3, 0.7, 1.5] {
            let found_s =
                offset_under(|t| (-0.5 * t).exp() * if t < pressed_s { 1.0 } else { (-(t - pressed_s) / 0.025).exp() });
            // The damper takes 25 ms to reach 1/e, the frames are 23 ms apart.
            assert!((found_s - 0.2 - pressed_s).abs() < 0.04, "{found_s} for {pressed_s}");
        }
    }

    #[test]
    fn a_decaying_note_ends_at_a_hundredth_of_its_peak() {
        // exp(−t/τ) = 0.01 at 4.605 τ. The peak is read at most half a window (93 ms) after the
        // onset, the end found within a frame (23 ms): the error lies between 0 and their sum.
        let late_s = offset_under(|t| (-t / 0.4).exp()) - 0.2 - 0.4 * 100.0_f64.ln();
        assert!((0.0..0.117).contains(&late_s), "{late_s}");
    }

    #[test]
    fn a_sounding_note_ends_with_the_recording() {
        assert_eq!(offset_under(|t| (-0.3 * t).exp()), 3.0);
    }

    #[test]
    fn a_restruck_key_ends_its_earlier_note() {
        let note = |onset_s: f64| TrackedNote { onset_s, offset_s: onset_s, midi: 57, f0_hz: 220.0, level_db: 0.0 };
        let mut notes = vec![note(0.2), note(0.8)];
        let mut offsets = OffsetTracker::new();
        offsets.start(0, &mut notes);
        offsets.start(1, &mut notes);
        assert_eq!(notes[0].offset_s, 0.8);
        assert_eq!(offsets.sounding(0.8), [SoundingKey { midi: 57, f0_hz: 220.0 }]);
    }
}
