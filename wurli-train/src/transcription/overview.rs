//! What must be known of a whole take before its first note can be judged: how loud it is, and how its tremolo waves.

use serde::{Deserialize, Serialize};

use crate::audio::{AudioError, AudioFile, ClippingCounter, OffsetCounter};
use crate::measure::HumListener;
use crate::measure::defects;

use super::feed::Feed;
use super::tremolo::{Energies, Tremolo};

/// What a first look at a take shows, and a second if there is a tremolo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// Length, s.
    pub duration_s: f64,
    /// What is said of it: clipping, an offset, hum.
    pub defects: Vec<String>,
    /// Largest magnitude of the take: what it is divided by.
    pub(super) divisor: f32,
    /// The same once it was divided, at the working rate and without its tremolo.
    pub(super) peak: f32,
    /// Samples at the working rate.
    pub(super) length: usize,
    pub(super) rate_hz: f64,
    pub(super) tremolo: Option<Tremolo>,
}

impl Overview {
    /// Looks through a take; `progress` is told how many of how many seconds were read.
    ///
    /// # Errors
    /// As [`Stream`](crate::audio::Stream).
    pub fn of(take: &AudioFile, progress: &dyn Fn(usize, usize)) -> Result<Self, AudioError> {
        let mut feed = Feed::open(take, 1.0)?;
        let (rate_hz, sample_rate) = (feed.rate_hz(), feed.sample_rate());
        let promised = feed.promised().unwrap_or(0) as usize;
        let mut clipping = ClippingCounter::new(sample_rate);
        let (mut offset, mut hum) = (OffsetCounter::default(), HumListener::new(sample_rate));
        let mut energies = Energies::new(rate_hz);
        let (mut divisor, mut peak, mut read, mut samples) = (0.0_f32, 0.0_f32, 0_u64, Vec::new());
        let mut more = true;
        while more {
            samples.clear();
            more = feed.append(&mut samples, |block| {
                clipping.push(block);
                offset.push(block);
                hum.push(block);
                read += block.len() as u64;
                divisor = loudest(divisor, block);
            })?;
            energies.push(&samples);
            peak = loudest(peak, &samples);
            progress(seconds(feed.next_index(), rate_hz), seconds(promised.max(feed.next_index()), rate_hz));
        }
        let length = feed.next_index();
        let duration_s = read as f64 / f64::from(sample_rate);
        let tremolo = energies.tremolo();
        let mut peak = peak / divisor;
        if let Some(tremolo) = &tremolo {
            peak = peak_without(take, divisor, tremolo, progress)?;
        }
        let peak = peak.max(f32::MIN_POSITIVE);
        let defects = feed.warnings().chain(defects(clipping.finish(), offset.finish(), hum.finish())).collect();
        Ok(Self { duration_s, defects, divisor, peak, length, rate_hz, tremolo })
    }
}

/// Largest magnitude of a take that was divided by its tremolo.
fn peak_without(
    take: &AudioFile,
    divisor: f32,
    tremolo: &Tremolo,
    progress: &dyn Fn(usize, usize),
) -> Result<f32, AudioError> {
    let mut feed = Feed::open(take, divisor)?;
    let (mut peak, mut samples, mut more) = (0.0, Vec::new(), true);
    let promised = feed.promised().unwrap_or(0) as usize;
    while more {
        samples.clear();
        let first = feed.next_index();
        more = feed.append(&mut samples, |_| {})?;
        tremolo.undo(&mut samples, first);
        peak = loudest(peak, &samples);
        let (read, rate_hz) = (feed.next_index(), feed.rate_hz());
        progress(seconds(read, rate_hz), seconds(promised.max(read), rate_hz));
    }
    Ok(peak)
}

fn loudest(before: f32, samples: &[f32]) -> f32 {
    samples.iter().fold(before, |peak, s| peak.max(s.abs()))
}

fn seconds(samples: usize, rate_hz: f64) -> usize {
    (samples as f64 / rate_hz) as usize
}
