//! Reads a Standard MIDI File into timed channel messages.

use midly::{Format, Fps, MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};

/// Drum channel of General MIDI (10, counted from 0).
const DRUM_CHANNEL: u8 = 9;

/// Default tempo of the MIDI file standard: 120 bpm.
const MICROSECONDS_PER_QUARTER: f64 = 500_000.0;

/// Maximum duration, s. A WAV file of 48 kHz and 32 bits holds six hours.
const MAX_DURATION_S: f64 = 4.0 * 3600.0;

/// Playable contents of a MIDI file.
pub(crate) struct Score {
    /// Events in playing order.
    pub(crate) events: Vec<Event>,
}

/// Channel message at a time.
pub(crate) struct Event {
    pub(crate) time_s: f64,
    /// MIDI channel message.
    pub(crate) message: [u8; 3],
}

impl Score {
    /// Parses notes and controllers of all tracks and channels except for drums.
    ///
    /// Program changes are ignored.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let file = Smf::parse(bytes).map_err(|error| format!("not a Standard MIDI File: {error}"))?;
        if file.header.format == Format::Sequential {
            return Err(format!("format 2: {} songs in one file; extract one of them", file.tracks.len()));
        }
        let mut ticks = Vec::new();
        for track in &file.tracks {
            let mut tick = 0u64;
            for event in track {
                tick += u64::from(event.delta.as_int());
                ticks.push((tick, event.kind));
            }
        }
        // Stable sort: simultaneous events keep their order.
        ticks.sort_by_key(|(tick, _)| *tick);

        let mut seconds_per_tick = seconds_per_tick(file.header.timing, MICROSECONDS_PER_QUARTER)?;
        let (mut last, mut time_s, mut events) = (0, 0.0, Vec::new());
        for (tick, kind) in ticks {
            time_s += (tick - last) as f64 * seconds_per_tick;
            last = tick;
            match kind {
                TrackEventKind::Meta(MetaMessage::Tempo(tempo)) => {
                    seconds_per_tick = self::seconds_per_tick(file.header.timing, f64::from(tempo.as_int()))?;
                }
                _ if time_s > MAX_DURATION_S => {
                    return Err(format!("lasts at least {time_s:.0} s; at most {MAX_DURATION_S} s are supported"));
                }
                TrackEventKind::Midi { channel, message } if channel != DRUM_CHANNEL => {
                    events.extend(channel_message(message).map(|message| Event { time_s, message }));
                }
                _ => {}
            }
        }
        Ok(Self { events })
    }

    /// Returns the number of notes.
    pub(crate) fn note_count(&self) -> usize {
        self.events.iter().filter(|event| matches!(event.message, [0x90, _, velocity] if velocity > 0)).count()
    }
}

/// Converts a message to channel 1. Returns none for messages that the instrument ignores.
fn channel_message(message: MidiMessage) -> Option<[u8; 3]> {
    match message {
        MidiMessage::NoteOn { key, vel } => Some([0x90, key.as_int(), vel.as_int()]),
        MidiMessage::NoteOff { key, vel } => Some([0x80, key.as_int(), vel.as_int()]),
        MidiMessage::Controller { controller, value } => Some([0xB0, controller.as_int(), value.as_int()]),
        _ => None,
    }
}

fn seconds_per_tick(timing: Timing, microseconds_per_quarter: f64) -> Result<f64, String> {
    let (seconds, ticks) = match timing {
        Timing::Metrical(ticks) => (microseconds_per_quarter * 1e-6, u32::from(ticks.as_int())),
        // Film frames, independent of the tempo.
        Timing::Timecode(frames, ticks) => {
            let frames_per_second = match frames {
                Fps::Fps29 => 30_000.0 / 1_001.0,
                other => f64::from(other.as_int()),
            };
            (1.0 / frames_per_second, u32::from(ticks))
        }
    };
    if ticks == 0 {
        return Err("0 ticks per quarter or frame, at least 1 is needed".into());
    }
    Ok(seconds / f64::from(ticks))
}
