//! A command line with gaps for what differs from note to note.

use std::fmt;
use std::path::{Path, PathBuf};

/// What a gap is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// Key, MIDI.
    Midi,
    /// Velocity, 1–127.
    Velocity,
    /// Length, s.
    Seconds,
    /// Sample rate, Hz.
    Rate,
    /// The audio file to write.
    Out,
    /// A JSON file with the corrections to apply.
    Corrections,
}

impl Placeholder {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Midi, Self::Velocity, Self::Seconds, Self::Rate, Self::Out, Self::Corrections];
    /// Those without which no note can be had.
    const NEEDED: [Self; 3] = [Self::Midi, Self::Velocity, Self::Out];

    /// As it stands in a template.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Midi => "{midi}",
            Self::Velocity => "{velocity}",
            Self::Seconds => "{seconds}",
            Self::Rate => "{rate}",
            Self::Out => "{out}",
            Self::Corrections => "{corrections}",
        }
    }
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Quotes without end, or a backslash at the end.
    #[error("`{text}`: a quotation mark or a backslash at the end has no partner")]
    Quotes {
        /// The template.
        text: String,
    },
    /// No program.
    #[error(
        "a renderer is a command such as `mysynth --note {{midi}} --velocity {{velocity}} --out {{out}}`, but nothing was given"
    )]
    Empty,
    /// What only a shell understands.
    #[error(
        "`{text}`: no shell runs this command, and to the program {word} is a word like any other; put it into a script"
    )]
    Shell {
        /// The template.
        text: String,
        /// The word.
        word: String,
    },
    /// Something in braces that is no gap.
    #[error("`{text}`: {received} is none of {}", names(&Placeholder::ALL))]
    Unknown {
        /// The template.
        text: String,
        /// What stands there.
        received: String,
    },
    /// A gap is missing.
    #[error("`{text}`: {} is missing; a command needs {}", gap.name(), names(&Placeholder::NEEDED))]
    Lacks {
        /// The template.
        text: String,
        /// The first that is missing.
        gap: Placeholder,
    },
}

fn names(gaps: &[Placeholder]) -> String {
    gaps.iter().map(|gap| gap.name()).collect::<Vec<_>>().join(", ")
}

/// What has a meaning to a shell alone.
const SHELL_WORDS: [&str; 9] = ["|", "||", "&", "&&", ";", ">", ">>", "<", "2>&1"];

/// A command with gaps. Divided into words as a POSIX shell does, but no shell runs it: there are no variables, pipes or patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    words: Vec<String>,
}

impl Template {
    /// Reads a template, for example `mysynth --note {midi} --velocity {velocity} --seconds {seconds} --rate {rate} --out {out}`.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let words = shlex::split(text).ok_or_else(|| TemplateError::Quotes { text: text.into() })?;
        if words.first().is_none_or(String::is_empty) {
            return Err(TemplateError::Empty);
        }
        if let Some(word) = words.iter().find(|word| SHELL_WORDS.contains(&word.as_str())) {
            return Err(TemplateError::Shell { text: text.into(), word: word.clone() });
        }
        let template = Self { text: text.into(), words };
        for word in &template.words {
            if let Some(received) =
                braced(word).find(|braced| !Placeholder::ALL.iter().any(|gap| gap.name() == *braced))
            {
                return Err(TemplateError::Unknown { text: text.into(), received: received.into() });
            }
        }
        match Placeholder::NEEDED.into_iter().find(|gap| !template.has(*gap)) {
            Some(gap) => Err(TemplateError::Lacks { text: text.into(), gap }),
            None => Ok(template),
        }
    }

    /// Whether there is such a gap.
    #[must_use]
    pub fn has(&self, gap: Placeholder) -> bool {
        self.words.iter().any(|word| word.contains(gap.name()))
    }

    /// The words with their gaps.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The words with all gaps filled.
    #[must_use]
    pub fn filled(&self, with: impl Fn(Placeholder) -> String) -> Vec<String> {
        let fill = |word: &String| {
            // Once from left to right: what is filled in may contain braces.
            let mut filled = String::new();
            let mut rest = word.as_str();
            while let Some((at, gap)) = Placeholder::ALL
                .into_iter()
                .filter_map(|gap| Some((rest.find(gap.name())?, gap)))
                .min_by_key(|(at, _)| *at)
            {
                filled.push_str(&rest[..at]);
                filled.push_str(&with(gap));
                rest = &rest[at + gap.name().len()..];
            }
            filled + rest
        };
        self.words.iter().map(fill).collect()
    }

    /// The files whose content is known to decide what the command does: the program, and whatever else is named without a gap, also behind
    /// an equals sign.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        let whole = self.words.iter().enumerate().filter(|(_, word)| braced(word).next().is_none());
        whole.filter_map(|(i, word)| {
            // Without a slash, a program is looked up; everything else is where it says.
            let looked_up = i == 0 && Path::new(word).components().count() == 1;
            let named = [Some(word.as_str()), word.split_once('=').map(|(_, value)| value)];
            let found = if looked_up {
                on_path(word)
            } else {
                named.into_iter().flatten().map(PathBuf::from).find(|path| path.is_file())
            };
            found.filter(|path| path.is_file())
        })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Everything between braces, with them.
