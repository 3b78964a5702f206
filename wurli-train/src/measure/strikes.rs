//! The note in a recording of one, found by its partials: a thump, a breath or an earlier strike is
//! not its onset.

use super::bounds::{Bounds, END_SHARE, ONSET_SHARE, find_bounds};
use super::interruptions::are_interruptions;
use crate::audio::Audio;
use crate::dsp::{db_to_amplitude, goertzel};

/// Shortest window in which partials are read, s.
const WINDOW_S: f64 = 0.04;
/// Periods in a window: partials are told from the noise half-way between them.
const PERIODS: f64 = 5.0;
/// Partials that are added up.
const PARTIALS: usize = 8;
/// A strike raises the partials by this much within [`RISE_S`], dB: more than tremolo and beats do.
const RISE_DB: f64 = 15.0;
/// Longest attack, s, beside the window.
const RISE_S: f64 = 0.08;
/// A strike is at most this much softer than the loudest one, dB.
const SOFTEST_DB: f64 = 20.0;
/// Partials of a strike lie this far above the noise between them, dB.
const TONAL_DB: f64 = 6.0;
/// A note ends where its partials have fallen this far, dB.
const FALLEN_DB: f64 = 20.0;
/// A strike shorter than this share of the longest is no whole note.
const WHOLE: f64 = 0.5;
/// The first sample above a tenth of the peak is the onset, unless the partials begin later than
/// this, s.
const LATE_S: f64 = 0.06;

/// The note of a pitch in a recording, and what comes before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Struck {
    /// Beginning and end of the note.
    pub bounds: Bounds,
    /// Onsets of the other strikes of the same pitch, s.
    pub others_s: Vec<f64>,
    /// True if something else is louder than a tenth of the note before it.
    pub preceded: bool,
    /// True if the level of the note falls to nothing at regular intervals.
    pub is_interrupted: bool,
}

/// Finds the last whole note of that pitch. `None` if the audio is silent or no such partials begin
/// in it.
#[must_use]
pub fn find_struck(audio: &Audio, fundamental_hz: f64) -> Option<Struck> {
    let whole = find_bounds(audio)?;
    // Partials of a note below the pitch lie between its multiples.
    let octaves = [1.0, 0.5, 0.25].map(|octave| fundamental_hz * octave);
    octaves.into_iter().find_map(|hz| {
        let envelope = Envelope::new(audio, hz)?;
        let mut strikes = envelope.strikes();
        let beginnings_s: Vec<f64> = strikes.iter().map(|strike| envelope.time_s(strike.frame)).collect();
        let is_interrupted = are_interruptions(audio, hz, &beginnings_s, envelope.window_s);
        if is_interrupted {
            strikes.truncate(1);
        }
        let longest = strikes.iter().map(|strike| strike.frames).max()?;
        let is_whole = |strike: &&Strike| strike.frames as f64 >= WHOLE * longest as f64;
        let index = strikes.iter().rposition(|strike| is_whole(&strike))?;
        let from_s = envelope.time_s(strikes[index].frame);
        let late = from_s > whole.onset_s + LATE_S;
        let next_s = strikes.get(index + 1).map(|next| envelope.time_s(next.frame));
        if !late && next_s.is_none() {
            return Some(Struck { bounds: whole, others_s: Vec::new(), preceded: false, is_interrupted });
        }
        let from_s = if late { from_s } else { whole.onset_s };
        let bounds = bounds_within(audio, from_s, next_s, envelope.window_s)?;
        let others = strikes.iter().enumerate().filter(|(i, _)| *i != index);
        let others_s = others.map(|(_, strike)| envelope.time_s(strike.frame)).collect();
        Some(Struck { bounds, others_s, preceded: late, is_interrupted })
    })
}

/// Finds a single note of that pitch: as [`find_struck`], or as [`find_bounds`] where no partials
/// are found.
#[must_use]
pub fn find_note_bounds(audio: &Audio, fundamental_hz: f64) -> Option<Bounds> {
    find_struck(audio, fundamental_hz).map(|struck| struck.bounds).or_else(|| find_bounds(audio))
}

