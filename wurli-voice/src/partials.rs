//! A bank of sinusoids whose amplitudes move linearly from one control tick to the next.

use num_traits::Float;

/// Partials that are computed side by side: two vectors of the baseline x86-64 and AArch64 targets.
const LANES: usize = 8;
const GROUPS: usize = 9;
/// Partials in the bank.
pub(crate) const CAPACITY: usize = LANES * GROUPS;
/// Samples between two control ticks.
pub(crate) const TICK: usize = 64;

#[derive(Clone, Debug)]
struct Group {
    cosine: [f32; LANES],
    sine: [f32; LANES],
    /// Rotation per sample.
    turn_cosine: [f32; LANES],
    turn_sine: [f32; LANES],
    amplitude: [f32; LANES],
    step: [f32; LANES],
}

impl Group {
    /// One sample on.
    #[inline(always)]
    fn turn(&mut self) {
        for lane in 0..LANES {
            let cosine = self.cosine[lane] * self.turn_cosine[lane] - self.sine[lane] * self.turn_sine[lane];
            self.sine[lane] = self.cosine[lane] * self.turn_sine[lane] + self.sine[lane] * self.turn_cosine[lane];
            self.cosine[lane] = cosine;
        }
    }
}

/// A partial this far below full scale (240 dB) is silent. Left to fall on, it would come to numbers so small that processors compute
/// with them many times slower.
const INAUDIBLE: f32 = 1e-12;

const SILENT: Group = Group {
    cosine: [0.0; LANES],
    sine: [0.0; LANES],
    turn_cosine: [1.0; LANES],
    turn_sine: [0.0; LANES],
    amplitude: [0.0; LANES],
    step: [0.0; LANES],
};

/// What becomes of the partials of a group in the course of a note. Most of a note's harmonics are inaudible most of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// None is heard yet. They turn, so that one that is raised later still has the phase of the onset.
    Waiting,
    Sounding,
    /// None is heard any longer. They stand still: one that came back would do so from nothing, where a phase is not heard.
    Faded,
}

/// The oscillators: partial i sounds amplitudeᵢ·cos(phaseᵢ).
#[derive(Clone, Debug)]
pub(crate) struct Partials {
    groups: [Group; GROUPS],
    lives: [Life; GROUPS],
    used: usize,
}

impl Partials {
    pub(crate) const fn new() -> Self {
        Self { groups: [SILENT; GROUPS], lives: [Life::Waiting; GROUPS], used: 0 }
    }

    /// Takes all partials away.
    pub(crate) fn clear(&mut self) {
        self.groups = [SILENT; GROUPS];
        self.lives = [Life::Waiting; GROUPS];
        self.used = 0;
    }

    /// Adds a silent partial; more than [`CAPACITY`] are ignored.
    pub(crate) fn push(&mut self, radians_per_sample: f32, phase_rad: f32) {
        let Some(group) = self.groups.get_mut(self.used / LANES) else { return };
        let lane = self.used % LANES;
        group.cosine[lane] = Float::cos(phase_rad);
        group.sine[lane] = Float::sin(phase_rad);
        group.turn_cosine[lane] = Float::cos(radians_per_sample);
        group.turn_sine[lane] = Float::sin(radians_per_sample);
        self.used += 1;
    }

    /// Where each amplitude shall be after the next `samples` samples; partials beyond `targets` fade to zero. What is inaudible when the
    /// sound is no longer `rising` stays so.
    pub(crate) fn aim(&mut self, targets: &[f32], samples: usize, rising: bool) {
        let per_sample = 1.0 / samples as f32;
        let lives = &mut self.lives;
        for (i, (group, life)) in self.groups.iter_mut().zip(lives).take(self.used.div_ceil(LANES)).enumerate() {
            let mut sounds = false;
            for lane in 0..LANES {
                let target = targets.get(i * LANES + lane).copied().unwrap_or(0.0);
                if target.abs() < INAUDIBLE && group.amplitude[lane].abs() < INAUDIBLE {
                    group.amplitude[lane] = 0.0;
                    group.step[lane] = 0.0;
                } else {
                    group.step[lane] = (target - group.amplitude[lane]) * per_sample;
                    sounds = true;
                }
                // Rounding lets the length of the phasor drift by 1e-7 a sample: one step of Newton's method for 1/√x.
                let square = group.cosine[lane] * group.cosine[lane] + group.sine[lane] * group.sine[lane];
                let correction = 1.5 - 0.5 * square;
                group.cosine[lane] *= correction;
                group.sine[lane] *= correction;
            }
            *life = match (sounds, *life) {
                (true, _) => Life::Sounding,
                (false, Life::Waiting) if rising => Life::Waiting,
                (false, _) => Life::Faded,
            };
        }
    }

