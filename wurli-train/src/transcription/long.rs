//! A take of an hour: transcribed stretch by stretch, each with what the ones before it left.
//!
//! There are no seams: a stretch begins where the one before it knew no further, with the keys that were held, the spectra of the last
//! frames, the onsets that had not settled and the notes whose dampers had not fallen. What asks for the whole recording (its peak, its
//! tremolo) was read beforehand: [`Overview`]. The notes are those that [`transcribe`](super::transcribe) finds, up to the rounding of
//! numbers.

use serde::{Deserialize, Serialize};

use crate::audio::{AudioError, AudioFile};
use crate::note_event::NoteEvent;

use super::feed::Feed;
use super::overview::Overview;
use super::release::{LONGEST_S, released_s};
use super::settings::TranscriptionSettings;
use super::signal::Signal;
use super::spectrum::Analyser;
use super::{Note, Performed, events, sort};

/// Length of a stretch, seconds. A minute: the longest that a note is followed, so that the samples of three stretches are all that is held.
const STRETCH_S: f64 = 60.0;
/// Beyond the longest note, what is kept of the past and waited for of the future, seconds: more than any window is long.
const MARGIN_S: f64 = 1.0;

/// What a stretch leaves to the next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Carried {
    performed: Performed,
    /// Notes that began before this have ended, seconds.
    ended_s: f64,
}

/// Notes whose ends are known, in the order of their onsets; their velocities are known only among all of a take.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Heard(Vec<Note>);

/// A take that is being transcribed.
pub struct LongTranscription<'a> {
    take: &'a AudioFile,
    overview: &'a Overview,
    settings: &'a TranscriptionSettings,
    analyser: Analyser,
    signal: Signal,
    /// Opened when the first sample is needed.
    feed: Option<Feed>,
}

impl<'a> LongTranscription<'a> {
    /// Reads nothing yet.
    #[must_use]
    pub fn new(take: &'a AudioFile, overview: &'a Overview, settings: &'a TranscriptionSettings) -> Self {
        let signal = Signal::empty(overview.rate_hz, overview.length, overview.peak);
        Self { take, overview, settings, analyser: Analyser::new(), signal, feed: None }
    }

    /// How many stretches there are.
    #[must_use]
    pub fn stretches(&self) -> usize {
        (self.signal.duration_s() / STRETCH_S).ceil().max(1.0) as usize
    }

    /// What the first stretch begins with.
    #[must_use]
    pub fn beginning() -> Carried {
        Carried { performed: Performed::new(), ended_s: 0.0 }
    }

    /// The notes that are known with stretch `index`, counted from 0, and what it leaves to the next. Stretches come in order; those
    /// before the first may have been transcribed elsewhere.
    ///
    /// # Errors
    /// As [`Stream`](crate::audio::Stream).
    pub fn stretch(&mut self, index: usize, before: &Carried) -> Result<(Heard, Carried), AudioError> {
        let Carried { mut performed, ended_s } = before.clone();
        let is_last = index + 1 >= self.stretches();
        let end_s = if is_last { self.signal.duration_s() } else { (index + 1) as f64 * STRETCH_S };
        self.fetch(ended_s - MARGIN_S, end_s)?;

        let (signal, settings) = (&self.signal, self.settings);
        let known_s = performed.follow(signal, &mut self.analyser, settings, None);
        let until_s = if is_last {
            performed.offsets.finish(signal.duration_s(), &mut performed.notes);
            f64::INFINITY
        } else {
            (known_s - LONGEST_S - MARGIN_S).max(ended_s)
        };
        let mut notes = performed.notes.clone();
        for index in performed.offsets.unended() {
            if let Some(note) = notes.get_mut(index) {
                note.offset_s = f64::INFINITY;
            }
        }
        sort(&mut notes);
        let begun = |until_s: f64| notes.partition_point(|note| note.onset_s < until_s);
        let heard = (begun(ended_s)..begun(until_s)).filter_map(|index| {
            let note = notes.get(index)?.clone();
            Some(Note { offset_s: released_s(signal, &notes, index, settings), ..note })
        });
        let heard = Heard(heard.collect());

        let is_past = |note: &Note| note.onset_s < until_s - LONGEST_S - MARGIN_S;
        let past = performed.notes.iter().take_while(|note| is_past(note)).count();
        performed.notes.drain(..past);
        performed.offsets.forget(past);
        Ok((heard, Carried { performed, ended_s: until_s }))
    }

    /// The notes of all stretches, which come in order.
    #[must_use]
    pub fn events(&self, heard: Vec<Heard>) -> Vec<NoteEvent> {
        let notes: Vec<Note> = heard.into_iter().flat_map(|heard| heard.0).collect();
        events(&notes, self.settings)
    }

    /// Brings the samples from `from_s` to `end_s` into memory, and forgets those before.
    fn fetch(&mut self, from_s: f64, end_s: f64) -> Result<(), AudioError> {
        let Self { signal, overview, .. } = self;
        let from_s = from_s.max(0.0);
        let feed = match &mut self.feed {
            Some(feed) => {
                let first = usize::try_from(signal.index_at(from_s)).unwrap_or(0);
                // Stretches between were known; what they heard is not read again.
                if first > signal.end() {
                    signal.restart_at(first);
                    feed.skip_to(first);
                }
                feed
            }
            None => {
                let first = usize::try_from(signal.index_at(from_s)).unwrap_or(0);
                signal.restart_at(first);
                let feed = self.feed.insert(Feed::open(self.take, overview.divisor)?);
                feed.skip_to(first);
                feed
            }
        };
        signal.drop_before(from_s);
        let end = usize::try_from(signal.index_at(end_s)).unwrap_or(0).min(overview.length);
        while signal.end() < end {
            let (first, held) = (signal.end(), signal.samples.len());
            let more = feed.append(&mut signal.samples, |_| {})?;
            if let (Some(tremolo), Some(new)) = (&overview.tremolo, signal.samples.get_mut(held..)) {
                tremolo.undo(new, first);
            }
            if !more {
                break;
            }
        }
        Ok(())
    }
}
