//! Training metadata.

use crate::{TRAINING, voice};

/// Number of outputs of the network: 7 levels, 7 frequencies, 7 decays, 1 displacement.
pub const OPENWURLI_OUTPUTS: usize = 22;

const _: () = assert!(OPENWURLI_OUTPUTS == voice::corrections::OUTPUTS);

/// Training metadata of the corrections.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpenwurliTraining {
    /// Random seed.
    pub seed: u64,
    /// Number of epochs.
    pub epochs: u32,
    /// Final loss.
    pub loss: f32,
    /// Content hash of the recordings and the settings.
    pub key: [u8; 32],
    /// Observed outputs, in the order of `OpenwurliCorrections`. The others are the identity.
    pub observed: [bool; OPENWURLI_OUTPUTS],
    /// Lowest trained note, MIDI.
    pub lowest_midi: u8,
    /// Highest trained note, MIDI.
    pub highest_midi: u8,
    /// Lowest trained velocity, 1..=127.
    pub lowest_velocity: u8,
    /// Highest trained velocity, 1..=127.
    pub highest_velocity: u8,
    /// Number of notes it was trained on.
    pub notes: u32,
    /// Mean absolute error of their levels H2-H8, uncorrected and corrected, dB.
    pub level_db: [f32; 2],
    /// Mean absolute error of their frequencies H1-H8, uncorrected and corrected, cents.
    pub frequency_cents: [f32; 2],
    /// Mean absolute error of their decays H1-H8, uncorrected and corrected, octaves.
    pub decay_log2: [f32; 2],
}

/// Returns the training metadata of the corrections.
///
/// Any thread. Does not allocate.
#[unsafe(no_mangle)]
pub extern "C" fn openwurli_training() -> OpenwurliTraining {
    OpenwurliTraining {
        seed: TRAINING.seed,
        epochs: TRAINING.epochs,
        loss: TRAINING.loss,
        key: TRAINING.key,
        observed: TRAINING.observed,
        lowest_midi: TRAINING.lowest_midi,
        highest_midi: TRAINING.highest_midi,
        lowest_velocity: TRAINING.lowest_velocity,
        highest_velocity: TRAINING.highest_velocity,
        notes: TRAINING.notes,
        level_db: TRAINING.level_db,
        frequency_cents: TRAINING.frequency_cents,
        decay_log2: TRAINING.decay_log2,
    }
}