    /// Writes the sum of all partials over `out`, at most [`TICK`] samples.
    pub(crate) fn render(&mut self, out: &mut [f32]) {
        let mut sums = [[0.0f32; LANES]; TICK];
        let length = out.len().min(TICK);
        for (group, life) in self.groups.iter_mut().zip(&self.lives).take(self.used.div_ceil(LANES)) {
            let mut state = group.clone();
            match life {
                Life::Sounding => {
                    for sum in &mut sums[..length] {
                        for (lane, sum) in sum.iter_mut().enumerate() {
                            *sum += state.amplitude[lane] * state.cosine[lane];
                            state.amplitude[lane] += state.step[lane];
                        }
                        state.turn();
                    }
                }
                Life::Waiting => (0..length).for_each(|_| state.turn()),
                Life::Faded => continue,
            }
            *group = state;
        }
        for (sample, sum) in out.iter_mut().zip(&sums) {
            *sample = sum.iter().sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_keeps_its_frequency_and_level_for_ten_seconds() {
        let mut bank = Partials::new();
        let turn = 0.05f32;
        bank.push(turn, 0.0);
        let mut block = [0.0; TICK];
        bank.aim(&[1.0], TICK, true);
        bank.render(&mut block);
        let mut worst = 0.0f64;
        for tick in 1..6890 {
            bank.aim(&[1.0], TICK, true);
            bank.render(&mut block);
            for (i, sample) in block.iter().enumerate() {
                let expected = f64::cos(f64::from(turn) * (tick * TICK + i) as f64);
                worst = worst.max((f64::from(*sample) - expected).abs());
            }
        }
        // 441,000 rotations whose sine and cosine are rounded to 6e-8 can turn by 0.013 rad too much or too little.
        assert!(worst < 0.013, "{worst}");
    }

    #[test]
    fn a_partial_that_fades_ends_at_nothing_and_not_at_a_subnormal_number() {
        let mut bank = Partials::new();
        bank.push(0.05, 0.0);
        let mut block = [0.0; TICK];
        for tick in 0..400 {
            bank.aim(&[0.5 * f32::powi(0.6, tick)], TICK, true);
            bank.render(&mut block);
            assert!(block.iter().all(|sample| !sample.is_subnormal()), "tick {tick}: {block:?}");
        }
        assert_eq!(block, [0.0; TICK]);
    }

    #[test]
    fn a_partial_that_is_raised_late_has_the_phase_of_the_onset_and_one_that_faded_rests() {
        let mut bank = Partials::new();
        bank.push(0.3, 0.0);
        let mut block = [0.0; TICK];
        for _ in 0..10 {
            bank.aim(&[0.0], TICK, true);
            bank.render(&mut block[..7]);
            bank.render(&mut block[7..]);
            assert_eq!(block, [0.0; TICK]);
        }
        bank.aim(&[1.0], TICK, true);
        bank.render(&mut block);
        for (i, sample) in block.iter().enumerate() {
            let expected = i as f64 / TICK as f64 * f64::cos(0.3 * (10 * TICK + i) as f64);
            assert!((f64::from(*sample) - expected).abs() < 1e-4, "sample {i}: {sample}, not {expected}");
        }
        bank.aim(&[0.0], TICK, false);
        bank.render(&mut block);
        bank.aim(&[0.0], TICK, false);
        assert_eq!(bank.lives[0], Life::Faded);
        bank.render(&mut block);
        assert_eq!(block, [0.0; TICK]);
    }

    #[test]
    fn partials_beyond_the_capacity_are_ignored() {
        let mut bank = Partials::new();
        for _ in 0..CAPACITY + 10 {
            bank.push(0.1, 0.0);
        }
        let mut block = [0.0; TICK];
        bank.aim(&[1.0; CAPACITY + 10], 1, true);
        bank.render(&mut block[..1]);
        bank.render(&mut block);
        assert!((block[0] - CAPACITY as f32 * f32::cos(0.1)).abs() < 1e-3);
    }
}
