//! Notes of the host and the keys that they play.

use clack_plugin::events::event_types::NoteEndEvent;
use clack_plugin::events::{Match, Pckn};
use clack_plugin::prelude::OutputEvents;

/// Keys of MIDI.
const KEYS: u8 = 128;

/// Latest note of each key, until the host was told that it ended.
#[derive(Clone, Debug)]
pub(crate) struct Notes([Option<Pckn>; KEYS as usize]);

impl Notes {
    pub(crate) const NONE: Self = Self([None; KEYS as usize]);

    /// Returns the key of a note, if it is one of MIDI.
    pub(crate) fn key(note: &Pckn) -> Option<u8> {
        u8::try_from(note.key.into_specific()?).ok().filter(|key| *key < KEYS)
    }

    /// Begins a note on its key and ends the one before.
    pub(crate) fn begin(&mut self, note: Pckn, time: u32, output: &mut OutputEvents) {
        let Some(latest) = Self::key(&note).and_then(|key| self.0.get_mut(usize::from(key))) else { return };
        if let Some(before) = latest.replace(note).filter(|before| *before != note) {
            end(before, time, output);
        }
    }

    /// Returns the keys that an event for `target` addresses.
    ///
    /// A named key is one of them unless it plays another note now, so that it can be released
    /// after its sound has ended. A wildcard addresses the notes that have not ended.
    pub(crate) fn addressed(&self, target: Pckn) -> impl Iterator<Item = u8> {
        let named = Self::key(&target);
        (0..KEYS)
            .zip(self.0)
            .filter(move |(key, note)| match (named, note) {
                (Some(named), None) => *key == named,
                // One reed a key: ports and channels play the same one.
                (Some(named), Some(note)) => *key == named && is_same_id(target.note_id, note.note_id),
                (None, Some(note)) => target.key.is_all() && target.matches(note),
                (None, None) => false,
            })
            .map(|(key, _)| key)
    }

    /// Ends all notes whose keys are not among the `sounding` ones.
    pub(crate) fn end_silent(&mut self, sounding: impl Iterator<Item = u8>, time: u32, output: &mut OutputEvents) {
        let sounding = sounding.fold(0_u128, |keys, key| keys | 1 << (key & 127));
        for (key, note) in self.0.iter_mut().enumerate() {
            if sounding >> key & 1 == 0
                && let Some(note) = note.take()
            {
                end(note, time, output);
            }
        }
    }
}

fn is_same_id(a: Match<u32>, b: Match<u32>) -> bool {
    match (a, b) {
        (Match::Specific(a), Match::Specific(b)) => a == b,
        _ => true,
    }
}

fn end(note: Pckn, time: u32, output: &mut OutputEvents) {
    // A host whose queue is full learns of the end by silence.
    let _ = output.try_push(NoteEndEvent::new(time, note));
}

#[cfg(test)]
mod tests {
    use super::*;
    use clack_plugin::events::Event as _;
    use clack_plugin::events::io::EventBuffer;

    fn note(key: u16, id: u32) -> Pckn {
        Pckn::new(0u16, 0u16, key, id)
    }

    #[test]
    fn events_address_keys_by_key_identifier_and_wildcard() {
        let (mut notes, mut buffer) = (Notes::NONE, EventBuffer::new());
        let mut output = OutputEvents::from_buffer(&mut buffer);
        notes.begin(note(60, 1), 0, &mut output);
        notes.begin(note(62, 2), 0, &mut output);
        let keys = |target: Pckn| notes.addressed(target).collect::<Vec<u8>>();
        assert_eq!(keys(Pckn::match_all()), [60, 62]);
        assert_eq!(keys(Pckn { note_id: Match::Specific(2), ..Pckn::match_all() }), [62]);
        assert_eq!(keys(note(60, 1)), [60]);
        assert_eq!(keys(note(60, 7)), [0u8; 0], "a note that was struck before");
        assert_eq!(keys(Pckn { note_id: Match::All, ..note(60, 0) }), [60]);
        assert_eq!(keys(note(64, 3)), [64], "released after its sound has ended");
        assert_eq!(keys(note(300, 3)), [0u8; 0]);
    }

    #[test]
    fn each_note_ends_once() {
        let (mut notes, mut buffer) = (Notes::NONE, EventBuffer::new());
        let mut output = OutputEvents::from_buffer(&mut buffer);
        notes.begin(note(60, 1), 0, &mut output);
        notes.begin(note(60, 2), 5, &mut output);
        notes.end_silent([60].into_iter(), 7, &mut output);
        notes.end_silent([].into_iter(), 8, &mut output);
        notes.end_silent([].into_iter(), 9, &mut output);
        let ended: Vec<(u32, Pckn)> = buffer
            .iter()
            .filter_map(|event| event.as_event::<NoteEndEvent>())
            .map(|event| (event.header().time(), event.pckn()))
            .collect();
        assert_eq!(ended, [(5, note(60, 1)), (8, note(60, 2))]);
    }
}
