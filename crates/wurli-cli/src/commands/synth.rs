//! The synth that renders notes: the reference voice, a command or a folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use wurli_train::pipeline::settings::Settings;
use wurli_train::renderer::{
    Applied, CommandRenderer, FolderRenderer, Placeholder, ReferenceVoice, Renderer, TIMEOUT, Template,
};
use wurli_train::without::Without;

use super::fail::Failure;
use super::paths::quoted;
use super::values;

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
        value_parser = values::whole_number::<u64>(1..=86_400, "give whole seconds"), help_heading = "Synth")]
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

    /// Returns the options that name this synth, as the shell reads them, each behind a space.
    pub(crate) fn options(&self) -> String {
        let mut options = String::new();
        let mut add = |name: &str, value: &Path| options.extend([" --", name, " ", &quoted(value)]);
        if let Some(template) = &self.renderer {
            add("renderer", Path::new(&template.to_string()));
        }
        if let Some(folder) = &self.renders {
            add("renders", folder);
        }
        if self.renderer_timeout != TIMEOUT.as_secs() {
            add("renderer-timeout", Path::new(&self.renderer_timeout.to_string()));
        }
        if let Some(without) = self.without {
            let Without { levels, frequencies, decays, displacement } = without;
            let all =
                [(levels, "levels"), (frequencies, "frequencies"), (decays, "decays"), (displacement, "displacement")];
            let names: Vec<_> = all.iter().filter(|(is_without, _)| *is_without).map(|(_, name)| *name).collect();
            add("without", Path::new(&names.join(",")));
        }
        options
    }

    /// Returns the settings of a run with this synth.
    pub fn settings(&self) -> Settings {
        Settings { without: self.without.unwrap_or_default(), ..Settings::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_those_of_the_call() {
        let command = "synth --note {midi} --vel {velocity} --out {out}";
        let synth = Synth {
            renderer: Some(Template::parse(command).unwrap()),
            renders: None,
            renderer_timeout: 5,
            without: Some("decays,levels".parse().unwrap()),
        };
        assert_eq!(synth.options(), format!(" --renderer '{command}' --renderer-timeout 5 --without levels,decays"));
        let renders = Some("my notes".into());
        let synth = Synth { renderer: None, renders, renderer_timeout: TIMEOUT.as_secs(), without: None };
        assert_eq!(synth.options(), " --renders 'my notes'");
    }
}
