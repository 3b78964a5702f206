//! Amplitude spectra of segments of a signal.

use std::f64::consts::TAU;

use rustfft::num_complex::Complex;

use wurli_fft::Planner32;

use super::signal::Signal;

/// Segment of a signal. Outside the recording there is silence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Segment {
    pub(super) start: isize,
    pub(super) length: usize,
}

/// Amplitude spectrum; a sinusoid of amplitude 1 on a bin reads 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SegmentSpectrum {
    pub(super) amplitudes: Vec<f32>,
    pub(super) bin_hz: f64,
    /// Reciprocal of the segment's length, Hz: half of the main lobe's half width.
    pub(super) resolution_hz: f64,
}

impl SegmentSpectrum {
    /// Returns the largest amplitude within one bin of `frequency_hz`; 0 beyond the band.
    pub(super) fn amplitude_near(&self, frequency_hz: f64) -> f32 {
        let centre = (frequency_hz / self.bin_hz).round() as usize;
        let range = centre.saturating_sub(1).min(self.amplitudes.len())..(centre + 2).min(self.amplitudes.len());
        self.amplitudes.get(range).unwrap_or_default().iter().fold(0.0, |largest, a| largest.max(*a))
    }
}

/// Transforms two segments at a time, one as the real, the other as the imaginary part.
pub(super) struct Analyser {
    planner: Planner32,
    buffer: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Analyser {
    pub(super) fn new() -> Self {
        Self { planner: Planner32::new(), buffer: Vec::new(), scratch: Vec::new() }
    }

    /// Computes the spectra of two segments: mean removed, Hann window, zero-padded to at least
    /// `padding` times the longer one.
    pub(super) fn pair(
        &mut self,
        signal: &Signal,
        segments: [Segment; 2],
        padding: usize,
        out: &mut [SegmentSpectrum; 2],
    ) {
        let longest = segments[0].length.max(segments[1].length).max(2);
        let size = transform_size(longest * padding.max(1));
        self.buffer.clear();
        self.buffer.resize(size, Complex::default());
        fill(signal, segments[0], &mut self.buffer, |bin, value| bin.re = value);
        fill(signal, segments[1], &mut self.buffer, |bin, value| bin.im = value);
        let fft = self.planner.forward(size);
        self.scratch.resize(fft.get_inplace_scratch_len(), Complex::default());
        fft.process_with_scratch(&mut self.buffer, &mut self.scratch);

        for (spectrum, segment) in out.iter_mut().zip(segments) {
            spectrum.bin_hz = signal.rate_hz / size as f64;
            spectrum.resolution_hz = signal.rate_hz / segment.length.max(2) as f64;
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

/// Returns the smallest of 2ⁿ, 9·2ⁿ⁻³, 5·2ⁿ⁻² and 3·2ⁿ⁻¹ that holds `length`.
///
/// rustfft is fast on all of these; a power of two may be twice as long as needed.
fn transform_size(length: usize) -> usize {
    let above = length.max(32).next_power_of_two();
    [above / 16 * 9, above / 8 * 5, above / 4 * 3].into_iter().find(|size| *size >= length).unwrap_or(above)
}

/// Writes the windowed segment into the real or imaginary part of the buffer, scaled to keep
/// amplitudes.
fn fill(signal: &Signal, segment: Segment, buffer: &mut [Complex<f32>], set: impl Fn(&mut Complex<f32>, f32)) {
    let (leading_zeros, samples) = signal.slice(segment.start, segment.length);
    let mean = samples.iter().sum::<f32>() / samples.len().max(1) as f32;
    let step = TAU / segment.length.max(1) as f64;
    let (mut c, mut s) = ((step * (leading_zeros as f64 + 0.5)).cos(), (step * (leading_zeros as f64 + 0.5)).sin());
    let (rc, rs) = (step.cos(), step.sin());
    // The window's sum is half its length, and half of a real sinusoid lies at the negative
    // frequency.
    let scale = 4.0 / segment.length.max(1) as f64;
    for (bin, sample) in buffer.iter_mut().skip(leading_zeros).zip(samples) {
        set(bin, (sample - mean) * (scale * (0.5 - 0.5 * c)) as f32);
        (c, s) = (c * rc - s * rs, s * rc + c * rs);
    }
}

/// Lower quartile of the amplitudes in each block of `block_hz`. The peaks of a tone are too sparse
/// to move it.
pub(super) struct NoiseFloor {
    quartiles: Vec<f32>,
    block_hz: f64,
}

impl NoiseFloor {
    /// Computes the floor of a spectrum. `sorting` is scratch space.
    pub(super) fn from_spectrum(spectrum: &SegmentSpectrum, block_hz: f64, sorting: &mut Vec<f32>) -> Self {
        let bins = ((block_hz / spectrum.bin_hz).round() as usize).max(8);
        let quartiles = spectrum.amplitudes.chunks(bins).map(|block| {
            sorting.clear();
            sorting.extend_from_slice(block);
            let (_, quartile, _) = sorting.select_nth_unstable_by((block.len() - 1) / 4, f32::total_cmp);
            *quartile
        });
        Self { quartiles: quartiles.collect(), block_hz: bins as f64 * spectrum.bin_hz }
    }

    /// Returns the floor around `frequency_hz`; beyond the band, that at its edge.
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
        Signal::from_audio(&Audio { samples, sample_rate: 22_050 }).unwrap()
    }

    #[test]
    fn segments_of_different_length_read_equal_amplitudes() {
        let signal = signal();
        let peak = signal.samples[..].iter().fold(0.0_f32, |p, s| p.max(s.abs()));
        let scale = 0.5 / ((0.5 + 0.25 + 0.3) / f64::from(peak));
        let mut spectra = <[SegmentSpectrum; 2]>::default();
        let segments = [Segment { start: 100, length: 4096 }, Segment { start: 9000, length: 2000 }];
        Analyser::new().pair(&signal, segments, 4, &mut spectra);
        for spectrum in &spectra {
            let ratio = spectrum.amplitude_near(1000.0) / spectrum.amplitude_near(440.0);
            assert!((ratio - 0.5).abs() < 0.02, "{ratio}");
            assert!((f64::from(spectrum.amplitude_near(440.0)) / scale - 1.0).abs() < 0.06);
            assert!(spectrum.amplitudes[0] < 0.01);
        }
    }

    #[test]
    fn transform_sizes_are_even_and_at_most_a_third_longer() {
        for length in 1..40_000 {
            let size = transform_size(length);
            assert!(size >= length && size.is_multiple_of(2), "{length}: {size}");
            // From 3/4 to 1 is the widest step.
            assert!(length < 32 || 3 * size <= 4 * length, "{length}: {size}");
        }
    }

    #[test]
    fn segments_outside_the_recording_are_silent() {
        let mut spectra = <[SegmentSpectrum; 2]>::default();
        let segments = [Segment { start: -5000, length: 4096 }, Segment { start: 30_000, length: 4096 }];
        Analyser::new().pair(&signal(), segments, 1, &mut spectra);
        assert!(spectra.iter().all(|s| s.amplitudes.iter().all(|a| *a == 0.0)));
    }
}
