//! A program that is run once per note.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::check::check;
use super::corrections_file;
use super::template::Gap;
use super::{Note, RenderError, Renderer, Template};
use crate::audio::{self, Audio};
use crate::key::{Key, KeyBuilder};

/// How long a program may take for one note unless told otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(60);
/// How often it is looked after.
const POLL: Duration = Duration::from_millis(3);
/// Most that is repeated of what a program said, characters.
const SAID: usize = 400;

/// A synth that is a program, started anew for every note. It gets what the [`Template`] has gaps for, and leaves an audio
/// file, of which the channels are averaged.
#[derive(Clone, Debug)]
pub struct CommandRenderer {
    template: Template,
    timeout: Duration,
}

impl CommandRenderer {
    /// A synth that is run by `template`, and stopped where it takes longer than `timeout` for a note.
    #[must_use]
    pub fn new(template: Template, timeout: Duration) -> Self {
        Self { template, timeout }
    }

    fn run(&self, words: &[String], folder: &Path) -> Result<(), RenderError> {
        let command = shown(words);
        let said = folder.join("stderr");
        let stderr = File::create(&said).map_err(|source| self.workplace(&said, source))?;
        let Some((program, arguments)) = words.split_first() else { return Ok(()) };
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .map_err(|source| RenderError::NotStarted { command: command.clone(), source })?;
        match ended(child, self.timeout) {
            Ok(Some(status)) if status.success() => Ok(()),
            Ok(Some(status)) => Err(RenderError::Failed { command, status, said: end_of(&said) }),
            Ok(None) => {
                Err(RenderError::TimedOut { command, limit_s: self.timeout.as_secs_f64(), said: end_of(&said) })
            }
            Err(source) => Err(RenderError::NotStarted { command, source }),
        }
    }

    fn workplace(&self, path: &Path, source: std::io::Error) -> RenderError {
        RenderError::Workplace { command: self.template.to_string(), path: path.to_owned(), source }
    }
}

impl Renderer for CommandRenderer {
    fn key(&self) -> Key {
        let builder = KeyBuilder::new("command", 1).value("words", &self.template.words());
        let contents = self.template.files().filter_map(|path| std::fs::read(path).ok());
        contents.fold(builder, |builder, content| builder.bytes("file", &content)).finish()
    }

    fn render(&self, note: &Note) -> Result<Audio, RenderError> {
        let folder = tempfile::tempdir().map_err(|source| self.workplace(&std::env::temp_dir(), source))?;
        let (out, corrections) = (folder.path().join("note.wav"), folder.path().join("corrections.json"));
        if self.template.has(Gap::Corrections) {
            std::fs::write(&corrections, corrections_file::encode(note))
                .map_err(|source| self.workplace(&corrections, source))?;
        }
        let words = self.template.filled(|gap| match gap {
            Gap::Midi => note.midi.to_string(),
            Gap::Velocity => note.velocity.to_string(),
            Gap::Seconds => note.seconds.to_string(),
            Gap::Rate => note.sample_rate.to_string(),
            Gap::Out => out.display().to_string(),
            Gap::Corrections => corrections.display().to_string(),
        });
        self.run(&words, folder.path())?;
        let origin = shown(&words);
        if !out.exists() {
            return Err(RenderError::NothingWritten { command: origin });
        }
        let audio = audio::read(&out).map_err(|problem| RenderError::audio(&origin, problem))?;
        if self.template.has(Gap::Rate) && audio.sample_rate != note.sample_rate {
            return Err(RenderError::Rate { origin, received: audio.sample_rate, expected: note.sample_rate });
        }
        check(&origin, note, &audio)?;
        Ok(audio)
    }
}

/// The command as it could be typed.
fn shown(words: &[String]) -> String {
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}

/// Waits for the end of `child`, and stops it after `timeout`: `None`.
fn ended(mut child: Child, timeout: Duration) -> std::io::Result<Option<ExitStatus>> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begun.elapsed() >= timeout {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(POLL);
    }
}

/// The last lines of a file, on one line.
fn end_of(path: &Path) -> String {
    let text = std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(3)..].join(" / ");
    let skipped = last.chars().count().saturating_sub(SAID);
    last.chars().skip(skipped).collect()
}
