//! One note in every format and at every rate that is promised: it measures the same.

use std::f64::consts::TAU;
use std::path::Path;

use flacenc::bitsink::ByteSink;
use flacenc::component::BitRepr;
use flacenc::error::Verify;
use wurli_testkit::audio_files::{aiff, format_chunk, wav, wav_by_hand, wav_of_floats};
use wurli_train::audio::decode;
use wurli_train::measure::{Bounds, Measurement, measure};

/// Furthest that a level and a frequency may lie apart.
const LEVEL_DB: f64 = 0.05;
const FREQUENCY_CENTS: f64 = 0.05;

/// Returns a second and a half of A3, each harmonic 5 dB below the one before it and decaying
/// faster, from the onset on.
fn note(sample_rate: u32) -> Vec<f64> {
    let harmonic = |k: f64, time_s: f64| {
        let level_db = -8.0 - 5.0 * (k - 1.0) - (6.0 + k) * time_s;
        10f64.powf(level_db / 20.0) * (TAU * 220.3 * k * time_s + k).sin()
    };
    let sample = |n: u32| (1..=8).map(|k| harmonic(f64::from(k), f64::from(n) / f64::from(sample_rate))).sum();
    (0..sample_rate * 3 / 2).map(sample).collect()
}

fn measured(bytes: Vec<u8>) -> Measurement {
    let audio = decode(Path::new("a.wav"), bytes).unwrap();
    measure(&audio, Bounds { onset_s: 0.0, end_s: audio.duration_s() }, 220.0).unwrap()
}

fn assert_same(name: &str, found: &Measurement, expected: &Measurement, harmonics: usize) {
    for (i, (found, expected)) in found.harmonics.iter().zip(&expected.harmonics).enumerate().take(harmonics) {
        let what = format!("{name}, H{}", i + 1);
        let levels =
            |of: &wurli_train::measure::Harmonic| [of.levels.early_db, of.levels.sustain_db, of.levels.steady_db];
        for (found, expected) in levels(found).into_iter().zip(levels(expected)) {
            let (found, expected) = (found.valid().expect(&what), expected.valid().unwrap());
            assert!((found - expected).abs() < LEVEL_DB, "{what}: {found} dB, not {expected}");
        }
        let (found, expected) = (found.frequency_hz.valid().expect(&what), expected.frequency_hz.valid().unwrap());
        assert!((1200.0 * (found / expected).log2()).abs() < FREQUENCY_CENTS, "{what}: {found} Hz, not {expected}");
    }
}

fn steps(samples: &[f64], bits: u32) -> Vec<i32> {
    samples.iter().map(|sample| (sample * 2f64.powi(bits as i32 - 1)).round() as i32).collect()
}

fn flac(bits: u32, sample_rate: u32, samples: &[f64]) -> Vec<u8> {
    let config = flacenc::config::Encoder::default().into_verified().unwrap();
    let source =
        flacenc::source::MemSource::from_samples(&steps(samples, bits), 1, bits as usize, sample_rate as usize);
    let mut stream = flacenc::encode_with_fixed_block_size(&config, source, config.block_size).unwrap();
    // Workaround, as in the report: flacenc counts the last block as the smallest.
    stream.stream_info_mut().set_block_sizes(config.block_size, config.block_size).unwrap();
    let mut sink = ByteSink::new();
    stream.write(&mut sink).unwrap();
    sink.into_inner()
}

fn float_wav(sample_rate: u32) -> Vec<u8> {
    wav_of_floats(1, sample_rate, &note(sample_rate).iter().map(|sample| *sample as f32).collect::<Vec<_>>())
}

#[test]
fn a_note_measures_the_same_at_every_rate() {
    let expected = measured(float_wav(44_100));
    for sample_rate in [22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000] {
        let samples = note(sample_rate);
        assert_same(&format!("{sample_rate} Hz, floats"), &measured(float_wav(sample_rate)), &expected, 8);
        let bytes = wav(24, 3, 2, sample_rate, &samples);
        assert_same(&format!("{sample_rate} Hz, 24 bits, stereo"), &measured(bytes), &expected, 8);
    }
}

#[test]
fn a_note_measures_the_same_in_every_format() {
    let (rate, samples) = (44_100, note(44_100));
    let expected = measured(float_wav(rate));
    let frames = samples.len() as u32;
    let each = |to_bytes: &dyn Fn(f64) -> Vec<u8>| samples.iter().flat_map(|s| to_bytes(*s)).collect::<Vec<u8>>();
    let big = |bits: u32| each(&|s| (steps(&[s], bits)[0] << (32 - bits)).to_be_bytes()[..bits as usize / 8].to_vec());
    let floats = |s: f64| (s as f32).to_be_bytes().to_vec();
    let doubles = wav_by_hand(&format_chunk(3, 1, rate, 64, 8), b"", &each(&|s| s.to_le_bytes().to_vec()));
    for (name, bytes, harmonics) in [
        // The steps of 8 bits are noise 50 dB below full scale: H1 and H2 stand far enough above
        // it.
        ("WAV, 8 bits", wav(8, 1, 1, rate, &samples), 2),
        ("WAV, 16 bits", wav(16, 2, 1, rate, &samples), 8),
        ("WAV, 24 bits", wav(24, 3, 1, rate, &samples), 8),
        ("WAV, 24 bits in 4 bytes", wav(24, 4, 1, rate, &samples), 8),
        ("WAV, 32 bits", wav(32, 4, 1, rate, &samples), 8),
        ("WAV, 64-bit floats", doubles, 8),
        ("FLAC, 16 bits", flac(16, rate, &samples), 8),
        ("FLAC, 24 bits", flac(24, rate, &samples), 8),
        ("FLAC, 24 bits, 96 kHz", flac(24, 96_000, &note(96_000)), 8),
        ("AIFF, 16 bits", aiff(None, 16, 1, rate as u16, frames, &big(16)), 8),
        ("AIFF, 24 bits", aiff(None, 24, 1, rate as u16, frames, &big(24)), 8),
        ("AIFF, 32 bits", aiff(None, 32, 1, rate as u16, frames, &big(32)), 8),
        ("AIFF-C, floats", aiff(Some(b"fl32"), 32, 1, rate as u16, frames, &each(&floats)), 8),
    ] {
        assert_same(name, &measured(bytes), &expected, harmonics);
    }
}
