//! Spectra of channels over time, and what a mix of them does to each harmonic.

use rustfft::num_complex::Complex;

use wurli_fft::Planner32;

use crate::dsp::{db_to_power, goertzel, line, median};

/// Share of a harmonic's windows that must lose more than the largest loss, where the channels cancel
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
/// Harmonics further than this below the strongest one do not tell how steady a mix is, dB.
const STEADINESS_RANGE_DB: f64 = 25.0;
/// Fewest windows that tell how steady a level is.
const STEADINESS_WINDOWS_MIN: usize = 6;

/// Level that a mix loses, compared with channels in phase.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    /// Harmonic that loses most; without harmonics, the strongest frequency.
    pub(super) frequency_hz: f64,
    /// Loss of that harmonic, of the passage or of the windows in which it cancels, whichever is
    /// more; without harmonics, of everything.
    pub(super) loss_db: f64,
    /// Largest loss of a harmonic in the passage as a whole.
    pub(super) overall_db: f64,
    /// Largest difference of that loss from that of the lowest harmonic, either way.
    pub(super) distortion_db: f64,
    pub(super) has_harmonics: bool,
}

/// Spectra of successive windows of all channels.
pub(super) struct Spectra {
    /// One channel after the other within each window, up to half the sample rate.
    windows: Vec<Vec<Vec<Complex<f32>>>>,
    bin_hz: f64,
}

