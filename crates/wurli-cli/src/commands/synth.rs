//! What the calls that render notes have in common: which synth plays them.

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
    /// Correct a synth of your own: the command that renders one note
    ///
    /// It is divided into words as in a shell and run without one, once per note. {midi}, {velocity} (1-127), {seconds} and {rate} (Hz) say what
    /// to render, {out} where the audio file goes; {corrections} is a JSON file with the corrections to apply. A command
    /// without {corrections} renders the synth as it is, and the corrections are applied to its audio.
    #[arg(long, value_name = "COMMAND", value_parser = Template::parse, conflicts_with = "renders", help_heading = "Synth")]
    renderer: Option<Template>,
    /// Correct a synth of your own: a folder with its notes, <midi>_v<velocity>.wav
    #[arg(long, value_name = "DIR", help_heading = "Synth")]
    renders: Option<PathBuf>,
    /// How long a renderer may take for one note
    #[arg(long, value_name = "SECONDS", requires = "renderer", default_value_t = TIMEOUT.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=86_400), help_heading = "Synth")]
    renderer_timeout: u64,
    /// What the synth cannot correct, with commas between: levels, frequencies, decays, displacement
    #[arg(long, value_name = "LIST", default_value = None, help_heading = "Synth")]
    without: Option<Without>,
}

impl Synth {
    /// Who plays.
    pub fn renderer(&self) -> Result<Box<dyn Renderer>, Failure> {
        Ok(match (&self.renderer, &self.renders) {
            (Some(template), _) => {
                let corrects = template.has(Placeholder::Corrections);
                let command = CommandRenderer::new(template.clone(), Duration::from_secs(self.renderer_timeout));
                if corrects { Box::new(command) } else { Box::new(Applied::to(command)) }
            }
            (None, Some(folder)) => Box::new(Applied::to(FolderRenderer::open(folder)?)),
            (None, None) => Box::new(ReferenceVoice::EP200),
        })
    }

    /// The settings of a run that corrects it.
    pub fn settings(&self) -> Settings {
        Settings { without: self.without.unwrap_or_default(), ..Settings::default() }
    }
}
