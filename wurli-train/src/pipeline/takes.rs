//! Performances that are too long to be kept in memory: transcribed stretch by stretch, each stretch's notes an artifact, so that a run that
//! was ended goes on where it was.

use crate::audio::{AudioError, AudioFile, FileChunk, Stream};
use crate::key::{Key, KeyBuilder, PartHasher};
use crate::pipeline::cache::Cache;
use crate::progress::TakeProgress;
use crate::stage::Stage;
use crate::stages::notes::{self, RecordingNotes};
use crate::transcription::{LongTranscription, Overview, TranscriptionSettings};

/// Performances from this length on are streamed, seconds. In memory, two minutes at 192 kHz take 92 MB.
pub const STREAMED_FROM_S: f64 = 120.0;

/// Reads a file once, so that it can be streamed; with the key of its bytes, added to `builder` as its part `audio`.
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

/// Whether a take is [long](STREAMED_FROM_S). Reads the header; of a stream that leaves its length open, all of it.
///
/// # Errors
/// As [`Stream`].
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

/// The notes of a take, whose key is `key`: what stage 1 makes of a performance.
///
/// # Errors
/// As [`Stream`].
pub fn transcribe(
    take: &AudioFile,
    key: Key,
    settings: &TranscriptionSettings,
    cache: &Cache,
    progress: TakeProgress<'_>,
) -> Result<RecordingNotes, AudioError> {
    let part = |name: &str, index: usize| {
        KeyBuilder::new(name, notes::VERSION)
            .key("take", key)
            .value("settings", settings)
            .value("index", &index)
            .finish()
    };
    let overview: Overview = cache
        .part(Stage::Notes, part("overview", 0), || Overview::of(take, &|done, total| progress("read", done, total)))?;
    let mut transcription = LongTranscription::new(take, &overview, settings);
    let (stretches, total_s) = (transcription.stretches(), overview.duration_s as usize);
    let mut heard = Vec::with_capacity(stretches);
    let mut carried = LongTranscription::beginning();
    for index in 0..stretches {
        progress("transcribe", total_s * index / stretches, total_s);
        let found = cache.part(Stage::Notes, part("stretch", index), || transcription.stretch(index, &carried))?;
        heard.push(found.0);
        carried = found.1;
    }
    progress("transcribe", total_s, total_s);
    let warnings = overview.defects.clone();
    Ok(RecordingNotes { duration_s: overview.duration_s, notes: transcription.events(heard), warnings })
}
