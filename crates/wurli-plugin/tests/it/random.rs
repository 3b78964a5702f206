//! Deterministic pseudo-random numbers and events.

use wurli_plugin::Param;

use crate::host::{Input, Timed};

/// Linear congruential generator with Knuth's MMIX constants.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    /// Returns a number in 0..=1.
    pub(crate) fn share(&mut self) -> f64 {
        self.below(1_000_001) as f64 / 1e6
    }

    /// Returns a value for each parameter, within its range or at one of its bounds.
    pub(crate) fn values(&mut self, at_bounds: bool) -> [(Param, f64); Param::ALL.len()] {
        Param::ALL.map(|param| {
            let (min, max) = param.range();
            let share = if at_bounds { self.below(2) as f64 } else { self.share() };
            (param, min + share * (max - min))
        })
    }

    /// Returns events that need not fit together: releases and chokes of notes that were not
    /// struck, notes struck twice, wildcards, any MIDI.
    pub(crate) fn inconsistent_events(&mut self, count: usize, length: usize) -> Vec<Timed> {
        let mut events: Vec<Timed> = (0..count)
            .map(|_| {
                let (key, share) = (self.below(128) as u8, self.share());
                let event = match self.below(12) {
                    0..3 => Input::On { key, velocity: share },
                    3 => Input::On { key: 60, velocity: share },
                    4 | 5 => Input::Off { key },
                    6 => Input::Choke { key },
                    7 => Input::Tune { key, semitones: 240.0 * share - 120.0 },
                    8 if share < 0.1 => Input::AllOff,
                    9 => Input::Wildcard { kind: self.below(3), part: self.below(5), key },
                    10 => Input::Midi([0x80 + self.below(128) as u8, key, self.below(128) as u8]),
                    _ => Input::Midi([0x90, key, self.below(128) as u8]),
                };
                (self.below(length), event)
            })
            .collect();
        events.sort_by_key(|(time, _)| *time);
        events
    }
}
