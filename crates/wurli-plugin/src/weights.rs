//! The player's weights: their file, their content and the way to the audio thread.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use openwurli_dsp::{MlpCorrections, compute_corrections};
use rtrb::{Consumer, Producer, RingBuffer};
use wurli_weights::RuntimeNetwork;

/// Largest weights file that is read, bytes. Several times the size of one.
const MAX_BYTES: u64 = 1 << 16;

/// Changes of the weights that fit between two notes.
const QUEUE: usize = 64;

/// Environment variable that names the weights file of new instances. Empty: none.
const VARIABLE: &str = "WURLI_WEIGHTS";

/// File in the user's folder that new instances read.
const FILE: &str = "wurli.weights";

/// Weights that corrections come from. `None` stands for the compiled ones.
pub(crate) type Choice = Option<RuntimeNetwork>;

/// Weights file as the state stores it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Source {
    /// File that was chosen. Informative if there is a content.
    pub(crate) path: Option<String>,
    /// Bytes of the file.
    pub(crate) content: Option<Vec<u8>>,
}

impl Source {
    /// Returns the weights file of a new instance: `WURLI_WEIGHTS`, else `wurli.weights` in the
    /// user's folder of openwurli, if there is one.
    pub(crate) fn for_new_instance() -> Self {
        let path = match std::env::var_os(VARIABLE) {
            Some(path) if path.is_empty() => None,
            Some(path) => Some(PathBuf::from(path)),
            None => user_folder().map(|folder| folder.join(FILE)).filter(|path| path.is_file()),
        };
        Self { path: path.map(|path| path.to_string_lossy().into_owned()), content: None }
    }

    /// Reads the file unless its content is stored, and returns the weights.
    ///
    /// # Errors
    ///
    /// If the content is no weights file and the file is none or cannot be read: a message with the
    /// path, the cause and the fix. The source is left as it is.
    pub(crate) fn load(&mut self) -> Result<Choice, String> {
        let path = self.path.as_deref().unwrap_or("weights in the state");
        let stored = match &self.content {
            Some(content) => match RuntimeNetwork::from_bytes(content) {
                Ok(weights) => return Ok(Some(weights)),
                Err(error) => Some(format!("{path}: {error}")),
            },
            None => None,
        };
        match (&self.path, stored) {
            (None, None) => Ok(None),
            (None, Some(error)) => Err(error),
            (Some(path), stored) => match read(Path::new(path)) {
                Ok((content, weights)) => {
                    self.content = Some(content);
                    Ok(Some(weights))
                }
                Err(error) => Err(stored.unwrap_or(error)),
            },
        }
    }
}

/// Reads a weights file.
///
/// # Errors
///
/// If it cannot be read or is none: a message with the path, the cause and the fix.
pub(crate) fn read(path: &Path) -> Result<(Vec<u8>, RuntimeNetwork), String> {
    let named = |error: String| format!("{}: {error}", path.display());
    let foreign =
        |error: &dyn std::fmt::Display| named(format!("{error}; choose a file that `wurli-train run --train` wrote"));
    let mut content = Vec::new();
    // Opening a pipe would wait for whoever writes into it.
    if !path.metadata().map_err(|error| foreign(&error))?.is_file() {
        return Err(foreign(&"not a file"));
    }
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES).read_to_end(&mut content))
        .map_err(|error| foreign(&error))?;
    let weights = RuntimeNetwork::from_bytes(&content).map_err(|error| named(error.to_string()))?;
    Ok((content, weights))
}

/// Returns `openwurli` in the folder where the system keeps a user's data.
pub(crate) fn user_folder() -> Option<PathBuf> {
    let folder = |variable: &str| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = if cfg!(windows) {
        folder("APPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        folder("XDG_DATA_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/share")))
    };
    data.map(|data| data.join("openwurli"))
}

/// Creates the two ends of the way to the audio thread, with the weights that it starts with.
pub(crate) fn channel(initial: Choice) -> (Producer<Choice>, Corrector) {
    let (producer, queue) = RingBuffer::new(QUEUE);
    (producer, Corrector { choice: initial, queue })
}

/// Corrections of new notes, on the audio thread.
pub(crate) struct Corrector {
    choice: Choice,
    queue: Consumer<Choice>,
}

impl Corrector {
    /// Returns the corrections of a key (MIDI) at a velocity (0..=1), of `strength` 0..=1.
    ///
    /// Takes the latest weights first. Allocates nothing: weights are plain numbers.
    pub(crate) fn corrections(&mut self, key: u8, velocity: f32, strength: f32) -> MlpCorrections {
        while let Ok(choice) = self.queue.pop() {
            self.choice = choice;
        }
        let full = match &self.choice {
            Some(weights) => weights.compute_corrections(key, velocity),
            None => compute_corrections(key, velocity),
        };
        scaled(&full, strength)
    }
}

/// Returns corrections between the identity (0) and `full` (1).
fn scaled(full: &MlpCorrections, strength: f32) -> MlpCorrections {
    if strength >= 1.0 {
        return *full;
    }
    let mut outputs = MlpCorrections::IDENTITY.to_outputs();
    for (output, full) in outputs.iter_mut().zip(full.to_outputs()) {
        *output += strength * (full - *output);
    }
    MlpCorrections::from_outputs(&outputs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wurli_weights::sample_weights;

    #[test]
    fn corrections_scale_between_identity_and_full() {
        let full = compute_corrections(60, 0.5);
        assert_eq!(scaled(&full, 0.0), MlpCorrections::IDENTITY);
        assert_eq!(scaled(&full, 1.0), full);
        let half = scaled(&full, 0.5);
        assert!((half.amp_offsets_db[0] - 0.5 * full.amp_offsets_db[0]).abs() < 1e-5);
        assert!((half.displacement_scale - 0.5 - 0.5 * full.displacement_scale).abs() < 1e-6);
    }

    #[test]
    fn new_weights_apply_to_the_next_note() {
        let weights = RuntimeNetwork::fold(&sample_weights());
        let expected = weights.compute_corrections(60, 0.5);
        let (mut producer, mut corrector) = channel(None);
        assert_eq!(corrector.corrections(60, 0.5, 1.0), compute_corrections(60, 0.5));
        assert!(producer.push(None).is_ok() && producer.push(Some(weights)).is_ok());
        assert_eq!(corrector.corrections(60, 0.5, 1.0), expected);
        assert!(producer.push(None).is_ok());
        assert_eq!(corrector.corrections(60, 0.5, 1.0), compute_corrections(60, 0.5));
    }

    #[test]
    fn stored_content_wins_over_the_file() {
        let content = sample_weights().to_bytes().to_vec();
        let path = Some("/nowhere/piano.weights".to_owned());
        let mut source = Source { path: path.clone(), content: Some(content.clone()) };
        assert_eq!(source.load(), Ok(Some(RuntimeNetwork::fold(&sample_weights()))));
        let error = Source { path: path.clone(), content: None }.load().expect_err("there is no file");
        assert!(error.contains("/nowhere/piano.weights") && error.contains("wurli-train"), "{error}");
        let error = Source { path, content: Some(content[1..].to_vec()) }.load().expect_err("it is cut");
        assert!(error.contains("/nowhere/piano.weights") && error.contains("not a weights file"), "{error}");
        assert_eq!(Source::default().load(), Ok(None));
        let error = read(&std::env::temp_dir()).expect_err("it is a folder");
        assert!(error.contains("not a file; choose"), "{error}");
    }
}
