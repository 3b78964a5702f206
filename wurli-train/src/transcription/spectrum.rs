//! Amplitude spectra of stretches of a signal.

use std::f64::consts::TAU;

use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

use super::signal::Signal;

/// A stretch of samples; what lies outside the recording is silence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) start: isize,
    pub(super) length: usize,
}

/// Amplitudes by bin: a sinusoid of amplitude 1 on a bin reads 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spectrum {
    pub(super) amplitudes: Vec<f32>,
    pub(super) bin_hz: f64,
    /// Reciprocal of the stretch's length: half of the main lobe's half width.
    pub(super) resolution_hz: f64,
}

impl Spectrum {
    /// The largest amplitude within one bin of `frequency_hz`; 0 beyond the band.
    pub(super) fn amplitude_near(&self, frequency_hz: f64) -> f32 {
        let centre = (frequency_hz / self.bin_hz).round() as usize;
        let range = centre.saturating_sub(1).min(self.amplitudes.len())..(centre + 2).min(self.amplitudes.len());
        self.amplitudes.get(range).unwrap_or_default().iter().fold(0.0, |largest, a| largest.max(*a))
    }
}

/// Transforms two stretches at a time, one as the real, the other as the imaginary part.
pub(super) struct Analyser {
    planner: FftPlanner<f32>,
    buffer: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Analyser {
    pub(super) fn new() -> Self {
        Self { planner: FftPlanner::new(), buffer: Vec::new(), scratch: Vec::new() }
    }

    /// Spectra of two stretches (mean removed, Hann window), zero-padded to at least `padding` times the
    /// longer one.
    pub(super) fn pair(&mut self, signal: &Signal, stretches: [Stretch; 2], padding: usize, out: &mut [Spectrum; 2]) {
        let longest = stretches[0].length.max(stretches[1].length).max(2);
        let size = transform_size(longest * padding.max(1));
        self.buffer.clear();
        self.buffer.resize(size, Complex::default());
        fill(signal, stretches[0], &mut self.buffer, |bin, value| bin.re = value);
        fill(signal, stretches[1], &mut self.buffer, |bin, value| bin.im = value);
        let fft = self.planner.plan_fft_forward(size);
        self.scratch.resize(fft.get_inplace_scratch_len(), Complex::default());
        fft.process_with_scratch(&mut self.buffer, &mut self.scratch);

        for (spectrum, stretch) in out.iter_mut().zip(stretches) {
            spectrum.bin_hz = signal.rate_hz / size as f64;
            spectrum.resolution_hz = signal.rate_hz / stretch.length.max(2) as f64;
            spectrum.amplitudes.clear();
        }
        let [first, second] = out;
        let positive = self.buffer.iter().take(size / 2);
        let negative = self.buffer.first().into_iter().chain(self.buffer.iter().rev());
        for (z, mirrored) in positive.zip(negative) {
            // With x, y real and z their common transform: 2X = z + z*(−f), 2iY = z − z*(−f).
            first.amplitudes.push(0.5 * (z + mirrored.conj()).norm_sqr().sqrt());
            second.amplitudes.push(0.5 * (z - mirrored.conj()).norm_sqr().sqrt());
        }
    }
}

/// The smallest of 2ⁿ, 9·2ⁿ⁻³, 5·2ⁿ⁻² and 3·2ⁿ⁻¹ that holds `length`: rustfft is fast on all of these, and a power
/// of two alone may be twice as long as needed.
fn transform_size(length: usize) -> usize {
    let above = length.max(32).next_power_of_two();
    [above / 16 * 9, above / 8 * 5, above / 4 * 3].into_iter().find(|size| *size >= length).unwrap_or(above)
}

/// Writes the windowed stretch into one part of the buffer, scaled so that a sinusoid's amplitude is kept.
fn fill(signal: &Signal, stretch: Stretch, buffer: &mut [Complex<f32>], set: impl Fn(&mut Complex<f32>, f32)) {
    let (missing, samples) = signal.slice(stretch.start, stretch.length);
    let mean = samples.iter().sum::<f32>() / samples.len().max(1) as f32;
    let step = TAU / stretch.length.max(1) as f64;
    let (mut c, mut s) = ((step * (missing as f64 + 0.5)).cos(), (step * (missing as f64 + 0.5)).sin());
    let (rc, rs) = (step.cos(), step.sin());
    // The window's sum is half its length, and half of a real sinusoid lies at the negative frequency.
    let scale = 4.0 / stretch.length.max(1) as f64;
    for (bin, sample) in buffer.iter_mut().skip(missing).zip(samples) {
        set(bin, (sample - mean) * (scale * (0.5 - 0.5 * c)) as f32);
        (c, s) = (c * rc - s * rs, s * rc + c * rs);
    }
}

/// For each of the blocks of `block_hz`: the lower quartile of the amplitudes in it, a floor that the peaks of
/// a tone, sparse among the bins, hardly move.
pub(super) struct NoiseFloor {
    quartiles: Vec<f32>,
    block_hz: f64,
}

impl NoiseFloor {
    /// `sorting` is scratch space.
    pub(super) fn of(spectrum: &Spectrum, block_hz: f64, sorting: &mut Vec<f32>) -> Self {
        let bins = ((block_hz / spectrum.bin_hz).round() as usize).max(8);
        let quartiles = spectrum.amplitudes.chunks(bins).map(|block| {
            sorting.clear();
            sorting.extend_from_slice(block);
            let (_, quartile, _) = sorting.select_nth_unstable_by((block.len() - 1) / 4, f32::total_cmp);
            *quartile
        });
        Self { quartiles: quartiles.collect(), block_hz: bins as f64 * spectrum.bin_hz }
    }

