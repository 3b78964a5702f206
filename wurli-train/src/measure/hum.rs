//! Mains hum: steady partials on multiples of 50 or 60 Hz, searched where a recording is quietest.
//!
//! A reed decays, the mains do not: a partial on a multiple that is equal in both halves of the
//! quietest part is hum. A lead-in before the first note is the quietest part, where there is
//! one.

use std::f64::consts::TAU;
use std::fmt;

use rustfft::num_complex::Complex64;
use serde::{Deserialize, Serialize};

use crate::audio::Audio;
use crate::dsp::phasor::{PhasorSegment, hann_phasor};
use crate::dsp::{amplitude_to_db, greatest_common_divisor};

/// Nominal mains frequencies, Hz.
const MAINS_HZ: [f64; 2] = [50.0, 60.0];
/// Largest deviation of a grid from them, Hz. ENTSO-E and NERC keep within 0.2 in ordinary
/// operation.
const MAX_DEVIATION_HZ: f64 = 0.2;
/// Multiples that are searched.
const MULTIPLES: usize = 6;
/// Approximate rate after decimation, Hz. Aliases onto the multiples are at least 37 dB down.
const RATE_HZ: f64 = 2_000.0;
/// Lengths of half a part, seconds. The longer resolves more, the shorter fits into a lead-in or
/// a short note.
const HALVES_S: [f64; 2] = [1.0, 0.4];
/// Distance of the parts whose energies are compared, seconds.
const STEP_S: f64 = 0.1;
/// Length that is analysed from the start of a recording, seconds. Hum lasts throughout.
pub(crate) const ANALYSED_S: f64 = 60.0;
/// Least level over the noise beside a multiple, dB. White noise exceeds it once in 10^30 bins.
const OVER_NOISE_DB: f64 = 20.0;
/// Largest change of a hum's level, dB/s. The lowest key, A1, loses 1.3.
const STEADY_DB_PER_S: f64 = 1.0;
/// Hum below this level disturbs nothing, dBFS.
const FAINT_DBFS: f64 = -80.0;
/// Largest fraction of digital silence (padding, a gate) in a part. Nothing was recorded there.
const MAX_SILENCE: f64 = 0.01;
/// Largest distance of a multiple from that of the measured mains, in reciprocals of a half's
/// length.
const MAX_DISAGREEMENT: f64 = 0.1;

/// Multiple of the mains that hums.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HumMultiple {
    /// Order; the mains itself is 1.
    pub multiple: usize,
    /// Level, dBFS.
    pub level_dbfs: f64,
}

/// Hum in a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hum {
    /// 50 or 60 Hz.
    pub nominal_hz: f64,
    /// Measured mains frequency, Hz.
    pub mains_hz: f64,
    /// Multiples that hum.
    pub multiples: Vec<HumMultiple>,
}

impl fmt::Display for Hum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loudest = self.multiples.iter().map(|found| found.level_dbfs).fold(f64::NEG_INFINITY, f64::max);
        let nominal = self.nominal_hz;
        match self.multiples.iter().filter(|found| found.multiple > 1).count() {
            1 => write!(formatter, "hum at {nominal} Hz and a multiple, {loudest:.0} dBFS"),
            others => write!(formatter, "hum at {nominal} Hz and {others} multiples, {loudest:.0} dBFS"),
        }
    }
}

impl Hum {
    /// Returns the level of the hum within `reach_hz` of a frequency, dBFS; `None` where there is
    /// none.
    pub(crate) fn level_near_dbfs(&self, frequency_hz: f64, reach_hz: f64) -> Option<f64> {
        let is_near = |multiple: usize| (multiple as f64 * self.mains_hz - frequency_hz).abs() < reach_hz;
        let near = self.multiples.iter().filter(|found| is_near(found.multiple)).map(|found| found.level_dbfs);
        near.max_by(f64::total_cmp)
    }
}

impl Audio {
    /// Finds mains hum.
    #[must_use]
    pub fn hum(&self) -> Option<Hum> {
        let mut detector = HumDetector::new(self.sample_rate);
        detector.push(&self.samples);
        detector.finish()
    }
}