fn braced(word: &str) -> impl Iterator<Item = &str> {
    word.match_indices('{').map(|(from, _)| {
        let end = word[from..].find('}').map_or(word.len(), |end| from + end + 1);
        &word[from..end]
    })
}

fn on_path(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(gap: Placeholder) -> String {
        match gap {
            Placeholder::Midi => "60".into(),
            Placeholder::Velocity => "78".into(),
            Placeholder::Seconds => "2.5".into(),
            Placeholder::Rate => "44100".into(),
            Placeholder::Out => "/tmp/a {midi}.wav".into(),
            Placeholder::Corrections => "/tmp/c.json".into(),
        }
    }

    #[test]
    fn gaps_are_filled_inside_words_and_words_stay_whole() {
        let template =
            Template::parse("'my synth' -n{midi}:{velocity} --rate={rate} {out} {corrections} -t {seconds}").unwrap();
        let expected = ["my synth", "-n60:78", "--rate=44100", "/tmp/a {midi}.wav", "/tmp/c.json", "-t", "2.5"];
        assert_eq!(template.filled(number), expected);
        assert!(
            template.has(Placeholder::Corrections)
                && !Template::parse("s {midi} {velocity} {out}").unwrap().has(Placeholder::Rate)
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        let message = |text| Template::parse(text).unwrap_err().to_string();
        assert_eq!(message("s 'a {midi}"), "`s 'a {midi}`: a quotation mark or a backslash at the end has no partner");
        assert!(message("s {midi} {velocity} {out} > log").contains("to the program > is a word like any other"));
        assert!(message("  ").starts_with("a renderer is a command such as"), "{}", message("  "));
        assert!(message("''").starts_with("a renderer is a command such as"));
        assert_eq!(
            message("s {midi} {note} {velocity} {out}"),
            "`s {midi} {note} {velocity} {out}`: {note} is none of {midi}, {velocity}, {seconds}, {rate}, {out}, {corrections}"
        );
        assert_eq!(
            message("s {midi} {velocity} {ou"),
            "`s {midi} {velocity} {ou`: {ou is none of {midi}, {velocity}, {seconds}, {rate}, {out}, {corrections}"
        );
        assert_eq!(
            message("s {midi} {out}"),
            "`s {midi} {out}`: {velocity} is missing; a command needs {midi}, {velocity}, {out}"
        );
    }

    #[test]
    fn the_program_and_the_files_it_is_given_decide_what_it_does() {
        let folder = tempfile::tempdir().unwrap();
        let font = folder.path().join("piano.sf2");
        std::fs::write(&font, "font").unwrap();
        let text = format!("sh {} {}x /missing {{midi}} {{velocity}} {{out}}", font.display(), font.display());
        let files: Vec<_> = Template::parse(&text).unwrap().files().collect();
        assert_eq!(files.len(), 2, "{files:?}");
        assert!(files[0].ends_with("sh") && files[0].is_absolute());
        assert_eq!(files[1], font);
        // A program that is filled in is none that could be looked up, and moves nobody else into its place.
        let text = format!("{{out}} --font={} {{midi}} {{velocity}}", font.display());
        assert_eq!(Template::parse(&text).unwrap().files().collect::<Vec<_>>(), [font]);
    }
}
