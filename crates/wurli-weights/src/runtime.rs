//! Forward pass of a weights file that is read at run time.

use wurli_voice::MlpCorrections;
use wurli_voice::corrections::OUTPUTS;

use crate::fold::{FIRST_FREQUENCY, Folded, PADDED, fold, table_index};
use crate::{
    COVERAGE_VELOCITIES, Coverage, FADE_SEMITONES, FULL_COVERAGE, HIDDEN, TrainedRange, Weights, WeightsError,
};

/// A network read from a weights file, for hosts that let a player choose the file.
///
/// Its answers are those of the function that `wurli-macros` generates from the file, bit for bit,
/// because each sum is formed in the same order. It is 3.5 kB of plain numbers. Neither reading nor
/// evaluating allocates, locks or panics.
///
/// ```
/// use wurli_weights::RuntimeNetwork;
///
/// # fn main() -> Result<(), wurli_weights::WeightsError> {
/// # let bytes = wurli_weights::sample_weights().to_bytes();
/// let network = RuntimeNetwork::from_bytes(&bytes)?;
/// let corrections = network.compute_corrections(60, 0.5);
/// println!("H2 is raised by {:.1} dB", corrections.amp_offsets_db[0]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RuntimeNetwork {
    folded: Folded,
    range: TrainedRange,
    coverage: Coverage,
}

impl RuntimeNetwork {
    /// Reads the content of a weights file, which need not be trusted.
    ///
    /// # Errors
    ///
    /// [`WeightsError`] as in [`Weights::from_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        Weights::from_bytes(bytes).map(|weights| Self::fold(&weights))
    }

    /// Prepares weights that passed [`Weights::check`].
    #[must_use]
    pub fn fold(weights: &Weights) -> Self {
        Self { folded: fold(weights), range: weights.range, coverage: weights.coverage.clone() }
    }

    /// Returns the corrections of key `midi` at `velocity` (0..=1), for any argument.
    #[must_use]
    pub fn compute_corrections(&self, midi: u8, velocity: f32) -> MlpCorrections {
        let Folded { first, second, third, .. } = &self.folded;
        let trained_midi = self.range.clamp_midi(midi);
        let key_offset = (i32::from(trained_midi) - i32::from(self.folded.middle)) as f32;
        let velocity_offset =
            velocity.max(self.folded.lowest_velocity).min(self.folded.highest_velocity) - self.folded.middle_velocity;

        let first: [f32; HIDDEN] = core::array::from_fn(|j| {
            (first.bias[j] + first.columns[0][j] * key_offset + first.columns[1][j] * velocity_offset).max(0.0)
        });
        let second = sums(&second.columns, &second.bias, &first).map(|sum| sum.max(0.0));
        let sums = sums(&third.columns, &third.bias, &second);
        let [share, tuning_share] = self.shares(midi, trained_midi, velocity);
        let outputs: [f32; OUTPUTS] = core::array::from_fn(|output| {
            let j = table_index(output);
            let share = if j < FIRST_FREQUENCY { share } else { tuning_share };
            self.folded.identity[j] + share * sums[j].max(self.folded.lowest[j]).min(self.folded.highest[j])
        });
        MlpCorrections::from_outputs(&outputs)
    }

    /// Returns the share of the corrections and that of the frequencies: the fade beyond the trained
    /// keys times the coverage.
    fn shares(&self, midi: u8, trained_midi: u8, velocity: f32) -> [f32; 2] {
        let fade_step = (1.0 / f64::from(FADE_SEMITONES)) as f32;
        let velocity = if velocity.is_nan() { 0.0 } else { velocity.clamp(0.0, 1.0) };
        let position = velocity * (COVERAGE_VELOCITIES - 1) as f32;
        let cell = (position as usize).min(COVERAGE_VELOCITIES - 2);
        let row = self.coverage.row(trained_midi);
        let [softer, louder] = [row[cell], row[cell + 1]].map(f32::from);
        let share = softer + (louder - softer) * (position - cell as f32);
        let fade = (1.0 - f32::from(midi.abs_diff(trained_midi)) * fade_step).max(0.0);
        [share, share.max(f32::from(self.coverage.tuning(trained_midi)))]
            .map(|share| fade * (share * (1.0 / f32::from(FULL_COVERAGE))))
    }
}

/// Returns bias + columns · inputs, even and odd inputs apart.
fn sums<const O: usize>(columns: &[[f32; O]; HIDDEN], bias: &[f32; O], inputs: &[f32; HIDDEN]) -> [f32; O] {
    core::array::from_fn(|j| {
        let mut even = bias[j] + columns[0][j] * inputs[0];
        let mut odd = columns[1][j] * inputs[1];
        for i in (2..HIDDEN).step_by(2) {
            even += columns[i][j] * inputs[i];
            odd += columns[i + 1][j] * inputs[i + 1];
        }
        even + odd
    })
}

const _: () = assert!(PADDED >= OUTPUTS && HIDDEN.is_multiple_of(2));
