//! Events of a polyphonic instrument.

/// Release velocity of keyboards that do not measure it, MIDI 64.
pub(super) const DEFAULT_RELEASE: f32 = 64.0 / 127.0;

/// Action of a player. Channels are 0..=15, of which higher bits are ignored.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Strikes a key, MIDI 21..=108, at `velocity`, clamped to 1/127..=1. Other keys are ignored.
    NoteOn {
        /// MIDI channel.
        channel: u8,
        /// Key, MIDI.
        key: u8,
        /// MIDI velocity / 127.
        velocity: f32,
    },
    /// Releases a key. The damper falls at `velocity`, 64/127 if it is unknown.
    NoteOff {
        /// MIDI channel.
        channel: u8,
        /// Key, MIDI.
        key: u8,
        /// MIDI release velocity / 127. 0 counts as unknown.
        velocity: f32,
    },
    /// Moves a controller. See [`Polyphony`](super::Polyphony) for those that have an effect.
    Controller {
        /// MIDI channel.
        channel: u8,
        /// Number of the controller.
        controller: u8,
        /// MIDI value / 127, 0..=1.
        value: f32,
    },
    /// Bends all notes of a channel by `value` times its bend range.
    PitchBend {
        /// MIDI channel.
        channel: u8,
        /// Position of the wheel, −1..=1.
        value: f32,
    },
    /// Bends one note in addition, as the note expressions of plugins do, until its key is struck
    /// from rest.
    NoteBend {
        /// MIDI channel.
        channel: u8,
        /// Key, MIDI.
        key: u8,
        /// Offset, cents.
        cents: f32,
    },
}

/// Event at a sample of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimedEvent {
    /// Samples from the start of the block.
    pub offset: usize,
    /// Event that acts before this sample.
    pub event: Event,
}

impl Event {
    /// Converts a MIDI channel message. Returns none for other messages and incomplete ones.
    ///
    /// A note-on with velocity 0 is a note-off.
    #[must_use]
    pub fn from_midi(message: &[u8]) -> Option<Self> {
        let (status, first, second) = match *message {
            [status, first, second] if first < 128 && second < 128 => (status, first, second),
            _ => return None,
        };
        let (channel, value) = (status & 0x0F, f32::from(second) / 127.0);
        match status >> 4 {
            0x9 if second > 0 => Some(Self::NoteOn { channel, key: first, velocity: value }),
            0x8 | 0x9 => Some(Self::NoteOff { channel, key: first, velocity: value }),
            0xB => Some(Self::Controller { channel, controller: first, value }),
            0xE => {
                let steps = 128 * i32::from(second) + i32::from(first) - 8_192;
                // Both ends of the wheel reach the bend range.
                let full = if steps > 0 { 8_191.0 } else { 8_192.0 };
                Some(Self::PitchBend { channel, value: steps as f32 / full })
            }
            _ => None,
        }
    }

    /// Returns the channel.
    #[must_use]
    pub fn channel(&self) -> u8 {
        match *self {
            Self::NoteOn { channel, .. }
            | Self::NoteOff { channel, .. }
            | Self::Controller { channel, .. }
            | Self::PitchBend { channel, .. }
            | Self::NoteBend { channel, .. } => channel & 0x0F,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midi_messages_convert() {
        let on = Event::NoteOn { channel: 3, key: 60, velocity: 1.0 };
        assert_eq!(Event::from_midi(&[0x93, 60, 127]), Some(on));
        let off = Event::NoteOff { channel: 3, key: 60, velocity: 0.0 };
        assert_eq!(Event::from_midi(&[0x93, 60, 0]), Some(off));
        assert_eq!(Event::from_midi(&[0x83, 60, 0]), Some(off));
        for (low, high, value) in [(0, 0, -1.0), (0, 64, 0.0), (127, 127, 1.0)] {
            assert_eq!(Event::from_midi(&[0xE0, low, high]), Some(Event::PitchBend { channel: 0, value }));
        }
        for message in [&[0x90, 60][..], &[0x90, 200, 1], &[0xC0, 1], &[0xA0, 60, 1], &[0xF8], &[]] {
            assert_eq!(Event::from_midi(message), None, "{message:?}");
        }
    }
}
