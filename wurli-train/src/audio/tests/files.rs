//! Audio files byte by byte, also such as no program should write.

/// Lengths of the outer and of the data chunk, where they are not the true ones.
#[derive(Clone, Copy, Default)]
pub(super) struct Lengths {
    pub(super) outer: Option<u32>,
    pub(super) data: Option<u32>,
}

pub(super) const TRUE: Lengths = Lengths { outer: None, data: None };

/// A chunk with a little-endian length.
pub(super) fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let padding = vec![0; content.len() % 2];
    [name, &(content.len() as u32).to_le_bytes()[..], content, &padding].concat()
}

/// Returns a format chunk's content: tag, channels, 44.1 kHz, bytes of a frame, bits of a sample,
/// and what follows.
pub(super) fn format(tag: u16, channels: u16, frame_bytes: u16, bits: u16, extension: &[u8]) -> Vec<u8> {
    let fields = [tag.to_le_bytes(), channels.to_le_bytes()].concat();
    let rates = [44_100_u32.to_le_bytes(), (44_100 * u32::from(frame_bytes)).to_le_bytes()].concat();
    let sizes = [frame_bytes.to_le_bytes(), bits.to_le_bytes()].concat();
    [fields, rates, sizes, extension.to_vec()].concat()
}

/// Returns the extension of `WAVE_FORMAT_EXTENSIBLE`, with `surplus` bytes behind it.
pub(super) fn extensible(valid_bits: u16, tag: u16, surplus: usize) -> Vec<u8> {
    let size = (22 + surplus as u16).to_le_bytes();
    let guid = [&tag.to_le_bytes()[..], &[0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]].concat();
    [&size[..], &valid_bits.to_le_bytes(), &[0; 4], &guid, &vec![0; surplus]].concat()
}

pub(super) fn wav_of(id: &[u8; 4], chunks: &[Vec<u8>], data: &[u8], lengths: Lengths) -> Vec<u8> {
    let data_bytes = lengths.data.unwrap_or(data.len() as u32);
    let body = [&chunks.concat()[..], b"data", &data_bytes.to_le_bytes(), data].concat();
    let outer = lengths.outer.unwrap_or(body.len() as u32 + 4);
    [&id[..], &outer.to_le_bytes(), b"WAVE", &body].concat()
}

/// Returns a WAV with that format chunk.
pub(super) fn wav(format: &[u8], data: &[u8]) -> Vec<u8> {
    wav_of(b"RIFF", &[chunk(b"fmt ", format)], data, TRUE)
}

/// Returns a big-endian WAV of one channel, 44.1 kHz.
pub(super) fn rifx(tag: u16, bits: u16, data: &[u8]) -> Vec<u8> {
    let be_chunk = |name: &[u8], content: &[u8]| [name, &(content.len() as u32).to_be_bytes(), content].concat();
    let rates = [44_100, 44_100 * u32::from(bits) / 8].map(u32::to_be_bytes).concat();
    let words = |words: [u16; 2]| words.map(u16::to_be_bytes).concat();
    let format = [words([tag, 1]), rates, words([bits / 8, bits])].concat();
    be_chunk(b"RIFX", &[b"WAVE".to_vec(), be_chunk(b"fmt ", &format), be_chunk(b"data", data)].concat())
}

/// Returns a WAV of 16 bits.
pub(super) fn wav_16(channels: u16, samples: &[i16]) -> Vec<u8> {
    wav(&format(1, channels, 2 * channels, 16, b""), &le_16(samples))
}

pub(super) fn le_16(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

pub(super) fn be_16(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_be_bytes()).collect()
}

