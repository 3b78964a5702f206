//! The network that the build left in `OUT_DIR`, as a function.

use wurli_voice::MlpCorrections;
use wurli_voice::corrections::OUTPUTS;

/// Where a network was trained, and from what.
///
/// ```
/// use openwurli_dsp::TRAINING;
///
/// // How many keys were between the lowest and the highest recorded one.
/// let keys = TRAINING.highest_midi - TRAINING.lowest_midi + 1;
/// println!("{keys} keys, velocities {} to {}", TRAINING.lowest_velocity, TRAINING.highest_velocity);
/// # assert!(keys > 1 && TRAINING.lowest_velocity >= 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Training {
    /// Lowest trained note, MIDI. An octave below it, and beyond, nothing is corrected.
    pub lowest_midi: u8,
    /// Highest trained note, MIDI. An octave above it, and beyond, nothing is corrected.
    pub highest_midi: u8,
    /// Lowest trained velocity, 1..=127; softer notes are corrected like it.
    pub lowest_velocity: u8,
    /// Highest trained velocity, 1..=127; louder notes are corrected like it.
    pub highest_velocity: u8,
    /// Which outputs were observed, in the order of [`MlpCorrections::to_outputs`]; the others are never corrected.
    pub observed: [bool; OUTPUTS],
    /// Seed of the training.
    pub seed: u64,
    /// Epochs trained.
    pub epochs: u32,
    /// Loss at the end of the training.
    pub loss: f32,
    /// Content hash of the recordings and settings that the network was trained with.
    pub key: [u8; 32],
}

wurli_macros::corrections! {
    /// How far the model is from the instrument on key `midi` at `velocity` (0..=1, MIDI velocity / 127).
    ///
    /// Defined for every argument: a velocity outside the [trained](TRAINING) range counts as the range's nearest end, NaN
    /// as its lower one. On keys beyond the trained range, the corrections of the range's nearest key fade linearly to
    /// [`MlpCorrections::IDENTITY`], which they are exactly from 12 semitones on. All values lie within the bounds that
    /// [`MlpCorrections`] names.
    ///
    /// Does not allocate, block or panic; call it in the audio thread, once per note-on.
    ///
    /// ```
    /// use openwurli_dsp::{MlpCorrections, TRAINING, compute_corrections};
    ///
    /// let soft = compute_corrections(60, 30.0 / 127.0);
    /// let hard = compute_corrections(60, 110.0 / 127.0);
    /// assert_ne!(soft, hard);
    ///
    /// // An octave beyond the trained keys nothing is corrected.
    /// assert_eq!(compute_corrections(TRAINING.highest_midi + 12, 0.5), MlpCorrections::IDENTITY);
    /// ```
    #[must_use]
    pub const fn compute_corrections(midi: u8, velocity: f32) -> MlpCorrections
        = concat!(env!("OUT_DIR"), "/wurli.weights");

    /// [`compute_corrections`] of several notes (MIDI number, velocity): a chord, or a table of presets.
    ///
    /// As many as there are notes and room for corrections: what is left over of the longer of the two is not read and not
    /// written. Every answer is that of the single call, to the bit. Does not allocate, block or panic.
    ///
    /// ```
    /// use openwurli_dsp::{MlpCorrections, compute_corrections, compute_corrections_batch};
    ///
    /// let mut corrections = [MlpCorrections::IDENTITY; 3];
    /// compute_corrections_batch(&[(48, 0.5), (55, 0.4), (64, 0.6)], &mut corrections);
    /// assert_eq!(corrections[2], compute_corrections(64, 0.6));
    /// ```
    pub fn compute_corrections_batch(notes: &[(u8, f32)], corrections: &mut [MlpCorrections]);

    /// What the weights behind [`compute_corrections`] were trained on.
    pub const TRAINING: Training;
}
