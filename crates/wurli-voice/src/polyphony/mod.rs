//! Polyphonic instrument.

mod channels;
mod event;
mod gain;
mod pedals;
mod slot;
mod tail;
mod tuning;

pub use channels::ChannelMode;
pub use event::{Event, TimedEvent};
pub use slot::Slot;

use crate::{HIGHEST_KEY, Instrument, LOWEST_KEY, MlpCorrections};
use channels::{Channels, Effect, bit};
use gain::Gain;
use tail::{FADE_S, Tail};
use tuning::Tuning;

/// Samples that are mixed at a time.
const BLOCK: usize = 64;

/// Polyphonic instrument: voices that are played by MIDI messages or [`Event`]s.
///
/// ```
/// use wurli_voice::{MlpCorrections, Polyphony, Slot};
///
/// // 64 voices. A trained network takes the place of the closure: `compute_corrections`.
/// let voices = vec![Slot::new(); 64];
/// let mut piano = Polyphony::new(48_000.0, voices, |_, _| MlpCorrections::IDENTITY);
/// piano.handle_message(&[0x90, 60, 100]);
/// let mut block = [0.0; 256];
/// piano.render(&mut block);
/// assert!(block.iter().any(|sample| *sample != 0.0));
/// ```
///
/// `S` stores the voices: a `Vec`, a boxed slice, an array or a borrowed slice. The crate itself
/// allocates nothing. `F` returns the corrections of a key (MIDI) at a velocity (0..=1). It is
/// called at each note-on on the thread that plays.
///
/// # One reed per key
///
/// A key that is struck again while it rings keeps its voice. The blow adds to what rings and never
/// takes from it. The phase of the reed goes on, so that blows do not cancel each other.
///
/// # Voice stealing
///
/// If all voices sound, a note takes the quietest one whose key is up, else the quietest one. That
/// fades out as the new note rises, within 0.6–2 ms rounded up to control ticks of 64 samples.
///
/// # Controllers
///
/// | controller | effect |
/// |---|---|
/// | 64 | sustain pedal. Below 32 dampers are down, above 95 up ([range](Self::set_pedal_range)) |
/// | 66 | sostenuto: keeps the dampers up of keys that are down |
/// | 120 | fades out all notes of the channel within 5 ms, rounded up to control ticks |
/// | 121 | releases the pedals of the channel and centres its bend |
/// | 123–127 | releases all keys of the channel |
/// | 6, 38, 100, 101 | bend range by registered parameter 0 |
///
/// Others are ignored, the soft pedal (67) too: the instrument has none. A bend or tuning shifts
/// the whole note, the knock of its blow included.
///
/// # Level
///
/// Full scale is 1. Without corrections, the loudest note peaks at 0.7. Ten loud notes (velocity
/// 127) struck together under the pedal peak at 2 to 5. A [gain](Self::set_gain) of 0.2 leaves
/// headroom for them. Corrections change the levels.
///
/// # Real time
///
/// After construction no method allocates, locks, panics or makes a system call. Samples are the
/// same for any division into blocks. A damper and a bend follow within a control tick, 64 samples.
#[derive(Clone, Debug)]
pub struct Polyphony<S, F = fn(u8, f32) -> MlpCorrections> {
    slots: S,
    corrections: F,
    instrument: Instrument,
    sample_rate: f32,
    channels: Channels,
    tuning: Tuning,
    tail: Tail,
    gain: Gain,
}

impl<S: AsRef<[Slot]> + AsMut<[Slot]>, F: FnMut(u8, f32) -> MlpCorrections> Polyphony<S, F> {
    /// Creates a silent EP200 at `sample_rate` Hz, clamped to 8,000..=768,000.
    ///
    /// Each slot is a voice, whatever it played before. Without a slot it stays silent.
    #[must_use]
    pub fn new(sample_rate: f32, slots: S, corrections: F) -> Self {
        Self::with_instrument(sample_rate, slots, corrections, Instrument::EP200)
    }

    /// Creates a silent instance of another instrument, whose constants are
    /// [clamped](Instrument::clamped).
    #[must_use]
    pub fn with_instrument(sample_rate: f32, slots: S, corrections: F, instrument: Instrument) -> Self {
        let mut polyphony = Self {
            slots,
            corrections,
            instrument,
            sample_rate,
            channels: Channels::new(ChannelMode::Separate),
            tuning: Tuning::EQUAL,
            tail: Tail::new(sample_rate),
            gain: Gain::new(sample_rate),
        };
        for slot in polyphony.slots.as_mut() {
            slot.prepare(sample_rate, &polyphony.instrument);
        }
        polyphony
    }

    /// Handles a MIDI channel message. Others and incomplete ones are ignored.
    pub fn handle_message(&mut self, message: &[u8]) {
        if let Some(event) = Event::from_midi(message) {
            self.handle(event);
        }
    }

