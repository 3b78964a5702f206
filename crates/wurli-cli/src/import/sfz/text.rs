//! Preprocessor of SFZ: comments, `#include` and `#define`; emits headers and opcodes.
//!
//! The format has no normative text; this follows sfzformat.com and what players agree on. A value
//! ends before the next `name=`, the next header or the end of its line, so it may hold spaces.
//! Every limit below is many times what the largest packs need.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::import::error::{ImportError, SfzProblem};
use crate::import::warning::ImportWarning;

use crate::import::sfz::syntax::{directive, header, opcode, quoted, without_comments, word};

/// Limit of text, read or expanded, bytes. Packs of thousands of regions have one million.
pub(crate) const TEXT_MAX: usize = 1 << 24;
/// Longest value, bytes: the longest path on Linux.
pub(crate) const VALUE_MAX: usize = 4096;
/// Longest name of a variable, bytes.
const NAME_MAX: usize = 64;
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

    fn define(&mut self, place: Place, name: &str, value: &str) -> Result<(), SfzProblem> {
        // Expanded at once, so that no value can refer to itself.
        if let Some(value) = self.expand(place, value, name)? {
            let name: String = name.trim_start_matches('$').chars().take(NAME_MAX).collect();
            self.defines.insert(name, value);
        }
        Ok(())
    }

    /// Replaces each `$name` by the value of the longest variable that its letters begin with, as
    /// in `$KEYlo` where `KEY` is one. `None` where that becomes longer than a value may be: it is
    /// remarked, and passed over.
    fn expand(&mut self, place: Place, text: &str, of: &str) -> Result<Option<String>, SfzProblem> {
        let mut expanded = String::with_capacity(text.len().min(VALUE_MAX));
        let mut rest = text;
        while let Some(at) = rest.find('$').filter(|_| expanded.len() <= VALUE_MAX) {
            expanded.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let letters = rest.bytes().take(NAME_MAX).take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            let mut lengths = (1..=letters).filter(|length| self.defines.contains_key(&rest[..*length]));
            let (shortest, longest) = (lengths.next(), lengths.next_back());
            self.ambiguous |= longest.is_some();
            let length = if self.shortest { shortest } else { longest.or(shortest) };
            let known = length.and_then(|length| Some((length, self.defines.get(&rest[..length])?)));
            match known {
                Some((length, value)) => {
                    expanded.push_str(value);
                    rest = &rest[length..];
                }
                None => expanded.push('$'),
            }
        }
        if expanded.len() + rest.len() > VALUE_MAX {
            match &mut self.long {
                Some((.., others)) => *others += 1,
                None => self.long = Some((place, of.chars().take(40).collect(), 0)),
            }
            return Ok(None);
        }
        expanded.push_str(rest);
        let grown = expanded.len().saturating_sub(text.len());
        self.budget = self
            .budget
            .checked_sub(grown)
            .ok_or_else(|| SfzProblem::Expansion { name: of.chars().take(40).collect(), max: TEXT_MAX })?;
        Ok(Some(expanded))
    }

    fn include(&mut self, place: Place, file: &str, listener: &mut Listener<'_>) -> Result<(), ImportError> {
        let expanded = self.expand(place, file, "#include").map_err(|problem| self.at(place, problem))?;
        let Some(file) = expanded else { return Ok(()) };
        if self.open.len() >= DEPTH_MAX {
            return Err(self.at(place, SfzProblem::IncludeDepth { file, max: DEPTH_MAX }));
        }
        self.includes += 1;
        if self.includes > INCLUDES_MAX {
            return Err(self.at(place, SfzProblem::IncludeCount { file, max: INCLUDES_MAX }));
        }
        // Paths are relative to the file that the player opens, wherever the line stands.
        let folder = self.files.first().and_then(|first| first.parent()).unwrap_or(Path::new("")).to_path_buf();
        let path = super::super::paths::resolve(&folder, &file).unwrap_or_else(|missing| missing);
        let key = canonical(&path);
        if self.open.contains(&key) {
            return Err(self.at(place, SfzProblem::IncludeLoop { file }));
        }
        let text = match self.load(&path) {
            Ok(text) => text,
            Err(ImportError::Unreadable { source, .. }) => {
                let (path, line, reason) = (self.path(place), place.line, source.to_string());
                self.warnings.push(ImportWarning::IncludeMissing { path, line, file, reason });
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.open.push(key);
        self.text(&path, &text, listener)?;
        self.open.pop();
        Ok(())
    }
}

/// Bounded set of names, for warnings.
#[derive(Default)]
pub(crate) struct Names {
    seen: BTreeSet<String>,
    others: usize,
}

impl Names {
    /// Limit of names.
    const MAX: usize = 100;

    pub(crate) fn add(&mut self, name: &str) {
        if self.seen.len() < Self::MAX {
            self.seen.insert(name.chars().take(40).collect());
        } else if !self.seen.contains(name) {
            self.others += 1;
        }
    }

    pub(crate) fn warning(self) -> Option<ImportWarning> {
        let Self { seen, others } = self;
        (!seen.is_empty()).then(|| ImportWarning::Opcodes { names: seen.into_iter().collect(), others })
    }
}

fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<String> {
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
    fn the_longest_variable_is_replaced_and_only_from_its_definition_on() {
        let text = "a=$K\n#define $K 6 #define $KEY 7\nb=$KEYS c=x$K$KEY $N=1 d=$L$\n#define $K 8 e=$K\n#define $N $K$K f$N=$N";
        assert_eq!(
            items(text),
            ["1 a=$K", "3 b=7S", "3 c=x67", "3 $n=1", "3 d=$L$", "4 e=8", "5 f88=88"].map(str::to_owned)
        );
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

    fn refusal(files: &[(&str, String)]) -> String {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let mut reader = Reader::new(false);
        let error = reader.read(&folder.path().join(files[0].0), &mut |_, _| Ok(())).unwrap_err().to_string();
        error.replace(&format!("{}/", folder.path().display()), "")
    }

    #[test]
    fn what_would_never_end_is_refused_by_file_and_line() {
        assert_eq!(
            refusal(&[("a.sfz", "\n#include \"b.sfz\"".into()), ("b.sfz", "#include \"A.sfz\"".into())]),
            "b.sfz line 1: #include \"A.sfz\" includes itself, directly or through others"
        );
        let many = "a=$v\n".repeat(5000);
        assert_eq!(
            refusal(&[("a.sfz", format!("#define $v {}\n{many}", "x".repeat(4000)))]),
            "a.sfz line 4191: a becomes longer than 16777216 bytes once its variables are replaced"
        );
        assert_eq!(
            refusal(&[("a.sfz", "#include \"e.sfz\"\n".repeat(4097)), ("e.sfz", String::new())]),
            "a.sfz line 4097: #include \"e.sfz\" is one more than the 4096 that are followed"
        );
        let chain: Vec<_> =
            (0..20).map(|i| (format!("{i:02}.sfz"), format!("#include \"{:02}.sfz\"", i + 1))).collect();
        let chain: Vec<_> = chain.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
        assert_eq!(refusal(&chain), "15.sfz line 1: #include \"16.sfz\" is more than 16 files deep");
        assert_eq!(
            refusal(&[("a.sfz", "<\0r\0e\0".into())]),
            "a.sfz is not text: byte 1 is 0; is it an SFZ file, and not saved as UTF-16?"
        );
        let long = "x".repeat(TEXT_MAX + 1);
        assert_eq!(refusal(&[("a.sfz", long)]), "a.sfz with what it includes is longer than 16777216 bytes");
    }

    #[test]
    fn what_is_too_long_is_passed_over_and_the_rest_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sfz");
        let doubling: String = (1..40).map(|i| format!("#define $v{i:02} $v{:02}$v{:02}\n", i - 1, i - 1)).collect();
        let long = "x".repeat(VALUE_MAX + 1);
        fs::write(
            &path,
            format!(
                "#define $v00 xx\n{doubling}<region>\nlabel={long}\n#include \"{long}\"\nkey=60 name$v11$v11=1\nkey=61"
            ),
        )
        .unwrap();
        let mut heard = Vec::new();
        let mut listener = |_, item| {
            if let Item::Opcode(name, value) = item {
                heard.push(format!("{name}={value}"));
            }
            Ok(())
        };
        let mut reader = Reader::new(false);
        reader.read(&path, &mut listener).unwrap();
        // $v12, $v23 and $v34, each begun anew from the name of the one before; label, #include and
        // name.
        assert_eq!(heard, ["key=60", "key=61"]);
        let said: Vec<_> = reader.warnings.iter().map(ToString::to_string).collect();
        assert!(
            said.len() == 1
                && said[0].ends_with("line 13: $v12 becomes longer than 4096 bytes once its variables are replaced, passed over (and 5 more)"),
            "{said:?}"
        );
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
