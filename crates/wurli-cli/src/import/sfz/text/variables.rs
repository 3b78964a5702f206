//! `#define` and `$NAME`.

use super::{Place, Reader, TEXT_MAX, VALUE_MAX};
use crate::import::error::SfzProblem;

/// Longest name of a variable, bytes.
const NAME_MAX: usize = 64;

impl Reader {
    pub(super) fn define(&mut self, place: Place, name: &str, value: &str) -> Result<(), SfzProblem> {
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
    pub(super) fn expand(&mut self, place: Place, text: &str, of: &str) -> Result<Option<String>, SfzProblem> {
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
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tests::items;
    use super::super::{Item, Reader, VALUE_MAX};

    #[test]
    fn the_longest_variable_is_replaced_and_only_from_its_definition_on() {
        let text = "a=$K\n#define $K 6 #define $KEY 7\nb=$KEYS c=x$K$KEY $N=1 d=$L$\n#define $K 8 e=$K\n#define $N $K$K f$N=$N";
        assert_eq!(
            items(text),
            ["1 a=$K", "3 b=7S", "3 c=x67", "3 $n=1", "3 d=$L$", "4 e=8", "5 f88=88"].map(str::to_owned)
        );
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
}
