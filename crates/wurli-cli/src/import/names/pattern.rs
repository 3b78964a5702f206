//! The pattern of the file names of a folder.

use std::fmt;

use super::naming::Naming;
use super::velocity::VelocityIn;
use crate::import::Claim;
use wurli_train::catalogue::{Source, obm};

/// Part of a name that gives the note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoteIn {
    /// A note name in that language.
    Name(Naming),
    /// A number behind `note`, `key` or `midi`.
    Key,
    /// The nth number, as MIDI.
    Number(usize),
    /// None: a pack that is known by its file names, whose keys are those that sound.
    Sound,
}

/// Pattern of the names of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub(super) note: NoteIn,
    pub(super) velocity: VelocityIn,
    /// A file with its MIDI note and velocity.
    pub(super) example: (String, i16, u8),
}

impl Pattern {
    pub(super) fn of_known(first: &Claim) -> Self {
        let file = first.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let velocity = first.velocity;
        Self { note: NoteIn::Sound, velocity: VelocityIn::Given(velocity), example: (file, 0, velocity) }
    }

    /// Returns the source of a pack that is known by its file names.
    #[must_use]
    pub fn known_source(&self) -> Option<Source> {
        (self.note == NoteIn::Sound).then(obm::source)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = self.known_source() {
            let velocity = self.example.2;
            return write!(
                formatter,
                "{} by {}: keys are those that sound, all at velocity {velocity}",
                source.title, source.author
            );
        }
        match self.note {
            NoteIn::Sound => {}
            NoteIn::Name(naming) => write!(formatter, "<{naming}>")?,
            NoteIn::Key => write!(formatter, "<MIDI number behind note, key or midi>")?,
            NoteIn::Number(place) => write!(formatter, "<MIDI number, {} number of the name>", nth(place))?,
        }
        match &self.velocity {
            VelocityIn::Marked(_) => write!(formatter, " v<velocity>")?,
            VelocityIn::MarkedRange(..) => write!(formatter, " v<layer from v to the next number>")?,
            VelocityIn::CountedMark(_, layers) => write!(formatter, " v<layer of {}, as given>", layers.len())?,
            VelocityIn::Layer(_, layers) => write!(formatter, " v<layer of {}>", layers.len())?,
            VelocityIn::Word => write!(formatter, " <dynamic>")?,
            VelocityIn::Counted(place, layers) => {
                write!(formatter, " <layer of {}, {} number of the name>", layers.len(), nth(*place))?
            }
            VelocityIn::Range(place) => write!(formatter, " <layer from the {} number of the name>", nth(*place))?,
            VelocityIn::Number(place) => write!(formatter, " <velocity, {} number of the name>", nth(*place))?,
            VelocityIn::Percent(_) => write!(formatter, " <velocity, percent of 127>")?,
            VelocityIn::CountedQuantity(_, layers) => {
                write!(formatter, " <layer of {}, in the order of their numbers, as given>", layers.len())?
            }
            VelocityIn::Given(velocity) => write!(formatter, ", all at velocity {velocity}")?,
        }
        let (file, midi, velocity) = &self.example;
        write!(formatter, ", as in {file}: MIDI {midi}, velocity {velocity}")
    }
}

fn nth(place: usize) -> String {
    match place {
        0 => "first".into(),
        1 => "second".into(),
        2 => "third".into(),
        place => format!("{}th", place + 1),
    }
}