    /// The floor around `frequency_hz`; beyond the band, that at its edge.
    pub(super) fn at(&self, frequency_hz: f64) -> f32 {
        let block = (frequency_hz / self.block_hz).max(0.0) as usize;
        self.quartiles.get(block).or(self.quartiles.last()).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Audio;

    fn signal() -> Signal {
        let tone = |n: u32, hz: f64| (TAU * hz * f64::from(n) / 22_050.0).sin();
        let samples = (0..22_050).map(|n| (0.5 * tone(n, 440.0) + 0.25 * tone(n, 1000.0) + 0.3) as f32).collect();
        Signal::of(&Audio { samples, sample_rate: 22_050 }).unwrap()
    }

    #[test]
    fn two_stretches_of_different_length_read_the_same_amplitudes_and_no_offset() {
        let signal = signal();
        let peak = signal.samples[..].iter().fold(0.0_f32, |p, s| p.max(s.abs()));
        let scale = 0.5 / ((0.5 + 0.25 + 0.3) / f64::from(peak));
        let mut spectra = <[Spectrum; 2]>::default();
        let stretches = [Stretch { start: 100, length: 4096 }, Stretch { start: 9000, length: 2000 }];
        Analyser::new().pair(&signal, stretches, 4, &mut spectra);
        for spectrum in &spectra {
            let ratio = spectrum.amplitude_near(1000.0) / spectrum.amplitude_near(440.0);
            assert!((ratio - 0.5).abs() < 0.02, "{ratio}");
            assert!((f64::from(spectrum.amplitude_near(440.0)) / scale - 1.0).abs() < 0.06);
            assert!(spectrum.amplitudes[0] < 0.01);
        }
    }

    #[test]
    fn transforms_are_even_never_shorter_than_needed_and_at_most_a_third_longer() {
        for length in 1..40_000 {
            let size = transform_size(length);
            assert!(size >= length && size.is_multiple_of(2), "{length}: {size}");
            // From 3/4 to 1 is the widest step.
            assert!(length < 32 || 3 * size <= 4 * length, "{length}: {size}");
        }
    }

    #[test]
    fn a_stretch_outside_the_recording_is_silent() {
        let mut spectra = <[Spectrum; 2]>::default();
        let stretches = [Stretch { start: -5000, length: 4096 }, Stretch { start: 30_000, length: 4096 }];
        Analyser::new().pair(&signal(), stretches, 1, &mut spectra);
        assert!(spectra.iter().all(|s| s.amplitudes.iter().all(|a| *a == 0.0)));
    }
}
