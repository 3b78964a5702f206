//! The samples that the transcription works on.

use std::ops::Range;

use crate::audio::Audio;

/// Rates from here on carry all that the transcription reads: partials up to 10 kHz.
const WORKING_RATE_HZ: u32 = 22_050;
/// Half length of the low-pass, in samples of the lower rate. 12: flat to 0.36, −60 dB from 0.65 of the lower
/// rate on (both tested below), so that what folds back lies above all that is read.
const HALF_LENGTH: usize = 12;

/// Samples at 22.05–44.1 kHz: enough for the pitch of C8, and the same resolution whatever the file's rate. All of a recording, or of a
/// long one what is looked at.
pub(super) struct Signal {
    pub(super) samples: Vec<f32>,
    pub(super) rate_hz: f64,
    /// Largest magnitude of the whole recording; above 0.
    pub(super) peak: f32,
    /// Which sample of the recording the first of `samples` is, and how many it has.
    first: usize,
    length: usize,
}

impl Signal {
    /// `None` for a recording without samples, without a rate or without sound. Samples that are no numbers
    /// are taken as silence.
    pub(super) fn of(audio: &Audio) -> Option<Self> {
        if audio.sample_rate == 0 {
            return None;
        }
        let factor = factor(audio.sample_rate);
        let mut samples: Vec<f32> = audio.samples.iter().map(|s| if s.is_finite() { *s } else { 0.0 }).collect();
        let peak = samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
        if peak <= 0.0 {
            return None;
        }
        // Keeps powers in range whatever the file holds; levels are relative from here on.
        samples.iter_mut().for_each(|s| *s /= peak);
        if factor > 1 {
            let low_pass = LowPass::new(factor);
            samples = (0..samples.len().div_ceil(factor)).map(|out| low_pass.at(&samples, 0, out)).collect();
        }
        let peak = samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
        let (rate_hz, length) = (f64::from(audio.sample_rate) / factor as f64, samples.len());
        (peak > 0.0).then_some(Self { samples, rate_hz, peak, first: 0, length })
    }

    /// Of a recording of `length` samples at the working rate; none of them yet.
    pub(super) fn empty(rate_hz: f64, length: usize, peak: f32) -> Self {
        Self { samples: Vec::new(), rate_hz, peak, first: 0, length }
    }

    /// Forgets what lies before `time_s`.
    pub(super) fn drop_before(&mut self, time_s: f64) {
        let index = usize::try_from(self.index_at(time_s)).unwrap_or(0);
        let count = index.saturating_sub(self.first).min(self.samples.len());
        self.samples.drain(..count);
        self.first += count;
    }

    /// Goes on at the sample `index` of the recording, with nothing before it.
    pub(super) fn restart_at(&mut self, index: usize) {
        self.samples.clear();
        self.first = index;
    }

    /// Index after the last sample that is here.
    pub(super) fn end(&self) -> usize {
        self.first + self.samples.len()
    }

    /// Whether the recording ends with what is here.
    pub(super) fn is_complete(&self) -> bool {
        self.end() >= self.length
    }

    pub(super) fn duration_s(&self) -> f64 {
        self.length as f64 / self.rate_hz
    }

    pub(super) fn index_at(&self, time_s: f64) -> isize {
        (time_s * self.rate_hz).round() as isize
    }

    /// The samples from `start` on, at most `length`, and how many zeros stand before them.
    pub(super) fn slice(&self, start: isize, length: usize) -> (usize, &[f32]) {
        let missing = usize::try_from(-start).unwrap_or(0).min(length);
        let from = usize::try_from(start).unwrap_or(0);
        debug_assert!(from >= self.first || missing == length, "sample {from} was forgotten before {}", self.first);
        let from = from.saturating_sub(self.first).min(self.samples.len());
        let to = (from + length - missing).min(self.samples.len());
        (missing, self.samples.get(from..to).unwrap_or_default())
    }

    /// Amplitude of a sinusoid of `frequency_hz` in `length_s` seconds from `start_s` on, Hann window (Goertzel).
    pub(super) fn amplitude_at(&self, frequency_hz: f64, start_s: f64, length_s: f64) -> f64 {
        let (re, im) = self.phasor_at(frequency_hz, start_s, length_s);
        re.hypot(im)
    }

