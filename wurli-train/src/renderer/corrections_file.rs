//! Corrections of one note as JSON, the file that replaces `{corrections}` in a command.
//!
//! ```json
//! {
//!   "midi": 60, "velocity": 78,
//!   "amp_offsets_db": [0, 0, 0, 0, 0, 0, 0],
//!   "freq_offsets_cents": [0, 0, 0, 0, 0, 0, 0],
//!   "decay_ratios": [1, 1, 1, 1, 1, 1, 1],
//!   "displacement_scale": 1
//! }
//! ```
//!
//! Fields are those of [`MlpCorrections`], with H2–H8 in each list. `midi` and `velocity` are for
//! information.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;
use wurli_voice::corrections::{CORRECTED_HARMONICS, MAX_OUTPUTS, MIN_OUTPUTS};

use super::Note;

/// Error of reading a corrections file.
#[derive(Debug, thiserror::Error)]
pub enum CorrectionsError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The file is not valid JSON, or a field is missing.
    #[error("{}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Cause and position.
        problem: serde_json::Error,
    },
    /// A number is outside its range.
    #[error("{}: output {output} is {received}, outside {}..={}", path.display(), MIN_OUTPUTS[*output], MAX_OUTPUTS[*output])]
    OutOfRange {
        /// The file.
        path: PathBuf,
        /// Index of the number, in the order of the network's outputs.
        output: usize,
        /// The number.
        received: f32,
    },
}

#[derive(Serialize, Deserialize)]
struct Document {
    #[serde(default)]
    midi: u8,
    #[serde(default)]
    velocity: u8,
    amp_offsets_db: [f32; CORRECTED_HARMONICS],
    freq_offsets_cents: [f32; CORRECTED_HARMONICS],
    decay_ratios: [f32; CORRECTED_HARMONICS],
    displacement_scale: f32,
}

/// Returns the content of the file for a note.
pub(super) fn encode(note: &Note) -> String {
    let MlpCorrections { amp_offsets_db, freq_offsets_cents, decay_ratios, displacement_scale } = note.corrections;
    let Note { midi, velocity, .. } = *note;
    let document = Document { midi, velocity, amp_offsets_db, freq_offsets_cents, decay_ratios, displacement_scale };
    // Numbers and lists of numbers always serialise.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// Reads a corrections file.
///
/// # Errors
/// [`CorrectionsError`].
pub fn read_corrections(path: &Path) -> Result<MlpCorrections, CorrectionsError> {
    let path = || path.to_owned();
    let bytes = std::fs::read(path()).map_err(|source| CorrectionsError::Unreadable { path: path(), source })?;
    let document: Document =
        serde_json::from_slice(&bytes).map_err(|problem| CorrectionsError::Malformed { path: path(), problem })?;
    let Document { amp_offsets_db, freq_offsets_cents, decay_ratios, displacement_scale, .. } = document;
    let corrections = MlpCorrections { amp_offsets_db, freq_offsets_cents, decay_ratios, displacement_scale };
    let bounds = MIN_OUTPUTS.iter().zip(&MAX_OUTPUTS);
    for (output, (received, (min, max))) in corrections.to_outputs().into_iter().zip(bounds).enumerate() {
        if !(*min..=*max).contains(&received) {
            return Err(CorrectionsError::OutOfRange { path: path(), output, received });
        }
    }
    Ok(corrections)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<MlpCorrections, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.json");
        std::fs::write(&path, text).unwrap();
        read_corrections(&path)
            .map_err(|error| error.to_string().replace(&folder.path().display().to_string(), "").replace('\\', "/"))
    }

    #[test]
    fn what_is_written_is_read_to_the_bit() {
        let mut outputs = MlpCorrections::IDENTITY.to_outputs();
        outputs.iter_mut().enumerate().for_each(|(i, output)| *output += 0.1 * (i as f32 / 21.0).sin());
        let corrections = MlpCorrections::from_outputs(&outputs);
        let note = Note { midi: 60, velocity: 78, corrections, seconds: 1.0, sample_rate: 44_100 };
        assert_eq!(read(&encode(&note)), Ok(corrections));
    }

    #[test]
    fn what_is_no_correction_is_said_with_its_file_and_bound() {
        let zeros = "[0,0,0,0,0,0,0]";
        let document = |decays: &str, scale: &str| {
            format!(
                r#"{{"amp_offsets_db":{zeros},"freq_offsets_cents":{zeros},"decay_ratios":{decays},"displacement_scale":{scale}}}"#
            )
        };
        assert!(read(&document("[1,1,1,1,1,1,1]", "1")).is_ok());
        assert_eq!(read(&document(zeros, "1")), Err("/c.json: output 14 is 0, outside 0.3..=3".into()));
        assert_eq!(read(&document("[1,1,1,1,1,1,1]", "9")), Err("/c.json: output 21 is 9, outside 0.5..=2.5".into()));
        let short = read(&document("[1,1]", "1")).unwrap_err();
        assert!(short.contains("an array of length 7 at line 1"), "{short}");
        let lacking = read("{}").unwrap_err();
        assert!(lacking.contains("missing field `amp_offsets_db`"), "{lacking}");
    }
}
