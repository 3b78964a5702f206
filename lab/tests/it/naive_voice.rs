//! The naive voice of the benchmarks. It is tested here, so that `cargo test` compiles no
//! benchmark.

use openwurli_bench::voice::NaiveVoice;
use openwurli_dsp::MlpCorrections;
use openwurli_dsp::voice::Voice;

#[test]
fn naive_voice_matches_the_voice() {
    // A high sample rate keeps aliasing and the error of the bilinear transform small.
    for (midi, velocity) in [(45, 0.4), (60, 0.6), (72, 0.9)] {
        let (mut ours, mut naive) = (vec![0.0_f32; 96_000], vec![0.0_f32; 96_000]);
        let mut voice = Voice::new(192_000.0);
        voice.note_on(midi, velocity, &MlpCorrections::IDENTITY);
        voice.render(&mut ours);
        NaiveVoice::new(192_000.0, midi, f64::from(velocity)).render(&mut naive);
        // After the attack, in which the voice interpolates linearly between control ticks.
        let power = |samples: &mut dyn Iterator<Item = f32>| samples.map(|x| f64::from(x).powi(2)).sum::<f64>();
        let error_power = power(&mut ours.iter().zip(&naive).skip(19_200).map(|(a, b)| a - b));
        let error_db = 10.0 * (error_power / power(&mut ours.iter().skip(19_200).copied())).log10();
        assert!(error_db < -30.0, "midi {midi}: {error_db} dB");
    }
}
