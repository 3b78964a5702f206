//! Tokens of a file name: notes, velocities, dynamics, numbers.

use super::naming::Naming;
use super::velocity::LAYERS_MAX;
use crate::import::dynamics::{DynamicWords, Joined, PIANO};

/// Token of a file name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A note's name, as MIDI with C4 = 60; may be beyond a piano's keys.
    Note(i16),
    /// A number behind `note`, `key` or `midi`.
    Key(u32),
    /// A number behind `v`, `vel`, `velocity`, `layer` or `dyn`.
    Velocity(u32),
    /// A word for a dynamic.
    Dynamic(String),
    /// A number on its own.
    Number(u32),
    /// Number of a round robin: `rr2`, `take3`.
    Take,
    /// Anything else.
    Text,
}

/// Longest number, digits; longer ones are serial numbers.
const DIGITS_MAX: usize = 4;

/// Splits a name without its extension into tokens. A note and its suffixes may be written without
/// separators: `a3ff`, `C4v78rr2`.
pub(crate) fn tokens(stem: &str, naming: Naming, words: &DynamicWords) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    // Letters before a number that stands apart from them: `vel_090`.
    let mut last_word = String::new();
    let mut rest = stem;
    while !rest.is_empty() {
        let separator = |c: char| !(c.is_alphanumeric() || c == '#');
        rest = rest.trim_start_matches(separator);
        if let Some((midi, after)) = naming.split(rest).filter(|(_, after)| belongs(after, words)) {
            found.push(Token::Note(midi));
            last_word.clear();
            rest = after;
            while let Some((token, after)) = suffix(rest, words) {
                found.push(token);
                rest = after;
            }
            rest = signed(&mut found, None, rest);
            continue;
        }
        let before = stem.strip_suffix(rest).and_then(|before| before.chars().next_back());
        let (piece, after) = rest.split_at(rest.find(separator).unwrap_or(rest.len()));
        rest = after;
        if piece.is_empty() {
            continue;
        }
        let mut part = piece;
        let mut of_piece = Vec::new();
        while let Some((token, after)) = suffix(part, words) {
            of_piece.push(token);
            part = after;
        }
        match (part.is_empty(), whole_number(piece)) {
            (_, Some(number)) => {
                let of_word = marked(&last_word, number);
                if of_word.is_some() {
                    // The word itself was no token.
                    found.pop();
                }
                // Percent of the highest velocity.
                let percent = after.starts_with('%') && (1..=100).contains(&number);
                let number = if percent { (127 * number).div_ceil(100) } else { number };
                found.push(of_word.unwrap_or(Token::Number(number)));
            }
            (true, None) => {
                if let [Token::Dynamic(word)] = of_piece.as_slice() {
                    match words.joined(&last_word, word) {
                        Joined::Known(both) => {
                            found.pop();
                            of_piece = vec![Token::Dynamic(both)];
                        }
                        Joined::Unknown => of_piece = vec![Token::Text],
                        Joined::Apart => {}
                    }
                }
                found.append(&mut of_piece);
                rest = signed(&mut found, before, rest);
            }
            (false, None) => found.push(Token::Text),
        }
        last_word = piece.to_ascii_lowercase();
    }
    found
}

/// Adds the sign behind a dynamic to it, as in `mf+`, and returns the text after it. `before` is the
/// separator in front of the dynamic.
fn signed<'a>(found: &mut [Token], before: Option<char>, rest: &'a str) -> &'a str {
    let Some(Token::Dynamic(word)) = found.last_mut() else { return rest };
    let Some(sign) = rest.chars().next().filter(|sign| matches!(sign, '+' | '-')) else { return rest };
    let after = &rest[1..];
    if is_sign(sign, before, after.chars().next()) {
        word.push(sign);
        return after;
    }
    rest
}

/// Returns true for a sign at the end of a name, or between the separators of its word, as in
/// `A3_mf-_rr1` and `(mf-)`. Elsewhere, as in `A3-p-(1)`, it is a separator itself.
fn is_sign(sign: char, before: Option<char>, after: Option<char>) -> bool {
    let separates = |c: char| matches!(c, ' ' | '_' | '.');
    match (before, after) {
        (_, None) | (Some('('), Some(')')) | (Some('['), Some(']')) => true,
        (Some(before), Some(after)) if before == after => separates(after) || after == '-',
        (before, Some(after)) => separates(after) && (sign == '+' || before.is_none()),
    }
}

/// Returns the dynamic of a name, if it has exactly one. Beside another, "piano" is the instrument.
pub(crate) fn word(stem: &str, words: &DynamicWords) -> Option<String> {
    let found = tokens(stem, Naming::English, words).into_iter().filter_map(|token| match token {
        Token::Dynamic(word) => Some(word),
        _ => None,
    });
    let mut found: Vec<String> = found.collect();
    if found.len() > 1 {
        found.retain(|word| word != PIANO);
    }
    found.pop().filter(|_| found.is_empty())
}

