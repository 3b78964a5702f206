//! How fast a harmonic decays: a straight line through its envelope in dB.

use crate::dsp::windowed::{LANES, Windowed};
use crate::dsp::{amplitude_to_db, goertzel, line};

use super::{HARMONICS, Reading, Status};

/// The fit begins this long after the onset, s: the first of the published reading times.
pub const BEGIN_S: f64 = 0.1;
/// The fit ends at the latest this long after the onset, s: the last of the published reading times.
pub const LATEST_S: f64 = 1.5;
/// The fit ends at least this long before the note does, s.
pub const MARGIN_S: f64 = 0.05;
/// Distance of two points of the envelope, s.
const HOP_S: f64 = 0.010;
/// Length of the window behind a point, s; four periods where they are longer, so that the neighbouring harmonic stands on
/// the first zero of the Hann window's spectrum.
const WINDOW_S: f64 = 0.040;
/// A point counts while it is this far above the noise, dB.
pub const ABOVE_FLOOR_DB: f64 = 10.0;
/// Fewer points make no line.
const MIN_POINTS: usize = 8;
/// An envelope that strays from its line by more than this, root mean square, is no exponential decay, dB: a null of the pickup
/// passes, or something beats. With this bound, the decays of 34 recordings and of stand-ins that carry nothing but their partials and
/// noise agree within 2 %, root mean square.
const MAX_STRAY_DB: f64 = 5.0;
/// Of a harmonic that is not looked for.
const BEYOND_BAND: Reading = Reading { value: 0.0, status: Status::BeyondBand };

/// A harmonic's frequency, Hz, and the amplitude of the noise around it, in the window that all share.
pub(super) type Floored = (f64, f64);

/// Decays of the harmonics of `f0_hz`, dB/s. `samples` begin at the onset and end with the note; the noise is that in a window of
/// `floor_samples` samples.
pub(super) fn measure(
    samples: &[f32],
    sample_rate: u32,
    f0_hz: f64,
    harmonics: [Floored; HARMONICS],
    floor_samples: usize,
    band_hz: f64,
) -> [Reading; HARMONICS] {
    let rate = f64::from(sample_rate);
    let window_s = window_s(f0_hz);
    let window = goertzel::hann((window_s * rate) as usize);
    // Noise in one line grows as the window shortens.
    let widening = (floor_samples as f64 / window.len().max(1) as f64).sqrt();
    let lowest_db = harmonics.map(|(_, floor)| amplitude_to_db(floor * widening) + ABOVE_FLOOR_DB);
    let end_s = LATEST_S.min(samples.len() as f64 / rate - MARGIN_S);

    let centre_s = |point: usize| BEGIN_S + HOP_S * point as f64;
    let segment = |point: usize| {
        let first = ((centre_s(point) - window_s / 2.0).max(0.0) * rate) as usize;
        samples.get(first..first + window.len()).filter(|_| centre_s(point) <= end_s)
    };
    let mut points = [const { Vec::new() }; HARMONICS];
    let mut heard: Vec<usize> = (0..HARMONICS).filter(|i| harmonics[*i].0 <= band_hz).collect();
    let mut windowed = Windowed::default();
    for from in (0..).step_by(LANES) {
        let segments: [_; LANES] = std::array::from_fn(|i| segment(from + i));
        // What stands in for segments that are not there is computed and not looked at.
        let Some(first) = segments[0].filter(|_| !heard.is_empty()) else { break };
        windowed.fill(segments.map(|segment| segment.unwrap_or(first)), &window);
        let there = segments.iter().take_while(|segment| segment.is_some()).count();
        let mut still_heard = Vec::with_capacity(heard.len());
        for two in heard.chunks(2) {
            let both = [two[0], two[two.len() - 1]];
            let lines = windowed.two_lines(both.map(|harmonic| harmonics[harmonic].0), sample_rate);
            for (harmonic, lines) in two.iter().zip(lines) {
                let levels_db = lines[..there].iter().map(|line| amplitude_to_db(line.norm()));
                let loud = levels_db.take_while(|level_db| *level_db >= lowest_db[*harmonic]);
                let before = points[*harmonic].len();
                points[*harmonic].extend(loud.enumerate().map(|(i, level_db)| (centre_s(from + i), level_db)));
                if points[*harmonic].len() - before == LANES {
                    still_heard.push(*harmonic);
                }
            }
        }
        heard = still_heard;
    }
    std::array::from_fn(|i| if harmonics[i].0 > band_hz { BEYOND_BAND } else { reading(&points[i]) })
}

/// Length of the window behind a point of an envelope, s.
pub fn window_s(f0_hz: f64) -> f64 {
    WINDOW_S.max(4.0 / f0_hz)
}

/// The slope of an envelope.
fn reading(points: &[(f64, f64)]) -> Reading {
    match line::fit(points).filter(|_| points.len() >= MIN_POINTS) {
        None => Reading { value: 0.0, status: Status::TooShort },
        Some(line) if line.residual > MAX_STRAY_DB => Reading { value: -line.slope, status: Status::NotExponential },
        Some(line) => Reading { value: -line.slope, status: Status::Valid },
    }
}
