//! Tokens of a file name: notes, velocities, dynamics, numbers.

use super::naming::Naming;
use super::quantity::Quantity;
use super::velocity::LAYERS_MAX;
use crate::import::dynamics::{DynamicWords, Joined, PIANO};
use wurli_train::catalogue::MIDI_MIN;

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
    /// A number with a sign, decimals or the unit of a level, a depth or a force, in thousandths.
    Quantity(i64),
    /// A number in percent, in thousandths.
    Percent(i64),
    /// Number of a round robin: `rr2`, `take3`.
    Take,
    /// Anything else.
    Text,
}

impl From<Quantity> for Token {
    fn from(quantity: Quantity) -> Self {
        match quantity {
            Quantity { orders_dynamics: false, .. } => Self::Text,
            Quantity { is_percent: true, thousandths, .. } => Self::Percent(thousandths),
            Quantity { thousandths, .. } => Self::Quantity(thousandths),
        }
    }
}

/// Longest number, digits; longer ones are serial numbers.
const DIGITS_MAX: usize = 4;

/// Splits a name without its extension into tokens. A note and its suffixes may be written without
/// separators: `a3ff`, `C4v78rr2`.
pub(crate) fn tokens(stem: &str, naming: Naming, words: &DynamicWords) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    // Decimals without sign and unit: their places among the tokens, and both halves.
    let mut decimals: Vec<(usize, (u32, u32))> = Vec::new();
    // Letters before a number that stands apart from them: `vel_090`.
    let mut last_word = String::new();
    let mut rest = stem;
    while !rest.is_empty() {
        let separator = |c: char| !(c.is_alphanumeric() || c == '#');
        let (starts, untrimmed) = (rest.len() == stem.len(), rest);
        rest = rest.trim_start_matches(separator);
        let separators = untrimmed.strip_suffix(rest).unwrap_or_default();
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
        if let Some((quantity, after)) = Quantity::split(rest, separators, starts, &last_word) {
            if marked(&last_word, 0).is_some() {
                // The word itself was no token.
                found.pop();
            }
            decimals.extend(quantity.halves.map(|halves| (found.len(), halves)));
            found.push(Token::from(quantity));
            last_word.clear();
            rest = after;
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
        if let Some((number, after)) = key_before_suffix(piece, words) {
            of_piece.push(Token::Number(number));
            part = after;
        }
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
                rest = measured(&mut found, piece, rest);
                rest = signed(&mut found, before, rest);
            }
            (false, None) => found.push(Token::Text),
        }
        last_word = piece.to_ascii_lowercase();
    }
    split_first_decimal(&mut found, &decimals);
    found
}

/// Replaces the first number, if it has decimals and no note stands in the name, by both of its
/// halves: `60.127` is key 60 and velocity 127.
fn split_first_decimal(found: &mut Vec<Token>, decimals: &[(usize, (u32, u32))]) {
    let is_numeric = |token: &Token| !matches!(token, Token::Text | Token::Take | Token::Dynamic(_));
    let has_note = found.iter().any(|token| matches!(token, Token::Note(_) | Token::Key(_)));
    let Some((at, (key, velocity))) = decimals.first().copied() else { return };
    if !has_note && key >= u32::from(MIDI_MIN) && found.iter().position(is_numeric) == Some(at) {
        found.splice(at..=at, [Token::Number(key), Token::Number(velocity)]);
    }
}

/// Reads the decimals or the unit behind a number with a mark, as in `v0.25` and `v25%`, and
/// returns the text after it.
fn measured<'a>(found: &mut [Token], piece: &str, rest: &'a str) -> &'a str {
    let Some(token @ Token::Velocity(_)) = found.last_mut() else { return rest };
    let number = piece.trim_start_matches(|c: char| !c.is_ascii_digit());
    let text = format!("{number}{rest}");
    match Quantity::split(&text, "", false, "") {
        // `v78.1` is a velocity and a take.
        Some((quantity, after)) if quantity.halves.is_none_or(|(whole, _)| whole <= 1) => {
            *token = Token::from(quantity);
            rest.get(rest.len() - after.len().min(rest.len())..).unwrap_or_default()
        }
        _ => rest,
    }
}

/// Splits a number off the beginning, if suffixes of notes follow: `45f`, `061v78`.
fn key_before_suffix<'a>(piece: &'a str, words: &DynamicWords) -> Option<(u32, &'a str)> {
    let (number, after) = piece.split_at(piece.bytes().take_while(u8::is_ascii_digit).count());
    let mut part = after;
    while let Some((_, after)) = suffix(part, words) {
        part = after;
    }
    (!after.is_empty() && part.is_empty()).then(|| whole_number(number)).flatten().map(|number| (number, after))
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
    use crate::import::names::tokens::Token::{Dynamic, Key, Note, Number, Percent, Quantity, Take, Text, Velocity};

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
            ("A-2_p", vec![Note(45), dynamic("p")]),
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
            ("45f", vec![Number(45), dynamic("f")]),
            ("061v78rr2", vec![Number(61), Velocity(78), Take]),
            ("A3#_f", vec![Note(58), dynamic("f")]),
            ("2A f", vec![Text, dynamic("f")]),
            ("EP_A1_55Hz", vec![Text, Note(33), Text]),
            ("A2_70bpm_mf", vec![Note(45), Text, dynamic("mf")]),
            ("A2 -18", vec![Note(45), Quantity(-18000)]),
            ("A2-18", vec![Note(45), Number(18)]),
            ("A2 - 18", vec![Note(45), Number(18)]),
            ("A2 0.25", vec![Note(45), Quantity(250)]),
            ("A2 0,25", vec![Note(45), Quantity(250)]),
            ("A2 v0.25", vec![Note(45), Quantity(250)]),
            ("A2 v78.1", vec![Note(45), Velocity(78), Number(1)]),
            ("A2 20 mm", vec![Note(45), Quantity(20000)]),
            ("A2 vel 20 pct", vec![Note(45), Percent(20000)]),
            ("A2 v20% rr1", vec![Note(45), Percent(20000), Take]),
            ("A2 50%", vec![Note(45), Percent(50000)]),
            ("A2_-6 dB", vec![Note(45), Quantity(-6000)]),
            ("A2 18dB", vec![Note(45), Quantity(18000)]),
            ("60.127", vec![Number(60), Number(127)]),
            ("60_0.5", vec![Number(60), Quantity(500)]),
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
