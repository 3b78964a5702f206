//! Mains hum: steady lines on a multiple of 50 or 60 Hz, found where a recording is quietest.
//!
//! A reed decays, a mains does not: what stands on these frequencies, alike in both halves of the quietest stretch, is hum. Where there is
//! a lead-in before the first note, that is the quietest.

use std::f64::consts::TAU;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::audio::Audio;
use crate::dsp::amplitude_to_db;

/// Nominal frequencies of mains, Hz.
const MAINS_HZ: [f64; 2] = [50.0, 60.0];
/// Furthest that a grid strays from them, Hz. ENTSO-E and NERC hold theirs within 0.2 in ordinary operation.
const STRAYS_HZ: f64 = 0.2;
/// Multiples that are looked at.
const MULTIPLES: usize = 6;
/// Rate that is enough for these, Hz, about: what folds back onto them is 37 dB down or more.
const RATE_HZ: f64 = 2_000.0;
/// Half of the stretch that is looked at, seconds: the longer tells more, the shorter fits into a lead-in or a short note.
const HALVES_S: [f64; 2] = [1.0, 0.4];
/// Distance of the stretches that are compared in loudness, seconds.
const STEP_S: f64 = 0.1;
/// Length of a recording that is looked at, from its beginning, seconds: what hums does so throughout.
pub(crate) const LOOKED_AT_S: f64 = 60.0;
/// Height of a line over the noise beside it, dB. A line of white noise is so far above the median of others once in 10^30 times.
const OVER_NOISE_DB: f64 = 20.0;
/// A level that changes by more than this is none of the mains, dB/s. The lowest key, A1, loses 1.3.
const STEADY_DB_PER_S: f64 = 1.0;
/// Levels below this disturb nothing, dBFS.
const FAINT_DBFS: f64 = -80.0;
/// Share of a stretch that may be digital silence, in which nothing hums because nothing was recorded: padding, a gate.
const SILENT: f64 = 0.01;
/// Furthest that a multiple may lie from its place by the mains that the others show, in reciprocals of a half's length.
const AGREES: f64 = 0.1;

/// Hum in a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hum {
    /// 50 or 60 Hz.
    pub nominal_hz: f64,
    /// Frequency of the mains as it was, Hz.
    pub mains_hz: f64,
    /// Multiples of it that hum, from 1, and their levels, dBFS.
    pub lines: Vec<(usize, f64)>,
}

impl fmt::Display for Hum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loudest = self.lines.iter().map(|(_, level)| *level).fold(f64::NEG_INFINITY, f64::max);
        let nominal = self.nominal_hz;
        match self.lines.iter().filter(|(multiple, _)| *multiple > 1).count() {
            1 => write!(formatter, "hum at {nominal} Hz and a multiple, {loudest:.0} dBFS"),
            others => write!(formatter, "hum at {nominal} Hz and {others} multiples, {loudest:.0} dBFS"),
        }
    }
}

impl Hum {
    /// Level of the hum within `reach_hz` of a frequency, dBFS; `None` where there is none.
    pub(crate) fn level_near_dbfs(&self, frequency_hz: f64, reach_hz: f64) -> Option<f64> {
        let is_near = |multiple: usize| (multiple as f64 * self.mains_hz - frequency_hz).abs() < reach_hz;
        let near = self.lines.iter().filter(|(multiple, _)| is_near(*multiple)).map(|(_, level)| *level);
        near.max_by(f64::total_cmp)
    }
}

impl Audio {
    /// The hum of the mains, if there is any.
    #[must_use]
    pub fn hum(&self) -> Option<Hum> {
        let mut listener = HumListener::new(self.sample_rate);
        listener.push(&self.samples);
        listener.finish()
    }
}

/// Finds the same in samples that come block by block. Keeps a minute at about 2 kHz.
#[derive(Clone, Debug)]
pub struct HumListener {
    factor: usize,
    rate_hz: f64,
    /// Sums over the cell before and over the one that is not full yet, and how many samples that has.
    before: f64,
    sum: f64,
    filled: usize,
    /// Mean over two cells, falling off to both sides: at the frequencies that fold back onto hum, less than a hundredth.
    slow: Vec<f64>,
}

