//! Measurements of renderings are kept under `wurli_voice::VERSION`. If this test fails, the voice sounds different: raise the version,
//! and put in the numbers that the test prints.

use wurli_voice::{MlpCorrections, VERSION, Voice};

/// The version, and the samples 0.02, 0.1 and 0.2 s after the onset of each of [`NOTES`].
const KNOWN: (u32, [[f32; 3]; 4]) = (
    8,
    [
        [-0.021684185, 0.0060023847, -0.024107428],
        [0.038241588, -0.05046692, -0.17693524],
        [0.09445977, 0.0045770304, -0.12691794],
        [-0.09581323, 0.014086183, -0.08153497],
    ],
);
/// Keys and velocities, 0..=1.
const NOTES: [(u8, f32); 4] = [(33, 0.9), (52, 0.6), (69, 0.3), (90, 0.6)];

#[test]
fn the_version_is_raised_when_the_sound_changes() {
    // Corrected far from the identity, so that a change of what corrections do is heard too.
    let corrections = MlpCorrections {
        amp_offsets_db: [6.0, -6.0, 3.0, -3.0, 2.0, -2.0, 1.0],
        freq_offsets_cents: [10.0, -10.0, 5.0, -5.0, 3.0, -3.0, 1.0],
        decay_ratios: [0.8, 2.0, 0.4, 1.5, 0.9, 1.2, 0.6],
        displacement_scale: 1.3,
    };
    let heard = NOTES.map(|(midi, velocity)| {
        let mut voice = Voice::new(44_100.0);
        voice.note_on(midi, velocity, &corrections);
        let mut samples = [0.0f32; 8821];
        voice.render(&mut samples);
        [samples[882], samples[4410], samples[8820]]
    });
    println!("({VERSION}, {heard:?})");
    // Exponentials may differ in their last bits between systems, and by what `num-traits` takes them from.
    let same = heard.as_flattened().iter().zip(KNOWN.1.as_flattened()).all(|(now, known)| (now - known).abs() < 1e-3);
    assert!(VERSION == KNOWN.0 && same, "({VERSION}, {heard:?}) is not {KNOWN:?}");
}
