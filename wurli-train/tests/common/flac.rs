//! FLAC files as mono samples, for tests.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use wurli_train::audio::Audio;

/// Reads a mono FLAC file; panics with its name if that fails.
pub(crate) fn read_flac(path: &Path) -> Audio {
    let name = path.display();
    let file = std::fs::File::open(path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let (format_options, metadata_options) = (FormatOptions::default(), MetadataOptions::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, format_options, metadata_options)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let track = format.default_track(TrackType::Audio).unwrap_or_else(|| panic!("{name}: no audio track"));
    let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).unwrap();
    let sample_rate = parameters.sample_rate.unwrap();
    let mut decoder =
        symphonia::default::get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default()).unwrap();
    let (mut samples, mut block) = (Vec::new(), Vec::new());
    while let Some(packet) = format.next_packet().unwrap() {
        let decoded = decoder.decode(&packet).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(decoded.spec().channels().count(), 1, "{name} is not mono");
        block.resize(decoded.samples_interleaved(), 0.0_f32);
        decoded.copy_to_slice_interleaved(&mut block);
        samples.extend_from_slice(&block);
    }
    Audio { samples, sample_rate }
}
