//! Fades of voices that were taken away.

use crate::oscillators::TICK;
use crate::voice::clamped_sample_rate;
use crate::{Voice, hammer};

/// Fade of a voice that nothing replaces, s. Long enough not to click, too short for a note.
pub(super) const FADE_S: f32 = 0.005;

/// Capacity: more than a fade at the highest sample rate, 61 control ticks.
const CAPACITY: usize = 4_096;

/// Ring buffer with the sum of all fades.
///
/// A fading voice is rendered at once and added to it. The voice is then free, and any number of
/// voices can fade.
#[derive(Clone, Debug)]
pub(super) struct Tail {
    sum: [f32; CAPACITY],
    at: usize,
    /// Samples until the last fade ends.
    left: usize,
    sample_rate: f32,
}

impl Tail {
    /// Creates an empty buffer.
    pub(super) fn new(sample_rate: f32) -> Self {
        Self { sum: [0.0; CAPACITY], at: 0, left: 0, sample_rate: clamped_sample_rate(sample_rate) }
    }

    /// Discards all fades and sets the sample rate, Hz.
    pub(super) fn reset(&mut self, sample_rate: f32) {
        *self = Self::new(sample_rate);
    }

    /// Returns true until the last fade has ended.
    pub(super) fn is_active(&self) -> bool {
        self.left > 0
    }

    /// Renders `voice` ahead, fading by the complement of an attack over `fade_s`.
    ///
    /// With `fade_s` the contact time of another note's hammer, its attack and this fade add up to
    /// 1 at every sample. It takes whole control ticks, as attacks do.
    pub(super) fn fade(&mut self, voice: &mut Voice, fade_s: f32) {
        let tick_s = TICK as f32 / self.sample_rate;
        let mut block = [0.0f32; TICK];
        let (mut done, mut gain, mut time_s) = (0, 1.0, 0.0);
        while gain > 0.0 && voice.is_active() && done + TICK <= CAPACITY {
            time_s += tick_s;
            let step = (1.0 - hammer::rise(time_s, fade_s) - gain) / TICK as f32;
            voice.render(&mut block);
            for (i, sample) in block.iter().enumerate() {
                if let Some(sum) = self.sum.get_mut((self.at + done + i) % CAPACITY) {
                    *sum += (gain + step * i as f32) * sample;
                }
            }
            gain += step * TICK as f32;
            // Rounding may leave a rest.
            gain = if time_s >= fade_s { 0.0 } else { gain };
            done += TICK;
        }
        self.left = self.left.max(done);
    }

    /// Adds the next samples to `out`.
    pub(super) fn render_add(&mut self, out: &mut [f32]) {
        for sample in out.iter_mut().take(self.left) {
            if let Some(sum) = self.sum.get_mut(self.at) {
                *sample += core::mem::take(sum);
            }
            self.at = (self.at + 1) % CAPACITY;
            self.left -= 1;
        }
    }
}
