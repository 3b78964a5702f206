//! Findings about many files, one line for each kind.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

use crate::note_name::parse_note;

/// Files that a line names.
const NAMED_MAX: usize = 3;

/// File and text.
type Finding = (String, String);

/// Formats findings, as pairs of file and text: one line for each kind, in the order of the first
/// of each. `shortened` removes what the names of several files have in common.
///
/// Findings are of one kind if they differ in figures and notes alone, and have the same remedy:
/// the part behind the last semicolon. Different findings about one file stay apart.
pub fn one_line_per_kind<'a>(
    findings: impl IntoIterator<Item = (String, String)>,
    shortened: impl Fn(&str) -> &str + 'a,
) -> Vec<String> {
    let mut found: Vec<Finding> = Vec::new();
    for finding in findings {
        if !found.contains(&finding) {
            found.push(finding);
        }
    }
    let mut of_file: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (file, text) in &found {
        *of_file.entry((kind(text), file.clone())).or_default() += 1;
    }
    let mut lines: Vec<(Option<String>, Vec<Finding>)> = Vec::new();
    for (file, text) in found {
        let key = (kind(&text), file);
        let is_only = of_file.get(&key) == Some(&1);
        let (kind, file) = key;
        match lines.iter_mut().find(|(known, _)| is_only && known.as_ref() == Some(&kind)) {
            Some((_, line)) => line.push((file, text)),
            None => lines.push((is_only.then_some(kind), vec![(file, text)])),
        }
    }
    lines.iter().filter_map(|(_, found)| line(found, &shortened)).collect()
}

/// Returns a message about a file for a line that begins with the path: without it, and with a
/// subject. `a.wav is empty` becomes `it is empty`.
#[must_use]
pub fn without_path(message: &str, path: &Path) -> String {
    match message.strip_prefix(&path.display().to_string()) {
        None => message.to_owned(),
        Some(finding) => finding.strip_prefix(": ").map_or_else(|| format!("it{finding}"), str::to_owned),
    }
}

/// Lists the first of some names.
pub fn first_of<T: Display>(names: impl ExactSizeIterator<Item = T>) -> String {
    let others = if names.len() > NAMED_MAX { ", …" } else { "" };
    let named: Vec<String> = names.take(NAMED_MAX).map(|name| name.to_string()).collect();
    format!("{}{others}", named.join(", "))
}

fn line(found: &[Finding], shortened: &dyn Fn(&str) -> &str) -> Option<String> {
    let (first, text) = found.first()?;
    if found.len() == 1 {
        return Some(format!("{first}: {text}"));
    }
    let named = first_of(found.iter().map(|(file, _)| shortened(file)));
    let differing: Vec<&str> = found.iter().flat_map(|(_, other)| differing(text, other)).collect();
    let of_first = match (differing.is_empty(), differing.iter().all(|word| is_note(word))) {
        (true, _) => "",
        (_, true) => " (note of the first)",
        _ => " (figures of the first)",
    };
    Some(format!("{} files ({named}): {text}{of_first}", found.len()))
}

/// Returns the words of `text` that `other`, of the same kind, has otherwise.
fn differing<'a>(text: &'a str, other: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(' ').zip(other.split(' ')).filter(|(word, other)| word != other).map(|(word, _)| word)
}

fn is_note(word: &str) -> bool {
    let name = word.trim_matches(|c: char| !(c.is_alphanumeric() || c == '#'));
    name.starts_with(|c: char| c.is_ascii_uppercase()) && parse_note(name).is_some()
}

/// Returns true for numbers, but not for names with digits, such as AC-3 and M4A.
fn is_figure(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit()) && !word.contains(|c: char| c.is_alphabetic() && c != 'e')
}

/// Returns the text with `#` for each figure and note in front of the remedy.
fn kind(text: &str) -> String {
    let (finding, remedy) = text.rsplit_once("; ").unwrap_or((text, ""));
    let words = finding.split(' ').map(|word| if is_figure(word) || is_note(word) { "#" } else { word });
    format!("{}; {remedy}", words.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(findings: &[(&str, &str)]) -> Vec<String> {
        let findings = findings.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
        one_line_per_kind(findings, |file| file)
    }

    #[test]
    fn findings_that_differ_in_figures_share_a_line() {
        let found = [
            ("a.wav", "hum at 50 Hz, -48 dBFS; move it"),
            ("b.wav", "left out: silent"),
            ("c.wav", "hum at 60 Hz, -50 dBFS; move it"),
            ("d.wav", "hum at 50 Hz, -48 dBFS; drop it"),
        ];
        assert_eq!(
            lines(&found),
            [
                "2 files (a.wav, c.wav): hum at 50 Hz, -48 dBFS; move it (figures of the first)",
                "b.wav: left out: silent",
                "d.wav: hum at 50 Hz, -48 dBFS; drop it",
            ]
        );
    }

    #[test]
    fn formats_with_digits_in_their_names_stand_apart() {
        let found = ["3gp", "AC-3", "M4A"].map(|format| (format, format!("it is {format}, which is not read")));
        let found = found.each_ref().map(|(file, text)| (*file, text.as_str()));
        assert_eq!(lines(&found).len(), 3);
    }

    #[test]
    fn findings_of_one_file_do_not_hide_each_other() {
        let found = [
            ("12g.wav", "left out: E4: struck 1 time; strike it again"),
            ("a.wav", "left out: E4: struck 1 time; strike it again"),
            ("12g.wav", "left out: A4: struck 3 times; strike it again"),
            ("12g.wav", "left out: A4: struck 3 times; strike it again"),
            ("12g.wav", "left out: G4: struck 1 time; strike it again"),
            ("b.wav", "left out: C4: struck 1 time; strike it again"),
        ];
        assert_eq!(
            lines(&found),
            [
                "12g.wav: left out: E4: struck 1 time; strike it again",
                "2 files (a.wav, b.wav): left out: E4: struck 1 time; strike it again (note of the first)",
                "12g.wav: left out: A4: struck 3 times; strike it again",
                "12g.wav: left out: G4: struck 1 time; strike it again",
            ]
        );
        assert_eq!(lines(&[("a.wav", "silent"), ("a.wav", "silent")]), ["a.wav: silent"]);
    }

    #[test]
    fn a_message_behind_its_file_has_a_subject() {
        for (message, said) in [
            ("a.wav is cut short; copy it again", "it is cut short; copy it again"),
            ("a.wav: no note sounds", "no note sounds"),
            ("nothing sounds", "nothing sounds"),
        ] {
            assert_eq!(without_path(message, Path::new("a.wav")), said);
        }
    }

    #[test]
    fn of_many_files_three_are_named() {
        let found = ["a", "b", "c", "d"].map(|file| (file, "silent"));
        assert_eq!(lines(&found), ["4 files (a, b, c, …): silent"]);
    }

    #[test]
    fn other_words_and_other_remedies_stand_apart() {
        let found = [("a", "labelled A3; write 57"), ("b", "named A3; write 57"), ("c", "labelled A3; write 58")];
        assert_eq!(lines(&found).len(), 3);
    }
}