impl HumListener {
    /// Of a recording with this sample rate, Hz.
    #[must_use]
    pub fn new(sample_rate: u32) -> Self {
        let factor = ((f64::from(sample_rate) / RATE_HZ) as usize).max(1);
        let rate_hz = f64::from(sample_rate) / factor as f64;
        Self { factor, rate_hz, before: 0.0, sum: 0.0, filled: 0, slow: Vec::new() }
    }

    /// Takes in the next samples.
    pub fn push(&mut self, samples: &[f32]) {
        let most = (LOOKED_AT_S * self.rate_hz) as usize;
        for sample in samples {
            if self.slow.len() >= most {
                return;
            }
            // A triangle over two cells, centred on the border between them.
            let rising = (self.filled as f64 + 0.5) / self.factor as f64;
            let sample = f64::from(*sample);
            self.before += (1.0 - rising) * sample;
            self.sum += rising * sample;
            self.filled += 1;
            if self.filled == self.factor {
                self.slow.push(self.before / self.factor as f64);
                (self.before, self.sum, self.filled) = (self.sum, 0.0, 0);
            }
        }
    }

    /// What hums in all samples.
    #[must_use]
    pub fn finish(self) -> Option<Hum> {
        HALVES_S.into_iter().find_map(|half_s| {
            let halves = self.quietest((half_s * self.rate_hz) as usize)?;
            let found = MAINS_HZ.iter().filter_map(|nominal_hz| self.at(*nominal_hz, halves));
            found.max_by(|a, b| a.lines.len().cmp(&b.lines.len()))
        })
    }

    /// The two halves, one after the other, of the quietest stretch that is no digital silence.
    fn quietest(&self, half: usize) -> Option<[&[f64]; 2]> {
        let mut silent = vec![0_usize];
        silent.extend(self.slow.iter().scan(0, |count, sample| {
            *count += usize::from(*sample == 0.0);
            Some(*count)
        }));
        let is_recorded = |start: usize| {
            let [from, to] = [start, start + 2 * half].map(|at| silent.get(at).copied().unwrap_or(0));
            to.saturating_sub(from) as f64 <= SILENT * 2.0 * half as f64
        };
        let step = ((STEP_S * self.rate_hz) as usize).max(1);
        let starts = (0..=self.slow.len().checked_sub(2 * half)?).rev().step_by(step);
        let energy = |start: usize| {
            let part = self.slow.get(start..start + 2 * half).unwrap_or_default();
            let mean = part.iter().sum::<f64>() / part.len() as f64;
            part.iter().map(|s| (s - mean).powi(2)).sum::<f64>()
        };
        let start = starts
            .filter(|start| is_recorded(*start))
            .map(|start| (energy(start), start))
            .min_by(|a, b| a.0.total_cmp(&b.0))?
            .1;
        Some([self.slow.get(start..start + half)?, self.slow.get(start + half..start + 2 * half)?])
    }

    fn at(&self, nominal_hz: f64, halves: [&[f64]; 2]) -> Option<Hum> {
        // The strongest multiple that is there says how fast the mains is.
        let heard: Vec<(usize, f64, f64)> = (1..=MULTIPLES)
            .filter_map(|multiple| {
                let (frequency_hz, level_dbfs) = self.line(multiple as f64, nominal_hz, halves)?;
                Some((multiple, frequency_hz / multiple as f64, level_dbfs))
            })
            .collect();
        let (_, mains_hz, _) = *heard.iter().max_by(|a, b| a.2.total_cmp(&b.2))?;
        let reach_hz = AGREES * self.rate_hz / halves[0].len() as f64;
        let agrees = |(multiple, hz, _): &&(usize, f64, f64)| (hz - mains_hz).abs() * *multiple as f64 <= reach_hz;
        let lines: Vec<(usize, f64)> =
            heard.iter().filter(agrees).map(|(multiple, _, level)| (*multiple, *level)).collect();
        // One alone may be anything. The shipped stand-ins of C2 and E2 have one: the tracks of their first harmonic, 62 ms wide, waver with
        // the hum of the recording, and so make it again.
        // And those with a common factor may be a note's that has it as its fundamental.
        let common = lines.iter().fold(0, |common, (multiple, _)| greatest_common_divisor(*multiple, common));
        (lines.len() > 1 && common == 1).then_some(Hum { nominal_hz, mains_hz, lines })
    }

