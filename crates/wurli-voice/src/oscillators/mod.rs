//! Bank of sinusoidal oscillators with amplitudes that are linear between control ticks.
//!
//! The bank renders segments of 16 samples. At distance d before or after the centre of a segment,
//! an oscillator with amplitude a, slope s, phase φ and angular frequency w is
//!
//! ```text
//! (a ± s·d)·cos(φ ± w·d) = even(d) ± odd(d)
//! even(d) =  a·cos φ · cos wd − d · s·sin φ · sin wd
//! odd(d)  = −a·sin φ · sin wd + d · s·cos φ · cos wd
//! ```
//!
//! cos wd and sin wd are tabulated, and d is the same for all oscillators. Two samples of an
//! oscillator cost four products and four sums, and its phase advances once per segment. That is
//! half the arithmetic and a sixteenth of the rounding of a rotation per sample.

mod group;

use group::{Group, LANES, SEGMENT, Sums};

const GROUPS: usize = 10;
/// Oscillators of the bank.
pub(crate) const CAPACITY: usize = LANES * GROUPS;
/// Highest rendered frequency, turns per sample.
pub(crate) const BANDWIDTH: f64 = 0.45;
/// Samples between two control ticks.
pub(crate) const TICK: usize = 64;

/// State of a group of partials. Most harmonics of a note are inaudible most of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PartialState {
    /// Not yet audible, or bent out of the band. The phases advance, so that a late partial still
    /// has the onset's phase.
    Pending,
    /// Audible.
    Active,
    /// No longer audible. The phases stand still.
    Done,
}

/// Sum of sinusoids: oscillator i is amplitudeᵢ·cos(phaseᵢ).
#[derive(Clone, Debug)]
pub(crate) struct OscillatorBank {
    groups: [Group; GROUPS],
    states: [PartialState; GROUPS],
    /// Oscillators in use.
    used: usize,
    /// Factor on all frequencies.
    pitch_ratio: f64,
    /// Current segment.
    segment: [f32; SEGMENT],
    /// Samples of the current segment that were already returned.
    read: usize,
}

impl OscillatorBank {
    /// Creates an empty bank.
    pub(crate) const fn new() -> Self {
        Self {
            groups: [Group::SILENT; GROUPS],
            states: [PartialState::Pending; GROUPS],
            used: 0,
            pitch_ratio: 1.0,
            segment: [0.0; SEGMENT],
            read: SEGMENT,
        }
    }

    /// Removes all oscillators.
    pub(crate) fn clear(&mut self) {
        for group in self.groups.iter_mut().take(self.used.div_ceil(LANES)) {
            (group.amplitude, group.step) = ([0.0; LANES], [0.0; LANES]);
        }
        self.states = [PartialState::Pending; GROUPS];
        self.used = 0;
        self.read = SEGMENT;
    }

    /// Adds a silent oscillator. Does nothing if the bank is full.
    pub(crate) fn push(&mut self, turns_per_sample: f64, phase_turns: f64) {
        let Some(group) = self.groups.get_mut(self.used / LANES) else { return };
        let lane = self.used % LANES;
        group.set_oscillator(lane, turns_per_sample, phase_turns, self.pitch_ratio);
        self.used += 1;
    }

    /// Multiplies all frequencies by `ratio`, from the next control tick on.
    ///
    /// Phases are continuous. Oscillators that leave the band are muted.
    pub(crate) fn set_pitch_ratio(&mut self, ratio: f64) {
        self.pitch_ratio = ratio;
    }

