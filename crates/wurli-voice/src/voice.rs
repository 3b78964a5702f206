//! Monophonic voice: one note, rendered in blocks.

use crate::corrections::MlpCorrections;
use crate::glide::Glide;
use crate::instrument::Instrument;
use crate::note::{Note, Ringing};
use crate::oscillators::{CAPACITY, OscillatorBank, TICK};

/// Sample rates that a voice accepts, Hz. Others are clamped.
const SAMPLE_RATES: core::ops::RangeInclusive<f32> = 8_000.0..=768_000.0;

/// Sample rate that replaces NaN, Hz.
const DEFAULT_SAMPLE_RATE: f32 = 44_100.0;

/// Monophonic voice of the reference model.
///
/// Its state is about 9 kB of plain numbers. No method allocates, locks or panics. Many voices are
/// better on the heap, `vec![Voice::new(48_000.0); 64]`, although an array of 64 fits a stack of
/// 2 MB.
#[derive(Clone, Debug)]
pub struct Voice {
    instrument: Instrument,
    sample_rate: f32,
    oscillators: OscillatorBank,
    note: Option<Note>,
    samples_until_tick: usize,
    /// Offset of the pitch, cents.
    pitch: Glide,
    /// Phase of the reed at the next control tick, turns.
    reed_turns: f64,
    /// Phase increment of the reed, turns per sample.
    reed_step: f64,
}

impl Voice {
    /// Creates a silent voice of the EP200 at `sample_rate` Hz, clamped to 8,000..=768,000.
    #[must_use]
    pub fn new(sample_rate: f32) -> Self {
        Self::with_instrument(sample_rate, Instrument::EP200)
    }

    /// Creates a silent voice of another instrument, whose constants are
    /// [clamped](Instrument::clamped).
    #[must_use]
    pub fn with_instrument(sample_rate: f32, instrument: Instrument) -> Self {
        Self {
            instrument: instrument.clamped(),
            sample_rate: clamped_sample_rate(sample_rate),
            oscillators: OscillatorBank::new(),
            note: None,
            samples_until_tick: 0,
            pitch: Glide::ZERO,
            reed_turns: 0.0,
            reed_step: 0.0,
        }
    }

    /// Strikes a key. A sounding note is cut off, and the reed starts from rest.
    ///
    /// [`Polyphony`](crate::Polyphony) strikes a sounding reed without a click instead.
    ///
    /// `midi` is clamped to 21..=108, `velocity` to 1/127..=1 and `corrections` to their bounds.
    pub fn note_on(&mut self, midi: u8, velocity: f32, corrections: &MlpCorrections) {
        let corrections = corrections.clamped();
        self.start(self.blow(midi, velocity, &corrections), midi, &corrections, Ringing::NONE);
    }

    /// Releases the key: the damper falls on the reed.
    pub fn note_off(&mut self) {
        self.move_damper(1.0, 0.0);
    }

    /// Returns true until the note has decayed to silence (−100 dB).
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.note.is_some()
    }

    /// Silences the voice at once and sets its sample rate, Hz, clamped as in [`new`](Self::new).
    pub fn reset(&mut self, sample_rate: f32) {
        self.sample_rate = clamped_sample_rate(sample_rate);
        self.note = None;
    }

    /// Shifts the pitch by `cents`, clamped to ±9,600. NaN counts as 0.
    ///
    /// A sounding note glides there within some milliseconds, without a jump of its phase. At 0 the
    /// samples are those of a voice that was never shifted. Levels and corrections stay as they
    /// are. Harmonics that leave the band are muted. The knock is shifted with the note, although
    /// that of an instrument would not be.
    pub fn set_pitch_cents(&mut self, cents: f32) {
        self.pitch.set_target(cents);
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
                let tick_s = TICK as f32 / self.sample_rate;
                let mut targets = [0.0; CAPACITY];
                if !note.advance(tick_s, &mut targets) {
                    self.note = None;
                    continue;
                }
                if self.pitch.advance(tick_s) {
                    self.oscillators.set_pitch_ratio(self.pitch.ratio());
                }
                self.oscillators.set_targets(&targets, note.has_hammer_contact());
                self.samples_until_tick = TICK;
                self.reed_step = note.fundamental_hz() / f64::from(self.sample_rate) * self.pitch.ratio();
                let turns = self.reed_turns + TICK as f64 * self.reed_step;
                self.reed_turns = turns - (turns as i64) as f64;
            }
            let (now, later) = rest.split_at_mut(self.samples_until_tick.min(rest.len()));
            self.oscillators.render(now);
            self.samples_until_tick -= now.len();
            rest = later;
        }
    }

    /// Returns the note that a blow on the reed at rest gives.
    pub(crate) fn blow(&self, midi: u8, velocity: f32, corrections: &MlpCorrections) -> Note {
        Note::new(&self.instrument, self.sample_rate, midi, velocity, corrections)
    }

    /// Starts a note on a reed that moves as `ringing` says. The arguments are those of the blow.
    pub(crate) fn start(&mut self, blow: Note, midi: u8, corrections: &MlpCorrections, ringing: Ringing) {
        let Self { instrument, sample_rate, oscillators, pitch, .. } = self;
        pitch.finish();
        oscillators.set_pitch_ratio(pitch.ratio());
        let note = self.note.insert(blow);
        note.start(instrument, *sample_rate, midi, corrections, ringing, oscillators);
        self.samples_until_tick = 0;
        self.reed_turns = ringing.turns;
    }

    /// Returns the sounding note.
    pub(crate) fn note_mut(&mut self) -> Option<&mut Note> {
        self.note.as_mut()
    }

    /// Returns the power of the note at its present displacement, relative to full scale.
    pub(crate) fn power(&self) -> f32 {
        self.note.as_ref().map_or(0.0, Note::power)
    }

    /// Returns the motion of the reed.
    pub(crate) fn ringing(&self) -> Ringing {
        match &self.note {
            Some(note) => Ringing {
                displacement: note.displacement(),
                turns: self.reed_turns - self.samples_until_tick as f64 * self.reed_step,
            },
            None => Ringing::NONE,
        }
    }

    /// Moves the damper to `force` (0 lifted, 1 fallen) within `travel_s`.
    pub(crate) fn move_damper(&mut self, force: f32, travel_s: f32) {
        if let Some(note) = &mut self.note {
            note.move_damper(force, travel_s);
        }
    }
}

/// Returns a sample rate that a voice accepts.
pub(crate) fn clamped_sample_rate(sample_rate: f32) -> f32 {
    if sample_rate.is_nan() {
        DEFAULT_SAMPLE_RATE
    } else {
        sample_rate.clamp(*SAMPLE_RATES.start(), *SAMPLE_RATES.end())
    }
}
