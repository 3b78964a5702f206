//! First pass over a long recording: its peak, tremolo and defects.

use serde::{Deserialize, Serialize};

use crate::audio::{AudioError, AudioFile, ClippingCounter, OffsetCounter};
use crate::measure::HumDetector;
use crate::measure::defects;
use crate::progress::Progress;

use super::decimated_stream::DecimatedStream;
use super::signal::largest_magnitude;
use super::tremolo::{EnergyEnvelope, Tremolo};

/// Properties of a whole recording, from one pass over it, or two if it has a tremolo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// Length, s.
    pub duration_s: f64,
    /// Warnings: clipping, an offset, hum.
    pub defects: Vec<String>,
    /// Largest magnitude of the recording, by which it is divided.
    pub(super) divisor: f32,
    /// Largest magnitude after the division, at the working rate and without tremolo.
    pub(super) peak: f32,
    /// Samples at the working rate.
    pub(super) length: usize,
    pub(super) rate_hz: f64,
    pub(super) tremolo: Option<Tremolo>,
}

impl Overview {
    /// Reads a recording. `progress` receives the seconds read and their total.
    ///
    /// # Errors
    /// [`AudioError`] as from [`Stream`](crate::audio::Stream).
    pub fn read(take: &AudioFile, progress: &dyn Progress) -> Result<Self, AudioError> {
        let mut stream = DecimatedStream::open(take, 1.0)?;
        let (rate_hz, sample_rate) = (stream.rate_hz(), stream.sample_rate());
        let mut clipping = ClippingCounter::new(sample_rate);
        let (mut offset, mut hum) = (OffsetCounter::default(), HumDetector::new(sample_rate));
        let mut envelope = EnergyEnvelope::new(rate_hz);
        let (mut divisor, mut peak, mut read, mut samples) = (0.0_f32, 0.0_f32, 0_u64, Vec::new());
        let mut more = true;
        while more {
            samples.clear();
            more = stream.append(&mut samples, |block| {
                clipping.push(block);
                offset.push(block);
                hum.push(block);
                read += block.len() as u64;
                divisor = divisor.max(largest_magnitude(block));
            })?;
            envelope.push(&samples);
            peak = peak.max(largest_magnitude(&samples));
            report(&stream, progress);
        }
        let length = stream.next_index();
        let duration_s = read as f64 / f64::from(sample_rate);
        let tremolo = envelope.tremolo();
        let mut peak = peak / divisor;
        if let Some(tremolo) = &tremolo {
            peak = peak_without_tremolo(take, divisor, tremolo, progress)?;
        }
        let peak = peak.max(f32::MIN_POSITIVE);
        let defects = stream.warnings().chain(defects(clipping.finish(), offset.finish(), hum.finish())).collect();
        Ok(Self { duration_s, defects, divisor, peak, length, rate_hz, tremolo })
    }
}

/// Returns the largest magnitude of a recording after its tremolo is removed.
fn peak_without_tremolo(
    take: &AudioFile,
    divisor: f32,
    tremolo: &Tremolo,
    progress: &dyn Progress,
) -> Result<f32, AudioError> {
    let mut stream = DecimatedStream::open(take, divisor)?;
    let (mut peak, mut samples, mut more) = (0.0_f32, Vec::new(), true);
    while more {
        samples.clear();
        let first = stream.next_index();
        more = stream.append(&mut samples, |_| {})?;
        tremolo.remove_from(&mut samples, first);
        peak = peak.max(largest_magnitude(&samples));
        report(&stream, progress);
    }
    Ok(peak)
}

/// Reports the seconds that were read and their total.
fn report(stream: &DecimatedStream, progress: &dyn Progress) {
    let seconds = |samples: usize| (samples as f64 / stream.rate_hz()) as usize;
    let (read, promised) = (stream.next_index(), stream.promised().unwrap_or(0) as usize);
    progress.report("read", seconds(read), seconds(promised.max(read)));
}
