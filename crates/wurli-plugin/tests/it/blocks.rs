//! Blocks full of events, for checks of the real-time rules.

use clack_host::events::event_types::{
    MidiEvent, NoteChokeEvent, NoteExpressionEvent, NoteExpressionType, NoteOffEvent, NoteOnEvent, ParamValueEvent,
};
use clack_host::prelude::*;
use wurli_plugin::Param;

/// Samples of a block.
pub(crate) const LENGTH: usize = 512;

/// Returns the events of 400 blocks: notes, expressions, every parameter, pedal.
pub(crate) fn blocks() -> Vec<EventBuffer> {
    (0..400).map(block).collect()
}

fn block(index: u32) -> EventBuffer {
    let key = (21 + index * 7 % 88) as u16;
    let note = |key: u16| Pckn::new(0u16, 0u16, key, u32::from(key));
    let mut events = EventBuffer::new();
    events.push(&NoteOnEvent::new(0, note(key), 0.7));
    events.push(&NoteExpressionEvent::new(3, note(key), NoteExpressionType::Tuning, 0.3));
    for (time, param) in (10..).zip(Param::ALL) {
        let (min, max) = param.range();
        let value = min + f64::from(index % 11) / 10.0 * (max - min);
        events.push(&ParamValueEvent::new(time, param.id(), Pckn::match_all(), value));
    }
    events.push(&MidiEvent::new(90, 0, [0xB0, 64, (index % 128) as u8]));
    events.push(&NoteOffEvent::new(200, note(21 + (key + 30) % 88), 0.5));
    events.push(&NoteChokeEvent::new(300, note(21 + (key + 50) % 88)));
    events
}