    /// Handles an event before the next sample.
    pub fn handle(&mut self, event: Event) {
        let channel = self.channels.resolve(event.channel());
        match event {
            Event::NoteOn { key, velocity, .. } => self.note_on(channel, key, velocity),
            Event::NoteOff { key: 128.., .. } => {}
            Event::NoteOff { key, velocity, .. } => {
                self.channels.get_mut(channel).held &= !bit(key);
                self.move_dampers(pedals::travel_s(velocity), |slot| slot.is_reed(channel, key));
            }
            Event::Controller { controller, value, .. } => {
                let effect = self.channels.control(channel, controller, value);
                self.apply(effect, channel);
            }
            Event::PitchBend { value, .. } => {
                let value = if value.is_nan() { 0.0 } else { value.clamp(-1.0, 1.0) };
                self.channels.get_mut(channel).bend = value;
                self.apply(Effect::Bends, channel);
            }
            Event::NoteBend { key, cents, .. } => {
                let Self { slots, channels, tuning, .. } = self;
                for slot in slots.as_mut().iter_mut().filter(|slot| slot.is_reed(channel, key)) {
                    slot.bend_cents = cents;
                    slot.bend(channels, tuning);
                }
            }
        }
    }

    /// Overwrites `out` with the next samples.
    pub fn render(&mut self, out: &mut [f32]) {
        self.mix(out, |sample, mixed| *sample = mixed);
    }

    /// Adds the next samples to `out`.
    pub fn render_add(&mut self, out: &mut [f32]) {
        self.mix(out, |sample, mixed| *sample += mixed);
    }

    /// Overwrites `out` with the next samples, and handles `events` at their samples on the way.
    ///
    /// Offsets rise. An event before its predecessor acts with it, one beyond the block at its end.
    pub fn render_events(&mut self, events: &[TimedEvent], out: &mut [f32]) {
        let (mut rest, mut done) = (out, 0);
        for TimedEvent { offset, event } in events {
            let (now, later) = rest.split_at_mut(offset.saturating_sub(done).min(rest.len()));
            self.render(now);
            (rest, done) = (later, done + now.len());
            self.handle(*event);
        }
        self.render(rest);
    }

    /// Silences all voices at once, releases keys and pedals and centres bends.
    ///
    /// Settings stay: gain, channel mode, bend ranges, tuning, pedal range and damper force.
    pub fn reset(&mut self) {
        self.set_sample_rate(self.sample_rate);
    }

    /// Sets the sample rate, Hz, clamped to 8,000..=768,000, and [resets](Self::reset) the
    /// instrument.
    pub fn set_sample_rate(&mut self, sample_rate: f32) {
        self.sample_rate = sample_rate;
        self.slots.as_mut().iter_mut().for_each(|slot| slot.voice.reset(sample_rate));
        self.channels.reset();
        self.tail.reset(sample_rate);
        self.gain.reset(sample_rate);
    }

    /// Sets the output gain, clamped to 0..=4 (12 dB). It is 1 after creation. NaN counts as 1.
    ///
    /// While notes sound it changes linearly within 20 ms. A silent instrument takes it at once.
    pub fn set_gain(&mut self, gain: f32) {
        let is_silent = !self.is_active();
        self.gain.set(gain, is_silent);
    }

    /// Sets the meaning of the channels, with bend ranges of the mode, and resets the instrument.
    pub fn set_channel_mode(&mut self, mode: ChannelMode) {
        self.channels.set_mode(mode);
        self.reset();
    }

    /// Sets the bend range of all channels, semitones, clamped to 0..=48. In
    /// [MPE](ChannelMode::Mpe) that of the member channels.
    pub fn set_bend_range(&mut self, semitones: f32) {
        self.channels.set_bend_range(semitones);
        self.bend_all();
    }

    /// Sets the sustain pedal positions (0..=1) at which the dampers begin to rise and at which
    /// they are off the reeds. 32/127 and 95/127 after creation. Equal positions make it a switch.
    pub fn set_pedal_range(&mut self, down: f32, up: f32) {
        self.channels.pedal_range = (down, up.max(down));
        self.move_dampers(pedals::PEDAL_TRAVEL_S, |_| true);
    }

    /// Sets the force of fallen dampers relative to the standard, clamped to 0.1..=10. NaN counts
    /// as one. Notes are released as many times faster.
    pub fn set_damper_force(&mut self, force: f32) {
        self.channels.fallen_force = if force.is_nan() { 1.0 } else { force.clamp(0.1, 10.0) };
        self.move_dampers(pedals::PEDAL_TRAVEL_S, |_| true);
    }

    /// Sets the tuning of A4, Hz, 440 after creation. What is no frequency counts as 440.
    pub fn set_a4_hz(&mut self, a4_hz: f64) {
        self.tuning.set_a4_hz(a4_hz);
        self.bend_all();
    }

    /// Sets the frequencies of all MIDI notes at A4 = 440 Hz, Hz. What is no frequency counts as
    /// equal temperament.
    ///
    /// Sounding notes glide to it. Corrections are those of the key.
    pub fn set_tuning(&mut self, frequencies_hz: &[f64; 128]) {
        self.tuning.set_table(frequencies_hz);
        self.bend_all();
    }

