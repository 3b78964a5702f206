//! Findings about many files, one line for each kind.

/// Files that a line names.
const NAMED_MAX: usize = 3;

/// Formats findings, as pairs of file and text: one line for each kind, in the order of the first
/// of each. `shortened` removes what the names of several files have in common.
///
/// Findings are of one kind if they differ in figures alone, and have the same remedy: the part
/// behind the last semicolon.
pub fn one_line_per_kind<'a>(
    findings: impl IntoIterator<Item = (String, String)>,
    shortened: impl Fn(&str) -> &str + 'a,
) -> Vec<String> {
    let mut kinds: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for (file, text) in findings {
        let kind = kind(&text);
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, found)) => found.push((file, text)),
            None => kinds.push((kind, vec![(file, text)])),
        }
    }
    kinds.iter().filter_map(|(_, found)| line(found, &shortened)).collect()
}

fn line(found: &[(String, String)], shortened: &dyn Fn(&str) -> &str) -> Option<String> {
    let (first, text) = found.first()?;
    let files: Vec<&str> = found.iter().map(|(file, _)| shortened(file)).collect();
    if files.len() == 1 {
        return Some(format!("{first}: {text}"));
    }
    let named = files.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    let others = if files.len() > NAMED_MAX { ", …" } else { "" };
    let figures = if found.iter().all(|(_, other)| other == text) { "" } else { " (figures of the first)" };
    Some(format!("{} files ({named}{others}): {text}{figures}", files.len()))
}

/// Returns the text with `#` for each figure and note in front of the remedy.
fn kind(text: &str) -> String {
    let (finding, remedy) = text.rsplit_once("; ").unwrap_or((text, ""));
    let words = finding.split(' ').map(|word| if word.contains(|c: char| c.is_ascii_digit()) { "#" } else { word });
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
