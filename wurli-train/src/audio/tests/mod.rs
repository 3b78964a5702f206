//! Files that people bring: right, or refused with the true reason. Each kind is a table; the next
//! case is a line.

mod channels;
mod files;
mod formats;
mod headers;
mod tags;

use std::path::Path;

use super::{Audio, AudioError, AudioFile, LoadedAudio, Stream};

fn loaded(bytes: &[u8]) -> Result<LoadedAudio, String> {
    LoadedAudio::decode(Path::new("a.xyz"), bytes.to_vec()).map_err(|error| error.to_string())
}

/// Counts block by block.
fn streamed(bytes: &[u8]) -> Result<LoadedAudio, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let read = || {
        let mut stream = Stream::open(&AudioFile::open(file.path(), |_| {})?)?;
        let mut samples = Vec::new();
        while let Some(block) = stream.next_block()? {
            samples.extend_from_slice(block);
        }
        let audio = Audio { samples, sample_rate: stream.sample_rate() };
        Ok(LoadedAudio { audio, warnings: stream.warnings().to_vec() })
    };
    read().map_err(|error: AudioError| error.to_string().replace(&file.path().display().to_string(), "a.xyz"))
}

/// Returns the samples and warnings of a file that must give the same in memory and block by block.
fn read(name: &str, bytes: &[u8]) -> (Vec<f32>, Vec<String>) {
    let found = loaded(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(streamed(bytes).as_ref(), Ok(&found), "{name}, block by block");
    assert_eq!(found.audio.sample_rate, 44_100, "{name}");
    (found.audio.samples, found.warnings.iter().map(ToString::to_string).collect())
}

/// Returns the message with which a file is refused.
fn refusal(name: &str, bytes: &[u8]) -> String {
    let message = loaded(bytes).expect_err(name);
    assert_eq!(streamed(bytes), Err(message.clone()), "{name}, block by block");
    message
}
