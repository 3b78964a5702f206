//! One partial over time: level and frequency every few milliseconds, measured and made again.

use wurli_train::dsp::{amplitude_to_db, db_to_amplitude, goertzel, line};
use wurli_train::measure::locate::{Located, segment};

/// Distance of two points of a track, s.
const HOP_S: f64 = 0.010;
/// Length of the window behind a point, s; four periods of the fundamental where they are longer, which keeps the neighbouring
/// harmonics out.
const WINDOW_S: f64 = 0.020;
/// A partial is followed while it is this far above the noise, dB.
const ABOVE_FLOOR_DB: f64 = 3.0;
/// A partial must be followed for at least this many points to be a partial.
const MIN_POINTS: usize = 4;
/// Below the noise a partial goes on falling as it last fell over this time, s, and at least so fast, dB/s.
const EXTRAPOLATION_S: f64 = 0.1;
const EXTRAPOLATION_DB_PER_S: f64 = 20.0;
/// The reed's swing rises within this time after the onset, s. The onset itself is sharper than any window that separates harmonics.
const RISE_S: f64 = 0.0015;
/// Most that a point is moved to make up for smoothing, dB.
const SHARPENING_DB: f64 = 6.0;

/// Level and frequency of a partial at points [`HOP_S`] apart; the first lies half a window after the onset.
#[derive(Clone, Debug)]
pub(super) struct Track {
    window_s: f64,
    points: Vec<Point>,
    /// How many of the points were measured; the others are extrapolated.
    measured: usize,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    level_db: f64,
    frequency_hz: f64,
}

/// Follows harmonic `index` (0 is H1) from the onset, at which `body` begins, to where it sinks into the noise.
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
    let mut last_heard = 0;
    for (level_db, phase_rad) in frames(body, sample_rate, window_s, frequency_hz) {
        points.push(Point { level_db, frequency_hz });
        phases.push(phase_rad);
        if level_db > threshold_db {
            last_heard = points.len();
        }
    }
    if last_heard < MIN_POINTS {
        return None;
    }
    points.truncate(last_heard);
    for i in 1..last_heard {
        // The phase is measured against a steady sinusoid at `frequency_hz`: what it gains is the deviation. A null of the pickup, at
        // which the partial turns round, is half a turn in one step.
        let gained =
            (phases[i] - phases[i - 1] + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI;
        points[i].frequency_hz += gained / (std::f64::consts::TAU * HOP_S);
    }
    let recent = (EXTRAPOLATION_S / HOP_S) as usize;
    let tail: Vec<_> = points[last_heard.saturating_sub(recent)..]
        .iter()
        .enumerate()
        .map(|(i, p)| (i as f64 * HOP_S, p.level_db))
        .collect();
    let slope = line::fit(&tail).map_or(0.0, |fit| fit.slope).min(-EXTRAPOLATION_DB_PER_S);
    let total = (body.len() as f64 / f64::from(sample_rate) / HOP_S).ceil() as usize + 1;
    let last = points[last_heard - 1].level_db;
    for i in last_heard..total {
        points.push(Point { level_db: last + slope * (i - last_heard + 1) as f64 * HOP_S, frequency_hz });
    }
    Some(Track { window_s, points, measured: last_heard })
}

/// Level, dB, and phase against a steady sinusoid, rad, at every point.
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
    /// The track moved by what the same measurement still finds between the recording and what was made of it.
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

    /// Adds the partial to `sum`, which begins at the onset.
    pub(super) fn add_to(&self, sum: &mut [f32], sample_rate: u32) {
        let rate = f64::from(sample_rate);
        let mut phase = 0.0f64;
        for (i, sample) in sum.iter_mut().enumerate() {
            let time_s = i as f64 / rate;
            // Before the middle of the first window its level stands for the attack.
            let position = ((time_s - self.window_s / 2.0) / HOP_S).clamp(0.0, (self.points.len() - 1) as f64);
            let before = self.points[position as usize];
            let after = self.points[(position as usize + 1).min(self.points.len() - 1)];
            let share = position.fract();
            let level_db = before.level_db + share * (after.level_db - before.level_db);
            let rise = (time_s / RISE_S).min(1.0);
            let rise = 0.5 - 0.5 * (std::f64::consts::PI * rise).cos();
            *sample += (db_to_amplitude(level_db) * rise * phase.sin()) as f32;
            phase += std::f64::consts::TAU * after.frequency_hz / rate;
        }
    }
}
