//! Writer of `recordings.toml`.

use std::fmt::Write;

use super::{Fit, Kind, Recording, Source};

/// Returns the text of a catalogue, as [`super::read`] reads it.
///
/// Lines of `heading` and the text beside each recording become comments.
#[must_use]
pub fn describe<'a>(
    heading: &str,
    fit: Fit,
    sources: &[Source],
    recordings: impl IntoIterator<Item = (&'a Recording, Option<&'a str>)>,
) -> String {
    let mut text: String = heading.lines().map(|line| format!("# {line}\n")).collect();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\nfit = \"{fit}\"");
    for source in sources {
        let Source { id, title, author, licence, address } = source;
        text.push_str("\n[[source]]\n");
        for (key, value) in
            [("id", id), ("title", title), ("author", author), ("licence", licence), ("address", address)]
        {
            let _ = writeln!(text, "{key} = {}", quoted(value));
        }
    }
    for (recording, comment) in recordings {
        text.push_str("\n[[recording]]\n");
        if let Some(comment) = comment {
            // In a comment, a line feed would begin another line of the catalogue.
            let _ = writeln!(text, "# {}", comment.escape_debug());
        }
        let _ = writeln!(text, "file = {}", quoted(&recording.file));
        if let Some(source) = &recording.source {
            let _ = writeln!(text, "source = {}", quoted(source));
        }
        let _ = match recording.kind {
            Kind::Note { midi, velocity } => writeln!(text, "kind = \"note\"\nmidi = {midi}\nvelocity = {velocity}"),
            Kind::Unlabelled { velocity } => writeln!(text, "kind = \"note\"\nvelocity = {velocity}"),
            Kind::Performance => writeln!(text, "kind = \"performance\""),
        };
    }
    text
}

/// Returns a TOML string on one line.
fn quoted(text: &str) -> String {
    // The line would be broken by a string in three quotes, which is how text with line feeds is
    // written otherwise.
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::describe;
    use crate::catalogue::{self, CATALOGUE_FILE, Fit, Kind, Recording, Selection, Source};

    #[test]
    fn what_is_described_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let source = Source {
            id: "a \"b\" \\".into(),
            title: "Ünïcode 'and' quotes".into(),
            author: String::new(),
            licence: "CC0-1.0".into(),
            address: "https://example.org/?a=b#c".into(),
        };
        let recording = |file: &str, kind| Recording { file: file.into(), source: Some(source.id.clone()), kind };
        let recordings =
            [recording("a#'\".wav", Kind::Note { midi: 21, velocity: 127 }), recording("take.wav", Kind::Performance)];
        for recording in &recordings {
            std::fs::write(folder.path().join(&recording.file), "").unwrap();
        }
        let said = [Some("was called a\n[[source]]\nb"), None];
        let text = describe("two\nlines", Fit::Notes, std::slice::from_ref(&source), recordings.iter().zip(said));
        std::fs::write(folder.path().join(CATALOGUE_FILE), text).unwrap();
        let read = catalogue::read(folder.path(), Selection::All).unwrap();
        assert_eq!((read.fit, read.sources, read.recordings), (Fit::Notes, vec![source], recordings.to_vec()));
    }
}