    /// Frequency and level of a steady line on a multiple.
    fn line(&self, multiple: f64, nominal_hz: f64, halves: [&[f64]; 2]) -> Option<(f64, f64)> {
        let [first, second] = halves;
        let centre_hz = multiple * nominal_hz;
        // From the phase that is gained from one half to the other; unambiguous while it is known to half a turn of that.
        let phasors = halves.map(|half| self.phasor(half, centre_hz));
        let length_s = first.len() as f64 / self.rate_hz;
        let turned = TAU * centre_hz * length_s;
        let gained = phasors[1].1.atan2(phasors[1].0) - phasors[0].1.atan2(phasors[0].0) - turned;
        let frequency_hz = centre_hz + gained.sin().atan2(gained.cos()) / (TAU * length_s);
        if (frequency_hz - centre_hz).abs() > STRAYS_HZ * multiple {
            return None;
        }
        let levels = halves.map(|half| amplitude_to_db(self.amplitude(half, frequency_hz)));
        // A line further off gains a turn more or less: then it is louder to one side.
        let beside = [-0.5, 0.5].map(|bins| frequency_hz + bins / length_s);
        if beside.iter().any(|hz| amplitude_to_db(self.amplitude(first, *hz)) > levels[0]) {
            return None;
        }
        // What the triangle has taken: its response is a sinc squared.
        let x = 0.5 * TAU * frequency_hz / self.rate_hz;
        let level_dbfs = levels[0].min(levels[1]) - 2.0 * amplitude_to_db(x.sin() / x);
        if (levels[0] - levels[1]).abs() > STEADY_DB_PER_S * length_s || level_dbfs < FAINT_DBFS {
            return None;
        }
        let is_clear = |(half, level)| level > self.noise_db(half, centre_hz) + OVER_NOISE_DB;
        [first, second].into_iter().zip(levels).all(is_clear).then_some((frequency_hz, level_dbfs))
    }

    /// Level beside a line, beyond its side lobes, dB: the upper of the medians below and above it, so that the skirt of a note is no
    /// silence.
    fn noise_db(&self, half: &[f64], centre_hz: f64) -> f64 {
        let bin_hz = self.rate_hz / half.len() as f64;
        let side = |sign: f64| {
            let mut levels: Vec<f64> =
                (4..=9).map(|bin| self.amplitude(half, centre_hz + sign * f64::from(bin) * bin_hz)).collect();
            levels.sort_by(f64::total_cmp);
            levels.get(levels.len() / 2).copied().unwrap_or(0.0)
        };
        amplitude_to_db(side(-1.0).max(side(1.0)))
    }

    fn amplitude(&self, part: &[f64], frequency_hz: f64) -> f64 {
        let (re, im) = self.phasor(part, frequency_hz);
        re.hypot(im)
    }

