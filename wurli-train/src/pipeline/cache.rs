//! Cache of artifacts on disk, each under the hash of its inputs.
//!
//! A file is `<folder>/<stage>/<key>.bin`: eight bytes of magic, the artifact in bincode, a CRC-32
//! of both. Writes are atomic, so that several builds can share a cache. An unreadable file is made
//! again. A failed write is reported.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Serialize, de::DeserializeOwned};

use crate::files::{Durability, write_atomic_with};
use crate::key::Key;
use crate::stage::Stage;

const MAGIC: &[u8; 8] = b"WURLART1";
/// Largest artifact that is decoded, bytes.
///
/// A hundred times that of a data folder with 10,000 notes.
const LIMIT: usize = 1 << 30;

/// Cache of artifacts, with a log of its use.
#[derive(Debug, Default)]
pub struct Cache {
    folder: Option<PathBuf>,
    refreshed_from: Option<Stage>,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    stages: BTreeMap<Stage, Usage>,
    /// Files and their problems.
    warnings: Vec<(String, String)>,
}

/// Use of the cache by one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Artifacts found.
    pub reused: usize,
    /// Artifacts made.
    pub made: usize,
    /// Size of both on disk, bytes.
    pub bytes: u64,
    /// Time spent on them, summed over threads.
    pub time: Duration,
}

impl Cache {
    /// Keeps artifacts in `folder`, which is created at the first write.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), ..Self::default() }
    }

    /// Ignores cached artifacts of `stage` and all later stages.
    #[must_use]
    pub fn refreshed_from(self, stage: Stage) -> Self {
        Self { refreshed_from: Some(stage), ..self }
    }

    /// Makes a cache that keeps nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Returns the artifact of `stage` under `key`, from disk or made by `make`.
    ///
    /// # Errors
    /// The error of `make`. Nothing is stored then.
    pub fn artifact<T, E>(&self, stage: Stage, key: Key, make: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
    {
        let begun = Instant::now();
        let (artifact, reused, bytes) = self.found_or_made(stage, key, make)?;
        let mut log = self.log();
        let usage = log.stages.entry(stage).or_default();
        usage.reused += usize::from(reused);
        usage.made += usize::from(!reused);
        usage.bytes += bytes;
        usage.time += begun.elapsed();
        Ok(artifact)
    }

    /// Returns a part of an artifact, cached so that an interrupted run can resume.
    ///
    /// Parts are not counted in [`usage`](Self::usage).
    ///
    /// # Errors
    /// The error of `make`. Nothing is stored then.
    pub fn part<T, E>(&self, stage: Stage, key: Key, make: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
    {
        self.found_or_made(stage, key, make).map(|(part, ..)| part)
    }

    /// Returns an artifact, whether it was cached, and its size on disk.
    fn found_or_made<T, E>(
        &self,
        stage: Stage,
        key: Key,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<(T, bool, u64), E>
    where
        T: Serialize + DeserializeOwned,
    {
        let path = self.path(stage, key);
        let found = path.as_deref().filter(|_| !self.refreshes(stage)).and_then(|path| self.load(path));
        if let Some((found, bytes)) = found {
            return Ok((found, true, bytes));
        }
        let made = make()?;
        let bytes = path.as_deref().map_or(0, |path| self.store(path, &made));
        Ok((made, false, bytes))
    }

    /// Returns whether the artifact of `stage` under `key` is cached and would be used.
    #[must_use]
    pub fn holds(&self, stage: Stage, key: Key) -> bool {
        !self.refreshes(stage) && self.path(stage, key).is_some_and(|path| path.is_file())
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refreshes(&self, stage: Stage) -> bool {
        self.refreshed_from.is_some_and(|from| stage >= from)
    }

    /// Returns the use of the cache by each stage.
    #[must_use]
    pub fn usage(&self) -> BTreeMap<Stage, Usage> {
        self.log().stages.clone()
    }

    /// Returns sorted warnings about files that could not be read or written.
    ///
    /// Files with the same problem share a line.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (file, what) in &self.log().warnings {
            files.entry(what.clone()).or_default().insert(file.clone());
        }
        let warning = |(what, files): (String, BTreeSet<String>)| {
            let first = files.first().map_or("", String::as_str);
            match files.len() - 1 {
                0 => format!("{first}: {what}"),
                1 => format!("{first} and another file: {what}"),
                others => format!("{first} and {others} others: {what}"),
            }
        };
        let mut warnings: Vec<String> = files.into_iter().map(warning).collect();
        warnings.sort();
        warnings
    }

    fn path(&self, stage: Stage, key: Key) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(stage.name()).join(format!("{key}.bin")))
    }

    fn warn(&self, path: &Path, what: &str) {
        self.log().warnings.push((path.display().to_string(), what.to_owned()));
    }

    fn load<T: DeserializeOwned>(&self, path: &Path) -> Option<(T, u64)> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => {
                self.warn(path, &format!("cannot be read and is made again: {error}"));
                return None;
            }
        };
        let artifact = decode(&bytes);
        if artifact.is_none() {
            self.warn(path, "is damaged and is made again");
        }
        artifact.map(|artifact| (artifact, bytes.len() as u64))
    }

    fn store<T: Serialize>(&self, path: &Path, artifact: &T) -> u64 {
        let written = encode(artifact).and_then(|bytes| {
            write_atomic_with(path, &bytes, Durability::Fast).map_err(|error| error.to_string())?;
            Ok(bytes.len() as u64)
        });
        written.unwrap_or_else(|error| {
            self.warn(path, &format!("cannot be written, so the next run makes it again: {error}"));
            0
        })
    }
}

