//! Parser of `recordings.toml`.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::num::IntErrorKind;
use std::ops::{Range, RangeInclusive};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use toml::{Spanned, Value};

use super::{
    CATALOGUE_FILE, CatalogueError, Fit, Kind, LineProblem, MIDI_MAX, MIDI_MIN, Recording, Source, VELOCITY_MAX,
    VELOCITY_MIN, scan,
};

/// Content of the catalogue, in file order.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) fit: Fit,
    pub(super) sources: Vec<Source>,
    pub(super) recordings: Vec<Recording>,
    /// Entries whose files are missing or of a format that is not read.
    pub(super) problems: Vec<CatalogueError>,
}

/// Any value with its position. Types are checked here, so that errors can name the expected one.
type Field = Option<Spanned<Value>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    fit: Field,
    #[serde(default)]
    source: Vec<Spanned<SourceEntry>>,
    #[serde(default)]
    recording: Vec<Spanned<RecordingEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceEntry {
    id: Field,
    title: Field,
    author: Field,
    licence: Field,
    address: Field,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordingEntry {
    file: Field,
    source: Field,
    kind: Field,
    midi: Field,
    velocity: Field,
}

/// Reads the catalogue of a folder; empty if there is none.
pub(super) fn read(folder: &Path) -> Result<Listed, CatalogueError> {
    let path = folder.join(CATALOGUE_FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Listed::default()),
        Err(source) => return Err(CatalogueError::Unreadable { path, source }),
    };
    let text = String::from_utf8(bytes)
        .map_err(|error| CatalogueError::NotText { path: path.clone(), offset: error.utf8_error().valid_up_to() })?;
    let page = Page { folder, path, text: &text };
    let document: Document = toml::from_str(&text).map_err(|error| page.refusal(&error))?;

    let fit = page.text("fit", document.fit.as_ref())?.map(|(word, span)| {
        let unknown = |_| {
            let (first, second) = (Fit::Keyboard.name(), Fit::Notes.name());
            page.error(span.clone(), LineProblem::UnknownWord { key: "fit", value: word.into(), first, second })
        };
        word.parse().map_err(unknown)
    });
    let sources = page.sources(&document.source)?;
    let (recordings, problems) = page.recordings(&document.recording, &sources)?;
    Ok(Listed { fit: fit.transpose()?.unwrap_or_default(), sources, recordings, problems })
}

/// Joins a multi-line message of the parser.
fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join(", ")
}

/// Text of the catalogue, for line numbers.
struct Page<'a> {
    folder: &'a Path,
    path: PathBuf,
    text: &'a str,
}

