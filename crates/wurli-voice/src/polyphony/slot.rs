//! Place of a voice in a polyphonic instrument.

use crate::note::Ringing;
use crate::{Instrument, MlpCorrections, Voice};

use super::tail::Tail;

/// Voice of a [`Polyphony`](super::Polyphony), about 9 kB of plain numbers.
///
/// The host chooses where they are: `vec![Slot::new(); 64]` on the heap, or
/// `core::array::from_fn::<_, 8, _>(|_| Slot::new())` on the stack.
#[derive(Clone, Debug)]
pub struct Slot {
    pub(super) voice: Voice,
    pub(super) channel: u8,
    pub(super) key: u8,
    /// Bend of this note alone, cents.
    pub(super) bend_cents: f32,
}

/// Largest ratio of the displacements of two blows of which the second raises the attack of the
/// first. A larger rise within a control tick would click.
const MAX_RAISE_IN_ATTACK: f32 = 1.2;

impl Slot {
    /// Creates a silent slot.
    #[must_use]
    pub fn new() -> Self {
        Self { voice: Voice::new(f32::NAN), channel: 0, key: 0, bend_cents: 0.0 }
    }

    /// Silences the slot and gives it an instrument and a sample rate.
    pub(super) fn prepare(&mut self, sample_rate: f32, instrument: &Instrument) {
        self.voice = Voice::with_instrument(sample_rate, *instrument);
    }

    /// Returns true if the slot sounds the reed of `key` on `channel`.
    pub(super) fn is_reed(&self, channel: u8, key: u8) -> bool {
        self.voice.is_active() && self.channel == channel && self.key == key
    }

    /// Strikes the reed of the slot, which may still ring. Its damper is lifted.
    ///
    /// The stronger of two motions decides the sound: a stronger blow starts a note in
    /// the reed's phase, into which the ringing one fades while the hammer is in contact. A weaker
    /// one raises the ringing note, which keeps its corrections.
    pub(super) fn strike(&mut self, velocity: f32, corrections: &MlpCorrections, tail: &mut Tail) {
        let corrections = corrections.clamped();
        let blow = self.voice.blow(self.key, velocity, &corrections);
        let ringing = self.voice.ringing();
        let is_stronger = |by: f32| blow.blow_displacement() > by * ringing.displacement;
        match self.voice.note_mut() {
            Some(note)
                if !note.is_exhausted()
                    && (!is_stronger(1.0) || note.is_in_attack() && !is_stronger(MAX_RAISE_IN_ATTACK)) =>
            {
                note.move_damper(0.0, 0.0);
                note.add_blow(blow.blow_displacement());
            }
            Some(note) if note.is_unheard() => self.voice.start(blow, self.key, &corrections, ringing),
            Some(_) => {
                tail.fade(&mut self.voice, blow.dwell_s());
                self.voice.start(blow, self.key, &corrections, ringing);
            }
            None => self.voice.start(blow, self.key, &corrections, Ringing::NONE),
        }
    }
}

impl Default for Slot {
    fn default() -> Self {
        Self::new()
    }
}
