//! Whether a rendering is of the note that was asked for.

use wurli_voice::MlpCorrections;
use wurli_voice::instrument::midi_to_hz;

use super::{Note, RenderError};
use crate::audio::Audio;
use crate::dsp::spectrum::Spectrum;
use crate::measure::octaves::{self, OCTAVES};
use crate::measure::{SHORTEST_S, find_bounds, locate};

/// Checks what `origin` brought for `note`. What a correction may do to a note, to its harmonics above all, is not held against the synth.
///
/// # Errors
/// [`RenderError::Short`] if it is too short to be measured, [`RenderError::Pitch`] if another note sounds.
pub(super) fn check(origin: &str, note: &Note, audio: &Audio) -> Result<(), RenderError> {
    if note.corrections != MlpCorrections::IDENTITY {
        return Ok(());
    }
    let bounds = find_bounds(audio);
    let received_s = bounds.map_or(0.0, |bounds| bounds.end_s - bounds.onset_s);
    let Some(bounds) = bounds.filter(|_| received_s >= SHORTEST_S) else {
        return Err(RenderError::Short { origin: origin.into(), received_s });
    };
    let expected_hz = midi_to_hz(note.midi);
    let heard_hz = match octaves::sounding(audio, expected_hz, OCTAVES).first() {
        Some((0, _)) => return Ok(()),
        Some((_, heard_hz)) => *heard_hz,
        None => {
            let body = locate::segment(&audio.samples, audio.sample_rate, bounds.onset_s, bounds.end_s);
            let highest_hz = 0.45 * f64::from(audio.sample_rate);
            let strongest = Spectrum::new(locate::steady_segment(body, audio.sample_rate), audio.sample_rate)
                .peak_hz(20.0, highest_hz);
            strongest.unwrap_or(0.0)
        }
    };
    Err(RenderError::Pitch { origin: origin.into(), midi: note.midi, expected_hz, heard_hz })
}

#[cfg(test)]
mod tests {
    use super::super::ReferenceVoice;
    use super::*;

    fn note(midi: u8) -> Note {
        Note { midi, velocity: 78, corrections: MlpCorrections::IDENTITY, seconds: 1.0, sample_rate: 44_100 }
    }

    fn message(asked: u8, played: u8) -> String {
        match check("synth", &note(asked), &ReferenceVoice::EP200.play(&note(played))) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_note_that_was_asked_for_is_right_and_every_other_wrong() {
        for midi in [33, 45, 60, 72, 84, 96] {
            assert_eq!(message(midi, midi), "");
            for other in [midi - 12, midi - 1, midi + 1, midi + 7, midi + 12] {
                assert!(message(midi, other).contains("the lowest that sounds of it is"), "{other} for {midi}");
            }
        }
        assert_eq!(
            message(69, 81),
            "`synth`: the lowest that sounds of it is 880.0 Hz, but A4 (MIDI 69) has 440.0 Hz; within half a semitone is right"
        );
        assert!(message(69, 70).contains("is 466.2 Hz, but A4"), "{}", message(69, 70));
    }

    #[test]
    fn silence_and_a_click_are_too_short() {
        let mut audio = Audio { samples: vec![0.0; 44_100], sample_rate: 44_100 };
        let message = |audio: &Audio| check("synth", &note(60), audio).unwrap_err().to_string();
        assert_eq!(message(&audio), "`synth`: 0.000 s of sound are less than the 0.1 s that can be measured");
        audio.samples[100] = 1.0;
        assert!(message(&audio).starts_with("`synth`: 0.000 s of sound"));
    }
}