impl Page<'_> {
    /// Returns the line of a span's first character, from 1.
    fn line(&self, span: &Range<usize>) -> usize {
        self.text.bytes().take(span.start).filter(|&byte| byte == b'\n').count() + 1
    }

    fn error(&self, span: Range<usize>, problem: LineProblem) -> CatalogueError {
        CatalogueError::Line { path: self.path.clone(), line: self.line(&span), problem }
    }

    /// Converts a parser error.
    fn refusal(&self, error: &toml::de::Error) -> CatalogueError {
        let span = error.span().unwrap_or_default();
        let written = self.text.get(span.clone()).unwrap_or_default();
        // The parser would report an invalid value.
        let is_huge = written
            .parse::<i64>()
            .is_err_and(|error| matches!(error.kind(), IntErrorKind::PosOverflow | IntErrorKind::NegOverflow));
        let problem = if is_huge {
            LineProblem::Huge { value: written.to_string() }
        } else {
            LineProblem::Syntax(one_line(error.message()))
        };
        self.error(span, problem)
    }

    fn text<'f>(
        &self,
        key: &'static str,
        field: Option<&'f Spanned<Value>>,
    ) -> Result<Option<(&'f str, Range<usize>)>, CatalogueError> {
        let Some(field) = field else { return Ok(None) };
        match field.get_ref() {
            Value::String(text) => Ok(Some((text, field.span()))),
            other => Err(self.error(field.span(), LineProblem::NotText { key, value: one_line(&other.to_string()) })),
        }
    }

    fn number(
        &self,
        key: &'static str,
        field: &Spanned<Value>,
        range: RangeInclusive<u8>,
    ) -> Result<u8, CatalogueError> {
        let (min, max) = (*range.start(), *range.end());
        let problem = match field.get_ref() {
            Value::Integer(value) => match u8::try_from(*value) {
                Ok(number) if range.contains(&number) => return Ok(number),
                _ => LineProblem::OutOfRange { key, value: *value, min, max },
            },
            other => LineProblem::NotInteger { key, value: one_line(&other.to_string()), min, max },
        };
        Err(self.error(field.span(), problem))
    }

    fn sources(&self, entries: &[Spanned<SourceEntry>]) -> Result<Vec<Source>, CatalogueError> {
        let mut lines = BTreeMap::new();
        let mut sources = Vec::with_capacity(entries.len());
        for spanned in entries {
            let entry = spanned.get_ref();
            let Some((id, span)) = self.text("id", entry.id.as_ref())? else {
                return Err(self.error(spanned.span(), LineProblem::Missing { entry: "source", key: "id" }));
            };
            if id.is_empty() {
                return Err(self.error(span, LineProblem::Empty { key: "id" }));
            }
            if let Some(first_line) = lines.insert(id, self.line(&span)) {
                return Err(self.error(span, LineProblem::SourceTwice { id: id.into(), first_line }));
            }
            let optional = |key, field: &Field| {
                Ok::<_, CatalogueError>(self.text(key, field.as_ref())?.map_or("", |(text, _)| text).to_string())
            };
            sources.push(Source {
                id: id.into(),
                title: optional("title", &entry.title)?,
                author: optional("author", &entry.author)?,
                licence: optional("licence", &entry.licence)?,
                address: optional("address", &entry.address)?,
            });
        }
        Ok(sources)
    }

    fn recordings(
        &self,
        entries: &[Spanned<RecordingEntry>],
        sources: &[Source],
    ) -> Result<(Vec<Recording>, Vec<CatalogueError>), CatalogueError> {
        let mut lines = BTreeMap::new();
        let mut recordings = Vec::with_capacity(entries.len());
        let mut problems = Vec::new();
        for spanned in entries {
            let entry = spanned.get_ref();
            let Some((file, span)) = self.text("file", entry.file.as_ref())? else {
                return Err(self.error(spanned.span(), LineProblem::Missing { entry: "recording", key: "file" }));
            };
            let kind = self.kind(spanned)?;
            let key = match self.key(file) {
                Ok(key) => key,
                Err(problem @ (LineProblem::FileMissing { .. } | LineProblem::FileFormat { .. })) => {
                    problems.push(self.error(span, problem));
                    continue;
                }
                Err(problem) => return Err(self.error(span, problem)),
            };
            if let Some(first_line) = lines.insert(key.clone(), self.line(&span)) {
                return Err(self.error(span, LineProblem::FileTwice { file: file.into(), first_line }));
            }
            let source = match self.text("source", entry.source.as_ref())? {
                Some((id, span)) if !sources.iter().any(|source| source.id == id) => {
                    return Err(self.error(span, LineProblem::UnknownSource { id: id.into() }));
                }
                source => source.map(|(id, _)| id.to_string()),
            };
            recordings.push(Recording { file: key, source, kind });
        }
        Ok((recordings, problems))
    }

    fn kind(&self, spanned: &Spanned<RecordingEntry>) -> Result<Kind, CatalogueError> {
        let entry = spanned.get_ref();
        let missing = |entry, key| self.error(spanned.span(), LineProblem::Missing { entry, key });
        match self.text("kind", entry.kind.as_ref())? {
            None => Err(missing("recording", "kind")),
            Some(("note", _)) => {
                let midi =
                    entry.midi.as_ref().map(|midi| self.number("midi", midi, MIDI_MIN..=MIDI_MAX)).transpose()?;
                let velocity = entry.velocity.as_ref().ok_or_else(|| missing("note", "velocity"))?;
                let velocity = self.number("velocity", velocity, VELOCITY_MIN..=VELOCITY_MAX)?;
                Ok(midi.map_or(Kind::Unlabelled { velocity }, |midi| Kind::Note { midi, velocity }))
            }
            Some(("performance", _)) => {
                for (key, field) in [("midi", &entry.midi), ("velocity", &entry.velocity)] {
                    if let Some(field) = field {
                        let value = one_line(&field.get_ref().to_string());
                        return Err(self.error(field.span(), LineProblem::OfNote { key, value }));
                    }
                }
                Ok(Kind::Performance)
            }
            Some((word, span)) => {
                let (first, second) = ("note", "performance");
                Err(self.error(span, LineProblem::UnknownWord { key: "kind", value: word.into(), first, second }))
            }
        }
    }

    /// Returns the listed path without `.`, if it is a file below the folder.
    fn key(&self, file: &str) -> Result<String, LineProblem> {
        if file.is_empty() {
            return Err(LineProblem::Empty { key: "file" });
        }
        if file.contains('\\') {
            return Err(LineProblem::FileBackslash { file: file.into() });
        }
        let mut parts = Vec::new();
        for component in Path::new(file).components() {
            match component {
                Component::Normal(part) => parts.push(part.to_string_lossy()),
                Component::CurDir => {}
                Component::Prefix(_) | Component::RootDir | Component::ParentDir => {
                    return Err(LineProblem::FileOutside { file: file.into() });
                }
            }
        }
        let key = parts.join("/");
        if scan::is_unread(&key) {
            return Err(LineProblem::FileFormat { file: file.into() });
        }
        match fs::metadata(self.folder.join(&key)) {
            Ok(metadata) if metadata.is_dir() => Err(LineProblem::FileIsFolder { file: file.into() }),
            Ok(_) => Ok(key),
            Err(_) => Err(LineProblem::FileMissing { file: file.into() }),
        }
    }
}
