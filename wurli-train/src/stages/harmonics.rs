//! Stage 3, `harmonics`: measures the harmonics of every note.

use rayon::prelude::*;

use crate::audio::{Audio, AudioError, AudioFile, Stream};
use crate::measure::{ANALYSED_S, Bounds, Hum, HumDetector, decay, measure};
use crate::progress::Progress;

use crate::isolation::{MeasuredNote, ScoredNote, Tier};

/// Version of the results, raised when any measurement changes.
pub const VERSION: u32 = 7;

/// Measures the notes of one recording.
#[must_use]
pub fn measure_notes(audio: &Audio, notes: &[ScoredNote]) -> Vec<MeasuredNote> {
    let hum = audio.hum();
    notes.iter().map(|note| measure_note(audio, 0.0, note, hum.as_ref())).collect()
}

/// Time after the onset up to which a note is read, s: the last point of a decay and half its
/// window.
const READ_AHEAD_S: f64 = decay::LATEST_S + 0.5;
/// Length of a take that is measured in parallel at a time, s.
const BATCH_S: f64 = 60.0;

/// Measures the notes of a take, sorted by onset, with at most about a minute of audio in memory.
///
/// Results are those of [`measure_notes`]. Progress counts seconds.
///
/// # Errors
/// [`AudioError`] as from [`Stream`].
pub fn measure_take(
    take: &AudioFile,
    notes: &[ScoredNote],
    progress: &dyn Progress,
) -> Result<Vec<MeasuredNote>, AudioError> {
    let hum = hum(take)?;
    let mut stream = Stream::open(take)?;
    let sample_rate = stream.sample_rate();
    let rate = f64::from(sample_rate);
    let mut audio = Audio { samples: Vec::new(), sample_rate };
    let mut begins = 0;
    let mut all = Vec::with_capacity(notes.len());
    let last_s = notes.last().map_or(0.0, |note| note.event.onset_s);
    while let Some(next) = notes.get(all.len()) {
        let from_s = next.event.onset_s;
        progress.report("measure", from_s as usize, last_s as usize);
        let until_s = from_s + BATCH_S;
        let count = notes.iter().skip(all.len()).take_while(|note| note.event.onset_s < until_s).count();
        // One sample more, so that rounding never needs a discarded one.
        let first = ((from_s * rate) as usize).saturating_sub(1);
        let end = ((until_s + READ_AHEAD_S) * rate) as usize;
        loop {
            let passed = first.saturating_sub(begins).min(audio.samples.len());
            audio.samples.drain(..passed);
            begins += passed;
            let Some(block) = (if begins + audio.samples.len() < end { stream.next_block()? } else { None }) else {
                break;
            };
            audio.samples.extend_from_slice(block);
        }
        let batch = notes.get(all.len()..all.len() + count).unwrap_or_default();
        all.par_extend(batch.par_iter().map(|note| measure_note(&audio, begins as f64 / rate, note, hum.as_ref())));
    }
    Ok(all)
}

/// Measures the hum at the start of a take.
fn hum(take: &AudioFile) -> Result<Option<Hum>, AudioError> {
    let mut stream = Stream::open(take)?;
    let sample_rate = stream.sample_rate();
    let (mut detector, mut read) = (HumDetector::new(sample_rate), 0);
    while (read as f64) < ANALYSED_S * f64::from(sample_rate) {
        let Some(block) = stream.next_block()? else { break };
        detector.push(block);
        read += block.len();
    }
    Ok(detector.finish())
}

/// Measures one note. `audio` starts at `begins_s` of the recording.
fn measure_note(audio: &Audio, begins_s: f64, note: &ScoredNote, hum: Option<&Hum>) -> MeasuredNote {
    let event = &note.event;
    let bounds = Bounds { onset_s: event.onset_s - begins_s, end_s: event.offset_s - begins_s };
    let mut measurement = if note.tier == Tier::Reject { None } else { measure(audio, bounds, event.f0_hz) };
    if let Some(measurement) = &mut measurement {
        measurement.mask_collisions(&note.collided);
        measurement.mask_decays(&note.decay_collided);
        if note.scores.temporal < 1.0 {
            measurement.mask_collisions(&measurement.foreign());
        }
        hum.iter().for_each(|hum| measurement.mask_hum(hum));
    }
    MeasuredNote { note: note.clone(), measurement }
}
