//! The trained network in `OUT_DIR`, compiled to a function.

use wurli_voice::MlpCorrections;
use wurli_voice::corrections::OUTPUTS;

/// Training metadata of a network.
///
/// ```
/// use openwurli_dsp::TRAINING;
///
/// // Size of the trained part of the keyboard.
/// let keys = TRAINING.highest_midi - TRAINING.lowest_midi + 1;
/// let velocities = TRAINING.lowest_velocity..=TRAINING.highest_velocity;
/// println!("{keys} keys, velocities {velocities:?}");
/// # assert!(keys > 1 && TRAINING.lowest_velocity >= 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Training {
    /// Lowest trained note, MIDI. Corrections fade to the identity within an octave below it.
    pub lowest_midi: u8,
    /// Highest trained note, MIDI. Corrections fade to the identity within an octave above it.
    pub highest_midi: u8,
    /// Lowest trained velocity, 1..=127. At lower velocities the corrections fade.
    pub lowest_velocity: u8,
    /// Highest trained velocity, 1..=127. At higher velocities the corrections fade.
    pub highest_velocity: u8,
    /// Observed outputs, in the order of [`MlpCorrections::to_outputs`]. The others are the
    /// identity.
    pub observed: [bool; OUTPUTS],
    /// Random seed.
    pub seed: u64,
    /// Number of epochs.
    pub epochs: u32,
    /// Final loss.
    pub loss: f32,
    /// Content hash of the recordings and the settings.
    pub key: [u8; 32],
    /// Number of notes it was trained on.
    pub notes: u32,
    /// Mean absolute error of their levels H2–H8, uncorrected and corrected, dB.
    pub level_db: [f32; 2],
    /// Mean absolute error of their frequencies H1–H8, uncorrected and corrected, cents.
    pub frequency_cents: [f32; 2],
    /// Mean absolute error of their decays H1–H8, uncorrected and corrected, octaves.
    pub decay_log2: [f32; 2],
}

wurli_macros::corrections! {
    /// Returns the corrections of key `midi` at `velocity` (0..=1, MIDI velocity / 127).
    ///
    /// Defined for every argument:
    ///
    /// - Where no note was recorded nearby, in key and velocity, the corrections fade to
    ///   [`MlpCorrections::IDENTITY`], because they do not carry over.
    /// - NaN counts as velocity 0.
    /// - Beyond the trained keys the corrections fade linearly. At 12 semitones they are exactly
    ///   [`MlpCorrections::IDENTITY`].
    /// - All values are within the bounds given in [`MlpCorrections`].
    ///
    /// Call it once per note-on. It is safe on the audio thread: it does not allocate, block or
    /// panic.
    ///
    /// ```
    /// use openwurli_dsp::{MlpCorrections, TRAINING, compute_corrections};
    ///
    /// let soft = compute_corrections(60, 30.0 / 127.0);
    /// let hard = compute_corrections(60, 110.0 / 127.0);
    /// assert_ne!(soft, hard);
    ///
    /// // An octave beyond the trained keys the corrections are the identity.
    /// assert_eq!(compute_corrections(TRAINING.highest_midi + 12, 0.5), MlpCorrections::IDENTITY);
    /// ```
    #[must_use]
    pub const fn compute_corrections(midi: u8, velocity: f32) -> MlpCorrections
        = concat!(env!("OUT_DIR"), "/wurli.weights");

    /// Computes the corrections of several notes (MIDI number, velocity), such as a chord.
    ///
    /// Stops at the end of the shorter slice. The results equal those of [`compute_corrections`]
    /// bit for bit. It does not allocate, block or panic.
    ///
    /// ```
    /// use openwurli_dsp::{MlpCorrections, compute_corrections, compute_corrections_batch};
    ///
    /// let mut corrections = [MlpCorrections::IDENTITY; 3];
    /// compute_corrections_batch(&[(48, 0.5), (55, 0.4), (64, 0.6)], &mut corrections);
    /// assert_eq!(corrections[2], compute_corrections(64, 0.6));
    /// ```
    pub fn compute_corrections_batch(notes: &[(u8, f32)], corrections: &mut [MlpCorrections]);

    /// Training metadata of [`compute_corrections`].
    pub const TRAINING: Training;
}
