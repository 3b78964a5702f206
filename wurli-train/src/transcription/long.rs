//! Transcription of long recordings, chunk by chunk.
//!
//! Each chunk continues with the state of the one before it: sounding keys, the last spectra,
//! pending onsets and notes without an end. Properties of the whole recording come from an
//! [`Overview`]. The notes equal those of [`transcribe`](super::transcribe), up to rounding.

use serde::{Deserialize, Serialize};

use crate::audio::{AudioError, AudioFile};
use crate::note_event::NoteEvent;

use super::analyser::Analyser;
use super::decimated_stream::DecimatedStream;
use super::overview::Overview;
use super::release::{LONGEST_S, released_s};
use super::settings::TranscriptionSettings;
use super::signal::Signal;
use super::state::TranscriptionState;
use super::{TrackedNote, events, sort};

/// Length of a chunk, seconds: as long as a note is followed, so that memory holds three chunks at
/// most.
const CHUNK_S: f64 = 60.0;
/// Samples kept before and after the longest note, seconds: longer than any window.
const MARGIN_S: f64 = 1.0;

/// State after a chunk, from which the next one continues.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChunkState {
    transcription: TranscriptionState,
    /// Notes that began before this have ended, seconds.
    ended_s: f64,
}

/// Notes that end in a chunk, by onset. Velocities follow when all notes are known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChunkNotes(Vec<TrackedNote>);

/// Transcription of one recording.
pub struct LongTranscription<'a> {
    take: &'a AudioFile,
    overview: &'a Overview,
    settings: &'a TranscriptionSettings,
    analyser: Analyser,
    signal: Signal,
    /// Opened when the first sample is needed.
    stream: Option<DecimatedStream>,
}

impl<'a> LongTranscription<'a> {
    /// Prepares a transcription without reading samples.
    #[must_use]
    pub fn new(take: &'a AudioFile, overview: &'a Overview, settings: &'a TranscriptionSettings) -> Self {
        let signal = Signal::empty(overview.rate_hz, overview.length, overview.peak);
        Self { take, overview, settings, analyser: Analyser::new(), signal, stream: None }
    }

    /// Returns the number of chunks.
    #[must_use]
    pub fn chunk_count(&self) -> usize {
        (self.signal.duration_s() / CHUNK_S).ceil().max(1.0) as usize
    }

    /// Returns the state before the first chunk.
    #[must_use]
    pub fn initial_state() -> ChunkState {
        ChunkState { transcription: TranscriptionState::new(), ended_s: 0.0 }
    }

    /// Transcribes chunk `index`, counted from 0; returns the notes that are complete, and the
    /// state after it.
    ///
    /// Chunks must come in order. Earlier ones may come from a cache.
    ///
    /// # Errors
    /// [`AudioError`] as from [`Stream`](crate::audio::Stream).
    pub fn transcribe_chunk(
        &mut self,
        index: usize,
        before: &ChunkState,
    ) -> Result<(ChunkNotes, ChunkState), AudioError> {
        let ChunkState { mut transcription, ended_s } = before.clone();
        let is_last = index + 1 >= self.chunk_count();
        let end_s = if is_last { self.signal.duration_s() } else { (index + 1) as f64 * CHUNK_S };
        self.load(ended_s - MARGIN_S, end_s)?;

        let (signal, settings) = (&self.signal, self.settings);
        let known_s = transcription.advance(signal, &mut self.analyser, settings, None);
        let until_s = if is_last {
            transcription.offsets.finish(signal.duration_s(), &mut transcription.notes);
            f64::INFINITY
        } else {
            (known_s - LONGEST_S - MARGIN_S).max(ended_s)
        };
        let mut notes = transcription.notes.clone();
        for index in transcription.offsets.active_notes() {
            if let Some(note) = notes.get_mut(index) {
                note.offset_s = f64::INFINITY;
            }
        }
        sort(&mut notes);
        let begun_before = |until_s: f64| notes.partition_point(|note| note.onset_s < until_s);
        let ended = (begun_before(ended_s)..begun_before(until_s)).filter_map(|index| {
            let note = notes.get(index)?.clone();
            Some(TrackedNote { offset_s: released_s(signal, &notes, index, settings), ..note })
        });
        let ended = ChunkNotes(ended.collect());

        let is_past = |note: &TrackedNote| note.onset_s < until_s - LONGEST_S - MARGIN_S;
        let past = transcription.notes.iter().take_while(|note| is_past(note)).count();
        transcription.notes.drain(..past);
        transcription.offsets.forget(past);
        Ok((ended, ChunkState { transcription, ended_s: until_s }))
    }

    /// Events of all chunks, in order.
    #[must_use]
    pub fn events(&self, chunks: Vec<ChunkNotes>) -> Vec<NoteEvent> {
        let notes: Vec<TrackedNote> = chunks.into_iter().flat_map(|chunk| chunk.0).collect();
        events(&notes, self.settings)
    }

    /// Loads the samples from `from_s` to `end_s`, and unloads those before.
    fn load(&mut self, from_s: f64, end_s: f64) -> Result<(), AudioError> {
        let Self { signal, overview, .. } = self;
        let from_s = from_s.max(0.0);
        let first = usize::try_from(signal.index_at(from_s)).unwrap_or(0);
        let is_first = self.stream.is_none();
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => self.stream.insert(DecimatedStream::open(self.take, overview.divisor)?),
        };
        // Chunks in between came from a cache: their samples are skipped.
        if is_first || first > signal.end() {
            signal.restart_at(first);
            stream.skip_to(first);
        }
        signal.drop_before(from_s);
        let end = usize::try_from(signal.index_at(end_s)).unwrap_or(0).min(overview.length);
        while signal.end() < end {
            let (first, loaded) = (signal.end(), signal.samples.len());
            let more = stream.append(&mut signal.samples, |_| {})?;
            if let (Some(tremolo), Some(new)) = (&overview.tremolo, signal.samples.get_mut(loaded..)) {
                tremolo.remove_from(new, first);
            }
            if !more {
                break;
            }
        }
        Ok(())
    }
}
