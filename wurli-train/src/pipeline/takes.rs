//! Streamed transcription of long performances.
//!
//! A take is transcribed stretch by stretch. Each stretch is cached, so that an interrupted run
//! resumes there.

use crate::audio::{AudioError, AudioFile, FileChunk, Stream};
use crate::key::{Key, KeyBuilder, PartHasher};
use crate::pipeline::cache::Cache;
use crate::progress::Progress;
use crate::stage::Stage;
use crate::stages::notes::{self, RecordingNotes};
use crate::transcription::{LongTranscription, Overview, TranscriptionSettings};

/// Length from which performances are streamed, s. Two minutes at 192 kHz take 92 MB of memory.
pub const STREAMED_FROM_S: f64 = 120.0;

/// Opens a take and hashes its bytes into `builder`, as the part `audio`.
///
/// # Errors
/// [`AudioError::Unreadable`] and [`AudioError::Changed`].
pub fn open(path: &std::path::Path, builder: KeyBuilder) -> Result<(AudioFile, Key), AudioError> {
    let mut hasher: Option<PartHasher> = None;
    let mut builder = Some(builder);
    let take = AudioFile::open(path, |seen| match seen {
        FileChunk::Length(length) => hasher = builder.take().map(|builder| builder.part("audio", length)),
        FileChunk::Bytes(bytes) => {
            if let Some(hasher) = &mut hasher {
                hasher.update(bytes);
            }
        }
    })?;
    let builder = hasher.map(PartHasher::finish).or(builder);
    Ok((take, builder.unwrap_or_else(|| KeyBuilder::new("audio", 0)).finish()))
}

/// Returns whether a take is streamed, see [`STREAMED_FROM_S`]. Reads the header, or all of a
/// stream of unknown length.
///
/// # Errors
/// [`AudioError`] as from [`Stream`].
pub fn is_long(take: &AudioFile) -> Result<bool, AudioError> {
    let mut stream = Stream::open(take)?;
    let from = STREAMED_FROM_S * f64::from(stream.sample_rate());
    if let Some(samples) = stream.promised_samples() {
        return Ok(samples as f64 >= from);
    }
    let mut samples = 0;
    while let Some(block) = stream.next_block()? {
        samples += block.len();
    }
    Ok(samples as f64 >= from)
}

/// Transcribes a take whose content key is `key`.
///
/// # Errors
/// [`AudioError`] as from [`Stream`].
pub fn transcribe_take(
    take: &AudioFile,
    key: Key,
    settings: &TranscriptionSettings,
    cache: &Cache,
    progress: &dyn Progress,
) -> Result<RecordingNotes, AudioError> {
    let part = |name: &str, index: usize| {
        KeyBuilder::new(name, notes::VERSION)
            .key("take", key)
            .value("settings", settings)
            .value("index", &index)
            .finish()
    };
    let overview: Overview = cache.part(Stage::Notes, part("overview", 0), || Overview::read(take, progress))?;
    let mut transcription = LongTranscription::new(take, &overview, settings);
    let (stretches, total_s) = (transcription.chunk_count(), overview.duration_s as usize);
    let mut found = Vec::with_capacity(stretches);
    let mut carried = LongTranscription::initial_state();
    for index in 0..stretches {
        progress.report("transcribe", total_s * index / stretches, total_s);
        let (notes, next) =
            cache.part(Stage::Notes, part("stretch", index), || transcription.transcribe_chunk(index, &carried))?;
        found.push(notes);
        carried = next;
    }
    progress.report("transcribe", total_s, total_s);
    let warnings = overview.defects.clone();
    Ok(RecordingNotes { duration_s: overview.duration_s, notes: transcription.events(found), warnings })
}
