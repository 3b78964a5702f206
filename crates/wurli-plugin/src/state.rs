//! State: parameters and weights as text.
//!
//! ```text
//! openwurli-plugin 1
//! corrections=100
//! …
//! weights-path=/home/ann/piano.weights
//! weights=8957…
//! end
//! ```
//!
//! Lines may be left out: parameters then have their defaults, and without `weights` the file at
//! `weights-path` is read. `weights` is the content of the file in hexadecimal digits.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};

use clack_extensions::state::PluginStateImpl;
use clack_plugin::plugin::PluginError;
use clack_plugin::stream::{InputStream, OutputStream};

use crate::main_thread::MainThread;
use crate::params::{COUNT, Param};
use crate::weights::Source;

/// First line, with the version of the format.
const HEADER: &str = "openwurli-plugin 1";

/// Longest state that is read, bytes.
const MAX_BYTES: u64 = 1 << 20;

const PATH: &str = "weights-path";
const CONTENT: &str = "weights";
const END: &str = "end";

/// Everything that a host stores.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    pub(crate) values: [f64; COUNT],
    pub(crate) source: Source,
}

impl State {
    /// Returns the text of the state.
    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        let mut line = |key: &str, value: &dyn std::fmt::Display| {
            let _ = writeln!(text, "{key}={value}");
        };
        for (param, value) in Param::ALL.iter().zip(self.values) {
            line(param.key(), &value);
        }
        // A path with line breaks cannot be written. The content is enough.
        if let Some(path) = self.source.path.as_ref().filter(|path| !path.contains(['\n', '\r'])) {
            line(PATH, path);
        }
        if let Some(content) = &self.source.content {
            line(CONTENT, &to_hex(content));
        }
        text.push_str(END);
        text.push('\n');
        text
    }

    /// Reads a text.
    ///
    /// # Errors
    ///
    /// Names the line that is wrong and what was expected.
    pub(crate) fn from_text(text: &str) -> Result<Self, String> {
        let mut state = Self { values: Param::ALL.map(Param::default), source: Source::default() };
        let mut lines = text.lines().enumerate();
        match lines.next() {
            Some((_, HEADER)) => {}
            other => {
                let first: String = other.map_or("", |(_, line)| line).chars().take(40).collect();
                return Err(format!("state line 1: \"{}\", expected \"{HEADER}\"", first.escape_debug()));
            }
        }
        for (i, line) in lines {
            if line == END {
                return Ok(state);
            }
            state.set(line).map_err(|error| format!("state line {}: {error}", i + 1))?;
        }
        Err(format!("state: no line \"{END}\", so that it was cut short; save it again"))
    }

    fn set(&mut self, line: &str) -> Result<(), String> {
        let (key, value) = line.split_once('=').ok_or("no \"=\", expected \"name=value\"")?;
        if key == PATH {
            self.source.path = Some(value.to_owned());
        } else if key == CONTENT {
            self.source.content = Some(from_hex(value).ok_or("weights are not pairs of hexadecimal digits")?);
        } else {
            let index = Param::ALL.iter().position(|param| param.key() == key);
            let index = index.ok_or_else(|| format!("unknown name \"{}\"", key.escape_debug()))?;
            let (min, max) = Param::ALL[index].range();
            self.values[index] = value
                .parse()
                .ok()
                .filter(|number| (min..=max).contains(number))
                .ok_or_else(|| format!("{key} is \"{}\", expected {min}..={max}", value.escape_debug()))?;
        }
        Ok(())
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(16 * digit(*high)? + digit(*low)?)).collect();
    if rest.is_empty() { bytes } else { None }
}

impl PluginStateImpl for MainThread<'_> {
    fn save(&self, output: &mut OutputStream) -> Result<(), PluginError> {
        Ok(output.write_all(self.state().to_text().as_bytes())?)
    }

    fn load(&self, input: &mut InputStream) -> Result<(), PluginError> {
        let mut bytes = Vec::new();
        input.take(MAX_BYTES).read_to_end(&mut bytes)?;
        let text = String::from_utf8(bytes).map_err(|_| PluginError::Message("state: not UTF-8 text"))?;
        let state = State::from_text(&text).map_err(|error| PluginError::Error(error.into()))?;
        self.restore(state);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> State {
        let mut values = Param::ALL.map(Param::default);
        values[Param::Gain as usize] = -0.1;
        values[Param::A4 as usize] = 442.0 + 1.0 / 3.0;
        let content = Some((0..=255).collect());
        State { values, source: Source { path: Some("/a b=c/ü.weights".to_owned()), content } }
    }

    #[test]
    fn text_round_trip_is_exact() {
        let state = full();
        assert_eq!(State::from_text(&state.to_text()), Ok(state));
    }

    #[test]
    fn missing_lines_are_defaults() {
        let state = State::from_text("openwurli-plugin 1\nweights-path=/x\nend\n").expect("a state");
        assert_eq!(state.values, Param::ALL.map(Param::default));
        assert_eq!(state.source, Source { path: Some("/x".to_owned()), content: None });
    }

    #[test]
    fn each_cut_is_an_error() {
        let text = full().to_text();
        for length in (0..text.len() - 1).filter(|length| text.is_char_boundary(*length)) {
            assert!(State::from_text(&text[..length]).is_err(), "{length} of {} bytes", text.len());
        }
    }

    #[test]
    fn errors_name_the_line_and_the_bound() {
        let error = |line: &str| State::from_text(&format!("{HEADER}\n{line}\n{END}\n")).expect_err(line);
        assert_eq!(error("gain=13"), "state line 2: gain is \"13\", expected -60..=12");
        assert_eq!(error("gain=NaN"), "state line 2: gain is \"NaN\", expected -60..=12");
        assert_eq!(error("volume=1"), "state line 2: unknown name \"volume\"");
        assert_eq!(error("weights=8g"), "state line 2: weights are not pairs of hexadecimal digits");
        assert_eq!(
            State::from_text("openwurli-plugin 2\nend\n"),
            Err("state line 1: \"openwurli-plugin 2\", expected \"openwurli-plugin 1\"".to_owned())
        );
    }
}
