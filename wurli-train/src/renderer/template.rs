//! Command line with placeholders for the parameters of a note.

use std::fmt;
use std::path::{Path, PathBuf};

/// Placeholder in a command line.
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
    /// Audio file to write.
    Out,
    /// JSON file with the corrections to apply.
    Corrections,
}

impl Placeholder {
    /// All placeholders.
    pub const ALL: [Self; 6] = [Self::Midi, Self::Velocity, Self::Seconds, Self::Rate, Self::Out, Self::Corrections];
    /// Placeholders that every command needs.
    const REQUIRED: [Self; 3] = [Self::Midi, Self::Velocity, Self::Out];

    /// Returns the placeholder as written in a template.
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

/// Error of parsing a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A quotation mark is not closed, or the text ends with a backslash.
    #[error("`{text}`: unclosed quotation mark, or a backslash at the end")]
    Quotes {
        /// The template.
        text: String,
    },
    /// The template is empty.
    #[error(
        "no command given; a renderer is a command such as `mysynth --note {{midi}} --velocity {{velocity}} --out {{out}}`"
    )]
    Empty,
    /// The command contains a shell operator.
    #[error("`{text}`: {word} needs a shell, and none runs this command; put it into a script")]
    Shell {
        /// The template.
        text: String,
        /// The word.
        word: String,
    },
    /// Unknown placeholder.
    #[error("`{text}`: unknown placeholder {received}, expected one of {}", names(&Placeholder::ALL))]
    Unknown {
        /// The template.
        text: String,
        /// Unknown placeholder.
        received: String,
    },
    /// A required placeholder is missing.
    #[error("`{text}`: {} is missing, a command needs {}", placeholder.name(), names(&Placeholder::REQUIRED))]
    Missing {
        /// The template.
        text: String,
        /// First missing placeholder.
        placeholder: Placeholder,
    },
}

fn names(placeholders: &[Placeholder]) -> String {
    placeholders.iter().map(|placeholder| placeholder.name()).collect::<Vec<_>>().join(", ")
}

/// Shell operators.
const SHELL_WORDS: [&str; 9] = ["|", "||", "&", "&&", ";", ">", ">>", "<", "2>&1"];

/// Command with placeholders, split into words as in a POSIX shell.
///
/// No shell runs it, so there are no variables, pipes or patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    words: Vec<String>,
}

impl Template {
    /// Parses a template.
    ///
    /// Example:
    /// `mysynth --note {midi} --velocity {velocity} --seconds {seconds} --rate {rate} --out {out}`
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
                braced(word).find(|braced| !Placeholder::ALL.iter().any(|placeholder| placeholder.name() == *braced))
            {
                return Err(TemplateError::Unknown { text: text.into(), received: received.into() });
            }
        }
        match Placeholder::REQUIRED.into_iter().find(|placeholder| !template.has(*placeholder)) {
            Some(placeholder) => Err(TemplateError::Missing { text: text.into(), placeholder }),
            None => Ok(template),
        }
    }

    /// Returns whether the template has a placeholder.
    #[must_use]
    pub fn has(&self, placeholder: Placeholder) -> bool {
        self.words.iter().any(|word| word.contains(placeholder.name()))
    }

    /// Returns the words with their placeholders.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Returns the words with all placeholders replaced.
    #[must_use]
    pub fn filled(&self, with: impl Fn(Placeholder) -> String) -> Vec<String> {
        let fill = |word: &String| {
            // One pass from left to right, because replacements may contain braces.
            let mut filled = String::new();
            let mut rest = word.as_str();
            while let Some((at, placeholder)) = Placeholder::ALL
                .into_iter()
                .filter_map(|placeholder| Some((rest.find(placeholder.name())?, placeholder)))
                .min_by_key(|(at, _)| *at)
            {
                filled.push_str(&rest[..at]);
                filled.push_str(&with(placeholder));
                rest = &rest[at + placeholder.name().len()..];
            }
            filled + rest
        };
        self.words.iter().map(fill).collect()
    }

    /// Iterates over the files whose content affects the command.
    ///
    /// These are the program and files named without a placeholder, also after an equals sign.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        let whole = self.words.iter().enumerate().filter(|(_, word)| braced(word).next().is_none());
        whole.filter_map(|(i, word)| {
            // Only a program without a slash is looked up in PATH.
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

/// Iterates over everything in braces, braces included.
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

    fn number(placeholder: Placeholder) -> String {
        match placeholder {
            Placeholder::Midi => "60".into(),
            Placeholder::Velocity => "78".into(),
            Placeholder::Seconds => "2.5".into(),
            Placeholder::Rate => "44100".into(),
            Placeholder::Out => "/tmp/a {midi}.wav".into(),
            Placeholder::Corrections => "/tmp/c.json".into(),
        }
    }

    #[test]
    fn placeholders_are_replaced_inside_words() {
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
    fn errors_name_the_problem_and_the_fix() {
        let message = |text| Template::parse(text).unwrap_err().to_string();
        assert_eq!(message("s 'a {midi}"), "`s 'a {midi}`: unclosed quotation mark, or a backslash at the end");
        assert!(message("s {midi} {velocity} {out} > log").contains(": > needs a shell"));
        assert!(message("  ").starts_with("no command given; "), "{}", message("  "));
        assert!(message("''").starts_with("no command given; "));
        assert_eq!(
            message("s {midi} {note} {velocity} {out}"),
            "`s {midi} {note} {velocity} {out}`: unknown placeholder {note}, expected one of {midi}, {velocity}, {seconds}, {rate}, {out}, {corrections}"
        );
        assert_eq!(
            message("s {midi} {velocity} {ou"),
            "`s {midi} {velocity} {ou`: unknown placeholder {ou, expected one of {midi}, {velocity}, {seconds}, {rate}, {out}, {corrections}"
        );
        assert_eq!(
            message("s {midi} {out}"),
            "`s {midi} {out}`: {velocity} is missing, a command needs {midi}, {velocity}, {out}"
        );
    }

    #[test]
    fn files_are_the_program_and_its_arguments() {
        let folder = tempfile::tempdir().unwrap();
        let font = folder.path().join("piano.sf2");
        std::fs::write(&font, "font").unwrap();
        let text = format!("sh {} {}x /missing {{midi}} {{velocity}} {{out}}", font.display(), font.display());
        let files: Vec<_> = Template::parse(&text).unwrap().files().collect();
        assert_eq!(files.len(), 2, "{files:?}");
        assert!(files[0].ends_with("sh") && files[0].is_absolute());
        assert_eq!(files[1], font);
        // A program given by a placeholder is not looked up, and no other word takes its place.
        let text = format!("{{out}} --font={} {{midi}} {{velocity}}", font.display());
        assert_eq!(Template::parse(&text).unwrap().files().collect::<Vec<_>>(), [font]);
    }
}
