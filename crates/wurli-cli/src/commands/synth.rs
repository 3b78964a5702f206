//! The synth that renders notes: the reference voice, a command or a folder.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use wurli_train::pipeline::settings::Settings;
use wurli_train::renderer::{
    Applied, CommandRenderer, FolderRenderer, Placeholder, ReferenceVoice, Renderer, TIMEOUT, Template,
};
use wurli_train::without::Without;

use super::fail::Failure;

/// The synth that is corrected.
#[derive(Args)]
pub struct Synth {
    /// Corrects your own synth: the command that renders one note
    ///
    /// The command is split into words as in a shell, and run without a shell, once per note.
    /// {midi}, {velocity} (1-127), {seconds} and {rate} (Hz) describe the note, {out} is the audio
    /// file to write. {corrections} is a JSON file with the corrections to apply; without it, the
    /// corrections are applied to the rendered audio.
    #[arg(long, value_name = "COMMAND", value_parser = Template::parse, conflicts_with = "renders", help_heading = "Synth")]
    renderer: Option<Template>,
    /// Corrects your own synth: a folder with its rendered notes, named as 060_v78.wav
    #[arg(long, value_name = "DIR", help_heading = "Synth")]
    renders: Option<PathBuf>,
    /// Time limit of the command for one note
    #[arg(long, value_name = "SECONDS", requires = "renderer", default_value_t = TIMEOUT.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=86_400), help_heading = "Synth")]
    renderer_timeout: u64,
    /// Corrections that the synth cannot apply, comma-separated: levels, frequencies, decays,
    /// displacement
    #[arg(long, value_name = "LIST", default_value = None, help_heading = "Synth")]
    without: Option<Without>,
}

impl Synth {
    /// Returns the renderer.
    ///
    /// # Errors
    /// [`Failure`] if the folder of rendered notes cannot be read.
    pub fn renderer(&self) -> Result<Box<dyn Renderer>, Failure> {
        Ok(match (&self.renderer, &self.renders) {
            (Some(template), _) => {
                let applies_corrections = template.has(Placeholder::Corrections);
                let command = CommandRenderer::new(template.clone(), Duration::from_secs(self.renderer_timeout));
                if applies_corrections { Box::new(command) } else { Box::new(Applied::to(command)) }
            }
            (None, Some(folder)) => Box::new(Applied::to(FolderRenderer::open(folder)?)),
            (None, None) => Box::new(ReferenceVoice::EP200),
        })
    }

    /// Returns the settings of a run with this synth.
    pub fn settings(&self) -> Settings {
        Settings { without: self.without.unwrap_or_default(), ..Settings::default() }
    }
}
