//! Comparison of channels harmonic by harmonic, before they are mixed to one.
//!
//! Two microphones at different distances, or one of them inverted, cancel in their mean: each
//! harmonic by another amount. Levels measured on such a mean are wrong, so the louder channel is
//! used alone.

use rustfft::num_complex::Complex;

use wurli_fft::Planner32;

use super::AudioWarning;

/// Loss of a harmonic by mixing from which the mean is not used, dB. Channels that have nothing in
/// common lose 3 dB.
const LOSS_DB_MAX: f64 = 4.0;
/// Loss up to which a channel counts as inverted, dB. A few harmonics of a channel that is late as
/// well nearly fit inverted, the others cancel.
const INVERTED_LOSS_DB_MAX: f64 = 0.1;
/// Harmonics further than this below the strongest one decide nothing, dB.
const RANGE_DB: f64 = 40.0;
/// A harmonic stands at least this far above the spectrum's median, dB. Below, it may be noise.
const ABOVE_NOISE_DB: f64 = 15.0;
/// Largest loss that is reported, dB: beyond it, rounding decides.
const LOSS_DB_REPORTED_MAX: f64 = 120.0;
/// Lowest frequency that is compared, Hz: the fundamental of A0, the lowest key of a piano.
const FREQUENCY_HZ_MIN: f64 = 27.0;
/// Shortest window, s: it separates the harmonics of A1, 55 Hz, the instrument's lowest key.
const WINDOW_S: f64 = 0.08;

/// Conversion of channels to mono.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mix {
    /// Their mean.
    Mean,
    /// One of them, counted from 0.
    Channel(usize),
}

/// Decision about the channels of a passage.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    pub(super) mix: Mix,
    pub(super) warning: Option<AudioWarning>,
    /// `false` if the passage holds noise alone.
    pub(super) has_harmonics: bool,
}

/// Decides how to mix channels, from a passage of interleaved samples.
///
/// The mean is chosen unless it weakens a harmonic by more than [`LOSS_DB_MAX`], compared with
/// channels in phase.
pub(super) fn choose(interleaved: &[f32], channels: usize, sample_rate_hz: u32) -> Choice {
    let is_same = |frame: &[f32]| frame.windows(2).all(|pair| pair.first() == pair.last());
    if channels < 2 || interleaved.chunks_exact(channels).all(is_same) {
        // Silence decides nothing.
        let has_harmonics = interleaved.iter().any(|sample| *sample != 0.0);
        return Choice { mix: Mix::Mean, warning: None, has_harmonics };
    }
    let spectra = Spectra::new(interleaved, channels, sample_rate_hz);
    let all: Vec<_> = (0..channels).map(|channel| (channel, 1.0)).collect();
    let Loss { frequency_hz, loss_db, has_harmonics } = spectra.loss(&all);
    if loss_db <= LOSS_DB_MAX {
        return Choice { mix: Mix::Mean, warning: None, has_harmonics };
    }
    let kept = loudest(interleaved, channels);
    let loss_db_of = |sign: f64, channel: usize| spectra.loss(&[(kept, 1.0), (channel, sign)]).loss_db;
    let (mut invert, mut drop) = (Vec::new(), Vec::new());
    for channel in (0..channels).filter(|channel| *channel != kept && loss_db_of(1.0, *channel) > LOSS_DB_MAX) {
        if loss_db_of(-1.0, channel) <= INVERTED_LOSS_DB_MAX {
            invert.push(channel + 1)
        } else {
            drop.push(channel + 1)
        }
    }
    let warning = AudioWarning::ChannelsCancel { channels, kept: kept + 1, frequency_hz, loss_db, invert, drop };
    Choice { mix: Mix::Channel(kept), warning: Some(warning), has_harmonics }
}

/// Level that a mix loses, compared with channels in phase.
#[derive(Clone, Copy, Debug)]
struct Loss {
    /// Harmonic that loses most; without harmonics, the strongest frequency.
    frequency_hz: f64,
    /// Loss of that harmonic; without harmonics, of everything.
    loss_db: f64,
    has_harmonics: bool,
}

/// Spectra of successive windows of all channels.
struct Spectra {
    /// One channel after the other within each window, up to half the sample rate.
    windows: Vec<Vec<Vec<Complex<f32>>>>,
    bin_hz: f64,
}

