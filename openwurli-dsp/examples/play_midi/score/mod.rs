//! Reads a Standard MIDI File into timed channel messages.

mod chunks;
mod left_out;
mod track;

use chunks::{Division, MidiFile};
use left_out::LeftOut;
use track::{Kind, Track};

/// Default tempo of the MIDI file standard: 120 bpm.
const MICROSECONDS_PER_QUARTER: u32 = 500_000;

/// Maximum duration, s. A WAV file of 48 kHz and 32 bits holds six hours.
const MAX_DURATION_S: f64 = 4.0 * 3600.0;

/// Time after the end of the last note up to which other messages are kept, s.
const MAX_REST_S: f64 = 10.0;

/// Playable contents of a MIDI file.
pub(crate) struct Score {
    /// Messages in playing order, with at least one note.
    pub(crate) events: Vec<Event>,
    /// Faults of the file, and what is not played.
    pub(crate) warnings: Vec<String>,
}

/// Channel message at a time.
pub(crate) struct Event {
    pub(crate) time_s: f64,
    /// MIDI channel message, with its channel.
    pub(crate) message: [u8; 3],
}

impl Score {
    /// Reads the channel messages of all tracks and channels except for drums.
    ///
    /// Damaged tracks are read up to the damage. Songs of format 2 follow each other.
    ///
    /// # Errors
    ///
    /// Returns the reason if the bytes are not a MIDI file, if it has no notes for the instrument,
    /// or if its notes last longer than [`MAX_DURATION_S`].
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let MidiFile { format, division, tracks, mut warnings } = chunks::read(bytes)?;
        let songs: Vec<&[Track]> = if format == 2 { tracks.chunks(1).collect() } else { vec![&tracks[..]] };
        let (mut events, mut left_out, mut start_s) = (Vec::new(), LeftOut::default(), 0.0);
        for song in songs {
            let (song, end_s) = schedule(song, division, start_s, &mut left_out);
            events.extend(song);
            start_s = end_s;
        }
        let end_s = last_note_end_s(&events).ok_or_else(|| match left_out.to_string().as_str() {
            "" => "no notes".to_owned(),
            left_out => format!("no notes that the instrument can play; left out: {left_out}"),
        })?;
        if end_s > MAX_DURATION_S {
            return Err(format!(
                "the last note ends after {end_s:.0} s, at most {MAX_DURATION_S} s are supported; split the file"
            ));
        }
        if left_out != LeftOut::default() {
            warnings.push(format!("left out: {left_out}"));
        }
        Ok(Self { events, warnings })
    }

    /// Returns the number of notes.
    pub(crate) fn note_count(&self) -> usize {
        self.events.iter().filter(|event| is_note_on(event.message)).count()
    }
}

/// Returns the messages of tracks that sound together, from `start_s` on, and the end of the last
/// track, s.
///
/// Everything later than [`MAX_REST_S`] after the last note is dropped.
fn schedule(tracks: &[Track], division: Division, start_s: f64, left_out: &mut LeftOut) -> (Vec<Event>, f64) {
    let mut messages: Vec<_> = tracks.iter().flat_map(|track| &track.messages).collect();
    // Stable sort: simultaneous messages keep their order.
    messages.sort_by_key(|message| message.tick);
    let mut seconds_per_tick = division.seconds_per_tick(MICROSECONDS_PER_QUARTER);
    let (mut last, mut time_s, mut events) = (0, start_s, Vec::new());
    for message in messages {
        time_s += (message.tick - last) as f64 * seconds_per_tick;
        last = message.tick;
        match message.kind {
            Kind::Tempo(microseconds) => seconds_per_tick = division.seconds_per_tick(microseconds),
            Kind::Channel(message) if left_out.accepts(message) => events.push(Event { time_s, message }),
            Kind::Channel(_) => {}
        }
    }
    let end_tick = tracks.iter().map(|track| track.end_tick).max().unwrap_or(0);
    let end_s = time_s + end_tick.saturating_sub(last) as f64 * seconds_per_tick;
    let latest_s = last_note_end_s(&events).unwrap_or(start_s) + MAX_REST_S;
    events.retain(|event| event.time_s <= latest_s);
    (events, end_s.min(latest_s))
}

/// Returns the time at which the last note is released, or struck if it never is.
fn last_note_end_s(events: &[Event]) -> Option<f64> {
    let mut held = [[false; 128]; 16];
    let mut end_s = None;
    for Event { time_s, message } in events {
        let held = &mut held[usize::from(message[0] & 0xF)][usize::from(message[1])];
        if is_note_on(*message) {
            *held = true;
            end_s = Some(*time_s);
        } else if matches!(message[0] >> 4, 0x8 | 0x9) && std::mem::take(held) {
            end_s = Some(*time_s);
        }
    }
    end_s
}

fn is_note_on(message: [u8; 3]) -> bool {
    message[0] >> 4 == 0x9 && message[2] > 0
}
