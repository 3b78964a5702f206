//! Check of a note's label against its sound.

use std::fmt;

use serde::{Deserialize, Serialize};
use wurli_voice::instrument::midi_to_hz;

use crate::audio::Audio;
use crate::catalogue::{MIDI_MAX, MIDI_MIN};
use crate::dsp::hz_to_midi;
use crate::measure::{Bounds, find_note_bounds, locate, octaves};
use crate::note_name::note_name;
use crate::transcription::{TranscriptionSettings, transcribe};

use crate::note_event::NoteEvent;

/// Treatment of labels that contradict the sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Labels {
    /// Warn and keep the label.
    #[default]
    Kept,
    /// Warn and use the key that sounds.
    Retuned,
}

/// Key of a note, with a warning about its label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct IdentifiedKey {
    /// Key that is used.
    pub(super) midi: u8,
    /// Fundamental, Hz.
    pub(super) f0_hz: f64,
    /// Warning about the label.
    pub(super) finding: Option<LabelFinding>,
}

/// Warning about a wrong or missing label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LabelFinding {
    /// More than half a semitone off.
    Off {
        /// The label, MIDI.
        label: u8,
        /// Interval from the label up to the sound, semitones.
        higher_semitones: f64,
        /// Key that is used instead; `None` if the label is kept.
        taken: Option<u8>,
    },
    /// The label is missing.
    Missing {
        /// Key that sounds.
        taken: u8,
        /// Its fundamental, Hz.
        f0_hz: f64,
    },
}

impl fmt::Display for LabelFinding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Off { label, higher_semitones, taken } => {
                let direction = if higher_semitones > 0.0 { "higher" } else { "lower" };
                let by = higher_semitones.abs();
                write!(formatter, "labelled {}, sounds {by:.2} semitones {direction}", note_name(label))?;
                match taken {
                    Some(midi) => write!(formatter, "; taken as {} (MIDI {midi})", note_name(midi)),
                    None => write!(
                        formatter,
                        "; label kept: correct its name, write midi = {:.0} in recordings.toml, or `import --retune`",
                        f64::from(label) + higher_semitones
                    ),
                }
            }
            Self::Missing { taken, f0_hz } => {
                write!(
                    formatter,
                    "no key was given; taken as {} (MIDI {taken}), which sounds: {f0_hz:.2} Hz",
                    note_name(taken)
                )
            }
        }
    }
}

/// A frequency this near to mains hum is hum, Hz. G1 is 1 Hz from a multiple.
const HUM_WITHIN_HZ: f64 = 0.7;

/// Identifies the key in the `audio` of one note with or without a label. `None` where no note
/// sounds.
pub(super) fn identify_key(audio: &Audio, bounds: Bounds, label: Option<u8>, labels: Labels) -> Option<IdentifiedKey> {
    let body = locate::segment(&audio.samples, audio.sample_rate, bounds.onset_s, bounds.end_s);
    let locate = |hz: f64| locate::locate(body, audio.sample_rate, hz, 1).map(|located| located.f0_hz);
    let lower_hz = label.and_then(|label| lower_note_hz(audio, label));
    // Hum an octave below a note is not the note.
    let is_hum = |hz: f64| audio.hum().is_some_and(|hum| hum.level_near_dbfs(hz, HUM_WITHIN_HZ).is_some());
    let lower_hz = lower_hz.filter(|hz| !is_hum(*hz));
    if let Some(label) = label
        && let Some(f0_hz) = locate(midi_to_hz(label))
        && lower_hz.is_none()
    {
        return Some(IdentifiedKey { midi: label, f0_hz, finding: None });
    }
    let f0_hz =
        lower_hz.or_else(|| recognised_hz(audio).and_then(|hz| locate_struck(audio, hz).or_else(|| locate(hz))))?;
    let key = hz_to_midi(f0_hz).round();
    let sounds = (f64::from(MIDI_MIN)..=f64::from(MIDI_MAX)).contains(&key).then_some(key as u8)?;
    let Some(label) = label else {
        return Some(IdentifiedKey {
            midi: sounds,
            f0_hz,
            finding: Some(LabelFinding::Missing { taken: sounds, f0_hz }),
        });
    };
    let higher_semitones = 12.0 * (f0_hz / midi_to_hz(label)).log2();
    let taken = (labels == Labels::Retuned).then_some(sounds);
    let finding = LabelFinding::Off { label, higher_semitones, taken };
    Some(IdentifiedKey { midi: taken.unwrap_or(label), f0_hz, finding: Some(finding) })
}

/// Returns the fundamental near `hz` of the note that is struck at that pitch, whatever sounds
/// before it.
fn locate_struck(audio: &Audio, hz: f64) -> Option<f64> {
    let bounds = find_note_bounds(audio, hz)?;
    let body = locate::segment(&audio.samples, audio.sample_rate, bounds.onset_s, bounds.end_s);
    locate::locate(body, audio.sample_rate, hz, 1).map(|located| located.f0_hz)
}

