//! Dynamic marks and their velocities.

use std::collections::BTreeMap;
use std::str::FromStr;

use wurli_train::catalogue::{VELOCITY_MAX, VELOCITY_MIN};
use wurli_train::dynamics::DYNAMICS;

/// Synonyms. Two words are read as one: `very loud`, `mezzo forte`.
const OTHERS: [(&str, u8); 44] = [
    ("pianississimo", 16),
    ("pianissimo", 32),
    (PIANO, 48),
    ("mezzopiano", 64),
    ("mezzoforte", 80),
    ("forte", 96),
    ("fortissimo", 112),
    ("fortississimo", 127),
    ("softest", 32),
    ("verysoft", 40),
    ("sehrleise", 40),
    ("sehrweich", 40),
    ("gentle", 40),
    ("soft", 48),
    ("quiet", 48),
    ("leise", 48),
    ("weich", 48),
    ("sanft", 48),
    ("zacht", 48),
    ("medsoft", 64),
    ("mediumsoft", 64),
    ("med", 80),
    ("medium", 80),
    ("mittel", 80),
    ("middel", 80),
    ("medloud", 96),
    ("mediumloud", 96),
    ("medhard", 96),
    ("mediumhard", 96),
    ("loud", 112),
    ("laut", 112),
    ("hart", 112),
    ("stark", 112),
    ("luid", 112),
    ("strong", 112),
    ("hard", 112),
    ("veryloud", 120),
    ("veryhard", 120),
    ("sehrlaut", 120),
    ("sehrhart", 120),
    ("sehrstark", 120),
    ("heelhard", 120),
    ("loudest", 127),
    ("hardest", 127),
];
/// Step of `mf+` and `mf-`: half that of the marks.
const SIGN_STEP: i16 = 8;
/// Words that change what the next one means. With them, only the words above are known.
const QUALIFIERS: [&str; 23] = [
    "very", "extra", "super", "ultra", "really", "too", "quite", "rather", "fairly", "half", "semi", "slightly",
    "less", "more", "not", "mezzo", "almost", "sehr", "etwas", "ziemlich", "extrem", "heel", "erg",
];
/// The dynamic that is also the name of the instrument.
pub(crate) const PIANO: &str = "piano";

/// Map from words to velocities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamicWords(BTreeMap<String, u8>);

impl Default for DynamicWords {
    fn default() -> Self {
        let marks = DYNAMICS.iter().map(|dynamic| (dynamic.mark.to_owned(), dynamic.velocity));
        Self(marks.chain(OTHERS.map(|(word, velocity)| (word.to_owned(), velocity))).collect())
    }
}

impl DynamicWords {
    /// Returns the velocity of a word, in either case.
    #[must_use]
    pub fn velocity(&self, word: &str) -> Option<u8> {
        let word = word.to_ascii_lowercase();
        let signed = |sign: char, step: i16| {
            let velocity = self.0.get(word.strip_suffix(sign)?)?;
            u8::try_from((i16::from(*velocity) + step).clamp(1, 127)).ok()
        };
        self.0.get(&word).copied().or_else(|| signed('+', SIGN_STEP)).or_else(|| signed('-', -SIGN_STEP))
    }

    /// Joins a word for a dynamic with the one before it: `very`, `loud` is `veryloud`. None if the
    /// word before changes its meaning to an unknown one.
    pub(crate) fn joined(&self, before: &str, word: &str) -> Joined {
        let both = format!("{before}{word}");
        match (self.0.contains_key(&both), QUALIFIERS.contains(&before)) {
            (true, _) if !before.is_empty() => Joined::Known(both),
            (false, true) => Joined::Unknown,
            _ => Joined::Apart,
        }
    }

    #[cfg(test)]
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Meaning of a word for a dynamic behind another word.
pub(crate) enum Joined {
    /// Both are one word for a dynamic.
    Known(String),
    /// Both are no word that is known.
    Unknown,
    /// The word before has nothing to do with it.
    Apart,
}

/// Invalid list of words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownDynamics {
    /// Not `word=velocity`.
    #[error("{0:?} is not word=velocity, as in pp=19,mf=70")]
    Form(String),
    /// A velocity out of range.
    #[error("{word}={value} is outside {VELOCITY_MIN}..={VELOCITY_MAX}")]
    Velocity {
        /// Word.
        word: String,
        /// Value as written.
        value: String,
    },
}

/// Parses `pp=19,mf=70`, which overrides or extends the usual words.
impl FromStr for DynamicWords {
    type Err = UnknownDynamics;

    fn from_str(text: &str) -> Result<Self, UnknownDynamics> {
        let mut words = Self::default();
        for part in text.split(',') {
            let form = || UnknownDynamics::Form(part.to_owned());
            let (word, value) = part.split_once('=').ok_or_else(form)?;
            let (word, value) = (word.trim().to_ascii_lowercase(), value.trim());
            if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                return Err(form());
            }
            let velocity = value.parse().ok().filter(|velocity| (VELOCITY_MIN..=VELOCITY_MAX).contains(velocity));
            let velocity =
                velocity.ok_or_else(|| UnknownDynamics::Velocity { word: word.clone(), value: value.to_owned() })?;
            words.0.insert(word, velocity);
        }
        Ok(words)
    }
}

/// Returns the velocity of layer `index` of `0..count` if only their order is known: the centre
/// of an equal share of 1..=127.
#[must_use]
pub fn velocity_of_layer(index: usize, count: usize) -> u8 {
    let share = (index.min(count.saturating_sub(1)) as f64 + 0.5) / count.max(1) as f64;
    (127.0 * share).round().clamp(1.0, 127.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn louder_words_mean_higher_velocities() {
        let words = DynamicWords::default();
        let velocities: Vec<_> = DYNAMICS.iter().map(|dynamic| words.velocity(dynamic.mark).unwrap()).collect();
        assert!(velocities.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!((words.velocity("MF"), words.velocity("x")), (Some(80), None));
        assert_eq!(["mf-", "f+", "+", "x+"].map(|word| words.velocity(word)), [Some(72), Some(104), None, None]);
    }

    #[test]
    fn a_list_changes_what_words_mean() {
        let words: DynamicWords = "pp=19, Strong=109".parse().unwrap();
        assert_eq!(
            (words.velocity("pp"), words.velocity("strong"), words.velocity("f")),
            (Some(19), Some(109), Some(96))
        );
        for (text, message) in [
            ("pp", "\"pp\" is not word=velocity, as in pp=19,mf=70"),
            ("1=2", "\"1=2\" is not word=velocity, as in pp=19,mf=70"),
            ("pp=0", "pp=0 is outside 1..=127"),
            ("pp=128", "pp=128 is outside 1..=127"),
            ("pp=x", "pp=x is outside 1..=127"),
        ] {
            assert_eq!(text.parse::<DynamicWords>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn layers_share_the_velocities_evenly() {
        assert_eq!([0, 1, 2, 3].map(|layer| velocity_of_layer(layer, 4)), [16, 48, 79, 111]);
        assert_eq!([velocity_of_layer(0, 1), velocity_of_layer(9, 0)], [64, 64]);
    }
}
