//! Least squares: the exponents by damped Gauss–Newton steps, the amplitudes, which are linear, exactly after each.

use std::f64::consts::TAU;

use rustfft::num_complex::Complex64;

use super::correlate::Weighted;
use super::normal::{Mode, PARAMETERS, Touches};
use super::taper::Taper;

/// Steps at most. From the peaks of a spectrum, four or five are needed.
const STEPS: usize = 25;
/// An exponent moves by at most this at once: half a line of the spectrum.
const LONGEST_STEP: f64 = 3.0;

/// Where an exponent may lie: a sinusoid that leaves its place takes that of another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Where it begins.
    pub(super) start: Complex64,
    /// The middle of where its frequency may lie, periods over the length of the segment.
    pub(super) middle: f64,
    /// How far from there it may go.
    pub(super) reach: f64,
    /// Least and greatest growth, nepers over the length.
    pub(super) growth: (f64, f64),
}

impl Place {
    fn within(&self, exponent: Complex64) -> Complex64 {
        let (least, greatest) = self.growth;
        let (low, high) = (TAU * (self.middle - self.reach), TAU * (self.middle + self.reach));
        Complex64::new(exponent.re.clamp(least, greatest), exponent.im.clamp(low, high))
    }

    /// Whether something better may lie beyond.
    pub(super) fn is_left_by(&self, exponent: Complex64) -> bool {
        let (least, greatest) = self.growth;
        // A frequency that was held there may have been rounded.
        let frequency = (exponent.im / TAU - self.middle).abs() >= self.reach - 1e-6;
        frequency || exponent.re <= least || exponent.re >= greatest
    }
}

/// Modes with the squared error that they leave.
struct State {
    modes: Vec<Mode>,
    found: Vec<[Complex64; 2]>,
    touches: Touches,
    error: f64,
}

impl State {
    fn at(exponents: &[Complex64], samples: &Weighted, taper: &Taper) -> Option<Self> {
        let mut modes: Vec<Mode> =
            exponents.iter().map(|s| Mode { amplitude: Complex64::default(), exponent: *s }).collect();
        let found = samples.with(exponents);
        let touches = Touches::of(&modes, taper, false);
        let target: Vec<f64> = found.iter().flat_map(|[sum, _]| [sum.re, sum.im]).collect();
        let mut amplitudes = target.clone();
        touches.amplitude_matrix().factor(0.0)?.solve(&mut amplitudes);
        for (mode, parts) in modes.iter_mut().zip(amplitudes.chunks(2)) {
            mode.amplitude = Complex64::new(parts[0], parts[1]);
        }
        let explained: f64 = amplitudes.iter().zip(&target).map(|(a, b)| a * b).sum();
        Some(Self { modes, found, touches, error: samples.energy - explained })
    }

    fn step(&self, damping: f64, places: &[Place]) -> Option<Vec<Complex64>> {
        let mut step = self.touches.gradient(&self.modes, &self.found);
        self.touches.normal_matrix(&self.modes).factor(damping)?.solve(&mut step);
        let exponent = |((mode, step), place): ((&Mode, &[f64]), &Place)| {
            let limited = |value: f64| value.clamp(-LONGEST_STEP, LONGEST_STEP);
            place.within(mode.exponent + Complex64::new(limited(step[2]), limited(step[3])))
        };
        Some(self.modes.iter().zip(step.chunks(PARAMETERS)).zip(places).map(exponent).collect())
    }
}

/// The modes at `places` that leave least of the segment, from `exponents` on; found when they move by less than
/// `still`. `None` where they cannot be told from each other.
pub(super) fn run(
    exponents: &[Complex64],
    places: &[Place],
    samples: &Weighted,
    taper: &Taper,
    still: f64,
) -> Option<Vec<Mode>> {
    let mut state = State::at(exponents, samples, taper)?;
    let mut damping = 0.0;
    for _ in 0..STEPS {
        let tried = state.step(damping, places).and_then(|exponents| State::at(&exponents, samples, taper));
        // Differences below the rounding of the sums say nothing.
        let rounding = 1e-13 * samples.energy;
        match tried.filter(|tried| tried.error.is_finite() && tried.error <= state.error + rounding) {
            Some(better) => {
                let moved =
                    better.modes.iter().zip(&state.modes).map(|(new, old)| (new.exponent - old.exponent).norm());
                let furthest = moved.fold(0.0, f64::max);
                state = better;
                damping = if damping < 1e-4 { 0.0 } else { damping / 10.0 };
                if furthest < still {
                    break;
                }
            }
            None if damping > 1e3 => break,
            None => damping = (10.0 * damping).max(1e-2),
        }
    }
    Some(state.modes)
}
