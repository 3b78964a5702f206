//! Sixteen corrected voices, played by MIDI messages.
//!
//! A key that is struck is given, in this order: its own voice, if it still sounds (there is one reed per key); a silent one; of
//! those under the damper, the one let go first; of those that only the pedal holds, the same; of those held, the one struck
//! first. A voice that is taken away is not cut off: it fades out over [`FADE_S`] beside the new note, which costs the rendering of that
//! time. Nothing allocates, locks or waits once the instrument is made.

use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::{HIGHEST_KEY, LOWEST_KEY, Voice};

/// Keys that sound at the same time, without those that are fading out.
pub(crate) const VOICES: usize = 16;

/// How long a voice that is taken away fades, s: long enough not to click, too short to be heard as a note.
pub(crate) const FADE_S: f32 = 0.005;

/// Samples rendered at a time, at most.
const BLOCK: usize = 64;

/// The instrument.
pub(crate) struct Polyphony {
    slots: [Slot; VOICES],
    sample_rate_hz: f32,
    /// What one voice plays in one block.
    scratch: [f32; BLOCK],
    /// What voices that were taken away still play: a ring, added up, that begins at `fade_at`.
    fades: Vec<f32>,
    fade_at: usize,
    /// Samples until the ring is silent.
    fade_left: usize,
    pedal_down: bool,
    /// Keys struck and let go so far: what tells the order.
    events: u64,
}

struct Slot {
    voice: Voice,
    key: u8,
    state: State,
    /// The event of the present state.
    since: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Held,
    /// Let go while the pedal was down: the damper is still off the reed.
    Sustained,
    Released,
}

impl Polyphony {
    /// A silent instrument at `sample_rate_hz`.
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

    /// A MIDI channel message, whatever its channel: notes, sustain pedal (64), all sound off (120), all notes off (123). Others, and
    /// those that are cut short, do nothing.
    pub(crate) fn message(&mut self, message: &[u8]) {
        match *message {
            [status, key, 0] if status >> 4 == 0x9 => self.note_off(key),
            [status, key, velocity] if status >> 4 == 0x9 => self.note_on(key, velocity),
            [status, key, _] if status >> 4 == 0x8 => self.note_off(key),
            [status, 64, value] if status >> 4 == 0xB => self.pedal(value >= 64),
            [status, 120, _] if status >> 4 == 0xB => self.fade_all(),
            [status, 123, _] if status >> 4 == 0xB => self.release_all(),
            _ => {}
        }
    }

    /// Strikes a key, at a MIDI velocity 1..=127. Keys that the voice does not have stay silent.
    fn note_on(&mut self, key: u8, velocity: u8) {
        if !(LOWEST_KEY..=HIGHEST_KEY).contains(&key) {
            return;
        }
        self.events += 1;
        let velocity = f32::from(velocity) / 127.0;
        let chosen = (0..VOICES).min_by_key(|slot| self.slots[*slot].rank(key));
        if let Some(chosen) = chosen {
            self.fade(chosen);
            let slot = &mut self.slots[chosen];
            slot.voice.note_on(key, velocity, &compute_corrections(key, velocity));
            (slot.key, slot.state, slot.since) = (key, State::Held, self.events);
        }
    }

    /// Lets a key go. With the pedal down it sounds on.
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

    /// Presses the sustain pedal, or lets it go.
    fn pedal(&mut self, down: bool) {
        self.pedal_down = down;
        if !down {
            self.slots.iter_mut().filter(|slot| slot.state == State::Sustained).for_each(Slot::release);
        }
    }

    /// Lets all keys go, as if each had been.
    fn release_all(&mut self) {
        (0..=127).for_each(|key| self.note_off(key));
    }

    /// Fades everything out, the pedal's notes too.
    fn fade_all(&mut self) {
        for slot in 0..VOICES {
            self.fade(slot);
            self.slots[slot].state = State::Released;
        }
    }

    /// Takes a voice away: what it would have played in the next [`FADE_S`] is rendered at once, and added to what fades already. A voice can be
    /// taken away again before its fade has ended.
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

    /// Keys that still sound, fading ones aside.
    pub(crate) fn sounding(&self) -> impl Iterator<Item = u8> {
        self.slots.iter().filter(|slot| slot.voice.is_active()).map(|slot| slot.key)
    }

    /// Whether anything can be heard.
    pub(crate) fn is_active(&self) -> bool {
        self.slots.iter().any(|slot| slot.voice.is_active()) || self.fade_left > 0
    }

    /// Writes the next samples over `out`: the sum of the voices, each of at most about half of full scale.
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
    /// The lowest is given to `key`.
    fn rank(&self, key: u8) -> (u8, u64) {
        let kind = match self.state {
            _ if !self.voice.is_active() => 1,
            _ if self.key == key => 0,
            State::Released => 2,
            State::Sustained => 3,
            State::Held => 4,
        };
        (kind, self.since)
    }

    fn release(&mut self) {
        self.state = State::Released;
        self.voice.note_off();
    }
}