/// Returns the fundamental of a lower note, Hz, of which the label is a harmonic.
fn lower_note_hz(audio: &Audio, label: u8) -> Option<f64> {
    let heard = octaves::listen(audio, midi_to_hz(label), [-2, -1, 0]);
    let octave_hz = heard.octaves.first().filter(|(octave, _)| *octave < 0).map(|(_, hz)| *hz);
    heard.lower_hz.or(octave_hz)
}

/// Returns the fundamental of the note that the transcription finds, Hz.
fn recognised_hz(audio: &Audio) -> Option<f64> {
    single_note(&heard(audio)).map(|note| note.f0_hz)
}

/// Returns the notes of a recording of one, without mains hum that is transcribed as a key.
pub(super) fn heard(audio: &Audio) -> Vec<NoteEvent> {
    let mut heard = transcribe(audio, &TranscriptionSettings::default());
    if heard.len() > 1
        && let Some(hum) = audio.hum()
    {
        heard.retain(|event| hum.level_near_dbfs(event.f0_hz, HUM_WITHIN_HZ).is_none());
    }
    heard
}

/// Picks the note from the transcription of a recording of one note: the lowest of those that last.
///
/// Others are harmonics that were transcribed as keys.
#[must_use]
pub fn single_note(notes: &[NoteEvent]) -> Option<&NoteEvent> {
    let length_s = |note: &NoteEvent| note.offset_s - note.onset_s;
    let longest_s = notes.iter().map(length_s).fold(0.0, f64::max);
    notes.iter().filter(|note| length_s(note) >= MIN_LENGTH * longest_s).min_by_key(|note| note.midi)
}

/// Least length of the note, relative to the longest one transcribed.
const MIN_LENGTH: f64 = 0.5;

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns two seconds of six harmonics, each 6 dB below the last, with hum at 50, 100 and 150
    /// Hz, `hum_db` below H1.
    fn note(f0_hz: f64, hum_db: f64) -> Audio {
        let sample = |n: u32| {
            let time_s = f64::from(n) / 44_100.0;
            let turn = |hz: f64| (std::f64::consts::TAU * hz * time_s).sin();
            let tone: f64 = (1..=6).map(|k| 0.2 * 0.5f64.powi(k - 1) * turn(f64::from(k) * f0_hz)).sum();
            let hum: f64 = (1..=3)
                .map(|k| 0.2 * 10f64.powf(-hum_db / 20.0) * 0.5f64.powi(k - 1) * turn(50.0 * f64::from(k)))
                .sum();
            (tone * (-2.0 * time_s).exp() + hum) as f32
        };
        Audio { samples: (0..88_200).map(sample).collect(), sample_rate: 44_100 }
    }

    fn found(audio: &Audio, label: u8) -> IdentifiedKey {
        identify_key(audio, Bounds { onset_s: 0.0, end_s: 2.0 }, Some(label), Labels::Kept).unwrap()
    }

    #[test]
    fn picks_the_lowest_note_that_lasts() {
        let event = |midi: u8, length_s: f64| NoteEvent {
            onset_s: 0.1,
            offset_s: 0.1 + length_s,
            midi,
            velocity: 64,
            velocity_known: false,
            f0_hz: midi_to_hz(midi),
        };
        let found = |notes: &[NoteEvent]| single_note(notes).map(|note| note.midi);
        // E3 is the third harmonic of A1, and may last longer.
        assert_eq!(found(&[event(52, 4.4), event(33, 4.0), event(21, 0.2)]), Some(33));
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn hum_an_octave_below_is_ignored() {
        for (label, f0_hz) in [(43, 98.0), (44, 103.8), (55, 196.0), (56, 207.7)] {
            let identified = found(&note(f0_hz, 20.0), label);
            assert_eq!((identified.midi, identified.finding), (label, None), "MIDI {label}: {identified:?}");
            // The hum's second multiple, 26 dB down and 2 to 8 Hz away, shifts the reading.
            assert!((identified.f0_hz - f0_hz).abs() < 0.2, "{identified:?}");
        }
    }

    #[test]
    fn finds_a_note_of_which_the_label_is_a_harmonic() {
        for (label, f0_hz) in [(57, 110.0), (43, 49.0), (56, 100.0), (47, 60.0), (64, 110.0), (73, 110.0)] {
            let finding = found(&note(f0_hz, 200.0), label).finding;
            let Some(LabelFinding::Off { higher_semitones, .. }) = finding else { panic!("{label}: {finding:?}") };
            let expected = 12.0 * (f0_hz / midi_to_hz(label)).log2();
            assert!((higher_semitones - expected).abs() < 0.05, "{label}: {higher_semitones}, not {expected}");
        }
    }
}