/// Finds the note between two times, by its own peak.
fn bounds_within(audio: &Audio, from_s: f64, to_s: Option<f64>, window_s: f64) -> Option<Bounds> {
    let rate = f64::from(audio.sample_rate);
    let index = |time_s: f64| ((time_s * rate) as usize).min(audio.samples.len());
    let offset = audio.samples.iter().map(|s| f64::from(*s)).sum::<f64>() / audio.samples.len().max(1) as f64;
    let (from, to) = (index(from_s), to_s.map_or(audio.samples.len(), index));
    let samples = audio.samples.get(from..to)?;
    let height = |sample: &f32| (sample - offset as f32).abs();
    // The attack alone: another noise may follow the note.
    let attack = samples.get(..index(window_s + RISE_S)).unwrap_or(samples);
    let peak = attack.iter().map(height).fold(0.0f32, f32::max);
    let onset = samples.iter().position(|s| height(s) > ONSET_SHARE * peak)?;
    let end = samples.iter().rposition(|s| height(s) > END_SHARE * peak)?;
    Some(Bounds { onset_s: (from + onset) as f64 / rate, end_s: (from + end + 1) as f64 / rate })
}

fn db_to_power(level_db: f64) -> f64 {
    db_to_amplitude(level_db).powi(2)
}

/// Power of the partials of a pitch over time.
struct Envelope {
    /// Power in each frame, full scale = 1.
    power: Vec<f64>,
    /// True if the partials stand out of the noise between them.
    tonal: Vec<bool>,
    hop_s: f64,
    window_s: f64,
}

/// A frame in which a note begins, and the number of frames until it has fallen by [`FALLEN_DB`].
struct Strike {
    frame: usize,
    frames: usize,
}

impl Envelope {
    fn new(audio: &Audio, fundamental_hz: f64) -> Option<Self> {
        let rate = f64::from(audio.sample_rate);
        let window_s = WINDOW_S.max(PERIODS / fundamental_hz);
        let length = (window_s * rate) as usize;
        let hop = (length / 2).max(1);
        if audio.samples.len() < length {
            return None;
        }
        let window = goertzel::hann(length);
        let count = (1..=PARTIALS).take_while(|k| (*k as f64 + 0.5) * fundamental_hz < 0.45 * rate).count();
        let (mut power, mut tonal) = (Vec::new(), Vec::new());
        for start in (0..=audio.samples.len() - length).step_by(hop) {
            let frame = audio.samples.get(start..start + length)?;
            // Multiples of half the fundamental; every second one is a partial.
            let lines: [f64; 2 * PARTIALS] = {
                let frequencies: [f64; 2 * PARTIALS] = std::array::from_fn(|i| (i + 2) as f64 * fundamental_hz / 2.0);
                let low: [f64; PARTIALS] = std::array::from_fn(|i| frequencies[i]);
                let high: [f64; PARTIALS] = std::array::from_fn(|i| frequencies[i + PARTIALS]);
                let low = goertzel::phasors([frame; PARTIALS], &window, low, audio.sample_rate);
                let high = goertzel::phasors([frame; PARTIALS], &window, high, audio.sample_rate);
                std::array::from_fn(|i| if i < PARTIALS { low[i] } else { high[i - PARTIALS] }.norm_sqr())
            };
            let at: f64 = lines.iter().step_by(2).take(count).sum();
            let between: f64 = lines.iter().skip(1).step_by(2).take(count).sum();
            power.push((at - between).max(0.0));
            tonal.push(at > db_to_power(TONAL_DB) * between);
        }
        Some(Self { power, tonal, hop_s: hop as f64 / rate, window_s })
    }

    fn time_s(&self, frame: usize) -> f64 {
        frame as f64 * self.hop_s
    }

    fn strikes(&self) -> Vec<Strike> {
        let loudest = self.tonal_power().fold(0.0, f64::max);
        let reach = ((RISE_S + self.window_s) / self.hop_s).ceil() as usize;
        let (rise, softest) = (db_to_power(RISE_DB), db_to_power(-SOFTEST_DB) * loudest);
        let mut frames: Vec<usize> = Vec::new();
        for (i, power) in self.tonal_power().enumerate() {
            let last = frames.last().copied();
            // One rise is one strike.
            if power <= softest || last.is_some_and(|last| i <= last + reach) {
                continue;
            }
            let before = self.power.get(i.saturating_sub(reach)..i).unwrap_or(&[]);
            let quietest = before.iter().copied().fold(f64::INFINITY, f64::min);
            if frames.is_empty() || power > rise * quietest {
                frames.push(i);
            }
        }
        let ends = frames.iter().skip(1).copied().chain([self.power.len()]);
        frames.iter().zip(ends).map(|(frame, end)| Strike { frame: *frame, frames: self.length(*frame, end) }).collect()
    }