    /// Complex amplitude of a sinusoid, Hann window, without the mean.
    fn phasor(&self, part: &[f64], frequency_hz: f64) -> (f64, f64) {
        let mean = part.iter().sum::<f64>() / part.len().max(1) as f64;
        let (step, hann) = (TAU * frequency_hz / self.rate_hz, TAU / part.len() as f64);
        // Both cosines by rotation: four multiplications a sample instead of two library calls.
        let ((rs, rc), (gs, gc)) = (step.sin_cos(), hann.sin_cos());
        let ((mut s, mut c), (mut hs, mut hc)) = ((0.0, 1.0), (0.5 * hann).sin_cos());
        let (mut re, mut im) = (0.0, 0.0);
        for sample in part {
            let weighted = (sample - mean) * (0.5 - 0.5 * hc);
            (re, im) = (re + weighted * c, im - weighted * s);
            (c, s) = (c * rc - s * rs, s * rc + c * rs);
            (hc, hs) = (hc * gc - hs * gs, hs * gc + hc * gs);
        }
        let scale = 4.0 / part.len().max(1) as f64;
        (re * scale, im * scale)
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Two seconds and a half of a decaying note with eight harmonics, in noise of −80 dBFS, with lines of level dBFS and frequency Hz.
    fn recording(f0_hz: f64, decay_db_per_s: f64, lead_s: f64, lines: &[(f64, f64)], sample_rate: u32) -> Audio {
        let mut random = Random(3);
        let rate = f64::from(sample_rate);
        let sample = |n: usize| {
            let time_s = n as f64 / rate;
            let since_s = time_s - lead_s;
            let note: f64 = (1..=8).map(|k| 0.1 * (TAU * f64::from(k) * f0_hz * since_s).sin()).sum();
            let hum: f64 = lines.iter().map(|(db, hz)| 10f64.powf(db / 20.0) * (TAU * hz * time_s + hz).sin()).sum();
            let note = if since_s < 0.0 { 0.0 } else { note * 10f64.powf(-decay_db_per_s * since_s / 20.0) };
            (note + hum + 1e-4 * random.within_one()) as f32
        };
        Audio { samples: (0..(2.5 * rate) as usize).map(sample).collect(), sample_rate }
    }

    #[test]
    fn hum_is_found_at_any_rate_with_its_multiples_and_its_level() {
        for sample_rate in [22_050, 44_100, 48_000, 192_000] {
            let audio = recording(220.0, 13.0, 0.0, &[(-48.0, 49.95), (-63.0, 99.9), (-70.0, 149.85)], sample_rate);
            let hum = audio.hum().unwrap();
            assert_eq!(hum.to_string(), "hum at 50 Hz and 2 multiples, -48 dBFS", "{sample_rate} Hz: {hum:?}");
            assert!((hum.mains_hz - 49.95).abs() < 0.02, "{hum:?}");
            for ((multiple, level), truth) in hum.lines.iter().zip([-48.0, -63.0, -70.0]) {
                assert!((level - truth).abs() < 0.2, "{multiple}: {level} dBFS at {sample_rate} Hz");
            }
        }
        assert_eq!(
            recording(220.0, 13.0, 0.0, &[(-60.0, 60.03), (-66.0, 180.09)], 44_100).hum().unwrap().to_string(),
            "hum at 60 Hz and a multiple, -60 dBFS"
        );
    }

    #[test]
    fn a_lead_in_shows_it_under_the_longest_note() {
        let audio = recording(55.0, 1.3, 1.0, &[(-50.0, 50.0), (-60.0, 100.0)], 44_100);
        assert_eq!(audio.hum().unwrap().to_string(), "hum at 50 Hz and a multiple, -50 dBFS");
    }

    #[test]
    fn padding_without_a_sample_does_not_hide_it() {
        let mut audio = recording(220.0, 13.0, 0.0, &[(-48.0, 49.95), (-63.0, 99.9)], 44_100);
        for padding_s in [0.9, 3.0] {
            let silence = vec![0.0; (padding_s * 44_100.0) as usize];
            audio.samples.splice(0..0, silence);
            assert_eq!(audio.hum().map(|hum| hum.lines.len()), Some(2), "{padding_s} s");
        }
        assert_eq!(Audio { samples: vec![0.0; 100_000], sample_rate: 44_100 }.hum(), None);
    }

    #[test]
    fn no_note_is_hum() {
        for midi in 33..=96 {
            for cents in [-40.0, 0.0, 40.0] {
                let f0_hz = 440.0 * ((f64::from(midi) - 69.0 + cents / 100.0) / 12.0).exp2();
                // As slowly as reeds decay: fitted on 200A recordings.
                let decay_db_per_s = 0.26 * (0.049 * f64::from(midi)).exp();
                assert_eq!(
                    recording(f0_hz, decay_db_per_s, 0.0, &[], 44_100).hum(),
                    None,
                    "MIDI {midi} {cents:+} cents"
                );
            }
        }
    }
}
