//! How fast a harmonic decays: a straight line through its envelope in dB.

use crate::dsp::{amplitude_to_db, goertzel, line};

use super::{Reading, Status};

/// The fit begins this long after the onset, s: the first of the published reading times.
pub(crate) const BEGIN_S: f64 = 0.1;
/// The fit ends at the latest this long after the onset, s: the last of the published reading times.
pub(crate) const LATEST_S: f64 = 1.5;
/// The fit ends at least this long before the note does, s.
pub(crate) const MARGIN_S: f64 = 0.05;
/// Distance of two points of the envelope, s.
const HOP_S: f64 = 0.010;
/// Length of the window behind a point, s; four periods where they are longer, so that the neighbouring harmonic stands on
/// the first zero of the Hann window's spectrum.
pub(crate) const WINDOW_S: f64 = 0.040;
/// A point counts while it is this far above the noise, dB.
pub(crate) const ABOVE_FLOOR_DB: f64 = 10.0;
/// Points that are computed side by side.
const AT_ONCE: usize = 8;
/// Fewer points make no line.
const MIN_POINTS: usize = 8;
/// An envelope that strays from its line by more than this, root mean square, is no exponential decay, dB: a null of the pickup
/// passes, or something beats. With this bound, the decays of 34 recordings and of stand-ins that carry nothing but their partials and
/// noise agree within 2 %, root mean square.
const MAX_STRAY_DB: f64 = 5.0;

/// Decay of the sinusoid at `frequency_hz`, dB/s. `samples` begin at the onset and end with the note; `floor` is the amplitude of
/// the noise in a window of `floor_samples` samples.
pub(super) fn measure(
    samples: &[f32],
    sample_rate: u32,
    frequency_hz: f64,
    f0_hz: f64,
    (floor, floor_samples): (f64, usize),
) -> Reading {
    let rate = f64::from(sample_rate);
    let window_s = WINDOW_S.max(4.0 / f0_hz);
    let window = goertzel::hann((window_s * rate) as usize);
    // Noise in one line grows as the window shortens.
    let floor_db = amplitude_to_db(floor * (floor_samples as f64 / window.len().max(1) as f64).sqrt());
    let end_s = LATEST_S.min(samples.len() as f64 / rate - MARGIN_S);

    let centre_s = |point: usize| BEGIN_S + HOP_S * point as f64;
    let segment = |point: usize| {
        let first = ((centre_s(point) - window_s / 2.0).max(0.0) * rate) as usize;
        samples.get(first..first + window.len()).filter(|_| centre_s(point) <= end_s)
    };
    let mut points = Vec::new();
    'envelope: for from in (0..).step_by(AT_ONCE) {
        let segments: [_; AT_ONCE] = std::array::from_fn(|i| segment(from + i));
        // What stands in for segments that are not there is computed and not looked at.
        let Some(first) = segments[0] else { break };
        let lines = goertzel::lines(
            segments.map(|segment| segment.unwrap_or(first)),
            &window,
            [frequency_hz; AT_ONCE],
            sample_rate,
        );
        for (i, (line, segment)) in lines.iter().zip(segments).enumerate() {
            let level_db = amplitude_to_db(line.norm());
            if segment.is_none() || level_db < floor_db + ABOVE_FLOOR_DB {
                break 'envelope;
            }
            points.push((centre_s(from + i), level_db));
        }
    }
    match line::fit(&points).filter(|_| points.len() >= MIN_POINTS) {
        None => Reading { value: 0.0, status: Status::TooShort },
        Some(line) if line.residual > MAX_STRAY_DB => Reading { value: -line.slope, status: Status::NotExponential },
        Some(line) => Reading { value: -line.slope, status: Status::Valid },
    }
}
