//! Batch results equal those of single calls.

use openwurli_dsp::voice::corrections::OUTPUTS;
use openwurli_dsp::{MlpCorrections, compute_corrections, compute_corrections_batch};

/// Marker of slots that were not written. No call returns it.
const UNTOUCHED: MlpCorrections = MlpCorrections::from_outputs(&[f32::INFINITY; OUTPUTS]);

fn bits(corrections: &MlpCorrections) -> [u32; OUTPUTS] {
    corrections.to_outputs().map(f32::to_bits)
}

#[test]
fn batch_equals_single_calls_bit_for_bit() {
    let special = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, f32::from_bits(1), 2.0];
    let velocities = (0..=127_u8).map(|velocity| f32::from(velocity) / 127.0).chain(special);
    let notes: Vec<_> = velocities.flat_map(|velocity| (0..=255).map(move |midi| (midi, velocity))).collect();
    let mut corrections = vec![UNTOUCHED; notes.len()];
    compute_corrections_batch(&notes, &mut corrections);
    for ((midi, velocity), corrections) in notes.into_iter().zip(&corrections) {
        assert_eq!(bits(corrections), bits(&compute_corrections(midi, velocity)), "{midi}, {velocity}");
    }
}

#[test]
fn shorter_slice_determines_the_length() {
    // Up to three full blocks of the kernel and a partial one.
    let notes: Vec<_> = (0..200).map(|i| (20 + i, 0.005 * f32::from(i))).collect();
    for count in 0..=notes.len() {
        for room in 0..=notes.len() {
            let mut corrections = vec![UNTOUCHED; room];
            compute_corrections_batch(&notes[..count], &mut corrections);
            for (i, corrections) in corrections.iter().enumerate() {
                let expected = if i < count { compute_corrections(notes[i].0, notes[i].1) } else { UNTOUCHED };
                assert_eq!(bits(corrections), bits(&expected), "{i} of {count} notes and room for {room}");
            }
        }
    }
}
