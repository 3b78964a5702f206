//! A bank of sinusoids whose amplitudes move linearly from one control tick to the next.
//!
//! It is rendered in segments of 16 samples about a centre between two of them. At a distance d from it, before and behind, a partial is
//! (a ± s·d)·cos(φ ± w·d) = even(d) ± odd(d) with
//!
//! ```text
//! even(d) =  a·cos φ · cos wd − d · s·sin φ · sin wd
//! odd(d)  = −a·sin φ · sin wd + d · s·cos φ · cos wd
//! ```
//!
//! The two functions of wd are the same in all segments, and d is the same for all partials: four products and four sums make two samples
//! of a partial, and its phase is turned once a segment. Compared with turning it every sample, that is half the arithmetic and a sixteenth
//! of the rounding.

use num_traits::Float;

use crate::turns::sin_cos;

/// Partials that live and fade together.
const LANES: usize = 8;
const GROUPS: usize = 9;
/// Partials in the bank.
pub(crate) const CAPACITY: usize = LANES * GROUPS;
/// Samples between two control ticks.
pub(crate) const TICK: usize = 64;
/// Distances from the centre of a segment: half a sample, one and a half, …
const DISTANCES: usize = 8;
/// Samples of a segment.
const SEGMENT: usize = 2 * DISTANCES;
/// From the first sample of a segment to its centre.
const TO_CENTRE: f64 = (SEGMENT as f64 - 1.0) / 2.0;

#[derive(Clone, Debug)]
struct Group {
    /// At the centre of the next segment.
    cosine: [f32; LANES],
    sine: [f32; LANES],
    /// Rotation per segment.
    turn_cosine: [f32; LANES],
    turn_sine: [f32; LANES],
    /// At the first sample of the next segment.
    amplitude: [f32; LANES],
    /// Per sample.
    step: [f32; LANES],
    /// Of what a partial turns in each distance.
    cosines: [[f32; DISTANCES]; LANES],
    sines: [[f32; DISTANCES]; LANES],
}

impl Group {
    /// One segment on.
    fn turn(&mut self) {
        for lane in 0..LANES {
            let cosine = self.cosine[lane] * self.turn_cosine[lane] - self.sine[lane] * self.turn_sine[lane];
            self.sine[lane] = self.cosine[lane] * self.turn_sine[lane] + self.sine[lane] * self.turn_cosine[lane];
            self.cosine[lane] = cosine;
        }
    }
}

/// Of two turns, each as cosine and sine: one after the other.
fn product<T: Float>(a: (T, T), b: (T, T)) -> (T, T) {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
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
    cosines: [[0.0; DISTANCES]; LANES],
    sines: [[0.0; DISTANCES]; LANES],
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
    /// The present segment, and how much of it was asked for.
    segment: [f32; SEGMENT],
    read: usize,
}

impl Partials {
    pub(crate) const fn new() -> Self {
        Self {
            groups: [SILENT; GROUPS],
            lives: [Life::Waiting; GROUPS],
            used: 0,
            segment: [0.0; SEGMENT],
            read: SEGMENT,
        }
    }

    /// Takes all partials away.
    pub(crate) fn clear(&mut self) {
        for group in self.groups.iter_mut().take(self.used.div_ceil(LANES)) {
            (group.amplitude, group.step) = ([0.0; LANES], [0.0; LANES]);
        }
        self.lives = [Life::Waiting; GROUPS];
        self.used = 0;
        self.read = SEGMENT;
    }

    /// Adds a silent partial, both numbers in turns; more than [`CAPACITY`] are ignored.
    pub(crate) fn push(&mut self, turns_per_sample: f64, phase_turns: f64) {
        let Some(group) = self.groups.get_mut(self.used / LANES) else { return };
        let lane = self.used % LANES;
        let (sine, cosine) = sin_cos(phase_turns + TO_CENTRE * turns_per_sample);
        (group.cosine[lane], group.sine[lane]) = (cosine as f32, sine as f32);
        let (sine, cosine) = sin_cos(0.5 * turns_per_sample);
        // One sample on, two, four and sixteen.
        let one = product((cosine, sine), (cosine, sine));
        let two = product(one, one);
        let four = product(two, two);
        let eight = product(four, four);
        let sixteen = product(eight, eight);
        (group.turn_cosine[lane], group.turn_sine[lane]) = (sixteen.0 as f32, sixteen.1 as f32);
        // Half a sample and one and a half; from there in growing steps, which wait less for each other than seven small ones.
        let single = |(cosine, sine): (f64, f64)| (cosine as f32, sine as f32);
        let (half, two, four) = ((cosine, sine), single(two), single(four));
        let (cosines, sines) = (&mut group.cosines[lane], &mut group.sines[lane]);
        (cosines[0], sines[0]) = single(half);
        (cosines[1], sines[1]) = single(product(half, one));
        for (steps, turn) in [(2, two), (4, four)] {
            for i in 0..steps {
                (cosines[steps + i], sines[steps + i]) = product((cosines[i], sines[i]), turn);
            }
        }
        self.used += 1;
    }