fn encode<T: Serialize>(artifact: &T) -> Result<Vec<u8>, String> {
    let mut bytes = MAGIC.to_vec();
    let body = bincode::serde::encode_to_vec(artifact, bincode::config::standard()).map_err(|e| e.to_string())?;
    bytes.extend(body);
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    Ok(bytes)
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (covered, checksum) = bytes.split_last_chunk::<4>()?;
    let body = covered.strip_prefix(MAGIC)?;
    if crc32fast::hash(covered) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let config = bincode::config::standard().with_limit::<LIMIT>();
    let (artifact, length) = bincode::serde::decode_from_slice(body, config).ok()?;
    (length == body.len()).then_some(artifact)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key([7; 32]);

    fn make(cache: &Cache, value: u32) -> Vec<u32> {
        cache.artifact(Stage::Notes, KEY, || Ok::<_, ()>(vec![value])).unwrap()
    }

    #[test]
    fn makes_an_artifact_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!Cache::at(folder.path()).holds(Stage::Notes, KEY));
        assert_eq!(make(&Cache::at(folder.path()), 1), [1]);
        let second = Cache::at(folder.path());
        assert_eq!(make(&second, 2), [1]);
        assert_eq!((second.usage()[&Stage::Notes].reused, second.usage()[&Stage::Notes].made), (1, 0));
        assert!(second.holds(Stage::Notes, KEY) && second.warnings().is_empty());
        assert_eq!(make(&Cache::none(), 3), [3]);
    }

    #[test]
    fn makes_damaged_artifacts_again() {
        let folder = tempfile::tempdir().unwrap();
        make(&Cache::at(folder.path()), 1);
        let path = folder.path().join("notes").join(format!("{KEY}.bin"));
        let whole = std::fs::read(&path).unwrap();
        let flipped = (0..whole.len()).map(|i| {
            let mut bytes = whole.clone();
            bytes[i] ^= 0x10;
            bytes
        });
        let cut = (0..whole.len()).map(|i| whole[..i].to_vec());
        for damaged in flipped.chain(cut) {
            std::fs::write(&path, damaged).unwrap();
            let cache = Cache::at(folder.path());
            assert_eq!(make(&cache, 2), [2]);
            assert!(cache.warnings()[0].ends_with("is damaged and is made again"), "{:?}", cache.warnings());
            assert_eq!(make(&Cache::at(folder.path()), 3), [2]);
        }
    }

    #[test]
    fn refreshes_a_stage_and_all_later_ones() {
        let folder = tempfile::tempdir().unwrap();
        make(&Cache::at(folder.path()), 1);
        assert_eq!(make(&Cache::at(folder.path()).refreshed_from(Stage::Isolation), 2), [1]);
        assert!(!Cache::at(folder.path()).refreshed_from(Stage::Notes).holds(Stage::Notes, KEY));
        assert_eq!(make(&Cache::at(folder.path()).refreshed_from(Stage::Notes), 3), [3]);
        assert_eq!(make(&Cache::at(folder.path()), 4), [3]);
    }

    #[test]
    fn does_not_store_failures() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        assert_eq!(cache.artifact::<u32, _>(Stage::Notes, KEY, || Err("broken")), Err("broken"));
        assert!(!cache.holds(Stage::Notes, KEY));
    }

    #[test]
    fn warns_once_about_an_unwritable_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cache = Cache::at(file.path());
        assert_eq!(make(&cache, 1), [1]);
        assert!(cache.warnings().last().unwrap().contains("cannot be written"), "{:?}", cache.warnings());
        for other in 0..60 {
            cache.part(Stage::Notes, Key([other; 32]), || Ok::<_, ()>(vec![1_u32])).unwrap();
        }
        assert_eq!(cache.warnings().len(), 2, "not a line for each of 60 files: {:?}", cache.warnings());
        assert!(cache.warnings().iter().all(|warning| warning.contains(" and 59 others: cannot be ")));
    }
}
