//! What comes near to a harmonic while its decay is followed: longer than its level is read, and in windows ten times as short, into which more falls.

use crate::isolation::overlap::{CENTS_PER_NEPER, COLLIDING, Span};
use crate::isolation::stretch::Stretch;
use crate::isolation::{HARMONICS, IsolationSettings};
use crate::measure::decay::{BEGIN_S, LATEST_S, window_s};

/// Further below a harmonic than this, as power, nothing counts, nor do all 24 partials of another note together.
const NEGLIGIBLE: f64 = 1e-5;

/// Power beside each of a note's harmonics in parts of the harmonic's, at the worse of both ends of the time in which another note sounds while
/// the decay is followed; the other as much out of tune as may be.
pub(super) fn beside(span: &Span, other: &Span, ringing_s: f64, settings: &IsolationSettings) -> [f64; HARMONICS] {
    let mut worst = [0.0; HARMONICS];
    let window_s = window_s(span.f0_hz);
    let (followed_s, until_s) = (span.start_s + BEGIN_S, span.end_s.min(span.start_s + LATEST_S));
    // A window reaches half its length to both sides.
    let reach_s = 0.5 * window_s;
    let first_s = (followed_s - reach_s).max(other.start_s);
    let last_s = (until_s + reach_s).min(other.end_s + ringing_s);
    let Some(window) = Stretch::new((0.0, window_s), window_s, 0.0).filter(|_| first_s < last_s) else { return worst };
    for time_s in [first_s, last_s] {
        let own = span.amplitudes_at(time_s.clamp(span.start_s, span.end_s), settings);
        let partials = other.amplitudes_at(time_s, settings);
        for (index, worst) in worst.iter_mut().enumerate() {
            let power = foreign(
                span.f0_hz * (index + 1) as f64,
                own[index].powi(2),
                (other.f0_hz, &partials),
                &window,
                settings,
            );
            *worst = power.max(*worst);
        }
    }
    worst
}

/// Power that the partials of another note leave in a line, in parts of `own`.
fn foreign(
    target_hz: f64,
    own: f64,
    (f0_hz, amplitudes): (f64, &[f64; COLLIDING]),
    window: &Stretch,
    settings: &IsolationSettings,
) -> f64 {
    let detuned_hz = target_hz * settings.collision_cents / CENTS_PER_NEPER;
    let of_partial = |(order, amplitude): (usize, &f64)| {
        let distance_hz = ((f0_hz * (order + 1) as f64 - target_hz).abs() - detuned_hz).max(0.0);
        let passes = |share: f64| (amplitude * share).powi(2) / own.max(f64::MIN_POSITIVE);
        if passes(window.most_passed(distance_hz)) < NEGLIGIBLE { 0.0 } else { passes(window.passed(distance_hz)) }
    };
    amplitudes.iter().enumerate().map(of_partial).sum()
}
