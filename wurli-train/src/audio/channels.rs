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
/// Share of a harmonic's windows that must lose more than [`LOSS_DB_MAX`], where the channels cancel
/// part of the time: a phase that turns steadily cancels in 43 % of them.
const CANCELLED_SHARE: f64 = 0.2;
/// Fewest such windows.
const CANCELLED_MIN: usize = 2;
/// Windows in which a harmonic is further than this below its loudest one do not count, dB: what
/// the room adds after a note is different in each channel.
const SOUNDING_DB: f64 = 15.0;
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
    let Loss { frequency_hz, loss_db, has_harmonics, .. } = spectra.loss(&all);
    if loss_db <= LOSS_DB_MAX {
        return Choice { mix: Mix::Mean, warning: None, has_harmonics };
    }
    let kept = loudest(interleaved, channels);
    let loss_of = |sign: f64, channel: usize| spectra.loss(&[(kept, 1.0), (channel, sign)]);
    let (mut invert, mut drop) = (Vec::new(), Vec::new());
    for channel in (0..channels).filter(|channel| *channel != kept && loss_of(1.0, *channel).loss_db > LOSS_DB_MAX) {
        let inverted = loss_of(-1.0, channel);
        if inverted.overall_db <= INVERTED_LOSS_DB_MAX && inverted.loss_db <= LOSS_DB_MAX {
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
    /// Loss of that harmonic, of the passage or of the windows in which it cancels, whichever is
    /// more; without harmonics, of everything.
    loss_db: f64,
    /// Largest loss of a harmonic in the passage as a whole.
    overall_db: f64,
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
        let mut windows = Vec::with_capacity(self.windows.len());
        let mut sums = vec![Power::default(); bins];
        for window in &self.windows {
            let powers: Vec<Power> = (0..bins).map(|bin| Power::new(window, bin, signs)).collect();
            for (sum, power) in sums.iter_mut().zip(&powers) {
                sum.in_phase += power.in_phase;
                sum.mixed += power.mixed;
            }
            windows.push((median(&powers) * power(ABOVE_NOISE_DB), powers));
        }
        let first = (FREQUENCY_HZ_MIN / self.bin_hz).ceil() as usize;
        let (strongest_bin, strongest) = (first..)
            .zip(sums.iter().skip(first).map(|sum| sum.in_phase))
            .fold((first, 0.0), |loudest: (usize, f64), here| if here.1 > loudest.1 { here } else { loudest });
        let least = (strongest / power(RANGE_DB)).max(median(&sums) * power(ABOVE_NOISE_DB)).max(f64::MIN_POSITIVE);
        let is_peak = |around: &[Power]| {
            let &[before, here, after] = around else { return false };
            here.in_phase >= least && here.in_phase >= before.in_phase && here.in_phase > after.in_phase
        };
        let from = first.saturating_sub(1);
        let peaks = sums.windows(3).enumerate().skip(from).filter(|(_, around)| is_peak(around)).map(|(at, _)| at + 1);
        let loss = |bin: usize, overall: Power, has_harmonics: bool| {
            let frequency_hz = bin as f64 * self.bin_hz;
            let overall_db = overall.loss_db();
            Loss { frequency_hz, loss_db: overall_db, overall_db, has_harmonics }
        };
        let losses: Vec<Loss> = peaks
            .map(|bin| {
                let of_windows = windows
                    .iter()
                    .filter_map(|(least, powers)| powers.get(bin).copied().filter(|power| power.in_phase > *least));
                let found = loss(bin, sums.get(bin).copied().unwrap_or_default(), true);
                Loss { loss_db: found.overall_db.max(temporary_loss_db(&of_windows.collect::<Vec<_>>())), ..found }
            })
            .collect();
        let overall_db = losses.iter().map(|loss| loss.overall_db).fold(f64::NEG_INFINITY, f64::max);
        match losses.into_iter().max_by(|a, b| a.loss_db.total_cmp(&b.loss_db)) {
            Some(most) => Loss { overall_db, ..most },
            None => {
                let sum = |of: fn(&Power) -> f64| sums.iter().map(of).sum();
                loss(strongest_bin, Power { in_phase: sum(|p| p.in_phase), mixed: sum(|p| p.mixed) }, false)
            }
        }
    }
}

/// Power of the channels as if they were in phase, and as they are.
#[derive(Clone, Copy, Debug, Default)]
struct Power {
    in_phase: f64,
    mixed: f64,
}

impl Power {
    /// Returns the power in one bin of a window, of channels added with these signs.
    fn new(window: &[Vec<Complex<f32>>], bin: usize, signs: &[(usize, f64)]) -> Self {
        let (mut magnitude, mut sum) = (0.0, Complex::<f64>::default());
        for (channel, sign) in signs {
            let spectrum = window.get(*channel);
            let value = spectrum.and_then(|spectrum| spectrum.get(bin)).copied().unwrap_or_default();
            let value = Complex::new(f64::from(value.re), f64::from(value.im)) * sign;
            magnitude += value.norm();
            sum += value;
        }
        Self { in_phase: magnitude * magnitude, mixed: sum.norm_sqr() }
    }

    fn loss_db(self) -> f64 {
        // Exact cancellation has no finite loss.
        let in_phase = self.in_phase.max(f64::MIN_POSITIVE);
        let mixed = self.mixed.max(self.in_phase / power(LOSS_DB_REPORTED_MAX)).max(f64::MIN_POSITIVE);
        10.0 * (in_phase / mixed).log10()
    }
}

/// Returns the loss that a harmonic exceeds in [`CANCELLED_SHARE`] of the windows in which it
/// sounds; 0 if it sounds in too few.
fn temporary_loss_db(windows: &[Power]) -> f64 {
    let loudest = windows.iter().map(|power| power.in_phase).fold(0.0, f64::max);
    let sounding = windows.iter().filter(|window| window.in_phase * power(SOUNDING_DB) >= loudest);
    let mut losses_db: Vec<f64> = sounding.map(|power| power.loss_db()).collect();
    losses_db.sort_by(|a, b| b.total_cmp(a));
    let count = ((CANCELLED_SHARE * losses_db.len() as f64).ceil() as usize).max(CANCELLED_MIN);
    losses_db.get(count - 1).copied().unwrap_or(0.0)
}

fn median(powers: &[Power]) -> f64 {
    let mut sorted: Vec<f64> = powers.iter().map(|power| power.in_phase).collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(powers.len() / 2).copied().unwrap_or(0.0)
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
