//! The recordings that a weights file was trained on, in a JSON file beside it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wurli_train::key::Key;
use wurli_train::pipeline::error::Error;
use wurli_train::pipeline::{Analysed, Pipeline};
use wurli_weights::Weights;

use super::fail::warn;
use super::paths::{quoted, without_links, write};

/// Recordings that weights were trained on.
#[derive(Deserialize, Serialize)]
pub(super) struct TrainedOn {
    /// Absolute path of the data folder.
    pub(super) folder: PathBuf,
    /// Key of the recordings and their labels.
    recordings: String,
    /// Key of the weights that this is about: the weights file may be another one by now.
    weights: String,
}

impl TrainedOn {
    /// Writes the file beside the weights and returns its path.
    pub(super) fn write(
        path: &Path,
        weights: &Weights,
        pipeline: &Pipeline<'_>,
        analysed: &[Analysed],
    ) -> Result<PathBuf, Error> {
        let folder = without_links(&pipeline.catalogue.folder);
        let recordings = Pipeline::recordings_key(analysed).to_string();
        let weights = Key(weights.key).to_string();
        let text = serde_json::to_string_pretty(&Self { folder, recordings, weights }).unwrap_or_default();
        write(beside(path), format!("{text}\n").as_bytes())
    }

    /// Reads the file beside the weights; `None` if there is none, or if it is about others.
    pub(super) fn read(path: &Path, weights: &Weights) -> Option<Self> {
        let found: Self = serde_json::from_slice(&std::fs::read(beside(path)).ok()?).ok()?;
        (found.weights == Key(weights.key).to_string()).then_some(found)
    }
}

/// Warns if the default weights were trained on other recordings than those that were analysed.
pub(super) fn warn_of_others(path: &Path, weights: &Weights, pipeline: &Pipeline<'_>, analysed: &[Analysed]) {
    if weights.key == pipeline.key_of(analysed).0 {
        return;
    }
    let data = &pipeline.catalogue.folder;
    let others = match TrainedOn::read(path, weights) {
        Some(found) if found.recordings == Pipeline::recordings_key(analysed).to_string() => return,
        Some(found) if found.folder == without_links(data) => format!("other recordings of {}", data.display()),
        Some(found) => format!("{}, not on {}", found.folder.display(), data.display()),
        None => format!("other recordings than those of {}, or with other settings", data.display()),
    };
    warn(format!(
        "{0} was trained on {others}: train with `wurli-train run --data {1} --train`, or judge these weights with --weights {2}",
        path.display(),
        quoted(data),
        quoted(path)
    ));
}

fn beside(weights: &Path) -> PathBuf {
    let mut name = weights.as_os_str().to_owned();
    name.push(".json");
    name.into()
}
