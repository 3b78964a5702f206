//! `wurli_voice::VERSION` is part of the cache key of measured renderings.
//!
//! If this test fails, the sound has changed: raise the version and paste the numbers that the test
//! prints.

use wurli_voice::{MlpCorrections, VERSION, Voice};

/// Samples 0.02, 0.1 and 0.2 s after the onset of each of [`NOTES`], as of [`EXPECTED_VERSION`].
const EXPECTED: [[f32; 3]; 4] = [
    [-0.05663734, -0.010129198, -0.066862464],
    [0.040556267, -0.07462998, -0.18417732],
    [0.1102401, 0.0011466043, -0.14001387],
    [-0.14206389, 0.008760788, -0.10492272],
];
const EXPECTED_VERSION: u32 = 10;
/// Keys and velocities, 0..=1.
const NOTES: [(u8, f32); 4] = [(33, 0.9), (52, 0.6), (69, 0.3), (90, 0.6)];

#[test]
fn version_matches_the_sound() {
    // Large corrections, so that a change of their effect is detected too.
    let corrections = MlpCorrections {
        amp_offsets_db: [6.0, -6.0, 3.0, -3.0, 2.0, -2.0, 1.0],
        freq_offsets_cents: [10.0, -10.0, 5.0, -5.0, 3.0, -3.0, 1.0],
        decay_ratios: [0.8, 2.0, 0.4, 1.5, 0.9, 1.2, 0.6],
        displacement_scale: 1.3,
    };
    let rendered = NOTES.map(|(midi, velocity)| {
        let mut voice = Voice::new(44_100.0);
        voice.note_on(midi, velocity, &corrections);
        let mut samples = [0.0f32; 8821];
        voice.render(&mut samples);
        [samples[882], samples[4410], samples[8820]]
    });
    println!("{VERSION}: {rendered:?}");
    // Exponentials may differ in their last bits between systems and math libraries.
    let mut pairs = rendered.as_flattened().iter().zip(EXPECTED.as_flattened());
    let is_same = pairs.all(|(now, expected)| (now - expected).abs() < 1e-3);
    assert!(
        VERSION == EXPECTED_VERSION && is_same,
        "version {VERSION}: {rendered:?}, expected version {EXPECTED_VERSION}: {EXPECTED:?}"
    );
}
