//! Messages of one track, read as far as they make sense.

/// Track of a MIDI file.
pub(super) struct Track {
    pub(super) messages: Vec<Message>,
    /// Time of its last event, ticks.
    pub(super) end_tick: u64,
    /// Position in the file after its last event, bytes.
    pub(super) end: usize,
    /// Faults, as the end of a sentence about the track.
    pub(super) faults: Vec<String>,
}

/// Message at a time.
pub(super) struct Message {
    /// Time since the beginning, ticks.
    pub(super) tick: u64,
    pub(super) kind: Kind,
}

/// Message that has a meaning for the player.
pub(super) enum Kind {
    /// Duration of a quarter note, µs, above 0.
    Tempo(u32),
    /// Channel message. The second data byte is 0 if it has only one.
    Channel([u8; 3]),
}

/// Result of an event.
enum Outcome {
    Message(Kind),
    Ignored,
    EndOfTrack,
}

/// Reads the track at byte `start` of the file, up to its end-of-track event.
///
/// `end` is none if the length in the header is wrong. Then another track ends this one.
pub(super) fn read(bytes: &[u8], start: usize, end: Option<usize>) -> Track {
    let mut reader = Reader { bytes: &bytes[..end.unwrap_or(bytes.len())], at: start, masked: None };
    let (mut messages, mut tick, mut status, mut faults) = (Vec::new(), 0, None, Vec::new());
    loop {
        let begin = reader.at;
        let reads_on = end.is_some() || !reader.bytes[begin..].starts_with(b"MTrk");
        if begin == reader.bytes.len() || !reads_on {
            faults.push(format!("ends at byte {begin}, without an end-of-track event"));
            break;
        }
        let event = reader.variable_length().and_then(|delta| {
            tick += u64::from(delta);
            reader.event(&mut status)
        });
        match event {
            Ok(Outcome::Message(kind)) => messages.push(Message { tick, kind }),
            Ok(Outcome::Ignored) => {}
            Ok(Outcome::EndOfTrack) => break,
            Err(fault) => {
                faults.push(format!("ends at byte {begin}: {fault}"));
                break;
            }
        }
    }
    if let Some(at) = reader.masked {
        faults.push(format!("has data bytes above 127, first at byte {at}: their highest bit is ignored"));
    }
    Track { messages, end_tick: tick, end: reader.at, faults }
}

/// Position in the bytes up to the end of the track.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Position of the first data byte above 127.
    masked: Option<usize>,
}

impl Reader<'_> {
    /// Reads an event after its time. `running` is the status of the last channel message: it
    /// outlives other events.
    fn event(&mut self, running: &mut Option<u8>) -> Result<Outcome, &'static str> {
        let status = match (self.peek()?, *running) {
            (status @ 0x80.., _) => {
                self.at += 1;
                status
            }
            (_, Some(status)) => status,
            (_, None) => return Err("a data byte without a status byte before it"),
        };
        match status {
            0x80..=0xEF => {
                *running = Some(status);
                let first = self.data_byte()?;
                let second = if matches!(status >> 4, 0xC | 0xD) { 0 } else { self.data_byte()? };
                return Ok(Outcome::Message(Kind::Channel([status, first, second])));
            }
            // System exclusive, and its continuation.
            0xF0 | 0xF7 => {
                self.block()?;
            }
            0xFF => {
                let kind = self.byte()?;
                match (kind, self.block()?) {
                    (0x2F, _) => return Ok(Outcome::EndOfTrack),
                    (0x51, &[a, b, c]) if [a, b, c] != [0; 3] => {
                        return Ok(Outcome::Message(Kind::Tempo(u32::from_be_bytes([0, a, b, c]))));
                    }
                    _ => {}
                }
            }
            // Messages of a MIDI cable that have no meaning in files.
            0xF1 | 0xF3 => {
                self.data_byte()?;
            }
            0xF2 => {
                self.data_byte()?;
                self.data_byte()?;
            }
            _ => {}
        }
        Ok(Outcome::Ignored)
    }

    /// Reads a data byte, and skips real-time messages before it, as a MIDI input does.
    fn data_byte(&mut self) -> Result<u8, &'static str> {
        loop {
            let byte = self.byte()?;
            match byte {
                0..=0x7F => return Ok(byte),
                0xF8..=0xFE => {}
                _ => {
                    self.masked.get_or_insert(self.at - 1);
                    return Ok(byte & 0x7F);
                }
            }
        }
    }

    /// Reads a length, and as many bytes.
    fn block(&mut self) -> Result<&[u8], &'static str> {
        let length = self.variable_length()? as usize;
        let block = self.bytes[self.at..].get(..length).ok_or("an event is longer than the rest")?;
        self.at += length;
        Ok(block)
    }

    /// Reads a number of up to four bytes with seven bits each.
    fn variable_length(&mut self) -> Result<u32, &'static str> {
        let mut number = 0;
        for _ in 0..4 {
            let byte = self.byte()?;
            number = number << 7 | u32::from(byte & 0x7F);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a time or length of more than four bytes")
    }

    fn byte(&mut self) -> Result<u8, &'static str> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    fn peek(&self) -> Result<u8, &'static str> {
        self.bytes.get(self.at).copied().ok_or("it is cut short within an event")
    }
}
