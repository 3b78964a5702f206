//! A take as a recorder leaves it: performances one after the other, 48 kHz, 24 bit, stereo.

use std::f64::consts::TAU;
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};
use serde_json::json;
use wurli_testkit::performances::mix::{TREMOLO_HZ, mix};
use wurli_testkit::performances::{Kind, Piano, Struck};
use wurli_train::random::Random;

pub(crate) const RATE_HZ: u32 = 48_000;
/// Tempo, beats a minute.
const TEMPO: (f64, f64) = (60.0, 180.0);
/// Depth of the tremolo, in parts of the mean amplitude.
const TREMOLO_DEPTH: f64 = 0.3;
/// Peak of the noise, 60 dB under a note of mean velocity.
const NOISE: f64 = 5e-5;
/// Gain of the left channel in the right one.
const RIGHT: f32 = 0.8;

/// Writes a take of `seconds` or a little more, and its truth beside it.
pub(crate) fn write(
    piano: &mut Piano,
    path: &Path,
    seconds: f64,
    tremolo: bool,
    seed: u64,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut random = Random(seed);
    let spec = WavSpec { channels: 2, sample_rate: RATE_HZ, bits_per_sample: 24, sample_format: SampleFormat::Int };
    let mut writer = WavWriter::create(path, spec)?;
    let (mut notes, mut written) = (Vec::new(), 0_u32);
    while f64::from(written) < seconds * f64::from(RATE_HZ) {
        let kind = Kind::ALL[random.index(Kind::ALL.len())];
        let composed = kind.compose(&piano.keys(), random.between(TEMPO.0, TEMPO.1), &mut random);
        let (audio, played) = mix(piano, &composed);
        let begun_s = f64::from(written) / f64::from(RATE_HZ);
        notes.extend(played.iter().map(|note| later(note, begun_s)));
        for sample in audio.samples {
            let time_s = f64::from(written) / f64::from(RATE_HZ);
            let gain = if tremolo { 1.0 + TREMOLO_DEPTH * (TAU * TREMOLO_HZ * time_s).sin() } else { 1.0 };
            let sample = sample * gain as f32;
            for share in [1.0, RIGHT] {
                let noisy = share * sample + (NOISE * random.within_one()) as f32;
                writer.write_sample((noisy * 8_388_608.0).round().clamp(-8_388_608.0, 8_388_607.0) as i32)?;
            }
            written += 1;
        }
    }
    writer.finalize()?;
    let note = |note: &Struck| json!({ "onset_s": note.onset_s, "offset_s": note.offset_s, "midi": note.midi, "velocity": note.velocity });
    let truth = json!({ "seed": seed, "tremolo": tremolo, "notes": notes.iter().map(note).collect::<Vec<_>>() });
    std::fs::write(path.with_extension("json"), serde_json::to_string(&truth)?)?;
    Ok(())
}

fn later(note: &Struck, by_s: f64) -> Struck {
    Struck { onset_s: note.onset_s + by_s, offset_s: note.offset_s + by_s, ..*note }
}
