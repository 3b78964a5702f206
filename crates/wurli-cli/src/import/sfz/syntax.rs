//! Lexer of SFZ: comments, directives, headers, opcodes.

use crate::import::sfz::text::VALUE_MAX;

/// Removes comments but keeps line feeds, so that line numbers stay.
pub(super) fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('/') {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            let end = rest[2..].find("*/").map_or(rest.len(), |end| end + 4);
            kept.push(' ');
            kept.extend(rest[..end].chars().filter(|c| *c == '\n'));
            rest = &rest[end..];
        } else {
            kept.push('/');
            rest = &rest[1..];
        }
    }
    kept + rest
}

/// Returns the text after a directive.
pub(super) fn directive<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name).filter(|after| after.starts_with([' ', '\t', '"']))
}

/// Splits off the next word.
pub(super) fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// Splits off a quoted string.
pub(super) fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    let length = text.bytes().take(VALUE_MAX).position(|byte| byte == b'"')?;
    Some((&text[..length], &text[length + 1..]))
}

pub(super) fn header(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('<')?;
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let after = text[length..].strip_prefix('>').filter(|_| length > 0)?;
    Some((&text[..length], after))
}

fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

/// Splits an opcode into name and value, and returns the rest of the line.
pub(super) fn opcode(text: &str) -> Option<(&str, &str, &str)> {
    let length = text.bytes().take_while(|byte| in_name(*byte)).count();
    // Some write spaces around the sign.
    let after = text[length..].trim_start_matches([' ', '\t']).strip_prefix('=').filter(|_| length > 0)?;
    let bytes = after.as_bytes();
    let mut end = after.len();
    // Where the letters before the current byte begin, if a space stands before them.
    let mut name: Option<usize> = None;
    for (i, byte) in bytes.iter().enumerate() {
        let spaced = i == 0 || bytes[i - 1].is_ascii_whitespace();
        match byte {
            b'=' => {
                if let Some(start) = name {
                    end = start;
                    break;
                }
            }
            b'<' if header(&after[i..]).is_some() => {
                end = i;
                break;
            }
            b'#' if spaced && (directive(&after[i..], "#define").or(directive(&after[i..], "#include"))).is_some() => {
                end = i;
                break;
            }
            byte if in_name(*byte) => {
                if spaced && i > 0 {
                    name = Some(i);
                }
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => name = None,
        }
    }
    Some((&text[..length], after[..end].trim(), &after[end..]))
}
