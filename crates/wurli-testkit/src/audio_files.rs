//! Audio files in memory: WAV through hound, and by hand what hound does not write.

use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavSpecEx, WavWriter};

/// Returns a WAV of integers as hound writes it, every channel the same. Samples are within ±1.
pub fn wav(bits_per_sample: u16, bytes_per_sample: u16, channels: u16, sample_rate: u32, samples: &[f64]) -> Vec<u8> {
    let spec = WavSpec { channels, sample_rate, bits_per_sample, sample_format: SampleFormat::Int };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new_with_spec_ex(&mut bytes, WavSpecEx { spec, bytes_per_sample }).unwrap();
    for sample in samples {
        let sample = (sample * 2f64.powi(i32::from(bits_per_sample) - 1)).round() as i32;
        for _ in 0..channels {
            writer.write_sample(sample).unwrap();
        }
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// Returns a WAV of 32-bit floats as hound writes it; samples of all channels in turn.
pub fn wav_of_floats(channels: u16, sample_rate: u32, samples: &[f32]) -> Vec<u8> {
    let spec = WavSpec { channels, sample_rate, bits_per_sample: 32, sample_format: SampleFormat::Float };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
    samples.iter().for_each(|&sample| writer.write_sample(sample).unwrap());
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// Returns a WAV of a kind that hound does not write.
pub fn wav_by_hand(format: &[u8], before_data: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
    bytes.extend((format.len() as u32).to_le_bytes());
    bytes.extend(format);
    bytes.extend(before_data);
    bytes.extend(b"data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    let length = bytes.len() as u32 - 8;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    bytes
}

/// Returns the sixteen bytes that every format chunk starts with.
pub fn format_chunk(tag: u16, channels: u16, sample_rate: u32, container_bits: u16, frame_bytes: u16) -> Vec<u8> {
    let mut chunk = Vec::new();
    chunk.extend(tag.to_le_bytes());
    chunk.extend(channels.to_le_bytes());
    chunk.extend(sample_rate.to_le_bytes());
    chunk.extend((sample_rate * u32::from(frame_bytes)).to_le_bytes());
    chunk.extend(frame_bytes.to_le_bytes());
    chunk.extend(container_bits.to_le_bytes());
    chunk
}

/// Returns the twenty-four bytes that `WAVE_FORMAT_EXTENSIBLE` adds; `subformat` is 1 for integers,
/// 3 for floats.
pub fn extension(valid_bits: u16, channel_mask: u32, subformat: u8) -> Vec<u8> {
    let mut chunk = vec![22, 0];
    chunk.extend(valid_bits.to_le_bytes());
    chunk.extend(channel_mask.to_le_bytes());
    chunk.extend([subformat, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    chunk
}

/// A minimal AIFF: common chunk, sound chunk. `compression` makes it an AIFF-C.
pub fn aiff(
    compression: Option<&[u8; 4]>,
    bits: u16,
    channels: u16,
    sample_rate: u16,
    frames: u32,
    data: &[u8],
) -> Vec<u8> {
    let mut common = Vec::new();
    common.extend(channels.to_be_bytes());
    common.extend(frames.to_be_bytes());
    common.extend(bits.to_be_bytes());
    // 80-bit float: exponent of the leading one, biased by 16383, then the mantissa with that one
    // at its top.
    let exponent = 15 - sample_rate.leading_zeros();
    common.extend((16_383 + exponent as u16).to_be_bytes());
    common.extend((u64::from(sample_rate) << (63 - exponent)).to_be_bytes());
    if let Some(compression) = compression {
        common.extend(compression);
        // An empty name, padded to an even length.
        common.extend([0, 0]);
    }
    let mut body = if compression.is_some() { b"AIFC".to_vec() } else { b"AIFF".to_vec() };
    body.extend(b"COMM");
    body.extend((common.len() as u32).to_be_bytes());
    body.extend(common);
    body.extend(b"SSND");
    body.extend((data.len() as u32 + 8).to_be_bytes());
    body.extend([0; 8]);
    body.extend(data);
    let mut bytes = b"FORM".to_vec();
    bytes.extend((body.len() as u32).to_be_bytes());
    bytes.extend(body);
    bytes
}

/// Returns a FLAC of one frame of 16 samples, its two channels constant and coded as middle and
/// side, without MD5 checksum.
pub fn flac(bits_per_sample: u32, middle: u32, side: u64) -> Vec<u8> {
    /// Returns the cyclic redundancy check of `bits` bits, most significant first, starting at 0.
    fn crc(bytes: &[u8], polynomial: u32, bits: u32) -> u32 {
        bytes.iter().fold(0, |remainder, &byte| {
            (0..8).fold(remainder ^ (u32::from(byte) << (bits - 8)), |remainder, _| {
                let carry = remainder >> (bits - 1) & 1;
                ((remainder << 1) ^ (carry * polynomial)) & ((1 << bits) - 1)
            })
        })
    }
    let mut bytes = b"fLaC\x80\0\0\x22\0\x10\0\x10\0\0\0\0\0\0".to_vec();
    // 20 bits of sample rate, 3 of channels - 1, 5 of bits per sample - 1, 36 of samples; 16 bytes
    // of checksum.
    bytes.extend(((44_100 << 44) | (1 << 41) | u64::from(bits_per_sample - 1) << 36 | 16_u64).to_be_bytes());
    bytes.extend([0; 16]);
    // Sync; 16 samples at 44.1 kHz; middle and side, bits as in the header; frame 0; samples - 1.
    let mut frame = vec![0xff, 0xf8, 0x69, 0xa0, 0, 15];
    frame.push(crc(&frame, 0x07, 8) as u8);
    // Eight zero bits say "constant"; the side has one bit more.
    let bits =
        format!("{:0m$b}{:0s$b}", middle, side, m = 8 + bits_per_sample as usize, s = 9 + bits_per_sample as usize);
    for byte in bits.as_bytes().chunks(8) {
        let ones = byte.iter().enumerate().filter(|(_, bit)| **bit == b'1');
        frame.push(ones.map(|(position, _)| 0x80 >> position).sum());
    }
    frame.extend((crc(&frame, 0x8005, 16) as u16).to_be_bytes());
    bytes.extend(frame);
    bytes
}

/// Returns small files of every kind that is read.
pub fn small_files() -> Vec<(&'static str, Vec<u8>)> {
    let four = [0.5, -0.5, 0.25, -0.25];
    let f64_data = 0.5f64.to_le_bytes().repeat(4);
    let extensible = [format_chunk(0xfffe, 2, 44_100, 64, 16), extension(64, 0x8000_0000, 3)].concat();
    let mut files = vec![
        ("16-bit WAV", wav(16, 2, 1, 44_100, &four)),
        ("8-bit stereo WAV", wav(8, 1, 2, 44_100, &four)),
        ("24-bit WAV", wav(24, 3, 1, 44_100, &four)),
        ("24-in-32-bit WAV", wav(24, 4, 1, 44_100, &four)),
        ("float WAV", wav_of_floats(1, 44_100, &[0.5, -0.5, 0.25, -0.25])),
        ("64-bit float WAV", wav_by_hand(&format_chunk(3, 1, 44_100, 64, 8), b"", &f64_data)),
        ("extensible WAV with an impossible channel mask", wav_by_hand(&extensible, b"", &f64_data)),
        ("AIFF", aiff(None, 16, 1, 44_100, 4, &[0x40, 0].repeat(4))),
        ("AIFF-C", aiff(Some(b"fl32"), 32, 1, 44_100, 2, &0.5f32.to_be_bytes().repeat(2))),
    ];
    if let Some(folder) = crate::recordings::ep200() {
        files.push(("FLAC", std::fs::read(folder.join("db5pp.flac")).unwrap()));
    }
    files
}