fn whole_number(text: &str) -> Option<u32> {
    let digits = (1..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Returns true if the text behind a note name is empty, a separator, or suffixes of notes.
fn belongs(mut text: &str, words: &DynamicWords) -> bool {
    while let Some((_, after)) = suffix(text, words) {
        text = after;
    }
    !text.starts_with(|c: char| c.is_alphanumeric() || c == '#')
}

/// Splits a velocity, take or dynamic off the beginning.
fn suffix<'a>(text: &'a str, words: &DynamicWords) -> Option<(Token, &'a str)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (word, after) = text.split_at(letters);
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = after.split_at(digits);
    let lower = word.to_ascii_lowercase();
    match whole_number(number) {
        Some(number) => marked(&lower, number).map(|token| (token, rest)),
        None if digits == 0 && words.velocity(&lower).is_some() => Some((Token::Dynamic(lower), after)),
        None => None,
    }
}

/// Returns the meaning of a number behind a word.
fn marked(word: &str, number: u32) -> Option<Token> {
    match word {
        "note" | "key" | "midi" | "pitch" => Some(Token::Key(number)),
        "v" | "vel" | "velo" | "velocity" | "vl" | "layer" | "lyr" | "dyn" | "dynamic" => Some(Token::Velocity(number)),
        // Instruments have larger numbers: L100.
        "l" | "lay" | "level" | "lvl" if number <= LAYERS_MAX => Some(Token::Velocity(number)),
        "rr" | "take" => Some(Token::Take),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::names::tokens::Token::{Dynamic, Key, Note, Number, Take, Text, Velocity};

    #[test]
    fn names_as_people_give_them_are_taken_apart() {
        let dynamic = |word: &str| Dynamic(word.into());
        for (stem, expected) in [
            ("A3_mf", vec![Note(57), dynamic("mf")]),
            ("061-v78", vec![Number(61), Velocity(78)]),
            ("a3ff", vec![Note(57), dynamic("ff")]),
            ("ab3f", vec![Note(56), dynamic("f")]),
            ("Wurli_C#4_vel090_rr1", vec![Text, Note(61), Velocity(90), Take]),
            ("C4v78rr2", vec![Note(60), Velocity(78), Take]),
            ("Wurlitzer A200 - Cs4 (soft)", vec![Text, Text, Note(61), dynamic("soft")]),
            ("EP200_Fsharp2_V_12", vec![Text, Note(42), Velocity(12)]),
            ("Eflat2-PP", vec![Note(39), dynamic("pp")]),
            ("060_127", vec![Number(60), Number(127)]),
            ("012 note61 vel32", vec![Number(12), Key(61), Velocity(32)]),
            ("key 61 layer 2", vec![Key(61), Velocity(2)]),
            ("C-1", vec![Note(0)]),
            ("A-2_p", vec![Note(-3), dynamic("p")]),
            ("Bb-1", vec![Note(10)]),
            ("Take 3 D5", vec![Take, Note(74)]),
            ("L1_A3_1", vec![Velocity(1), Note(57), Number(1)]),
            ("L100 A3", vec![Text, Note(57)]),
            ("B3dfoo", vec![Text]),
            ("87994", vec![Text]),
            ("A3 very loud", vec![Note(57), dynamic("veryloud")]),
            ("A3 Very_Loud rr2", vec![Note(57), dynamic("veryloud"), Take]),
            ("A3 Mezzo-Forte", vec![Note(57), dynamic("mezzoforte")]),
            ("medium soft A3", vec![dynamic("mediumsoft"), Note(57)]),
            ("MedSoft A3", vec![dynamic("medsoft"), Note(57)]),
            ("A3 mf+", vec![Note(57), dynamic("mf+")]),
            ("A3mf- rr2", vec![Note(57), dynamic("mf-"), Take]),
            ("mf-A3", vec![dynamic("mf"), Note(57)]),
            ("A3_mf+_rr1", vec![Note(57), dynamic("mf+"), Take]),
            ("mf-_A3", vec![dynamic("mf-"), Note(57)]),
            ("A3 (mf+) rr1", vec![Note(57), dynamic("mf+"), Take]),
            ("A3-mf-", vec![Note(57), dynamic("mf-")]),
            ("A3-p-(1)", vec![Note(57), dynamic("p"), Number(1)]),
            ("A3 p-_close", vec![Note(57), dynamic("p"), Text]),
            ("A3 p+pedal", vec![Note(57), dynamic("p"), Text]),
            ("A3-mf- rr1", vec![Note(57), dynamic("mf"), Take]),
            ("A3 extra soft", vec![Note(57), Text, Text]),
            ("piano f", vec![dynamic("piano"), dynamic("f")]),
            ("ü#é", vec![Text]),
            ("__", vec![]),
        ] {
            assert_eq!(tokens(stem, Naming::English, &DynamicWords::default()), expected, "{stem}");
        }
    }

    #[test]
    fn the_word_of_a_name_is_the_only_one() {
        let words = DynamicWords::default();
        assert_eq!(word("g5mp", &words).as_deref(), Some("mp"));
        assert_eq!((word("g5", &words), word("mp_f", &words)), (None, None));
        assert_eq!(
            (word("piano g5 f", &words).as_deref(), word("g5 piano", &words).as_deref()),
            (Some("f"), Some("piano"))
        );
    }
}
