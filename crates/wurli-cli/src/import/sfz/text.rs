//! Preprocessor of SFZ: comments, `#include` and `#define`; emits headers and opcodes.
//!
//! The format has no normative text; this follows sfzformat.com and what players agree on. A value
//! ends before the next `name=`, the next header or the end of its line, so it may hold spaces.
//! Every limit below is many times what the largest packs need.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::import::error::{ImportError, SfzProblem};
use crate::import::warning::ImportWarning;

use crate::import::sfz::syntax::{directive, header, opcode, quoted, without_comments, word};

mod include;
mod variables;

/// Limit of text, read or expanded, bytes. Packs of thousands of regions have one million.
pub(crate) const TEXT_MAX: usize = 1 << 24;
/// Longest value, bytes: the longest path on Linux.
pub(crate) const VALUE_MAX: usize = 4096;
/// Deepest nesting of includes.
pub(crate) const DEPTH_MAX: usize = 16;
/// Limit of includes.
pub(crate) const INCLUDES_MAX: usize = 4096;

/// Position in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Index into [`Reader::files`].
    pub(crate) file: usize,
    /// Line, from 1.
    pub(crate) line: usize,
}

/// Element of an SFZ file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// `<name>`.
    Header(String),
    /// `name=value`, with variables expanded.
    Opcode(String, String),
}

/// Reads SFZ files and passes their items to a listener.
pub(crate) struct Reader {
    /// Files that were read, starting with the main one.
    pub(crate) files: Vec<PathBuf>,
    /// Warnings about the text.
    pub(crate) warnings: Vec<ImportWarning>,
    /// True if a variable could be read as another one with a shorter name.
    pub(crate) ambiguous: bool,
    shortest: bool,
    defines: BTreeMap<String, String>,
    open: Vec<PathBuf>,
    includes: usize,
    budget: usize,
    stray: Option<(Place, String, usize)>,
    long: Option<(Place, String, usize)>,
}

type Listener<'a> = dyn FnMut(Place, Item) -> Result<(), SfzProblem> + 'a;

impl Reader {
    /// Creates a reader that replaces `$name` by the longest variable that the name begins with, or
    /// by the shortest. Players differ, and so do packs.
    pub(crate) fn new(shortest: bool) -> Self {
        Self {
            ambiguous: false,
            shortest,
            files: Vec::new(),
            warnings: Vec::new(),
            defines: BTreeMap::new(),
            open: Vec::new(),
            includes: 0,
            budget: TEXT_MAX,
            stray: None,
            long: None,
        }
    }

    /// Reads a file and its includes.
    pub(crate) fn read(&mut self, path: &Path, listener: &mut Listener<'_>) -> Result<(), ImportError> {
        let text = self.load(path)?;
        self.open.push(canonical(path));
        self.text(path, &text, listener)?;
        if let Some((place, text, others)) = self.stray.take() {
            self.warnings.push(ImportWarning::Stray { path: self.path(place), line: place.line, text, others });
        }
        if let Some((place, name, others)) = self.long.take() {
            let (path, line) = (self.path(place), place.line);
            self.warnings.push(ImportWarning::Long { path, line, name, max: VALUE_MAX, others });
        }
        Ok(())
    }

    pub(crate) fn path(&self, place: Place) -> PathBuf {
        self.files.get(place.file).cloned().unwrap_or_default()
    }

