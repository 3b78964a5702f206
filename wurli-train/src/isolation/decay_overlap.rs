//! Interference with a harmonic while its decay is followed.
//!
//! Decays are followed for longer than levels are read, in windows a tenth as long, into which more
//! falls.

use crate::isolation::leakage::HannLeakage;
use crate::isolation::overlap::{CENTS_PER_NEPER, NoteSpan, PartialSeries};
use crate::isolation::{HARMONICS, IsolationSettings};
use crate::measure::decay::{BEGIN_S, LATEST_S, window_s};

/// Power relative to a harmonic's below which a partial is ignored. Even 24 of them together are
/// negligible.
const NEGLIGIBLE: f64 = 1e-5;

/// Returns, for each harmonic, the power that another note leaves in its bin, relative to the
/// harmonic's.
///
/// The larger value of both ends of the time in which the other note sounds while the decay is
/// followed. The other note is taken to be as much out of tune as `collision_cents` allows.
pub(super) fn decay_interference(
    span: &NoteSpan,
    other: &NoteSpan,
    ringing_s: f64,
    settings: &IsolationSettings,
) -> [f64; HARMONICS] {
    let mut worst = [0.0; HARMONICS];
    let window_s = window_s(span.f0_hz);
    let (followed_s, until_s) = (span.start_s + BEGIN_S, span.end_s.min(span.start_s + LATEST_S));
    // A window reaches half its length to both sides.
    let reach_s = 0.5 * window_s;
    let first_s = (followed_s - reach_s).max(other.start_s);
    let last_s = (until_s + reach_s).min(other.end_s + ringing_s);
    let Some(window) = HannLeakage::new((0.0, window_s), window_s, 0.0).filter(|_| first_s < last_s) else {
        return worst;
    };
    for time_s in [first_s, last_s] {
        let own = span.amplitudes_at(time_s.clamp(span.start_s, span.end_s), settings);
        let partials = PartialSeries { f0_hz: other.f0_hz, amplitudes: other.amplitudes_at(time_s, settings) };
        for (index, worst) in worst.iter_mut().enumerate() {
            let target_hz = span.f0_hz * (index + 1) as f64;
            let power = interference(target_hz, own[index].powi(2), &partials, &window, settings);
            *worst = power.max(*worst);
        }
    }
    worst
}

/// Returns the power that partials leave in the bin at `target_hz`, relative to the power `own`.
fn interference(
    target_hz: f64,
    own: f64,
    partials: &PartialSeries,
    window: &HannLeakage,
    settings: &IsolationSettings,
) -> f64 {
    let detuned_hz = target_hz * settings.collision_cents / CENTS_PER_NEPER;
    let of_partial = |(order, amplitude): (usize, &f64)| {
        let distance_hz = ((partials.f0_hz * (order + 1) as f64 - target_hz).abs() - detuned_hz).max(0.0);
        let power = |leaked: f64| (amplitude * leaked).powi(2) / own.max(f64::MIN_POSITIVE);
        if power(window.amplitude_bound(distance_hz)) < NEGLIGIBLE {
            0.0
        } else {
            power(window.amplitude_at(distance_hz))
        }
    };
    partials.amplitudes.iter().enumerate().map(of_partial).sum()
}
