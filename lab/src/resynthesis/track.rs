//! Level and frequency of one partial over time: measurement and resynthesis.

use wurli_train::dsp::{amplitude_to_db, db_to_amplitude, goertzel, line};
use wurli_train::measure::locate::{Located, segment};

/// Interval between points, s.
const HOP_S: f64 = 0.010;
/// Length of the window at a point, s; at least four periods of the fundamental, to reject
/// neighbouring harmonics.
const WINDOW_S: f64 = 0.020;
/// A partial is tracked while it is this far above the noise, dB.
const ABOVE_FLOOR_DB: f64 = 3.0;
/// Fewest points of a partial.
const MIN_POINTS: usize = 4;
/// Below the noise a partial keeps the slope of its last points over this time, s, but falls at
/// least this fast, dB/s.
const EXTRAPOLATION_S: f64 = 0.1;
const EXTRAPOLATION_DB_PER_S: f64 = 20.0;
/// Rise time of the envelope at the onset, s. Windows that separate harmonics are too long to
/// measure it.
const RISE_S: f64 = 0.0015;
/// Largest change of a point that compensates smoothing, dB.
const SHARPENING_DB: f64 = 6.0;

/// Level and frequency of a partial every [`HOP_S`], beginning half a window after the onset.
#[derive(Clone, Debug)]
pub(super) struct Track {
    window_s: f64,
    points: Vec<Point>,
    /// Number of measured points; the others are extrapolated.
    measured: usize,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    level_db: f64,
    frequency_hz: f64,
}

/// Tracks harmonic `index` (0 is H1) from the onset, where `body` begins, until it is below the
/// noise.
pub(super) fn track(body: &[f32], sample_rate: u32, located: &Located, index: usize) -> Option<Track> {
    let frequency_hz = *located.frequencies_hz.get(index)?;
    if frequency_hz > located.band_hz {
        return None;
    }
    let window_s = WINDOW_S.max(4.0 / located.f0_hz);
    let window_samples = (window_s * f64::from(sample_rate)).max(1.0);
    let floor = located.floors.get(index)? * (located.floor_samples as f64 / window_samples).sqrt();
    let threshold_db = amplitude_to_db(floor) + ABOVE_FLOOR_DB;
    let mut points = Vec::new();
    let mut phases = Vec::new();
    let mut audible_points = 0;
    for (level_db, phase_rad) in frames(body, sample_rate, window_s, frequency_hz) {
        points.push(Point { level_db, frequency_hz });
        phases.push(phase_rad);
        if level_db > threshold_db {
            audible_points = points.len();
        }
    }
    if audible_points < MIN_POINTS {
        return None;
    }
    points.truncate(audible_points);
    for i in 1..audible_points {
        // The phase is relative to a sinusoid at `frequency_hz`, so that its change is the
        // frequency deviation. At a null of the pickup the partial changes its sign: half a turn in
        // one step.
        let phase_change =
            (phases[i] - phases[i - 1] + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI;
        points[i].frequency_hz += phase_change / (std::f64::consts::TAU * HOP_S);
    }
    let recent = (EXTRAPOLATION_S / HOP_S) as usize;
    let tail: Vec<_> = points[audible_points.saturating_sub(recent)..]
        .iter()
        .enumerate()
        .map(|(i, p)| (i as f64 * HOP_S, p.level_db))
        .collect();
    let slope = line::fit(&tail).map_or(0.0, |fit| fit.slope).min(-EXTRAPOLATION_DB_PER_S);
    let total = (body.len() as f64 / f64::from(sample_rate) / HOP_S).ceil() as usize + 1;
    let last = points[audible_points - 1].level_db;
    for i in audible_points..total {
        points.push(Point { level_db: last + slope * (i - audible_points + 1) as f64 * HOP_S, frequency_hz });
    }
    Some(Track { window_s, points, measured: audible_points })
}

/// Returns level, dB, and phase relative to a steady sinusoid, rad, at every point.
fn frames(samples: &[f32], sample_rate: u32, window_s: f64, frequency_hz: f64) -> impl Iterator<Item = (f64, f64)> {
    let window = goertzel::hann((window_s * f64::from(sample_rate)) as usize);
    (0..).map_while(move |step| {
        let first_s = HOP_S * f64::from(step);
        let frame = segment(samples, sample_rate, first_s, first_s + window_s + 1.0 / f64::from(sample_rate));
        let frame = frame.get(..window.len())?;
        let found = goertzel::phasor(frame, &window, frequency_hz, sample_rate);
        let begun_s = (first_s * f64::from(sample_rate)).round() / f64::from(sample_rate);
        Some((amplitude_to_db(found.norm()), found.arg() - std::f64::consts::TAU * frequency_hz * begun_s))
    })
}

impl Track {
    /// Returns the track corrected by the level differences between the recording and its
    /// resynthesis.
    pub(super) fn sharpened(&self, recorded: &[f32], made: &[f32], sample_rate: u32) -> Self {
        let mut sharpened = self.clone();
        let Some(frequency_hz) = self.points.last().map(|point| point.frequency_hz) else { return sharpened };
        let pairs = frames(recorded, sample_rate, self.window_s, frequency_hz).zip(frames(
            made,
            sample_rate,
            self.window_s,
            frequency_hz,
        ));
        for (point, (recorded, made)) in sharpened.points[..self.measured].iter_mut().zip(pairs) {
            point.level_db += (recorded.0 - made.0).clamp(-SHARPENING_DB, SHARPENING_DB);
        }
        sharpened
    }

    /// Adds the partial to `sum`, which starts at the onset.
    pub(super) fn add_to(&self, sum: &mut [f32], sample_rate: u32) {
        let rate = f64::from(sample_rate);
        let mut phase = 0.0f64;
        for (i, sample) in sum.iter_mut().enumerate() {
            let time_s = i as f64 / rate;
            // The first level also holds for the attack before it.
            let position = ((time_s - self.window_s / 2.0) / HOP_S).clamp(0.0, (self.points.len() - 1) as f64);
            let before = self.points[position as usize];
            let after = self.points[(position as usize + 1).min(self.points.len() - 1)];
            let fraction = position.fract();
            let level_db = before.level_db + fraction * (after.level_db - before.level_db);
            let rise = (time_s / RISE_S).min(1.0);
            let rise = 0.5 - 0.5 * (std::f64::consts::PI * rise).cos();
            *sample += (db_to_amplitude(level_db) * rise * phase.sin()) as f32;
            phase += std::f64::consts::TAU * after.frequency_hz / rate;
        }
    }
}