    fn tonal_power(&self) -> impl Iterator<Item = f64> {
        self.power.iter().zip(&self.tonal).map(|(power, tonal)| if *tonal { *power } else { 0.0 })
    }

    fn length(&self, from: usize, to: usize) -> usize {
        let note = self.power.get(from..to).unwrap_or(&[]);
        let peak = note.iter().copied().fold(0.0, f64::max);
        note.iter().rposition(|power| *power > db_to_power(-FALLEN_DB) * peak).map_or(0, |last| last + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 22_050;

    /// Tones of six harmonics: onset, length and amplitude; over faint noise, with a thump.
    fn audio(f0_hz: f64, seconds: f64, tones: &[(f64, f64, f64)], thump: Option<(f64, f64)>) -> Audio {
        let mut random = crate::random::Random(3);
        let mut brown = 0.0;
        let sample = |n: u32| {
            let time_s = f64::from(n) / f64::from(RATE);
            let mut x = 2e-5 * random.between(-0.5, 0.5);
            for (onset_s, length_s, amplitude) in tones {
                let age = time_s - onset_s;
                if (0.0..*length_s).contains(&age) {
                    let turn = |k: i32| (std::f64::consts::TAU * f64::from(k) * f0_hz * age).sin();
                    let tone: f64 = (1..=6).map(|k| 0.5f64.powi(k - 1) * turn(k)).sum();
                    x += amplitude * (-2.0 * age).exp() * (age / 0.003).min(1.0) * tone;
                }
            }
            if let Some((at_s, amplitude)) = thump {
                let age = time_s - at_s;
                if (0.0..0.12).contains(&age) {
                    brown = 0.97 * brown + 0.3 * random.between(-0.5, 0.5);
                    x += amplitude * brown * (-age / 0.03).exp();
                }
            }
            x as f32
        };
        Audio { samples: (0..(seconds * f64::from(RATE)) as u32).map(sample).collect(), sample_rate: RATE }
    }

    #[test]
    fn a_note_alone_is_where_a_tenth_of_its_peak_is() {
        for f0_hz in [55.0, 110.0, 440.0, 1760.0] {
            let audio = audio(f0_hz, 2.5, &[(0.3, 2.0, 0.4)], None);
            let struck = find_struck(&audio, f0_hz).unwrap();
            assert_eq!(Some(struck.bounds), find_bounds(&audio), "{f0_hz}");
            assert!(struck.others_s.is_empty() && !struck.preceded);
        }
    }

    #[test]
    fn a_thump_before_the_note_is_not_its_onset() {
        for (f0_hz, label_hz) in [(110.0, 110.0), (440.0, 440.0), (440.0, 220.0), (220.0, 440.0), (1760.0, 1760.0)] {
            let audio = audio(f0_hz, 3.0, &[(1.0, 2.0, 0.3)], Some((0.3, 0.6)));
            assert!((find_bounds(&audio).unwrap().onset_s - 0.3).abs() < 0.05, "a thump that nobody hears");
            let struck = find_struck(&audio, label_hz).unwrap();
            assert!((struck.bounds.onset_s - 1.0).abs() < 0.05, "{f0_hz}: {struck:?}");
            assert!(struck.preceded);
        }
    }

    #[test]
    fn of_two_strikes_the_last_whole_one_is_the_note() {
        let soft_first = audio(262.0, 3.0, &[(0.3, 0.3, 0.08), (1.0, 2.0, 0.4)], None);
        let struck = find_struck(&soft_first, 262.0).unwrap();
        assert!((struck.bounds.onset_s - 1.0).abs() < 0.05 && struck.others_s.len() == 1, "{struck:?}");
        let cut_short_last = audio(262.0, 3.0, &[(0.3, 2.0, 0.4), (2.7, 0.2, 0.4)], None);
        let struck = find_struck(&cut_short_last, 262.0).unwrap();
        assert!((struck.bounds.onset_s - 0.3).abs() < 0.05 && struck.bounds.end_s < 2.75, "{struck:?}");
        assert_eq!(struck.others_s.len(), 1);
    }

    #[test]
    fn without_partials_of_the_pitch_there_is_no_note() {
        assert_eq!(find_struck(&audio(262.0, 1.0, &[], Some((0.3, 0.5))), 262.0), None);
        assert_eq!(find_struck(&Audio { samples: vec![0.0; 9000], sample_rate: RATE }, 262.0), None);
    }
}