    /// Returns the function that computes corrections.
    pub fn corrections_mut(&mut self) -> &mut F {
        &mut self.corrections
    }

    /// Returns the sounding keys, MIDI, without those that fade out after they were stolen.
    pub fn sounding_keys(&self) -> impl Iterator<Item = u8> {
        self.slots.as_ref().iter().filter(|slot| slot.voice.is_active()).map(|slot| slot.key)
    }

    /// Returns true while any voice sounds or fades.
    pub fn is_active(&self) -> bool {
        self.tail.is_active() || self.slots.as_ref().iter().any(|slot| slot.voice.is_active())
    }

    /// Strikes a key of a resolved channel.
    fn note_on(&mut self, channel: u8, key: u8, velocity: f32) {
        if !(LOWEST_KEY..=HIGHEST_KEY).contains(&key) {
            return;
        }
        let corrections = (self.corrections)(key, velocity);
        let Self { slots, channels, tuning, tail, .. } = self;
        channels.get_mut(channel).held |= bit(key);
        let slots = slots.as_mut();
        if let Some(slot) = slots.iter_mut().find(|slot| slot.is_reed(channel, key)) {
            slot.strike(velocity, &corrections, tail);
            return;
        }
        let free = slots.iter().position(|slot| !slot.voice.is_active());
        let Some(index) = free.or_else(|| quietest(slots, channels)) else { return };
        if let Some(slot) = slots.get_mut(index) {
            tail.fade(&mut slot.voice, crate::hammer::dwell_s(key));
            slot.voice.reset(self.sample_rate);
            (slot.channel, slot.key, slot.bend_cents) = (channel, key, 0.0);
            slot.bend(channels, tuning);
            slot.strike(velocity, &corrections, tail);
        }
    }

    /// Applies the effect of a controller on a resolved channel.
    fn apply(&mut self, effect: Effect, channel: u8) {
        let Self { slots, channels, tuning, tail, .. } = self;
        if matches!(effect, Effect::Bends | Effect::All) {
            for slot in slots.as_mut().iter_mut().filter(|slot| channels.reaches(channel, slot.channel)) {
                slot.bend(channels, tuning);
            }
        }
        if effect == Effect::SoundOff {
            for slot in slots.as_mut().iter_mut().filter(|slot| channels.reaches(channel, slot.channel)) {
                tail.fade(&mut slot.voice, FADE_S);
                slot.voice.reset(self.sample_rate);
            }
        }
        if matches!(effect, Effect::Dampers | Effect::All) {
            self.move_dampers(pedals::PEDAL_TRAVEL_S, |_| true);
        }
    }

    /// Moves the dampers of the chosen slots to where keys and pedals hold them.
    fn move_dampers(&mut self, travel_s: f32, is_chosen: impl Fn(&Slot) -> bool) {
        for slot in self.slots.as_mut().iter_mut().filter(|slot| is_chosen(slot)) {
            slot.voice.move_damper(self.channels.damper_force(slot.channel, slot.key), travel_s);
        }
    }

    /// Applies bends and tuning to all voices.
    fn bend_all(&mut self) {
        for slot in self.slots.as_mut() {
            slot.bend(&self.channels, &self.tuning);
        }
    }

    /// Mixes voices and fades, applies the gain, and passes each sample of `out` with the sum to
    /// `write`.
    fn mix(&mut self, out: &mut [f32], write: impl Fn(&mut f32, f32)) {
        for block in out.chunks_mut(BLOCK) {
            let (mut sum, mut samples) = ([0.0f32; BLOCK], [0.0f32; BLOCK]);
            let sum = sum.get_mut(..block.len()).unwrap_or_default();
            let samples = samples.get_mut(..block.len()).unwrap_or_default();
            for slot in self.slots.as_mut().iter_mut().filter(|slot| slot.voice.is_active()) {
                slot.voice.render(samples);
                sum.iter_mut().zip(&*samples).for_each(|(sum, sample)| *sum += sample);
            }
            self.tail.render_add(sum);
            self.gain.process(sum);
            block.iter_mut().zip(&*sum).for_each(|(sample, sum)| write(sample, *sum));
        }
    }
}

impl Slot {
    /// Sets the pitch of the voice by bends and tuning.
    fn bend(&mut self, channels: &Channels, tuning: &Tuning) {
        let cents = channels.bend_cents(self.channel) + tuning.offset_cents(self.key) + self.bend_cents;
        self.voice.set_pitch_cents(cents);
    }
}

/// Returns the index of the voice to steal: the quietest whose key is up, else the quietest.
fn quietest(slots: &[Slot], channels: &Channels) -> Option<usize> {
    let order = |slot: &Slot| (channels.is_held(slot.channel, slot.key), slot.voice.power());
    let mut found: Option<(usize, (bool, f32))> = None;
    for (i, slot) in slots.iter().enumerate() {
        let order = order(slot);
        if found.is_none_or(|(_, quietest)| order < quietest) {
            found = Some((i, order));
        }
    }
    found.map(|(i, _)| i)
}