impl Spectra {
    pub(super) fn new(interleaved: &[f32], channels: usize, sample_rate_hz: u32) -> Self {
        let length = ((WINDOW_S * f64::from(sample_rate_hz)) as usize).next_power_of_two();
        let window = goertzel::hann(length);
        let transform = Planner32::new().forward(length);
        let spectrum = |frames: &[f32], channel: usize| {
            let samples = frames.iter().skip(channel).step_by(channels).zip(window.iter());
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
    pub(super) fn loss(&self, signs: &[(usize, f64)]) -> Loss {
        let bins = self.windows.first().and_then(|window| window.first()).map_or(0, Vec::len);
        let mut windows = Vec::with_capacity(self.windows.len());
        let mut sums = vec![Power::default(); bins];
        for window in &self.windows {
            let powers: Vec<Power> = (0..bins).map(|bin| Power::new(window, bin, signs)).collect();
            for (sum, power) in sums.iter_mut().zip(&powers) {
                sum.in_phase += power.in_phase;
                sum.mixed += power.mixed;
            }
            windows.push((median_power(&powers) * db_to_power(ABOVE_NOISE_DB), powers));
        }
        let first = (FREQUENCY_HZ_MIN / self.bin_hz).ceil() as usize;
        let (strongest_bin, strongest) = (first..)
            .zip(sums.iter().skip(first).map(|sum| sum.in_phase))
            .fold((first, 0.0), |loudest: (usize, f64), here| if here.1 > loudest.1 { here } else { loudest });
        let least = (strongest / db_to_power(RANGE_DB))
            .max(median_power(&sums) * db_to_power(ABOVE_NOISE_DB))
            .max(f64::MIN_POSITIVE);
        let is_peak = |around: &[Power]| {
            let &[before, here, after] = around else { return false };
            here.in_phase >= least && here.in_phase >= before.in_phase && here.in_phase > after.in_phase
        };
        let from = first.saturating_sub(1);
        let peaks = sums.windows(3).enumerate().skip(from).filter(|(_, around)| is_peak(around)).map(|(at, _)| at + 1);
        let loss = |bin: usize, overall: Power, has_harmonics: bool| {
            let frequency_hz = bin as f64 * self.bin_hz;
            let overall_db = overall.loss_db();
            Loss { frequency_hz, loss_db: overall_db, overall_db, distortion_db: 0.0, has_harmonics }
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
        let lowest_db = losses.first().map_or(0.0, |lowest| lowest.overall_db);
        let distortion_db = losses.iter().map(|loss| (loss.overall_db - lowest_db).abs()).fold(0.0, f64::max);
        match losses.into_iter().max_by(|a, b| a.loss_db.total_cmp(&b.loss_db)) {
            Some(most) => Loss { overall_db, distortion_db, ..most },
            None => {
                let sum = |of: fn(&Power) -> f64| sums.iter().map(of).sum();
                loss(strongest_bin, Power { in_phase: sum(|p| p.in_phase), mixed: sum(|p| p.mixed) }, false)
            }
        }
    }

    /// Returns the bins of the strongest harmonics, of all channels in phase.
    pub(super) fn strong_bins(&self) -> Vec<usize> {
        let all = self.all_channels();
        let bins = self.windows.first().and_then(|window| window.first()).map_or(0, Vec::len);
        let sum = |bin: usize| self.windows.iter().map(|window| Power::new(window, bin, &all).in_phase).sum();
        let sums: Vec<f64> = (0..bins).map(sum).collect();
        let strongest = sums.iter().copied().fold(0.0, f64::max);
        let first = (FREQUENCY_HZ_MIN / self.bin_hz).ceil() as usize;
        let is_peak = |bin: &usize| match sums.get(bin - 1..bin + 2) {
            Some(&[before, here, after]) => {
                here * db_to_power(STEADINESS_RANGE_DB) >= strongest && here >= before && here > after
            }
            _ => false,
        };
        (first.max(1)..bins).filter(is_peak).collect()
    }

    /// Returns how far levels depart from a steady decay where channels are added with these signs:
    /// the median over the harmonics in `bins`, dB rms. `None` if the sound is too short.
    pub(super) fn unsteadiness_db(&self, bins: &[usize], signs: &[(usize, f64)]) -> Option<f64> {
        let all = self.all_channels();
        let mut found: Vec<f64> = bins.iter().filter_map(|bin| self.departure_db(*bin, &all, signs)).collect();
        median(&mut found)
    }

    fn all_channels(&self) -> Vec<(usize, f64)> {
        (0..self.windows.first().map_or(0, Vec::len)).map(|channel| (channel, 1.0)).collect()
    }

    /// Returns how far the level in a bin departs from a straight line, dB rms, from the loudest
    /// window on while it sounds.
    fn departure_db(&self, bin: usize, all: &[(usize, f64)], signs: &[(usize, f64)]) -> Option<f64> {
        let level = |window: &Vec<Vec<Complex<f32>>>, signs: &[(usize, f64)], of: fn(Power) -> f64| -> f64 {
            (bin - 1..bin + 2).map(|bin| of(Power::new(window, bin, signs))).sum()
        };
        let in_phase: Vec<f64> = self.windows.iter().map(|window| level(window, all, |power| power.in_phase)).collect();
        let loudest = in_phase.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let from = in_phase.iter().position(|level| *level == loudest)?;
        let sounding =
            in_phase.iter().skip(from).take_while(|level| **level * db_to_power(SOUNDING_DB) >= loudest).count();
        // The last window may hold the damper.
        let windows = self.windows.get(from..from + sounding.saturating_sub(1)).unwrap_or_default();
        if windows.len() < STEADINESS_WINDOWS_MIN {
            return None;
        }
        let least = loudest / db_to_power(2.0 * SOUNDING_DB);
        let level_db = |window| 10.0 * level(window, signs, |power| power.mixed).max(least).log10();
        let levels_db: Vec<(f64, f64)> = windows.iter().enumerate().map(|(n, w)| (n as f64, level_db(w))).collect();
        line::fit(&levels_db).map(|line| line.rms_error)
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
        let mixed = self.mixed.max(self.in_phase / db_to_power(LOSS_DB_REPORTED_MAX)).max(f64::MIN_POSITIVE);
        10.0 * (in_phase / mixed).log10()
    }
}

/// Returns the loss that a harmonic exceeds in [`CANCELLED_SHARE`] of the windows in which it
/// sounds; 0 if it sounds in too few.
fn temporary_loss_db(windows: &[Power]) -> f64 {
    let loudest = windows.iter().map(|power| power.in_phase).fold(0.0, f64::max);
    let sounding = windows.iter().filter(|window| window.in_phase * db_to_power(SOUNDING_DB) >= loudest);
    let mut losses_db: Vec<f64> = sounding.map(|power| power.loss_db()).collect();
    losses_db.sort_by(|a, b| b.total_cmp(a));
    let count = ((CANCELLED_SHARE * losses_db.len() as f64).ceil() as usize).max(CANCELLED_MIN);
    losses_db.get(count - 1).copied().unwrap_or(0.0)
}

fn median_power(powers: &[Power]) -> f64 {
    median(&mut powers.iter().map(|power| power.in_phase).collect::<Vec<_>>()).unwrap_or(0.0)
}
