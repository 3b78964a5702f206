//! A short performance mixed from single notes, as a test of transcription.

use wurli_train::audio::Audio;
use wurli_train::note_event::PerformedNote;

/// Onsets and lengths of the notes, s: a slow melody with one overlapping note.
const SCORE_S: [(f64, f64); 8] =
    [(0.2, 0.55), (0.8, 0.55), (1.4, 1.2), (2.0, 0.5), (2.65, 0.5), (3.25, 0.4), (3.7, 0.7), (4.5, 1.0)];
/// Release time of the damper, s.
const DAMPER_S: f64 = 0.06;
/// Silence after the last note, s.
const TAIL_S: f64 = 0.2;
const PEAK: f32 = 0.9;

/// Mixes up to eight of `notes`, taken evenly, into a performance; returns it with its notes.
///
/// Each of `notes` has a MIDI key, a velocity, and audio with its onset `lead_s` after the start.
/// Returns `None` for an empty list or different sample rates.
#[must_use]
pub fn perform(notes: &[(u8, u8, &Audio)], lead_s: f64) -> Option<(Audio, Vec<PerformedNote>)> {
    let sample_rate = notes.first()?.2.sample_rate;
    if notes.iter().any(|note| note.2.sample_rate != sample_rate) {
        return None;
    }
    let rate = f64::from(sample_rate);
    let taken = notes.len().min(SCORE_S.len());
    let end_s = SCORE_S[taken - 1].0 + SCORE_S[taken - 1].1 + TAIL_S;
    let mut samples = vec![0.0f32; (end_s * rate) as usize];
    let mut truth = Vec::new();
    for (i, (onset_s, length_s)) in SCORE_S[..taken].iter().enumerate() {
        let (midi, velocity, audio) = notes[i * notes.len() / taken];
        let begin = ((onset_s - lead_s) * rate).round() as usize;
        let sounding_s = (audio.duration_s() - lead_s).min(*length_s);
        for (j, sample) in audio.samples.iter().enumerate() {
            let time_s = j as f64 / rate - lead_s;
            let damped = ((time_s - length_s) / DAMPER_S).clamp(0.0, 1.0);
            let gain = f32::from(velocity) / 127.0 * (1.0 - damped as f32);
            if let Some(sum) = samples.get_mut(begin + j).filter(|_| gain > 0.0) {
                *sum += gain * sample;
            }
        }
        truth.push(PerformedNote { onset_s: *onset_s, offset_s: onset_s + sounding_s, midi, velocity });
    }
    let peak = samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
    if peak > 0.0 {
        samples.iter_mut().for_each(|s| *s *= PEAK / peak);
    }
    Some((Audio { samples, sample_rate }, truth))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_sound_between_their_onsets_and_offsets() {
        let audio = Audio { samples: vec![0.5; 44_100], sample_rate: 44_100 };
        let notes = [(60, 50, &audio), (64, 100, &audio), (67, 78, &audio)];
        let (played, truth) = perform(&notes, 0.0).unwrap();
        assert_eq!(truth.len(), 3);
        assert_eq!(truth.iter().map(|note| note.midi).collect::<Vec<_>>(), [60, 64, 67]);
        let at = |time_s: f64| played.samples[(time_s * 44_100.0) as usize];
        assert_eq!(at(truth[0].onset_s - 0.01), 0.0);
        assert!(at(truth[0].onset_s + 0.01) > 0.0 && at(truth[0].offset_s - 0.01) > 0.0);
        assert!((at(truth[1].onset_s + 0.1) / at(truth[0].onset_s + 0.1) - 2.0).abs() < 1e-4);
        let quiet = Audio { samples: vec![], sample_rate: 48_000 };
        assert!(perform(&[(60, 50, &audio), (60, 50, &quiet)], 0.0).is_none());
        assert!(perform(&[], 0.0).is_none());
    }
}
