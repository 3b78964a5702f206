//! Check that a rendering is the requested note.

use wurli_voice::MlpCorrections;
use wurli_voice::instrument::midi_to_hz;

use super::{Note, RenderError};
use crate::audio::Audio;
use crate::dsp::spectrum::Spectrum;
use crate::measure::octaves::{self, OCTAVES};
use crate::measure::{SHORTEST_S, find_bounds, locate};

/// Checks length and pitch of `audio`, rendered by `origin` for `note`. Corrected notes are not
/// checked, because corrections may move harmonics.
///
/// # Errors
/// [`RenderError::Short`] if it is too short to be measured, [`RenderError::Pitch`] if another note
/// sounds.
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
    let heard = octaves::listen(audio, expected_hz, OCTAVES);
    let received_hz = match (heard.octaves.first(), heard.lower_hz) {
        (Some((0, _)), _) => return Ok(()),
        (Some((_, received_hz)), _) => *received_hz,
        (None, Some(lower_hz)) => lower_hz,
        (None, None) => {
            let body = locate::segment(&audio.samples, audio.sample_rate, bounds.onset_s, bounds.end_s);
            let highest_hz = 0.45 * f64::from(audio.sample_rate);
            let strongest = Spectrum::new(locate::steady_segment(body, audio.sample_rate), audio.sample_rate)
                .peak_hz(20.0, highest_hz);
            strongest.unwrap_or(0.0)
        }
    };
    Err(RenderError::Pitch { origin: origin.into(), midi: note.midi, expected_hz, received_hz })
}

#[cfg(test)]
mod tests {
    use super::super::ReferenceVoice;
    use super::*;

    fn note(midi: u8) -> Note {
        Note { midi, velocity: 78, corrections: MlpCorrections::IDENTITY, seconds: 1.0, sample_rate: 44_100 }
    }

    fn message(requested: u8, rendered: u8) -> String {
        match check("synth", &note(requested), &ReferenceVoice::EP200.play(&note(rendered))) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn accepts_the_requested_note_only() {
        for midi in [33, 45, 60, 72, 84, 96] {
            assert_eq!(message(midi, midi), "");
            for other in [midi - 12, midi - 1, midi + 1, midi + 7, midi + 12] {
                assert!(message(midi, other).contains("lowest pitch"), "{other} for {midi}");
            }
        }
        assert_eq!(
            message(69, 81),
            "`synth`: lowest pitch 880.0 Hz, but A4 (MIDI 69) is 440.0 Hz; check the pitch of the synth (half a semitone is tolerated)"
        );
        assert!(message(69, 70).contains("lowest pitch 466.2 Hz, but A4"), "{}", message(69, 70));
    }

    #[test]
    fn rejects_silence_and_clicks() {
        let mut audio = Audio { samples: vec![0.0; 44_100], sample_rate: 44_100 };
        let message = |audio: &Audio| check("synth", &note(60), audio).unwrap_err().to_string();
        assert_eq!(message(&audio), "`synth`: 0.000 s of sound, at least 0.1 s is needed");
        audio.samples[100] = 1.0;
        assert!(message(&audio).starts_with("`synth`: 0.000 s of sound"));
    }
}