    fn load(&mut self, path: &Path) -> Result<String, ImportError> {
        let unreadable = |source| ImportError::Unreadable { path: path.into(), source };
        // A device or a pipe may never end.
        if !fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(unreadable(std::io::Error::other("it is not a file")));
        }
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(unreadable)?;
        file.take(self.budget as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        self.budget = self
            .budget
            .checked_sub(bytes.len())
            .ok_or_else(|| ImportError::TooMuchText { path: path.into(), max: TEXT_MAX })?;
        if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
            return Err(ImportError::NotText { path: path.into(), offset });
        }
        // Older packs were written in the Windows encoding of their day; its letters are those of
        // Latin-1, whose bytes are code points.
        let text =
            String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect());
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n").replace('\r', "\n");
        Ok(without_comments(&text))
    }

    fn text(&mut self, path: &Path, text: &str, listener: &mut Listener<'_>) -> Result<(), ImportError> {
        let file = self.files.len();
        self.files.push(path.into());
        for (i, line) in text.split('\n').enumerate() {
            self.line(Place { file, line: i + 1 }, line, listener)?;
        }
        Ok(())
    }

    fn line(&mut self, place: Place, line: &str, listener: &mut Listener<'_>) -> Result<(), ImportError> {
        let mut rest = line.trim_start();
        while !rest.is_empty() {
            rest = if let Some(after) = directive(rest, "#define") {
                let (name, after) = word(after);
                let (value, after) = word(after);
                self.define(place, name, value).map_err(|problem| self.at(place, problem))?;
                after
            } else if let Some(after) = directive(rest, "#include") {
                let (file, after) = quoted(after).unwrap_or_else(|| word(after));
                self.include(place, file, listener)?;
                after
            } else if let Some((name, after)) = header(rest) {
                let item = Item::Header(name.to_ascii_lowercase());
                listener(place, item).map_err(|problem| self.at(place, problem))?;
                after
            } else if let Some((name, value, after)) = opcode(rest) {
                let expanded = self.expand(place, name, name).and_then(|name| {
                    let Some(name) = name else { return Ok(None) };
                    Ok(self.expand(place, value, &name)?.map(|value| (name, value)))
                });
                if let Some((name, value)) = expanded.map_err(|problem| self.at(place, problem))? {
                    let item = Item::Opcode(name.to_ascii_lowercase(), value);
                    listener(place, item).map_err(|problem| self.at(place, problem))?;
                }
                after
            } else {
                let (stray, after) = word(rest);
                match &mut self.stray {
                    Some((.., others)) => *others += 1,
                    None => self.stray = Some((place, stray.chars().take(40).collect(), 0)),
                }
                after
            }
            .trim_start();
        }
        Ok(())
    }

    fn at(&self, place: Place, problem: SfzProblem) -> ImportError {
        ImportError::Line { path: self.path(place), line: place.line, problem }
    }
}

fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Items of a text, each behind its line.
    pub(super) fn items(text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sfz");
        fs::write(&path, text).unwrap();
        let mut items = Vec::new();
        let mut listener = |place: Place, item| {
            items.push(match item {
                Item::Header(name) => format!("{} <{name}>", place.line),
                Item::Opcode(name, value) => format!("{} {name}={value}", place.line),
            });
            Ok(())
        };
        Reader::new(false).read(&path, &mut listener).unwrap();
        items
    }

    #[test]
    fn a_value_ends_before_the_next_opcode_header_or_line() {
        for (text, expected) in [
            ("<region>key=60 sample=a b c.wav lovel=1", "1 <region>|1 key=60|1 sample=a b c.wav|1 lovel=1"),
            ("<region> sample=a=b.wav\nkey=c#4", "1 <region>|1 sample=a=b.wav|2 key=c#4"),
            ("sample=x.wav<region>key=1", "1 sample=x.wav|1 <region>|1 key=1"),
            ("sample=a <b c.wav key=1", "1 sample=a <b c.wav|1 key=1"),
            ("SAMPLE=..\\A\\b.wav  \r\nkey=", "1 sample=..\\A\\b.wav|2 key="),
            ("\u{feff}<global>\n", "1 <global>"),
            ("sample=ü é.wav key=2", "1 sample=ü é.wav|1 key=2"),
            ("<region> sample = a b.wav key = 60 lovel =1", "1 <region>|1 sample=a b.wav|1 key=60|1 lovel=1"),
        ] {
            assert_eq!(items(text).join("|"), expected, "{text:?}");
        }
    }

    #[test]
    fn comments_are_blank_and_lines_keep_their_numbers() {
        let text = "// <region>\n<group> /* key=1\nkey=2 */ key=3 // key=4\nsample=a/b.wav /* open";
        assert_eq!(items(text), ["2 <group>", "3 key=3", "4 sample=a/b.wav"]);
    }

    #[test]
    fn text_that_is_not_utf_8_is_latin_1() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sfz");
        fs::write(&path, b"sample=\xfc.wav").unwrap();
        let mut found = None;
        let mut listener = |_, item| {
            found = Some(item);
            Ok(())
        };
        Reader::new(false).read(&path, &mut listener).unwrap();
        assert_eq!(found, Some(Item::Opcode("sample".into(), "ü.wav".into())));
    }

    #[test]
    fn what_is_missing_or_senseless_is_said_and_the_rest_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sfz");
        fs::write(&path, "#include \"gone.sfz\"\nwhat is this\n<region>").unwrap();
        let (mut reader, mut count) = (Reader::new(false), 0);
        let mut listener = |_, _| {
            count += 1;
            Ok(())
        };
        reader.read(&path, &mut listener).unwrap();
        let said: Vec<_> = reader.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(count, 1);
        assert!(said[0].contains("a.sfz line 1: #include \"gone.sfz\" cannot be read"), "{said:?}");
        assert!(
            said[1].ends_with("line 2: \"what\" is neither a header nor an opcode, passed over (and 2 more)"),
            "{said:?}"
        );
    }
}
