//! Numbers in file names that are no velocities: with a sign, decimals or a unit.

/// Units of levels, of how deep a key was pressed and how hard, in lower case. A number before or
/// behind one is a quantity, and orders dynamics.
const UNITS: [&str; 15] =
    ["db", "dbfs", "dbu", "dbv", "lufs", "lu", "mm", "cm", "inch", "g", "gr", "gram", "grams", "kg", "newton"];
/// Units of times, frequencies and files, and their words. They say nothing of dynamics.
const OTHER_UNITS: [&str; 13] =
    ["ms", "msec", "sec", "secs", "hz", "khz", "bpm", "bit", "bits", "ct", "cent", "cents", "tempo"];
/// Words before numbers that are no velocities, in lower case.
const MEASURES: [&str; 7] = ["rms", "gain", "peak", "vol", "volume", "trim", "atten"];
/// Words for percent, in lower case.
const PERCENT: [&str; 7] = ["pct", "percent", "prozent", "procent", "pourcent", "porciento", "percento"];
/// Most digits before and behind the decimal point.
const DIGITS_MAX: usize = 4;

/// A number that is more than digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quantity {
    /// Thousandths of its value.
    pub(super) thousandths: i64,
    /// True if it is in percent, without a sign.
    pub(super) is_percent: bool,
    /// False for frequencies, times and the like, which say nothing of dynamics.
    pub(super) orders_dynamics: bool,
    /// The digits before and behind the point, if it has decimals and neither sign nor unit.
    pub(super) halves: Option<(u32, u32)>,
}

impl Quantity {
    /// Splits a quantity off the beginning of `text`, which begins with a digit. None if the number
    /// there is one of digits alone.
    ///
    /// `separators` are what stands between the text and the letters or digits before, `last_word`
    /// are those letters.
    pub(super) fn split<'a>(text: &'a str, separators: &str, starts: bool, last_word: &str) -> Option<(Self, &'a str)> {
        // `G 3` is a note.
        let is_before = |words: &[&str]| last_word.len() > 1 && words.contains(&last_word);
        let has_other_before = is_before(&OTHER_UNITS);
        let has_unit_before = is_before(&UNITS) || is_before(&MEASURES) || has_other_before;
        let sign = sign(separators, starts || has_unit_before);
        let (whole, after) = digits(text)?;
        let (fraction, after) = fraction(whole, after, separators).unwrap_or(("", after));
        let (unit, after) = unit(after);
        let (is_percent, has_unit) = (unit == Some(Unit::Percent), unit.is_some());
        if sign.is_none() && fraction.is_empty() && !has_unit && !has_unit_before {
            return None;
        }
        let thousandths: i64 = format!("{whole}{fraction:0<3.3}").parse().ok()?;
        let is_bare = sign.is_none() && !has_unit && !has_unit_before;
        let halves = is_bare.then(|| Some((whole.parse().ok()?, fraction.parse().ok()?))).flatten();
        let quantity = Self {
            thousandths: if sign == Some(-1) { -thousandths } else { thousandths },
            is_percent: is_percent && sign.is_none(),
            orders_dynamics: unit != Some(Unit::Other) && !has_other_before,
            halves,
        };
        Some((quantity, after))
    }
}

/// Returns the sign in front of a number: one behind a separator, or at the beginning of the name.
/// Between letters or digits and a number, as in `A3-60`, a sign separates.
fn sign(separators: &str, starts: bool) -> Option<i64> {
    let mut before = separators.chars().rev();
    let sign = match before.next()? {
        '-' | '\u{2212}' | '\u{2013}' => -1,
        '+' => 1,
        _ => return None,
    };
    match before.next() {
        None => starts,
        Some(_) => true,
    }
    .then_some(sign)
}

fn digits(text: &str) -> Option<(&str, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=DIGITS_MAX).contains(&length).then(|| text.split_at(length))
}

/// Splits decimals off: `.25` or `,25`. Numbers with leading zeros and dates have none.
fn fraction<'a>(whole: &str, text: &'a str, separators: &str) -> Option<(&'a str, &'a str)> {
    let is_padded = whole.len() > 1 && whole.starts_with('0');
    let (decimals, after) = digits(text.strip_prefix(['.', ','])?)?;
    let goes_on = after.strip_prefix(['.', ',']).is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
    (!is_padded && !goes_on && !matches!(separators, "." | ",")).then_some((decimals, after))
}

/// What a number is measured in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Percent,
    Strength,
    Other,
}

/// Splits a unit off. Returns it, if there is one, and the text behind.
fn unit(text: &str) -> (Option<Unit>, &str) {
    let unspaced = text.strip_prefix([' ', '_']).unwrap_or(text);
    if let Some(after) = unspaced.strip_prefix('%') {
        return (Some(Unit::Percent), after);
    }
    let length = unspaced.find(|c: char| !c.is_alphanumeric()).unwrap_or(unspaced.len());
    let (word, after) = unspaced.split_at(length);
    let word = word.to_lowercase();
    let known = [(PERCENT.as_slice(), Unit::Percent), (&UNITS, Unit::Strength), (&OTHER_UNITS, Unit::Other)];
    match known.into_iter().find(|(words, _)| words.contains(&&*word)) {
        Some((_, unit)) => (Some(unit), after),
        None => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_decimals_and_units_make_quantities() {
        for (text, separators, last_word, thousandths, is_percent, rest) in [
            ("18", " -", "", -18000, false, ""),
            ("18_x", "_\u{2212}", "", -18000, false, "_x"),
            ("6dB", " +", "", 6000, false, ""),
            ("6", "(-", "", -6000, false, ""),
            ("18", "-", "db", -18000, false, ""),
            ("18", " ", "db", 18000, false, ""),
            ("40", "-", "rms", -40000, false, ""),
            ("0.25", " ", "", 250, false, ""),
            ("0,5 rr1", "_", "", 500, false, " rr1"),
            ("20 mm", " ", "", 20000, false, ""),
            ("20mm", " ", "", 20000, false, ""),
            ("50%", " ", "", 50000, true, ""),
            ("12.5 %", " ", "", 12500, true, ""),
            ("20 pct", " ", "vel", 20000, true, ""),
            ("6%", " -", "", -6000, false, ""),
        ] {
            let (found, after) = Quantity::split(text, separators, false, last_word).unwrap();
            assert_eq!((found.thousandths, found.is_percent, after), (thousandths, is_percent, rest), "{text}");
        }
        for (text, last_word, expected) in [
            ("55Hz", "", false),
            ("70 bpm", "", false),
            ("440", "hz", false),
            ("96", "tempo", false),
            ("24bit", "", false),
            ("18 dB", "", true),
            ("20mm", "", true),
            ("0.5", "", true),
        ] {
            let (found, _) = Quantity::split(text, " ", false, last_word).unwrap();
            assert_eq!(found.orders_dynamics, expected, "{last_word} {text}");
        }
        for (text, separators, last_word) in [
            ("60", "-", "a"),
            ("78", " - ", ""),
            ("78", "_-_", ""),
            ("060.127", " ", ""),
            ("12.5.2021", " ", ""),
            ("5.2021", ".", ""),
            ("78 gold", " ", ""),
            ("60", " ", "g"),
            ("87994.5", "_", ""),
        ] {
            assert_eq!(Quantity::split(text, separators, false, last_word), None, "{text}");
        }
        assert_eq!(Quantity::split("60.127", "", true, "").unwrap().0.halves, Some((60, 127)));
    }
}
