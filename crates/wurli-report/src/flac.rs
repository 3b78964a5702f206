//! FLAC encoding of clips: lossless, and every browser plays it.

use flacenc::bitsink::ByteSink;
use flacenc::component::BitRepr;
use flacenc::config;
use flacenc::error::Verify;
use flacenc::source::MemSource;

use crate::ReportError;
use wurli_train::audio::Audio;

const BITS: usize = 16;
/// Shortest block of the encoder, samples.
const SHORTEST: usize = 32;

/// Encodes a 16-bit mono FLAC file.
///
/// Samples are rounded to steps of 1/32768 and clipped to ±1. A clip shorter than a block is padded
/// with silence.
///
/// # Errors
/// [`ReportError::Encoder`] if the encoder fails.
pub(super) fn encode(audio: &Audio) -> Result<Vec<u8>, ReportError> {
    let step = |sample: &f32| (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i32;
    let mut steps: Vec<i32> = audio.samples.iter().map(step).collect();
    steps.resize(steps.len().max(SHORTEST), 0);

    let refused = |reason: String| ReportError::Encoder { samples: audio.samples.len(), reason };
    let config = config::Encoder::default().into_verified().map_err(|(_, error)| refused(error.to_string()))?;
    let block = config.block_size.min(steps.len());
    let source = MemSource::from_samples(&steps, 1, BITS, audio.sample_rate as usize);
    let mut stream =
        flacenc::encode_with_fixed_block_size(&config, source, block).map_err(|error| refused(error.to_string()))?;
    // flacenc 0.5.1 counts the shorter last block as the smallest one; by RFC 9639, section 8.2, it
    // does not count, and a decoder that reads two sizes expects a stream of variable blocks.
    stream.stream_info_mut().set_block_sizes(block, block).map_err(|error| refused(error.to_string()))?;
    let mut sink = ByteSink::new();
    stream.write(&mut sink).map_err(|error| refused(error.to_string()))?;
    Ok(sink.into_inner())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use wurli_train::audio::decode;
    use wurli_train::random::Random;

    #[test]
    fn decodes_to_the_encoded_bits() {
        let mut random = Random(5);
        for length in [1usize, 31, 32, 33, 4095, 4096, 4097, 10_000] {
            let noise = |n: usize| (0.3 * (n as f64 * 0.05).sin() + 0.1 * random.within_one()) as f32;
            let samples: Vec<f32> = (0..length).map(noise).collect();
            let bytes = encode(&Audio { samples: samples.clone(), sample_rate: 22_050 }).unwrap();
            let decoded = decode(Path::new("clip.flac"), bytes).unwrap();
            assert_eq!(decoded.sample_rate, 22_050);
            let steps = |samples: &[f32]| samples.iter().map(|s| (s * 32_768.0).round() as i32).collect::<Vec<_>>();
            assert_eq!(steps(&decoded.samples)[..length], steps(&samples), "{length} samples");
        }
    }

    #[test]
    fn clips_at_full_scale() {
        let samples = [2.0, -2.0].repeat(40);
        let decoded = decode(Path::new("clip.flac"), encode(&Audio { samples, sample_rate: 44_100 }).unwrap()).unwrap();
        assert_eq!(decoded.samples[..2], [32_767.0 / 32_768.0, -1.0]);
    }
}