impl Spectra {
    fn new(interleaved: &[f32], channels: usize, sample_rate_hz: u32) -> Self {
        let length = ((WINDOW_S * f64::from(sample_rate_hz)) as usize).next_power_of_two();
        let step = std::f64::consts::TAU / length as f64;
        let hann: Vec<f32> = (0..length).map(|n| (0.5 - 0.5 * (step * (n as f64 + 0.5)).cos()) as f32).collect();
        let transform = Planner32::new().forward(length);
        let spectrum = |frames: &[f32], channel: usize| {
            let samples = frames.iter().skip(channel).step_by(channels).zip(&hann);
            let mut spectrum: Vec<_> = samples.map(|(sample, weight)| Complex::from(sample * weight)).collect();
            spectrum.resize(length, Complex::default());
            transform.process(&mut spectrum);
            spectrum.truncate(length / 2);
            spectrum
        };
        let windows = interleaved.chunks(length * channels);
        let windows = windows.map(|frames| (0..channels).map(|channel| spectrum(frames, channel)).collect()).collect();
        Self { windows, bin_hz: f64::from(sample_rate_hz) / length as f64 }
    }

    /// Returns the loss where channels are added with these signs.
    fn loss(&self, signs: &[(usize, f64)]) -> Loss {
        let bins = self.windows.first().and_then(|window| window.first()).map_or(0, Vec::len);
        // Power of the channels as if they were in phase, and as they are.
        let (mut in_phase, mut mixed) = (vec![0.0; bins], vec![0.0; bins]);
        for window in &self.windows {
            for (bin, (in_phase, mixed)) in in_phase.iter_mut().zip(&mut mixed).enumerate() {
                let (mut magnitude, mut sum) = (0.0, Complex::<f64>::default());
                for (channel, sign) in signs {
                    let spectrum = window.get(*channel);
                    let value = spectrum.and_then(|spectrum| spectrum.get(bin)).copied().unwrap_or_default();
                    let value = Complex::new(f64::from(value.re), f64::from(value.im)) * sign;
                    magnitude += value.norm();
                    sum += value;
                }
                *in_phase += magnitude * magnitude;
                *mixed += sum.norm_sqr();
            }
        }
        let first = (FREQUENCY_HZ_MIN / self.bin_hz).ceil() as usize;
        let (strongest_bin, strongest) = (first..)
            .zip(in_phase.iter().skip(first).copied())
            .fold((first, 0.0), |loudest: (usize, f64), here| if here.1 > loudest.1 { here } else { loudest });
        let mut sorted = in_phase.clone();
        sorted.sort_by(f64::total_cmp);
        let median = sorted.get(bins / 2).copied().unwrap_or(0.0);
        let least = (strongest / power(RANGE_DB)).max(median * power(ABOVE_NOISE_DB)).max(f64::MIN_POSITIVE);
        let loss = |bin: usize, in_phase: f64, mixed: f64, has_harmonics: bool| {
            // Exact cancellation has no finite loss.
            let loss_db = 10.0
                * (in_phase.max(f64::MIN_POSITIVE)
                    / mixed.max(in_phase / power(LOSS_DB_REPORTED_MAX)).max(f64::MIN_POSITIVE))
                .log10();
            Loss { frequency_hz: bin as f64 * self.bin_hz, loss_db, has_harmonics }
        };
        let peaks = in_phase.windows(3).zip(mixed.iter().skip(1)).enumerate().skip(first.saturating_sub(1));
        let losses = peaks.filter_map(|(index, (around, mixed))| {
            let &[before, here, after] = around else { return None };
            let is_peak = here >= least && here >= before && here > after;
            is_peak.then(|| loss(index + 1, here, *mixed, true))
        });
        losses
            .max_by(|a, b| a.loss_db.total_cmp(&b.loss_db))
            .unwrap_or_else(|| loss(strongest_bin, in_phase.iter().sum(), mixed.iter().sum(), false))
    }
}

/// Returns the channel with the most energy, counted from 0; the first one of equals.
fn loudest(interleaved: &[f32], channels: usize) -> usize {
    let energy = |channel: usize| -> f64 {
        interleaved.iter().skip(channel).step_by(channels).map(|sample| f64::from(*sample).powi(2)).sum()
    };
    (0..channels).rev().max_by(|a, b| energy(*a).total_cmp(&energy(*b))).unwrap_or(0)
}

fn power(db: f64) -> f64 {
    10f64.powf(db / 10.0)
}
