//! Refinement of an onset in time, by the steepest rise of energy.

use super::signal::Signal;

/// Range around a flux peak in which the onset is searched, seconds: half a flux window and a hop.
pub(super) const REFINE_S: f64 = 0.034;
/// Windows that are compared first, seconds: the period of A1.
const COARSE_WINDOW_S: f64 = 0.018;
/// Windows that are compared then, seconds. 8 ms: three periods of the middle of the keyboard.
pub(super) const REFINE_WINDOW_S: f64 = 0.008;
/// Resolution of the refinement, seconds.
pub(super) const REFINE_STEP_S: f64 = 0.001;
/// Energy that is added to both sides, relative to the largest. Ratios 40 dB below it are
/// inaudible.
const ENERGY_FLOOR: f64 = 1e-4;

/// Returns the time around `near_s` at which the energy rises most, as a ratio.
///
/// First over long windows, which hold a period of the lowest note, then over short ones.
pub(super) fn refine_onset_s(signal: &Signal, near_s: f64) -> f64 {
    let coarse_s = steepest_rise_s(signal, near_s, REFINE_S, COARSE_WINDOW_S);
    let fine_s = steepest_rise_s(signal, coarse_s, REFINE_WINDOW_S, REFINE_WINDOW_S);
    fine_s.clamp(0.0, signal.duration_s())
}

/// Returns the time within `reach_s` of `near_s` with the largest ratio of the energy in `window_s`
/// after it to that before it.
fn steepest_rise_s(signal: &Signal, near_s: f64, reach_s: f64, window_s: f64) -> f64 {
    let step = ((REFINE_STEP_S * signal.rate_hz).round() as usize).max(1);
    let width = ((window_s / REFINE_STEP_S).round() as usize).max(1);
    let reach = (reach_s / REFINE_STEP_S).round() as usize;
    let first = signal.index_at(near_s) - ((reach + width) * step) as isize;
    let cells = (0..2 * (reach + width)).map(|cell| signal.slice(first + (cell * step) as isize, step).1);
    let mut sums = vec![0.0];
    for samples in cells {
        let energy: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
        sums.push(sums.last().copied().unwrap_or(0.0) + energy);
    }
    let at = |cell: usize| sums.get(cell).copied().unwrap_or(0.0);
    let energy = |from: usize| at(from + width) - at(from);
    let candidates = width..=width + 2 * reach;
    let largest = (0..=width + 2 * reach).map(energy).fold(0.0, f64::max);
    let ratio = |cell: usize| (energy(cell) + ENERGY_FLOOR * largest) / (energy(cell - width) + ENERGY_FLOOR * largest);
    let best = candidates.max_by(|a, b| ratio(*a).total_cmp(&ratio(*b)).then(b.cmp(a))).unwrap_or(width);
    (first + (best * step) as isize) as f64 / signal.rate_hz
}
