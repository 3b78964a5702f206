//! Stage 3, `harmonics`: audio and scored notes to what is measured of each note.

use rayon::prelude::*;

use crate::audio::{Audio, AudioError, AudioFile, Stream};
use crate::measure::{Bounds, Hum, HumListener, LOOKED_AT_S, decay, measure};
use crate::progress::TakeProgress;

use crate::isolation::{MeasuredNote, ScoredNote, Tier};

/// Changes with whatever changes a measurement.
pub const VERSION: u32 = 7;

/// Measures the notes of one recording.
#[must_use]
pub fn measure_notes(audio: &Audio, notes: &[ScoredNote]) -> Vec<MeasuredNote> {
    let hum = audio.hum();
    notes.iter().map(|note| measured(audio, 0.0, note, hum.as_ref())).collect()
}

/// Of a note, nothing is read later than this after its onset, s: the last point of a decay, and half of its window.
const READ_S: f64 = decay::LATEST_S + 0.5;
/// Seconds of a take that are measured at a time, on all cores.
const AT_ONCE_S: f64 = 60.0;

/// Measures the notes of a take, which are sorted by onset, without keeping more of it than a minute; the results are those of [`measure_notes`].
/// `progress` is told how many of how many seconds are done.
///
/// # Errors
/// As [`Stream`].
pub fn measure_take(
    take: &AudioFile,
    notes: &[ScoredNote],
    progress: TakeProgress<'_>,
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
        progress("measure", from_s as usize, last_s as usize);
        let until_s = from_s + AT_ONCE_S;
        let count = notes.iter().skip(all.len()).take_while(|note| note.event.onset_s < until_s).count();
        // A sample more, so that rounding asks for none that was forgotten.
        let first = ((from_s * rate) as usize).saturating_sub(1);
        let end = ((until_s + READ_S) * rate) as usize;
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
        all.par_extend(batch.par_iter().map(|note| measured(&audio, begins as f64 / rate, note, hum.as_ref())));
    }
    Ok(all)
}

/// The hum of a take, as its beginning shows it.
fn hum(take: &AudioFile) -> Result<Option<Hum>, AudioError> {
    let mut stream = Stream::open(take)?;
    let sample_rate = stream.sample_rate();
    let (mut listener, mut heard) = (HumListener::new(sample_rate), 0);
    while (heard as f64) < LOOKED_AT_S * f64::from(sample_rate) {
        let Some(block) = stream.next_block()? else { break };
        listener.push(block);
        heard += block.len();
    }
    Ok(listener.finish())
}

/// A note of a recording of which `audio` is what sounds from `begins_s` on.
fn measured(audio: &Audio, begins_s: f64, note: &ScoredNote, hum: Option<&Hum>) -> MeasuredNote {
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
