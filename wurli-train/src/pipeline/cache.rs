//! Artifacts on disk, each under the key of all that it was made of.
//!
//! A file is `<folder>/<stage>/<key>.bin`: eight bytes of magic, the bincode of the artifact, a CRC-32 of both. It is written beside
//! its place and renamed, so that a reader never meets half of one and two builds at once do each other no harm. What cannot
//! be read is made again; what cannot be written is said and left.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Serialize, de::DeserializeOwned};

use crate::files::write_checked;
use crate::key::Key;
use crate::stage::Stage;

const MAGIC: &[u8; 8] = b"WURLART1";
/// Most that an artifact may claim to hold, bytes: a hundred times the largest that a data folder of 10,000 notes makes.
const LIMIT: usize = 1 << 30;

/// Where artifacts are kept, if anywhere, and what became of them.
#[derive(Debug, Default)]
pub struct Cache {
    folder: Option<PathBuf>,
    refreshed_from: Option<Stage>,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    stages: BTreeMap<Stage, Usage>,
    /// File and what of it.
    warnings: Vec<(String, String)>,
}

/// What a stage did in one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Artifacts that were found.
    pub reused: usize,
    /// Artifacts that were made.
    pub made: usize,
    /// Bytes of both on disk.
    pub bytes: u64,
    /// Time spent on finding and making them, all threads together.
    pub time: Duration,
}

impl Cache {
    /// Keeps artifacts in `folder`, which is made when the first one is written.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), ..Self::default() }
    }

    /// Makes the artifacts of `stage` and of all later stages again, even where they are there.
    #[must_use]
    pub fn refreshed_from(self, stage: Stage) -> Self {
        Self { refreshed_from: Some(stage), ..self }
    }

    /// Keeps nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The artifact of `stage` under `key`: from disk, or from `make`.
    ///
    /// # Errors
    /// What `make` answers; nothing is stored then.
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

    /// The same for a part of an artifact, kept so that whoever is interrupted need not make it again. It is not counted as used.
    ///
    /// # Errors
    /// What `make` answers; nothing is stored then.
    pub fn part<T, E>(&self, stage: Stage, key: Key, make: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
    {
        self.found_or_made(stage, key, make).map(|(part, ..)| part)
    }

    /// What is asked for, whether it was found, and its bytes on disk.
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

    /// Whether the artifact of `stage` under `key` is there, and would be used.
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

    /// What each stage did.
    #[must_use]
    pub fn usage(&self) -> BTreeMap<Stage, Usage> {
        self.log().stages.clone()
    }

    /// What could not be read or written, and why, sorted; of several files with the same reason, the first and how many others.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (file, what) in &self.log().warnings {
            files.entry(what.clone()).or_default().insert(file.clone());
        }
        let said = |(what, files): (String, BTreeSet<String>)| {
            let first = files.first().map_or("", String::as_str);
            match files.len() - 1 {
                0 => format!("{first}: {what}"),
                1 => format!("{first} and another file: {what}"),
                others => format!("{first} and {others} others: {what}"),
            }
        };
        let mut warnings: Vec<String> = files.into_iter().map(said).collect();
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
            write_checked(path, &bytes).map_err(|error| error.to_string())?;
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
    fn an_artifact_is_made_once() {
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
    fn every_damaged_byte_and_every_cut_is_noticed_and_mended() {
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
    fn a_refreshed_stage_and_those_after_it_are_made_again() {
        let folder = tempfile::tempdir().unwrap();
        make(&Cache::at(folder.path()), 1);
        assert_eq!(make(&Cache::at(folder.path()).refreshed_from(Stage::Isolation), 2), [1]);
        assert!(!Cache::at(folder.path()).refreshed_from(Stage::Notes).holds(Stage::Notes, KEY));
        assert_eq!(make(&Cache::at(folder.path()).refreshed_from(Stage::Notes), 3), [3]);
        assert_eq!(make(&Cache::at(folder.path()), 4), [3]);
    }

    #[test]
    fn a_failure_is_not_stored() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        assert_eq!(cache.artifact::<u32, _>(Stage::Notes, KEY, || Err("broken")), Err("broken"));
        assert!(!cache.holds(Stage::Notes, KEY));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said_and_the_work_goes_on() {
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