/// A mono AIFF, or with a compression an AIFF-C, of 44.1 kHz. `sound_bytes` is its sound chunk's
/// length if not the true one.
pub(super) fn aiff(
    compression: Option<&[u8; 4]>,
    bits: u16,
    frames: u32,
    data: &[u8],
    sound_bytes: Option<u32>,
) -> Vec<u8> {
    let be_chunk = |name: &[u8; 4], length: u32, content: &[u8]| [name, &length.to_be_bytes()[..], content].concat();
    // 44,100 as an 80-bit float.
    let rate = [&(16_383_u16 + 15).to_be_bytes()[..], &(44_100_u64 << 48).to_be_bytes()].concat();
    let mut common = [&1_u16.to_be_bytes()[..], &frames.to_be_bytes(), &bits.to_be_bytes(), &rate].concat();
    common.extend(compression.iter().flat_map(|name| [&name[..], &[0, 0]].concat()));
    let sound = [&[0; 8], data].concat();
    let form: &[u8] = if compression.is_some() { b"AIFC" } else { b"AIFF" };
    let body = [
        form,
        &be_chunk(b"COMM", common.len() as u32, &common),
        &be_chunk(b"SSND", sound_bytes.unwrap_or(sound.len() as u32), &sound),
    ]
    .concat();
    be_chunk(b"FORM", body.len() as u32, &body)
}

/// Returns a mono AU of 44.1 kHz.
pub(super) fn au(encoding: u32, length: u32, data: &[u8]) -> Vec<u8> {
    let header: Vec<u8> =
        [24, length, encoding, 44_100, 1].iter().flat_map(|field: &u32| field.to_be_bytes()).collect();
    [b".snd", &header[..], data].concat()
}

/// A mono CAF of 44.1 kHz. `length` is that of the data chunk if not the true one.
pub(super) fn caf(codec: &[u8; 4], flags: u32, bits: u32, data: &[u8], length: Option<i64>) -> Vec<u8> {
    let fields: Vec<u8> = [flags, bits / 8, 1, 1, bits].iter().flat_map(|field| field.to_be_bytes()).collect();
    let description = [&44_100_f64.to_be_bytes()[..], codec, &fields].concat();
    let length = length.unwrap_or(data.len() as i64 + 4);
    [&b"caff\0\x01\0\0desc"[..], &32_i64.to_be_bytes(), &description, b"data", &length.to_be_bytes(), &[0; 4], data]
        .concat()
}

/// Returns a Wave64 with that format chunk. `length` is that of the data chunk if not the true one.
pub(super) fn wave64(format: &[u8], data: &[u8], length: Option<u64>) -> Vec<u8> {
    let wave = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";
    let w64_chunk =
        |name: &[u8; 4], content: &[u8], length: u64| [&name[..], wave, &length.to_le_bytes(), content].concat();
    let padding = vec![0; format.len().next_multiple_of(8) - format.len()];
    let chunks = [
        w64_chunk(b"fmt ", format, format.len() as u64 + 24),
        padding,
        w64_chunk(b"data", data, length.unwrap_or(data.len() as u64 + 24)),
    ]
    .concat();
    let outer = 40 + chunks.len() as u64;
    let riff = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00";
    [&riff[..], &outer.to_le_bytes(), b"wave", wave, &chunks].concat()
}

/// Returns a mono FLAC of 44.1 kHz that holds one sample 16 times, without MD5 checksum.
pub(super) fn flac(sample: i16) -> Vec<u8> {
    fn crc(bytes: &[u8], polynomial: u32, bits: u32) -> u32 {
        bytes.iter().fold(0, |remainder, byte| {
            (0..8).fold(remainder ^ (u32::from(*byte) << (bits - 8)), |remainder, _| {
                ((remainder << 1) ^ ((remainder >> (bits - 1) & 1) * polynomial)) & ((1 << bits) - 1)
            })
        })
    }
    // 20 bits of sample rate, 3 of channels - 1, 5 of bits per sample - 1, 36 of samples.
    let info = (44_100_u64 << 44 | 15 << 36 | 16).to_be_bytes();
    let mut frame = vec![0xff, 0xf8, 0x69, 0x08, 0, 15];
    frame.push(crc(&frame, 0x07, 8) as u8);
    // Type of the subframe: constant.
    frame.push(0);
    frame.extend(sample.to_be_bytes());
    frame.extend((crc(&frame, 0x8005, 16) as u16).to_be_bytes());
    [&b"fLaC\x80\0\0\x22\0\x10\0\x10\0\0\0\0\0\0"[..], &info, &[0; 16], &frame].concat()
}
