//! `#include`.

use std::path::Path;

use super::{DEPTH_MAX, INCLUDES_MAX, Listener, Place, Reader, canonical};
use crate::import::error::{ImportError, SfzProblem};
use crate::import::paths;
use crate::import::warning::ImportWarning;

impl Reader {
    pub(super) fn include(&mut self, place: Place, file: &str, listener: &mut Listener<'_>) -> Result<(), ImportError> {
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
        let path = paths::resolve(&folder, &file).unwrap_or_else(|missing| missing);
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::{Reader, TEXT_MAX};

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
}