    /// Where each amplitude shall be after the next [`TICK`] samples; partials beyond `targets` fade to zero. What is inaudible when the
    /// sound is no longer `rising` stays so.
    pub(crate) fn aim(&mut self, targets: &[f32], rising: bool) {
        let per_sample = 1.0 / TICK as f32;
        let lives = &mut self.lives;
        for (i, (group, life)) in self.groups.iter_mut().zip(lives).take(self.used.div_ceil(LANES)).enumerate() {
            let mut wanted = [0.0f32; LANES];
            wanted.iter_mut().zip(targets.iter().skip(i * LANES)).for_each(|(wanted, target)| *wanted = *target);
            let mut sounds = false;
            for (lane, target) in wanted.into_iter().enumerate() {
                let amplitude = group.amplitude[lane];
                let audible = (target.abs() >= INAUDIBLE) | (amplitude.abs() >= INAUDIBLE);
                group.amplitude[lane] = if audible { amplitude } else { 0.0 };
                group.step[lane] = if audible { (target - amplitude) * per_sample } else { 0.0 };
                sounds |= audible;
            }
            *life = match (sounds, *life) {
                (true, _) => Life::Sounding,
                (false, Life::Waiting) if rising => Life::Waiting,
                (false, _) => Life::Faded,
            };
            if *life == Life::Faded {
                continue;
            }
            for lane in 0..LANES {
                // Rounding lets the length of the phasor drift by 1e-7 a turn: one step of Newton's method for 1/√x.
                let square = group.cosine[lane] * group.cosine[lane] + group.sine[lane] * group.sine[lane];
                let correction = 1.5 - 0.5 * square;
                group.cosine[lane] *= correction;
                group.sine[lane] *= correction;
            }
        }
    }

    /// Writes the sum of all partials over `out`.
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
        let mut sums = Sums::<DISTANCES>::ZERO;
        for (group, life) in self.groups.iter_mut().zip(&self.lives).take(self.used.div_ceil(LANES)) {
            match life {
                Life::Sounding => sums.add(group),
                Life::Waiting => {}
                Life::Faded => continue,
            }
            group.turn();
        }
        for i in 0..DISTANCES {
            let distance = i as f32 + 0.5;
            let (even, odd) = (sums.a[i] - distance * sums.b[i], distance * sums.d[i] - sums.c[i]);
            self.segment[DISTANCES + i] = even + odd;
            self.segment[DISTANCES - 1 - i] = even - odd;
        }
    }
}

/// Over all partials, distance by distance: Σ a·cos φ·cos wd, Σ s·sin φ·sin wd, Σ a·sin φ·sin wd and Σ s·cos φ·cos wd.
struct Sums<const N: usize> {
    a: [f32; N],
    b: [f32; N],
    c: [f32; N],
    d: [f32; N],
}

impl<const N: usize> Sums<N> {
    const ZERO: Self = Self { a: [0.0; N], b: [0.0; N], c: [0.0; N], d: [0.0; N] };
}