/// Finds hum in samples that arrive block by block. Stores one minute at about 2 kHz.
#[derive(Clone, Debug)]
pub struct HumDetector {
    factor: usize,
    rate_hz: f64,
    /// Weighted sum over the previous cell and the current one.
    falling_sum: f64,
    /// Weighted sum over the current cell.
    rising_sum: f64,
    /// Samples in the current cell.
    filled: usize,
    /// Triangular mean over two cells. Frequencies that alias onto hum pass with less than a
    /// hundredth.
    decimated: Vec<f64>,
}

/// The two halves of the quietest part, one after the other.
#[derive(Clone, Copy)]
struct Halves<'a>([&'a [f64]; 2]);

/// A steady partial on a multiple of the mains.
#[derive(Clone, Copy)]
struct SteadyPartial {
    frequency_hz: f64,
    level_dbfs: f64,
}

impl HumDetector {
    /// Returns the detector for a recording with this sample rate, Hz.
    #[must_use]
    pub fn new(sample_rate: u32) -> Self {
        let factor = ((f64::from(sample_rate) / RATE_HZ) as usize).max(1);
        let rate_hz = f64::from(sample_rate) / factor as f64;
        Self { factor, rate_hz, falling_sum: 0.0, rising_sum: 0.0, filled: 0, decimated: Vec::new() }
    }

    /// Takes in the next samples.
    pub fn push(&mut self, samples: &[f32]) {
        let most = (ANALYSED_S * self.rate_hz) as usize;
        for sample in samples {
            if self.decimated.len() >= most {
                return;
            }
            // A triangle over two cells, centred on the border between them.
            let rising = (self.filled as f64 + 0.5) / self.factor as f64;
            let sample = f64::from(*sample);
            self.falling_sum += (1.0 - rising) * sample;
            self.rising_sum += rising * sample;
            self.filled += 1;
            if self.filled == self.factor {
                self.decimated.push(self.falling_sum / self.factor as f64);
                (self.falling_sum, self.rising_sum, self.filled) = (self.rising_sum, 0.0, 0);
            }
        }
    }

    /// Returns the hum of all samples.
    #[must_use]
    pub fn finish(self) -> Option<Hum> {
        HALVES_S.into_iter().find_map(|half_s| {
            let halves = self.quietest((half_s * self.rate_hz) as usize)?;
            let found = MAINS_HZ.iter().filter_map(|nominal_hz| self.find_hum(*nominal_hz, halves));
            found.max_by(|a, b| a.multiples.len().cmp(&b.multiples.len()))
        })
    }

