//! Defects of single channels that mixing would hide: clipping and a signal that stops.

use super::{ClippingCounter, SILENCE_PEAK};

/// Difference from the extreme up to which samples belong to a flat top: rounding to 16 bits.
const FLAT_DEPTH: f32 = 1.5 / 32_768.0;
/// Angular frequency of the instrument's lowest key, rad/s.
const LOWEST_RAD_S: f64 = std::f64::consts::TAU * 55.0;
/// A flat top is this much longer than the crest of a sine of that frequency.
const CREST_LENGTHS: f64 = 2.0;
/// Fewest flat tops that show clipping: a decaying note reaches its extreme only a few times.
const FLAT_TOPS_MIN: usize = 10;
/// Smallest peak-to-peak range that is examined, full scale 1.
const RANGE_MIN: f32 = 0.02;

/// Shortest silence that counts as a channel that stops, s.
const STOPPED_S: f64 = 0.1;
/// Least peak of another channel during that silence, relative to its whole peak: -30 dB.
const CONTINUES: f32 = 0.0316;

/// Returns the defect of each channel, `None` if it has none.
pub(super) fn defects(interleaved: &[f32], channels: usize, sample_rate_hz: u32) -> Vec<Option<&'static str>> {
    let channel = |channel: usize| interleaved.iter().skip(channel).step_by(channels).copied().collect::<Vec<f32>>();
    let all: Vec<_> = (0..channels).map(channel).collect();
    all.iter()
        .map(|samples| {
            if is_clipped(samples, sample_rate_hz) {
                Some(if is_of_one_sign(samples) { "half-wave rectified" } else { "clipped before mixing" })
            } else {
                stops(samples, &all, sample_rate_hz).then_some("silent while another channel sounds on")
            }
        })
        .collect()
}

/// Returns `true` for runs at full scale, and for flat tops of a level below it.
pub(super) fn is_clipped(samples: &[f32], sample_rate_hz: u32) -> bool {
    let mut counter = ClippingCounter::new(sample_rate_hz);
    counter.push(samples);
    counter.finish().is_some() || has_flat_tops(samples, sample_rate_hz)
}

/// Returns `true` if the flat tops are at 0.
fn is_of_one_sign(samples: &[f32]) -> bool {
    samples.iter().all(|x| *x >= -FLAT_DEPTH) || samples.iter().all(|x| *x <= FLAT_DEPTH)
}

fn has_flat_tops(samples: &[f32], sample_rate_hz: u32) -> bool {
    let (low, high) = samples.iter().fold((f32::MAX, f32::MIN), |(low, high), x| (low.min(*x), high.max(*x)));
    let range = high - low;
    if samples.is_empty() || range < RANGE_MIN {
        return false;
    }
    // A sine stays within a depth d of its crest for 2·√(2d/a)/ω, where a is its amplitude.
    let crest_s = 2.0 * f64::from(4.0 * FLAT_DEPTH / range).sqrt() / LOWEST_RAD_S;
    let longest = (CREST_LENGTHS * crest_s * f64::from(sample_rate_hz)).ceil() as usize + 1;
    let tops = |is_flat: &dyn Fn(f32) -> bool| {
        samples.split(|sample| !is_flat(*sample)).filter(|run| run.len() > longest).count()
    };
    tops(&|x| high - x <= FLAT_DEPTH) >= FLAT_TOPS_MIN || tops(&|x| x - low <= FLAT_DEPTH) >= FLAT_TOPS_MIN
}

/// Returns `true` if a channel is silent from some sample on, and another one is not.
fn stops(samples: &[f32], all: &[Vec<f32>], sample_rate_hz: u32) -> bool {
    let Some(last) = samples.iter().rposition(|sample| sample.abs() >= SILENCE_PEAK) else { return false };
    let continues = |other: &Vec<f32>| {
        let rest = other.get(last + 1..).unwrap_or_default();
        peak(rest) >= (CONTINUES * peak(other)).max(100.0 * SILENCE_PEAK)
    };
    (samples.len() - last) as f64 > STOPPED_S * f64::from(sample_rate_hz) && all.iter().any(continues)
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| sample.abs().max(peak))
}