    /// The complex amplitude of the same; its phase counts from the start of the window.
    pub(super) fn phasor_at(&self, frequency_hz: f64, start_s: f64, length_s: f64) -> (f64, f64) {
        let length = ((length_s * self.rate_hz).round() as usize).max(4);
        let (missing, samples) = self.slice(self.index_at(start_s), length);
        let step = std::f64::consts::TAU * frequency_hz / self.rate_hz;
        let hann_step = std::f64::consts::TAU / length as f64;
        // Both cosines by rotation: four multiplications a sample instead of two library calls. Every fourth sample is a rotation of its own,
        // so that none waits for the one before.
        let ahead = |lane: usize| (missing + lane) as f64;
        let (mut s, mut c) = sin_cos(|lane| step * ahead(lane));
        let (mut hs, mut hc) = sin_cos(|lane| hann_step * (ahead(lane) + 0.5));
        let ((rs, rc), (gs, gc)) = ((step * ROTATIONS as f64).sin_cos(), (hann_step * ROTATIONS as f64).sin_cos());
        let (mut re, mut im) = ([0.0; ROTATIONS], [0.0; ROTATIONS]);
        let (whole, rest) = samples.as_chunks::<ROTATIONS>();
        for chunk in whole {
            for lane in 0..ROTATIONS {
                let weighted = f64::from(chunk[lane]) * (0.5 - 0.5 * hc[lane]);
                re[lane] += weighted * c[lane];
                im[lane] -= weighted * s[lane];
                (c[lane], s[lane]) = (c[lane] * rc - s[lane] * rs, s[lane] * rc + c[lane] * rs);
                (hc[lane], hs[lane]) = (hc[lane] * gc - hs[lane] * gs, hs[lane] * gc + hc[lane] * gs);
            }
        }
        for (lane, sample) in rest.iter().enumerate() {
            let weighted = f64::from(*sample) * (0.5 - 0.5 * hc[lane]);
            re[lane] += weighted * c[lane];
            im[lane] -= weighted * s[lane];
        }
        let scale = 4.0 / length as f64;
        (re.iter().sum::<f64>() * scale, im.iter().sum::<f64>() * scale)
    }
}

/// Rotations side by side.
const ROTATIONS: usize = 4;

/// Sines and cosines of an angle for each rotation.
fn sin_cos(angle: impl Fn(usize) -> f64) -> ([f64; ROTATIONS], [f64; ROTATIONS]) {
    let both: [(f64, f64); ROTATIONS] = std::array::from_fn(|lane| angle(lane).sin_cos());
    (both.map(|(sin, _)| sin), both.map(|(_, cos)| cos))
}

/// How many samples of a recording become one.
pub(super) fn factor(sample_rate: u32) -> usize {
    (sample_rate / WORKING_RATE_HZ).max(1) as usize
}

/// A low-pass without delay, of which every `factor`-th sample is taken.
pub(super) struct LowPass {
    factor: usize,
    half: usize,
    taps: Vec<f32>,
}

impl LowPass {
    pub(super) fn new(factor: usize) -> Self {
        let half = HALF_LENGTH * factor;
        let cutoff = 0.485 / factor as f64;
        let mut taps: Vec<f32> = (0..=2 * half)
            .map(|index| {
                let x = index as f64 - half as f64;
                let phase = std::f64::consts::PI * (x / half as f64 + 1.0);
                let blackman = 0.42 - 0.5 * phase.cos() + 0.08 * (2.0 * phase).cos();
                let sinc = if x == 0.0 {
                    2.0 * cutoff
                } else {
                    (std::f64::consts::TAU * cutoff * x).sin() / (std::f64::consts::PI * x)
                };
                (sinc * blackman) as f32
            })
            .collect();
        let sum: f32 = taps.iter().sum();
        taps.iter_mut().for_each(|tap| *tap /= sum);
        Self { factor, half, taps }
    }

    /// The samples of the recording that its sample `out` is made of, as far as there are any.
    pub(super) fn span(&self, out: usize) -> Range<usize> {
        let centre = out * self.factor;
        centre.saturating_sub(self.half)..centre + self.half + 1
    }

    /// Its sample `out`; `samples` begin with sample `first` of the recording, which is in the span or before it.
    pub(super) fn at(&self, samples: &[f32], first: usize, out: usize) -> f32 {
        let span = self.span(out);
        let skipped = self.half.saturating_sub(out * self.factor);
        let (from, to) = (span.start.saturating_sub(first), span.end.saturating_sub(first).min(samples.len()));
        dot(samples.get(from..to).unwrap_or_default(), self.taps.get(skipped..).unwrap_or_default())
    }
}

