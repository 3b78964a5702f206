//! Polyphonic instrument with sixteen corrected voices, played by MIDI messages.
//!
//! A struck key is assigned a voice in this order:
//!
//! 1. the voice of the same key, if it still sounds (one reed per key)
//! 2. a silent voice
//! 3. the released voice that was released first
//! 4. the sustained voice that was released first
//! 5. the held voice that was struck first
//!
//! A stolen voice is not cut off. It fades out over [`FADE_S`] while the new note starts. After
//! creation the instrument does not allocate or block.

use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::{HIGHEST_KEY, LOWEST_KEY, Voice};

/// Maximum number of sounding keys, without those fading out.
pub(crate) const VOICES: usize = 16;

/// Fade time of a stolen voice, s. Long enough not to click, too short to be heard as a note.
pub(crate) const FADE_S: f32 = 0.005;

/// Maximum number of samples rendered at a time.
const BLOCK: usize = 64;

/// Polyphonic instrument.
pub(crate) struct Polyphony {
    slots: [Slot; VOICES],
    sample_rate_hz: f32,
    /// Block of a single voice.
    scratch: [f32; BLOCK],
    /// Ring buffer with the sum of all fading voices, starting at `fade_at`.
    fades: Vec<f32>,
    fade_at: usize,
    /// Remaining samples of the last fade.
    fade_left: usize,
    pedal_down: bool,
    /// Number of key events so far, used as a time stamp.
    events: u64,
}

/// Voice with the key it plays.
struct Slot {
    voice: Voice,
    key: u8,
    state: State,
    /// Time stamp of the current state.
    since: u64,
}

/// State of a key.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Held,
    /// Released with the pedal down, so that the damper is off the reed.
    Sustained,
    Released,
}

impl Polyphony {
    /// Creates a silent instrument.
    pub(crate) fn new(sample_rate_hz: f32) -> Self {
        let voice = Voice::new(sample_rate_hz);
        Self {
            slots: std::array::from_fn(|_| Slot { voice: voice.clone(), key: 0, state: State::Released, since: 0 }),
            sample_rate_hz,
            scratch: [0.0; BLOCK],
            fades: vec![0.0; (FADE_S * sample_rate_hz).max(1.0) as usize],
            fade_at: 0,
            fade_left: 0,
            pedal_down: false,
            events: 0,
        }
    }

    /// Handles a MIDI channel message on any channel.
    ///
    /// Supported are notes, sustain pedal (64), all sound off (120) and all notes off (123). Others
    /// and incomplete messages are ignored.
    pub(crate) fn handle_message(&mut self, message: &[u8]) {
        match *message {
            [status, key, 0] if status >> 4 == 0x9 => self.note_off(key),
            [status, key, velocity] if status >> 4 == 0x9 => self.note_on(key, velocity),
            [status, key, _] if status >> 4 == 0x8 => self.note_off(key),
            [status, 64, value] if status >> 4 == 0xB => self.set_pedal(value >= 64),
            [status, 120, _] if status >> 4 == 0xB => self.fade_all(),
            [status, 123, _] if status >> 4 == 0xB => self.release_all(),
            _ => {}
        }
    }

    /// Strikes a key at MIDI velocity 1..=127. Keys outside the keyboard are ignored.
    fn note_on(&mut self, key: u8, velocity: u8) {
        if !(LOWEST_KEY..=HIGHEST_KEY).contains(&key) {
            return;
        }
        self.events += 1;
        let velocity = f32::from(velocity) / 127.0;
        let chosen = (0..VOICES).min_by_key(|slot| self.slots[*slot].steal_priority(key));
        if let Some(chosen) = chosen {
            self.fade(chosen);
            let slot = &mut self.slots[chosen];
            slot.voice.note_on(key, velocity, &compute_corrections(key, velocity));
            (slot.key, slot.state, slot.since) = (key, State::Held, self.events);
        }
    }

    /// Releases a key. With the pedal down it is sustained.
    fn note_off(&mut self, key: u8) {
        self.events += 1;
        for slot in self.slots.iter_mut().filter(|slot| slot.key == key && slot.state == State::Held) {
            slot.since = self.events;
            if self.pedal_down {
                slot.state = State::Sustained;
            } else {
                slot.release();
            }
        }
    }

    /// Moves the sustain pedal.
    fn set_pedal(&mut self, down: bool) {
        self.pedal_down = down;
        if !down {
            self.slots.iter_mut().filter(|slot| slot.state == State::Sustained).for_each(Slot::release);
        }
    }

    /// Releases all keys.
    fn release_all(&mut self) {
        (0..=127).for_each(|key| self.note_off(key));
    }

    /// Fades out all voices, including sustained ones.
    fn fade_all(&mut self) {
        for slot in 0..VOICES {
            self.fade(slot);
            self.slots[slot].state = State::Released;
        }
    }

    /// Steals a voice.
    ///
    /// Its next [`FADE_S`] are rendered at once and added to the ring buffer, so that the voice is
    /// free again before the fade ends.
    fn fade(&mut self, slot: usize) {
        let slot = &mut self.slots[slot];
        if !slot.voice.is_active() {
            return;
        }
        let length = self.fades.len();
        for first in (0..length).step_by(BLOCK) {
            let scratch = &mut self.scratch[..BLOCK.min(length - first)];
            slot.voice.render(scratch);
            for (i, sample) in (first..).zip(&*scratch) {
                let at = (self.fade_at + i) % length;
                self.fades[at] += sample * (length - i) as f32 / length as f32;
            }
        }
        self.fade_left = length;
        slot.voice = Voice::new(self.sample_rate_hz);
    }

    /// Returns the sounding keys, without those fading out.
    pub(crate) fn sounding_keys(&self) -> impl Iterator<Item = u8> {
        self.slots.iter().filter(|slot| slot.voice.is_active()).map(|slot| slot.key)
    }

    /// Returns true while any voice sounds or fades.
    pub(crate) fn is_active(&self) -> bool {
        self.slots.iter().any(|slot| slot.voice.is_active()) || self.fade_left > 0
    }

    /// Overwrites `out` with the sum of all voices, each of at most about half of full scale.
    pub(crate) fn render(&mut self, out: &mut [f32]) {
        for block in out.chunks_mut(BLOCK) {
            let scratch = &mut self.scratch[..block.len()];
            block.fill(0.0);
            for slot in &mut self.slots {
                if slot.voice.is_active() {
                    slot.voice.render(scratch);
                    block.iter_mut().zip(&*scratch).for_each(|(sum, sample)| *sum += sample);
                }
            }
            for sum in block.iter_mut().take(self.fade_left) {
                *sum += std::mem::take(&mut self.fades[self.fade_at]);
                self.fade_at = (self.fade_at + 1) % self.fades.len();
                self.fade_left -= 1;
            }
        }
    }
}

impl Slot {
    /// Returns the order of preference for playing `key`, lowest first.
    fn steal_priority(&self, key: u8) -> (u8, u64) {
        let class = match self.state {
            _ if !self.voice.is_active() => 1,
            _ if self.key == key => 0,
            State::Released => 2,
            State::Sustained => 3,
            State::Held => 4,
        };
        (class, self.since)
    }

    fn release(&mut self) {
        self.state = State::Released;
        self.voice.note_off();
    }
}
