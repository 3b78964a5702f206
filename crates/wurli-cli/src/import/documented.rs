//! Checks the tables of docs/importing.md against the code.

use std::collections::BTreeSet;

use super::ImportOptions;
use super::dynamics::DynamicWords;
use super::names;
use super::sfz::region::USED;
use wurli_train::note_name::parse_note;

const PAGE: &str = include_str!("../../../../docs/importing.md");

/// Cells of the table under that heading.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let rows = PAGE.lines().skip_while(|line| !line.starts_with(heading)).skip(2);
    let rows: Vec<Vec<_>> = rows
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(!rows.is_empty(), "{heading} has no rows");
    rows
}

/// Returns the text between backticks.
fn code(cell: &'static str) -> Vec<&'static str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn file_names_are_read_as_the_page_says() {
    for row in table("| file name | key | velocity |") {
        let [file, key, velocity] = row.as_slice() else { panic!("{row:?}") };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(code(file)[0]);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
        let readings = names::read(folder.path(), &ImportOptions::default(), &mut Vec::new()).unwrap();
        let claim = &readings[0].claims[0];
        assert_eq!(
            (claim.midi[0], claim.velocity.to_string()),
            (parse_note(key).unwrap().into(), (*velocity).to_owned()),
            "{file}"
        );
    }
}

#[test]
fn words_stand_for_what_the_page_says() {
    let words = DynamicWords::default();
    let mut listed = BTreeSet::new();
    for row in table("| word | velocity |") {
        for word in code(row[0]) {
            let word = word.replace(' ', "");
            assert_eq!(words.velocity(&word).map(|velocity| velocity.to_string()).as_deref(), Some(row[1]), "{word}");
            listed.insert(word);
        }
    }
    assert_eq!(listed, words.words().map(str::to_owned).collect());
}

#[test]
fn opcodes_that_are_used_are_those_of_the_page() {
    let listed: BTreeSet<_> = table("| opcode | effect |").iter().flat_map(|row| code(row[0])).collect();
    assert_eq!(listed, USED.iter().copied().collect());
}