impl Sums<DISTANCES> {
    /// Adds a group, and moves its amplitudes to the next segment.
    #[inline(always)]
    fn add(&mut self, group: &mut Group) {
        // Partial by partial in the same order as the sums.
        let mut factors = Sums::<LANES>::ZERO;
        for lane in 0..LANES {
            let (cosine, sine, step) = (group.cosine[lane], group.sine[lane], group.step[lane]);
            let amplitude = group.amplitude[lane] + TO_CENTRE as f32 * step;
            factors.a[lane] = amplitude * cosine;
            factors.b[lane] = step * sine;
            factors.c[lane] = amplitude * sine;
            factors.d[lane] = step * cosine;
            group.amplitude[lane] += SEGMENT as f32 * step;
        }
        for lane in 0..LANES {
            let (cosines, sines) = (&group.cosines[lane], &group.sines[lane]);
            for i in 0..DISTANCES {
                self.a[i] += factors.a[lane] * cosines[i];
                self.b[i] += factors.b[lane] * sines[i];
                self.c[i] += factors.c[lane] * sines[i];
                self.d[i] += factors.d[lane] * cosines[i];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn a_partial_keeps_its_frequency_and_level_for_ten_seconds() {
        let mut bank = Partials::new();
        let turn = 0.008;
        bank.push(turn, 0.0);
        let mut block = [0.0; TICK];
        bank.aim(&[1.0], true);
        bank.render(&mut block);
        let mut worst = 0.0f64;
        for tick in 1..6890 {
            bank.aim(&[1.0], true);
            bank.render(&mut block);
            for (i, sample) in block.iter().enumerate() {
                let expected = f64::cos(core::f64::consts::TAU * turn * (tick * TICK + i) as f64);
                worst = worst.max((f64::from(*sample) - expected).abs());
            }
        }
        // 27,560 rotations whose sine and cosine are rounded to 6e-8 can turn by 0.0016 rad too much or too little.
        assert!(worst < 0.0016, "{worst}");
    }

    #[test]
    fn a_partial_that_fades_ends_at_nothing_and_not_at_a_subnormal_number() {
        let mut bank = Partials::new();
        bank.push(0.05, 0.0);
        let mut block = [0.0; TICK];
        for tick in 0..400 {
            bank.aim(&[0.5 * f32::powi(0.6, tick)], true);
            bank.render(&mut block);
            assert!(block.iter().all(|sample| !sample.is_subnormal()), "tick {tick}: {block:?}");
        }
        assert_eq!(block, [0.0; TICK]);
    }

    #[test]
    fn a_partial_that_is_raised_late_has_the_phase_of_the_onset_and_one_that_faded_rests() {
        let mut bank = Partials::new();
        // In ten ticks it turns by no whole number of turns.
        bank.push(0.301, 0.0);
        let mut block = [0.0; TICK];
        for _ in 0..10 {
            bank.aim(&[0.0], true);
            bank.render(&mut block[..7]);
            bank.render(&mut block[7..]);
            assert_eq!(block, [0.0; TICK]);
        }
        bank.aim(&[1.0], true);
        bank.render(&mut block);
        for (i, sample) in block.iter().enumerate() {
            let expected = i as f64 / TICK as f64 * f64::cos(core::f64::consts::TAU * 0.301 * (10 * TICK + i) as f64);
            assert!((f64::from(*sample) - expected).abs() < 1e-4, "sample {i}: {sample}, not {expected}");
        }
        bank.aim(&[0.0], false);
        bank.render(&mut block);
        bank.aim(&[0.0], false);
        assert_eq!(bank.lives[0], Life::Faded);
        bank.render(&mut block);
        assert_eq!(block, [0.0; TICK]);
    }

    #[test]
    fn what_was_cleared_sounds_like_new() {
        let sound = |bank: &mut Partials| {
            let mut block = [0.0; TICK];
            bank.push(0.01, 0.1);
            bank.aim(&[1.0], true);
            bank.render(&mut block);
            block
        };
        let (mut fresh, mut used) = (Partials::new(), Partials::new());
        for _ in 0..LANES + 1 {
            used.push(0.2, 0.0);
        }
        used.aim(&[1.0; LANES + 1], true);
        used.render(&mut [0.0; 7]);
        used.clear();
        assert_eq!(sound(&mut used), sound(&mut fresh));
    }

    #[test]
    fn silence_waits_while_the_sound_rises_and_rests_when_it_no_longer_does() {
        for (rising, life) in [(true, Life::Waiting), (false, Life::Faded)] {
            let mut bank = Partials::new();
            bank.push(0.1, 0.0);
            bank.aim(&[0.0], rising);
            assert_eq!(bank.lives[0], life);
        }
    }

    #[test]
    fn a_tick_mends_the_length_of_a_phasor() {
        let mut bank = Partials::new();
        bank.push(0.1, 0.05);
        let length = |bank: &Partials| bank.groups[0].cosine[0].hypot(bank.groups[0].sine[0]);
        bank.groups[0].cosine[0] *= 1.01;
        bank.groups[0].sine[0] *= 1.01;
        bank.aim(&[1.0], true);
        // Newton's step leaves 1.5 times the square of what it finds.
        assert!((length(&bank) - 1.0).abs() < 1.6e-4, "{}", length(&bank));
    }

    #[test]
    fn partials_beyond_the_capacity_are_ignored() {
        let mut bank = Partials::new();
        for _ in 0..CAPACITY + 10 {
            bank.push(0.1, 0.0);
        }
        let mut block = [0.0; TICK];
        bank.aim(&[1.0; CAPACITY + 10], true);
        bank.render(&mut block);
        bank.aim(&[1.0; CAPACITY + 10], true);
        bank.render(&mut block);
        let expected = CAPACITY as f64 * f64::cos(core::f64::consts::TAU * 0.1 * TICK as f64);
        assert!((f64::from(block[0]) - expected).abs() < 1e-3);
    }
}