/// Scalar product over the shorter length, in eight lanes that the compiler can vectorise.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let length = a.len().min(b.len());
    let (a, b) = (a.get(..length).unwrap_or_default(), b.get(..length).unwrap_or_default());
    let mut lanes = [0.0_f32; 8];
    let (chunks_a, chunks_b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = chunks_a.remainder().iter().zip(chunks_b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in chunks_a.zip(chunks_b) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += x * y;
        }
    }
    rest + lanes.iter().sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(frequency_hz: f64, rate_hz: u32) -> Audio {
        let step = std::f64::consts::TAU * frequency_hz / f64::from(rate_hz);
        Audio { samples: (0..rate_hz).map(|n| (step * f64::from(n)).sin() as f32).collect(), sample_rate: rate_hz }
    }

    #[test]
    fn every_rate_becomes_one_between_22_and_44_kilohertz() {
        for (rate_hz, expected_hz) in [
            (22_050, 22_050.0),
            (32_000, 32_000.0),
            (44_100, 22_050.0),
            (48_000, 24_000.0),
            (96_000, 24_000.0),
            (192_000, 24_000.0),
        ] {
            assert_eq!(Signal::of(&sine(440.0, rate_hz)).unwrap().rate_hz, expected_hz);
        }
    }

    #[test]
    fn a_phasor_is_the_sum_over_its_window_wherever_that_begins_and_ends() {
        let rate_hz = 22_050;
        let mut random = crate::random::Random(7);
        let samples: Vec<f32> = (0..500).map(|_| random.within_one() as f32).collect();
        let signal = Signal::of(&Audio { samples, sample_rate: rate_hz }).unwrap();
        for (start, length) in [(0, 4), (3, 101), (10, 102), (100, 103), (-7, 104), (-50, 60), (450, 203), (-9, 600)] {
            let step = std::f64::consts::TAU * 1_234.5 / f64::from(rate_hz);
            let (mut re, mut im) = (0.0, 0.0);
            for n in 0..length {
                let at = usize::try_from(start + n).ok().and_then(|at| signal.samples.get(at));
                let hann = 0.5 - 0.5 * (std::f64::consts::TAU * (n as f64 + 0.5) / length as f64).cos();
                let weighted = hann * at.map_or(0.0, |sample| f64::from(*sample)) * 4.0 / length as f64;
                re += weighted * (step * n as f64).cos();
                im -= weighted * (step * n as f64).sin();
            }
            let seconds = |samples: isize| samples as f64 / f64::from(rate_hz);
            let found = signal.phasor_at(1_234.5, seconds(start), seconds(length));
            assert!((found.0 - re).hypot(found.1 - im) < 1e-9, "{start}, {length}: {found:?}, not {:?}", (re, im));
        }
    }

    #[test]
    fn decimation_keeps_what_is_below_the_new_band_edge_and_removes_what_would_alias() {
        for rate_hz in [44_100, 192_000] {
            let kept = Signal::of(&sine(8_000.0, rate_hz)).unwrap();
            assert!((kept.amplitude_at(8_000.0, 0.3, 0.3) - 1.0).abs() < 0.01);
            let mut both = sine(8_000.0, rate_hz);
            both.samples.iter_mut().zip(sine(14_500.0, rate_hz).samples).for_each(|(a, b)| *a += b);
            let signal = Signal::of(&both).unwrap();
            let alias_hz = signal.rate_hz - 14_500.0;
            let share = signal.amplitude_at(alias_hz, 0.3, 0.3) / signal.amplitude_at(8_000.0, 0.3, 0.3);
            assert!(share < 1e-3, "{share} at {rate_hz}");
        }
    }

    #[test]
    fn decimation_moves_nothing_in_time() {
        let mut samples = vec![0.0; 44_100];
        samples[22_050] = 1.0;
        let signal = Signal::of(&Audio { samples, sample_rate: 44_100 }).unwrap();
        let loudest =
            (0..signal.samples.len()).max_by(|a, b| signal.samples[*a].total_cmp(&signal.samples[*b])).unwrap();
        assert_eq!(loudest, 11_025);
    }

    #[test]
    fn nothing_silence_and_no_rate_are_no_signal() {
        for (samples, sample_rate) in
            [(vec![], 44_100), (vec![0.0; 100], 44_100), (vec![f32::NAN; 9], 44_100), (vec![1.0], 0)]
        {
            assert!(Signal::of(&Audio { samples, sample_rate }).is_none());
        }
    }
}