    /// Sets the amplitudes to reach within the next [`TICK`] samples. Missing `targets` are 0.
    ///
    /// Inaudible groups stay pending while `is_rising`, and are done afterwards. Those that only a
    /// bend mutes stay pending.
    pub(crate) fn set_targets(&mut self, targets: &[f32], is_rising: bool) {
        let used = self.used.div_ceil(LANES);
        for (i, (group, state)) in self.groups.iter_mut().zip(&mut self.states).take(used).enumerate() {
            let mut group_targets = [0.0f32; LANES];
            for (group_target, target) in group_targets.iter_mut().zip(targets.iter().skip(i * LANES)) {
                *group_target = *target;
            }
            if group.ratio != self.pitch_ratio && *state != PartialState::Done {
                group.set_pitch_ratio(self.pitch_ratio);
            }
            let is_muted = group.ratio != 1.0 && group.mute_above(BANDWIDTH, &mut group_targets);
            let is_audible = group.set_targets(&group_targets, 1.0 / TICK as f32);
            *state = match *state {
                _ if is_audible => PartialState::Active,
                // A bend may return.
                _ if is_muted => PartialState::Pending,
                PartialState::Pending if is_rising => PartialState::Pending,
                _ => PartialState::Done,
            };
            if *state != PartialState::Done {
                group.normalise_phasors();
            }
        }
    }

    /// Overwrites `out` with the sum of all oscillators.
    pub(crate) fn render(&mut self, out: &mut [f32]) {
        let mut out = out.iter_mut();
        while out.len() > 0 {
            if self.read >= SEGMENT {
                self.next_segment();
                self.read = 0;
            }
            let ready = self.segment.iter().skip(self.read);
            let count = ready.len().min(out.len());
            ready.zip(out.by_ref().take(count)).for_each(|(ready, sample)| *sample = *ready);
            self.read += count;
        }
    }

