//! Monophonic voice: one note, rendered in blocks.

use crate::corrections::MlpCorrections;
use crate::instrument::Instrument;
use crate::note::Note;
use crate::oscillators::{CAPACITY, OscillatorBank, TICK};

/// Sample rates that a voice accepts, Hz. Others are clamped.
const SAMPLE_RATES: core::ops::RangeInclusive<f32> = 8_000.0..=768_000.0;

/// Sample rate that replaces NaN, Hz.
const DEFAULT_SAMPLE_RATE: f32 = 44_100.0;

/// Monophonic voice of the reference model.
///
/// Its state is about 7 kB of plain numbers. No method allocates, locks or panics.
#[derive(Clone, Debug)]
pub struct Voice {
    instrument: Instrument,
    sample_rate: f32,
    oscillators: OscillatorBank,
    note: Option<Note>,
    samples_until_tick: usize,
}

impl Voice {
    /// Creates a silent voice of the EP200 at `sample_rate` Hz, clamped to 8,000..=768,000.
    #[must_use]
    pub fn new(sample_rate: f32) -> Self {
        Self::with_instrument(sample_rate, Instrument::EP200)
    }

    /// Creates a silent voice of another instrument.
    #[must_use]
    pub fn with_instrument(sample_rate: f32, instrument: Instrument) -> Self {
        let sample_rate = if sample_rate.is_nan() {
            DEFAULT_SAMPLE_RATE
        } else {
            sample_rate.clamp(*SAMPLE_RATES.start(), *SAMPLE_RATES.end())
        };
        Self { instrument, sample_rate, oscillators: OscillatorBank::new(), note: None, samples_until_tick: 0 }
    }

    /// Strikes a key. A sounding note is cut off.
    ///
    /// `midi` is clamped to 21..=108, `velocity` to 1/127..=1 and `corrections` to their bounds.
    pub fn note_on(&mut self, midi: u8, velocity: f32, corrections: &MlpCorrections) {
        let Self { instrument, sample_rate, oscillators, .. } = self;
        self.note = Some(Note::new(instrument, *sample_rate, midi, velocity, corrections, oscillators));
        self.samples_until_tick = 0;
    }

    /// Releases the key: the damper falls on the reed.
    pub fn note_off(&mut self) {
        if let Some(note) = &mut self.note {
            note.release();
        }
    }

    /// Returns true until the note has decayed to silence (−100 dB).
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.note.is_some()
    }

    /// Overwrites `out` with the next samples. Full scale is 1.
    ///
    /// Block lengths do not affect the samples, if key events fall between the same two samples.
    pub fn render(&mut self, out: &mut [f32]) {
        let mut rest = out;
        while !rest.is_empty() {
            let Some(note) = &mut self.note else {
                rest.fill(0.0);
                return;
            };
            if self.samples_until_tick == 0 {
                let mut targets = [0.0; CAPACITY];
                if !note.advance(TICK as f32 / self.sample_rate, &mut targets) {
                    self.note = None;
                    continue;
                }
                self.oscillators.set_targets(&targets, note.has_hammer_contact());
                self.samples_until_tick = TICK;
            }
            let (now, later) = rest.split_at_mut(self.samples_until_tick.min(rest.len()));
            self.oscillators.render(now);
            self.samples_until_tick -= now.len();
            rest = later;
        }
    }
}
