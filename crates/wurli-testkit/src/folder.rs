//! Data folders with notes of the reference voice in them.

use std::path::{Path, PathBuf};

use wurli_train::audio::{Audio, write_wav_16};
use wurli_train::renderer::{Note, ReferenceVoice};
use wurli_voice::MlpCorrections;

/// A note of the voice, deviating from it in a known way.
#[derive(Clone, Debug)]
pub struct Played {
    /// Key.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// Deviation from the voice.
    pub corrections: MlpCorrections,
}

/// Returns five notes of an instrument that differs from the voice as a whole.
///
/// H2 to H4 are louder, the others softer. All are a little sharp and decay more slowly.
pub fn instrument() -> Vec<Played> {
    [(45u8, 52u8), (52, 78), (57, 40), (64, 90), (69, 60)]
        .into_iter()
        .enumerate()
        .map(|(i, (midi, velocity))| {
            let share = i as f32 / 4.0;
            let corrections = MlpCorrections {
                amp_offsets_db: [3.0, 2.0 + share, 4.0 - share, -3.0, -2.0, -4.0 + share, -3.0],
                freq_offsets_cents: std::array::from_fn(|k| 4.0 + 2.0 * share - 0.5 * k as f32),
                decay_ratios: [1.2, 1.15, 1.25, 1.1, 1.2, 1.3, 1.2],
                displacement_scale: 1.0,
            };
            Played { midi, velocity, corrections }
        })
        .collect()
}

impl Played {
    /// Renders a second and a half at 44.1 kHz, peak 0.9.
    pub fn audio(&self) -> Audio {
        let Self { midi, velocity, corrections } = *self;
        let note = Note { midi, velocity, corrections, seconds: 1.5, sample_rate: 44_100 };
        let mut audio = ReferenceVoice::EP200.play(&note);
        let peak = audio.samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
        audio.samples.iter_mut().for_each(|s| *s *= 0.9 / peak);
        audio
    }

    /// Returns the file name, from which key and velocity can be read.
    pub fn file(&self) -> String {
        format!("{:03}_v{}.wav", self.midi, self.velocity)
    }

    /// Writes the note into a folder and returns its path.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join(self.file());
        write_wav_16(&path, &self.audio()).unwrap();
        path
    }
}

/// Creates a folder with these notes.
pub fn folder_of(notes: &[Played]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for note in notes {
        note.write(folder.path());
    }
    folder
}
