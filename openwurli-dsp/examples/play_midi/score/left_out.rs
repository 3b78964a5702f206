//! Messages that the instrument does not play.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

use openwurli_dsp::voice::{HIGHEST_KEY, LOWEST_KEY};

/// Drum channel of General MIDI (10, counted from 0).
const DRUM_CHANNEL: u8 = 9;

/// Controllers that the instrument follows: sustain and sostenuto pedal, bend range by registered
/// parameter, all sound off, reset, all notes off and mode changes.
const PLAYED_CONTROLLERS: [u8; 15] = [6, 38, 64, 66, 98, 99, 100, 101, 120, 121, 123, 124, 125, 126, 127];

/// Summary of the messages that are left out.
#[derive(Default, PartialEq)]
pub(super) struct LeftOut {
    /// Notes of the drum channel.
    drums: usize,
    /// Notes outside the keyboard, and their keys.
    outside: usize,
    keys: BTreeSet<u8>,
    controllers: BTreeSet<u8>,
    /// Other messages, by name.
    others: BTreeSet<&'static str>,
}

impl LeftOut {
    /// Returns true if the instrument plays the message. Counts it otherwise.
    pub(super) fn accepts(&mut self, message: [u8; 3]) -> bool {
        let [status, number, value] = message;
        let is_drum = status & 0xF == DRUM_CHANNEL;
        match status >> 4 {
            0x8 | 0x9 => {
                let is_struck = status >> 4 == 0x9 && value > 0;
                let is_outside = !(LOWEST_KEY..=HIGHEST_KEY).contains(&number);
                if is_struck && is_drum {
                    self.drums += 1;
                } else if is_struck && is_outside {
                    self.outside += 1;
                    self.keys.insert(number);
                }
                !is_drum && !is_outside
            }
            _ if is_drum => false,
            0xB if PLAYED_CONTROLLERS.contains(&number) => true,
            0xE => true,
            0xB => {
                self.controllers.insert(number);
                false
            }
            other => {
                self.others.insert(if other == 0xC { "program changes" } else { "aftertouch" });
                false
            }
        }
    }
}

impl Display for LeftOut {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.drums > 0 {
            parts.push(format!("{} of channel 10 (drums)", notes(self.drums)));
        }
        if self.outside > 0 {
            let keys = list(&self.keys);
            parts.push(format!("{} outside keys {LOWEST_KEY}-{HIGHEST_KEY} ({keys})", notes(self.outside)));
        }
        if !self.controllers.is_empty() {
            parts.push(format!("controllers {}", list(&self.controllers)));
        }
        parts.extend(self.others.iter().map(|other| (*other).to_owned()));
        formatter.write_str(&parts.join("; "))
    }
}

fn notes(count: usize) -> String {
    format!("{count} {}", if count == 1 { "note" } else { "notes" })
}

fn list(numbers: &BTreeSet<u8>) -> String {
    numbers.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")
}