    /// Returns the quietest stretch that is not digital silence. `half` is the length of a half.
    fn quietest(&self, half: usize) -> Option<Halves<'_>> {
        let mut zeros = vec![0_usize];
        zeros.extend(self.decimated.iter().scan(0, |count, sample| {
            *count += usize::from(*sample == 0.0);
            Some(*count)
        }));
        let is_recorded = |start: usize| {
            let [from, to] = [start, start + 2 * half].map(|at| zeros.get(at).copied().unwrap_or(0));
            to.saturating_sub(from) as f64 <= MAX_SILENCE * 2.0 * half as f64
        };
        let step = ((STEP_S * self.rate_hz) as usize).max(1);
        let starts = (0..=self.decimated.len().checked_sub(2 * half)?).rev().step_by(step);
        let energy = |start: usize| {
            let part = self.decimated.get(start..start + 2 * half).unwrap_or_default();
            let mean = part.iter().sum::<f64>() / part.len() as f64;
            part.iter().map(|s| (s - mean).powi(2)).sum::<f64>()
        };
        let start = starts
            .filter(|start| is_recorded(*start))
            .map(|start| (energy(start), start))
            .min_by(|a, b| a.0.total_cmp(&b.0))?
            .1;
        Some(Halves([self.decimated.get(start..start + half)?, self.decimated.get(start + half..start + 2 * half)?]))
    }

    fn find_hum(&self, nominal_hz: f64, halves: Halves<'_>) -> Option<Hum> {
        let found: Vec<(usize, SteadyPartial)> = (1..=MULTIPLES)
            .filter_map(|multiple| Some((multiple, self.steady_partial(multiple as f64, nominal_hz, halves)?)))
            .collect();
        let mains_of = |multiple: usize, partial: &SteadyPartial| partial.frequency_hz / multiple as f64;
        // The strongest multiple decides the frequency of the mains.
        let strongest = found.iter().max_by(|a, b| a.1.level_dbfs.total_cmp(&b.1.level_dbfs))?;
        let mains_hz = mains_of(strongest.0, &strongest.1);
        let reach_hz = MAX_DISAGREEMENT * self.rate_hz / halves.0[0].len() as f64;
        let multiples: Vec<HumMultiple> = found
            .iter()
            .filter(|(multiple, partial)| {
                (mains_of(*multiple, partial) - mains_hz).abs() * *multiple as f64 <= reach_hz
            })
            .map(|(multiple, partial)| HumMultiple { multiple: *multiple, level_dbfs: partial.level_dbfs })
            .collect();
        // A single multiple may be an artefact. The shipped resyntheses of C2 and E2 contain one:
        // the track of their H1, 62 ms wide, follows the hum of the recording. Multiples with a
        // common factor may be harmonics of a note.
        let common = multiples.iter().fold(0, |common, found| greatest_common_divisor(found.multiple, common));
        (multiples.len() > 1 && common == 1).then_some(Hum { nominal_hz, mains_hz, multiples })
    }

    /// Returns the steady partial on a multiple, if there is one.
    fn steady_partial(&self, multiple: f64, nominal_hz: f64, halves: Halves<'_>) -> Option<SteadyPartial> {
        let Halves([first, second]) = halves;
        let centre_hz = multiple * nominal_hz;
        // The phase gained between the halves tells the frequency, unambiguously within half a
        // turn.
        let [earlier, later] = [first, second].map(|half| self.phasor(half, centre_hz));
        let length_s = first.len() as f64 / self.rate_hz;
        let expected = TAU * centre_hz * length_s;
        let gained = later.arg() - earlier.arg() - expected;
        let frequency_hz = centre_hz + gained.sin().atan2(gained.cos()) / (TAU * length_s);
        if (frequency_hz - centre_hz).abs() > MAX_DEVIATION_HZ * multiple {
            return None;
        }
        let levels = [first, second].map(|half| amplitude_to_db(self.phasor(half, frequency_hz).norm()));
        // A partial further off gains a whole turn more or less: then it is louder to one side.
        let sides_hz = [-0.5, 0.5].map(|bins| frequency_hz + bins / length_s);
        if sides_hz.iter().any(|hz| amplitude_to_db(self.phasor(first, *hz).norm()) > levels[0]) {
            return None;
        }
        // The response of the triangular decimator is a squared sinc.
        let x = 0.5 * TAU * frequency_hz / self.rate_hz;
        let level_dbfs = levels[0].min(levels[1]) - 2.0 * amplitude_to_db(x.sin() / x);
        if (levels[0] - levels[1]).abs() > STEADY_DB_PER_S * length_s || level_dbfs < FAINT_DBFS {
            return None;
        }
        let is_clear = |(half, level)| level > self.noise_db(half, centre_hz) + OVER_NOISE_DB;
        [first, second].into_iter().zip(levels).all(is_clear).then_some(SteadyPartial { frequency_hz, level_dbfs })
    }

    /// Returns the noise beside a frequency, beyond the side lobes, dB.
    ///
    /// The higher of the medians below and above it: one side alone may be quiet beside a note.
    fn noise_db(&self, half: &[f64], centre_hz: f64) -> f64 {
        let bin_hz = self.rate_hz / half.len() as f64;
        let side = |sign: f64| {
            let mut levels: Vec<f64> =
                (4..=9).map(|bin| self.phasor(half, centre_hz + sign * f64::from(bin) * bin_hz).norm()).collect();
            levels.sort_by(f64::total_cmp);
            levels.get(levels.len() / 2).copied().unwrap_or(0.0)
        };
        amplitude_to_db(side(-1.0).max(side(1.0)))
    }

    /// Returns the complex amplitude of a sinusoid in samples without their mean.
    fn phasor(&self, samples: &[f64], frequency_hz: f64) -> Complex64 {
        let mean = samples.iter().sum::<f64>() / samples.len().max(1) as f64;
        let segment = PhasorSegment { samples, leading_zeros: 0, length: samples.len() };
        hann_phasor::<_, 1>(segment, TAU * frequency_hz / self.rate_hz, |sample| sample - mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::DecayLaw;
    use crate::random::Random;

    /// 2.5 s of a decaying note with eight harmonics in noise of −80 dBFS, and `hum` as (level
    /// dBFS, frequency Hz).
    fn recording(f0_hz: f64, decay_db_per_s: f64, lead_s: f64, hum: &[(f64, f64)], sample_rate: u32) -> Audio {
        let mut random = Random(3);
        let rate = f64::from(sample_rate);
        let sample = |n: usize| {
            let time_s = n as f64 / rate;
            let since_s = time_s - lead_s;
            let note: f64 = (1..=8).map(|k| 0.1 * (TAU * f64::from(k) * f0_hz * since_s).sin()).sum();
            let hum: f64 = hum.iter().map(|(db, hz)| 10f64.powf(db / 20.0) * (TAU * hz * time_s + hz).sin()).sum();
            let note = if since_s < 0.0 { 0.0 } else { note * 10f64.powf(-decay_db_per_s * since_s / 20.0) };
            (note + hum + 1e-4 * random.within_one()) as f32
        };
        Audio { samples: (0..(2.5 * rate) as usize).map(sample).collect(), sample_rate }
    }

    #[test]
    fn finds_hum_multiples_and_level_at_any_rate() {
        for sample_rate in [22_050, 44_100, 48_000, 192_000] {
            let audio = recording(220.0, 13.0, 0.0, &[(-48.0, 49.95), (-63.0, 99.9), (-70.0, 149.85)], sample_rate);
            let hum = audio.hum().unwrap();
            assert_eq!(hum.to_string(), "hum at 50 Hz and 2 multiples, -48 dBFS", "{sample_rate} Hz: {hum:?}");
            assert!((hum.mains_hz - 49.95).abs() < 0.02, "{hum:?}");
            for (found, truth) in hum.multiples.iter().zip([-48.0, -63.0, -70.0]) {
                assert!((found.level_dbfs - truth).abs() < 0.2, "{found:?} at {sample_rate} Hz");
            }
        }
        assert_eq!(
            recording(220.0, 13.0, 0.0, &[(-60.0, 60.03), (-66.0, 180.09)], 44_100).hum().unwrap().to_string(),
            "hum at 60 Hz and a multiple, -60 dBFS"
        );
    }

    #[test]
    fn finds_hum_in_the_lead_in_of_a_long_note() {
        let audio = recording(55.0, 1.3, 1.0, &[(-50.0, 50.0), (-60.0, 100.0)], 44_100);
        assert_eq!(audio.hum().unwrap().to_string(), "hum at 50 Hz and a multiple, -50 dBFS");
    }

    #[test]
    fn finds_hum_despite_digital_silence() {
        let mut audio = recording(220.0, 13.0, 0.0, &[(-48.0, 49.95), (-63.0, 99.9)], 44_100);
        for padding_s in [0.9, 3.0] {
            let silence = vec![0.0; (padding_s * 44_100.0) as usize];
            audio.samples.splice(0..0, silence);
            assert_eq!(audio.hum().map(|hum| hum.multiples.len()), Some(2), "{padding_s} s");
        }
        assert_eq!(Audio { samples: vec![0.0; 100_000], sample_rate: 44_100 }.hum(), None);
    }

    #[test]
    fn notes_are_not_hum() {
        for midi in 33..=96 {
            for cents in [-40.0, 0.0, 40.0] {
                let f0_hz = wurli_voice::instrument::midi_to_hz(midi) * (cents / 1200.0_f64).exp2();
                let decay_db_per_s = DecayLaw::WURLITZER_200A.db_per_s(midi);
                assert_eq!(
                    recording(f0_hz, decay_db_per_s, 0.0, &[], 44_100).hum(),
                    None,
                    "MIDI {midi} {cents:+} cents"
                );
            }
        }
    }
}
