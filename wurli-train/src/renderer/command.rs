//! Renderer that runs a program once per note.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use wurli_voice::MlpCorrections;

use super::check::check;
use super::corrections_file;
use super::template::Placeholder;
use super::{Note, RenderError, Renderer, Template};
use crate::audio::{self, Audio};
use crate::interrupt::{Pending, interrupted};
use crate::key::{Key, KeyBuilder};

/// Default time limit of a program for one note.
pub const TIMEOUT: Duration = Duration::from_secs(60);
/// Interval at which a running program is checked.
const POLL: Duration = Duration::from_millis(3);
/// Characters of a program's standard error that an error message quotes.
const QUOTED_CHARACTERS: usize = 400;
/// Bytes that are read from the end of its standard error.
const END_BYTES: u64 = 4096;
/// Note whose rendering is part of the key.
const PROBE: Note =
    Note { midi: 60, velocity: 96, corrections: MlpCorrections::IDENTITY, seconds: 0.5, sample_rate: 44_100 };

/// Synth that is a program, started once per note.
///
/// The placeholders of its [`Template`] are replaced for each note. It writes an audio file, whose
/// channels are averaged.
#[derive(Clone, Debug)]
pub struct CommandRenderer {
    template: Template,
    timeout: Duration,
}

impl CommandRenderer {
    /// Makes a renderer that runs `template` and stops it after `timeout`.
    #[must_use]
    pub fn new(template: Template, timeout: Duration) -> Self {
        Self { template, timeout }
    }

    fn execute(&self, words: &[String], command: &str, folder: &Path) -> Result<(), RenderError> {
        let command = || command.to_owned();
        let log = folder.join("stderr");
        let stderr = File::create(&log).map_err(|source| self.workplace(&log, source))?;
        let Some((program, arguments)) = words.split_first() else { return Ok(()) };
        let mut started = Command::new(program);
        started.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr);
        // A process group, so that programs started by this one are stopped with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut started, 0);
        let not_started = |source| RenderError::NotStarted { command: command(), source };
        match wait(started.spawn().map_err(not_started)?, self.timeout).map_err(not_started)? {
            End::Exited(status) if status.success() => Ok(()),
            End::Exited(status) => Err(RenderError::Failed { command: command(), status, stderr: last_lines(&log) }),
            End::Timeout => {
                let limit_s = self.timeout.as_secs_f64();
                Err(RenderError::TimedOut { command: command(), limit_s, stderr: last_lines(&log) })
            }
            End::Interrupted => Err(RenderError::Interrupted { command: command() }),
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
        let builder = contents.fold(builder, |builder, content| builder.bytes("file", &content));
        // The command does not name everything that a synth depends on; a rendered note shows other
        // changes.
        match self.render(&PROBE) {
            Ok(audio) => builder.value("probe", &audio.samples).finish(),
            Err(error) => builder.bytes("error", error.to_string().as_bytes()).finish(),
        }
    }

    fn render(&self, note: &Note) -> Result<Audio, RenderError> {
        // Messages keep the placeholders of temporary files, which are gone by then.
        let with = |out: &dyn Fn(Placeholder) -> Option<String>| {
            self.template.filled(|placeholder| match placeholder {
                Placeholder::Midi => note.midi.to_string(),
                Placeholder::Velocity => note.velocity.to_string(),
                Placeholder::Seconds => note.seconds.to_string(),
                Placeholder::Rate => note.sample_rate.to_string(),
                Placeholder::Out | Placeholder::Corrections => {
                    out(placeholder).unwrap_or_else(|| placeholder.name().to_owned())
                }
            })
        };
        let origin = quote(&with(&|_| None));
        let _pending = Pending::begin();
        if interrupted() {
            return Err(RenderError::Interrupted { command: origin });
        }
        let folder = tempfile::tempdir().map_err(|source| self.workplace(&std::env::temp_dir(), source))?;
        let (out, corrections) = (folder.path().join("note.wav"), folder.path().join("corrections.json"));
        if self.template.has(Placeholder::Corrections) {
            std::fs::write(&corrections, corrections_file::encode(note))
                .map_err(|source| self.workplace(&corrections, source))?;
        }
        let words = with(&|placeholder| {
            let path = if placeholder == Placeholder::Out { &out } else { &corrections };
            Some(path.display().to_string())
        });
        self.execute(&words, &origin, folder.path())?;
        if !out.exists() {
            return Err(RenderError::NothingWritten { command: origin });
        }
        let audio = audio::read(&out).map_err(|problem| RenderError::audio(&origin, problem))?;
        if self.template.has(Placeholder::Rate) && audio.sample_rate != note.sample_rate {
            return Err(RenderError::Rate { origin, received: audio.sample_rate, expected: note.sample_rate });
        }
        check(&origin, note, &audio)?;
        Ok(audio)
    }
}

/// Returns the command quoted for a shell, with its placeholders.
fn quote(words: &[String]) -> String {
    let quoted = |word: &String| match shlex::try_quote(word) {
        Ok(quoted) if !Placeholder::ALL.iter().any(|placeholder| placeholder.name() == word) => quoted.into_owned(),
        _ => word.clone(),
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// End of a program.
enum End {
    Exited(ExitStatus),
    Timeout,
    Interrupted,
}

/// Waits for `child`. Stops it with its process group after `timeout` or when the run is
/// interrupted.
///
/// Polls, because neither the standard library nor process-wrap waits with a timeout and a flag.
fn wait(mut child: Child, timeout: Duration) -> std::io::Result<End> {
    let started = Instant::now();
    loop {
        let status = child.try_wait();
        let end = match status {
            Ok(Some(status)) => return Ok(End::Exited(status)),
            _ if interrupted() => Some(End::Interrupted),
            Ok(None) => (started.elapsed() >= timeout).then_some(End::Timeout),
            Err(_) => Some(End::Timeout),
        };
        if let Some(end) = end {
            stop(&mut child)?;
            child.wait()?;
            return status.map(|_| end);
        }
        std::thread::sleep(POLL);
    }
}

fn stop(child: &mut Child) -> std::io::Result<()> {
    #[cfg(unix)]
    rustix::process::kill_process_group(rustix::process::Pid::from_child(child), rustix::process::Signal::KILL)?;
    #[cfg(not(unix))]
    child.kill()?;
    Ok(())
}

/// Returns the last three lines of a file, joined by slashes.
fn last_lines(path: &Path) -> String {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|mut file| {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(END_BYTES)))?;
        file.take(END_BYTES).read_to_end(&mut bytes)
    });
    let text = if read.is_ok() { String::from_utf8_lossy(&bytes) } else { Cow::default() };
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(3)..].join(" / ");
    let skipped = last.chars().count().saturating_sub(QUOTED_CHARACTERS);
    last.chars().skip(skipped).collect()
}