    fn next_segment(&mut self) {
        let mut sums = Sums::ZERO;
        for (group, state) in self.groups.iter_mut().zip(&self.states).take(self.used.div_ceil(LANES)) {
            match state {
                PartialState::Active => sums.add(group),
                PartialState::Pending => {}
                PartialState::Done => continue,
            }
            group.advance_phases();
        }
        sums.write_segment(&mut self.segment);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn oscillator_keeps_frequency_and_level_for_ten_seconds() {
        let mut bank = OscillatorBank::new();
        let turn = 0.008;
        bank.push(turn, 0.0);
        let mut block = [0.0; TICK];
        bank.set_targets(&[1.0], true);
        bank.render(&mut block);
        let mut worst = 0.0f64;
        for tick in 1..6890 {
            bank.set_targets(&[1.0], true);
            bank.render(&mut block);
            for (i, sample) in block.iter().enumerate() {
                let expected = f64::cos(core::f64::consts::TAU * turn * (tick * TICK + i) as f64);
                worst = worst.max((f64::from(*sample) - expected).abs());
            }
        }
        // 27,560 rotations, each with sine and cosine rounded to 6e-8, drift by at most 0.0016 rad.
        assert!(worst < 0.0016, "{worst}");
    }

    #[test]
    fn fading_oscillator_reaches_zero_without_subnormals() {
        let mut bank = OscillatorBank::new();
        bank.push(0.05, 0.0);
        let mut block = [0.0; TICK];
        for tick in 0..400 {
            bank.set_targets(&[0.5 * f32::powi(0.6, tick)], true);
            bank.render(&mut block);
            assert!(block.iter().all(|sample| !sample.is_subnormal()), "tick {tick}: {block:?}");
        }
        assert_eq!(block, [0.0; TICK]);
    }

    #[test]
    fn late_oscillator_keeps_its_phase_and_faded_one_stops() {
        let mut bank = OscillatorBank::new();
        // Not a whole number of turns in ten ticks.
        bank.push(0.301, 0.0);
        let mut block = [0.0; TICK];
        for _ in 0..10 {
            bank.set_targets(&[0.0], true);
            bank.render(&mut block[..7]);
            bank.render(&mut block[7..]);
            assert_eq!(block, [0.0; TICK]);
        }
        bank.set_targets(&[1.0], true);
        bank.render(&mut block);
        for (i, sample) in block.iter().enumerate() {
            let expected = i as f64 / TICK as f64 * f64::cos(core::f64::consts::TAU * 0.301 * (10 * TICK + i) as f64);
            assert!((f64::from(*sample) - expected).abs() < 1e-4, "sample {i}: {sample}, not {expected}");
        }
        bank.set_targets(&[0.0], false);
        bank.render(&mut block);
        bank.set_targets(&[0.0], false);
        assert_eq!(bank.states[0], PartialState::Done);
        bank.render(&mut block);
        assert_eq!(block, [0.0; TICK]);
    }

    #[test]
    fn bent_oscillators_keep_phase_and_frequency() {
        for turn in [0.000_6, 0.01, 0.11] {
            let mut bank = OscillatorBank::new();
            bank.push(turn, 0.0);
            let mut block = [0.0; TICK];
            // A bend acts half a sample before the first one of a tick.
            let (mut phase, mut worst) = (-0.5 * turn, 0.0f64);
            for tick in 0..4_000u16 {
                // To where the oscillator is muted, and back to rest.
                let bend = f64::sin(f64::from(tick) / 50.0).max(0.0);
                let ratio = f64::exp2(5.0 * bend * bend);
                bank.set_pitch_ratio(ratio);
                bank.set_targets(&[1.0], false);
                bank.render(&mut block);
                for (i, sample) in block.iter().enumerate().filter(|_| tick > 0 && bend == 0.0) {
                    let expected = f64::cos(core::f64::consts::TAU * (phase + turn * (i as f64 + 0.5)));
                    worst = worst.max((f64::from(*sample) - expected).abs());
                }
                phase += turn * ratio * TICK as f64;
            }
            assert!(worst < 1e-4, "{turn} turns per sample: {worst}");
        }
    }

    #[test]
    fn cleared_bank_equals_a_new_one() {
        let sound = |bank: &mut OscillatorBank| {
            let mut block = [0.0; TICK];
            bank.push(0.01, 0.1);
            bank.set_targets(&[1.0], true);
            bank.render(&mut block);
            block
        };
        let (mut fresh, mut used) = (OscillatorBank::new(), OscillatorBank::new());
        for _ in 0..LANES + 1 {
            used.push(0.2, 0.0);
        }
        used.set_targets(&[1.0; LANES + 1], true);
        used.render(&mut [0.0; 7]);
        used.clear();
        assert_eq!(sound(&mut used), sound(&mut fresh));
    }

    #[test]
    fn silent_group_is_pending_while_rising_then_done() {
        for (is_rising, state) in [(true, PartialState::Pending), (false, PartialState::Done)] {
            let mut bank = OscillatorBank::new();
            bank.push(0.1, 0.0);
            bank.set_targets(&[0.0], is_rising);
            assert_eq!(bank.states[0], state);
        }
    }

    #[test]
    fn set_targets_normalises_phasors() {
        let mut bank = OscillatorBank::new();
        bank.push(0.1, 0.05);
        let length = |bank: &OscillatorBank| bank.groups[0].cosine[0].hypot(bank.groups[0].sine[0]);
        bank.groups[0].cosine[0] *= 1.01;
        bank.groups[0].sine[0] *= 1.01;
        bank.set_targets(&[1.0], true);
        // Newton's step leaves 1.5 times the square of the error.
        assert!((length(&bank) - 1.0).abs() < 1.6e-4, "{}", length(&bank));
    }

    #[test]
    fn oscillators_beyond_the_capacity_are_ignored() {
        let mut bank = OscillatorBank::new();
        for _ in 0..CAPACITY + 10 {
            bank.push(0.1, 0.0);
        }
        let mut block = [0.0; TICK];
        bank.set_targets(&[1.0; CAPACITY + 10], true);
        bank.render(&mut block);
        bank.set_targets(&[1.0; CAPACITY + 10], true);
        bank.render(&mut block);
        let expected = CAPACITY as f64 * f64::cos(core::f64::consts::TAU * 0.1 * TICK as f64);
        assert!((f64::from(block[0]) - expected).abs() < 1e-3);
    }
}
