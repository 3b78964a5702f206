//! A program that is run once per note.

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

/// How long a program may take for one note unless told otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(60);
/// How often it is looked after.
const POLL: Duration = Duration::from_millis(3);
/// Most that is repeated of what a program said, characters; and what is read of its end, bytes.
const SAID: usize = 400;
const END_BYTES: u64 = 4096;
/// The note that a synth is known by.
const PROBE: Note =
    Note { midi: 60, velocity: 96, corrections: MlpCorrections::IDENTITY, seconds: 0.5, sample_rate: 44_100 };

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

    fn run(&self, words: &[String], command: &str, folder: &Path) -> Result<(), RenderError> {
        let command = || command.to_owned();
        let said = folder.join("stderr");
        let stderr = File::create(&said).map_err(|source| self.workplace(&said, source))?;
        let Some((program, arguments)) = words.split_first() else { return Ok(()) };
        let mut started = Command::new(program);
        started.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr);
        // A group of its own, so that what the program starts can be stopped with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut started, 0);
        let not_started = |source| RenderError::NotStarted { command: command(), source };
        match ended(started.spawn().map_err(not_started)?, self.timeout).map_err(not_started)? {
            End::Itself(status) if status.success() => Ok(()),
            End::Itself(status) => Err(RenderError::Failed { command: command(), status, said: end_of(&said) }),
            End::Timeout => {
                let limit_s = self.timeout.as_secs_f64();
                Err(RenderError::TimedOut { command: command(), limit_s, said: end_of(&said) })
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
        // Not all that a synth depends on is named in its command. A note of it tells when it has become another.
        match self.render(&PROBE) {
            Ok(audio) => builder.value("probe", &audio.samples).finish(),
            Err(error) => builder.bytes("error", error.to_string().as_bytes()).finish(),
        }
    }

    fn render(&self, note: &Note) -> Result<Audio, RenderError> {
        // Gaps whose files are gone by the time that somebody reads this stay gaps.
        let with = |out: &dyn Fn(Placeholder) -> Option<String>| {
            self.template.filled(|gap| match gap {
                Placeholder::Midi => note.midi.to_string(),
                Placeholder::Velocity => note.velocity.to_string(),
                Placeholder::Seconds => note.seconds.to_string(),
                Placeholder::Rate => note.sample_rate.to_string(),
                Placeholder::Out | Placeholder::Corrections => out(gap).unwrap_or_else(|| gap.name().to_owned()),
            })
        };
        let origin = shown(&with(&|_| None));
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
        let words = with(&|gap| {
            let path = if gap == Placeholder::Out { &out } else { &corrections };
            Some(path.display().to_string())
        });
        self.run(&words, &origin, folder.path())?;
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

/// The command as it could be typed, gaps left as they are.
fn shown(words: &[String]) -> String {
    let quoted = |word: &String| match shlex::try_quote(word) {
        Ok(quoted) if !Placeholder::ALL.iter().any(|gap| gap.name() == word) => quoted.into_owned(),
        _ => word.clone(),
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// How a program came to its end.
enum End {
    Itself(ExitStatus),
    Timeout,
    Interrupted,
}

/// Waits for the end of `child`; stops it, with all that it started, after `timeout` or when this program is to end.
fn ended(mut child: Child, timeout: Duration) -> std::io::Result<End> {
    let begun = Instant::now();
    loop {
        let status = child.try_wait();
        let end = match status {
            Ok(Some(status)) => return Ok(End::Itself(status)),
            _ if interrupted() => Some(End::Interrupted),
            Ok(None) => (begun.elapsed() >= timeout).then_some(End::Timeout),
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

/// The last lines of a file, on one line.
fn end_of(path: &Path) -> String {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|mut file| {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(END_BYTES)))?;
        file.take(END_BYTES).read_to_end(&mut bytes)
    });
    let text = if read.is_ok() { String::from_utf8_lossy(&bytes) } else { Cow::default() };
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(3)..].join(" / ");
    let skipped = last.chars().count().saturating_sub(SAID);
    last.chars().skip(skipped).collect()
}
