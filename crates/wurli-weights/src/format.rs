//! Conversion between weights and bytes. The crate documentation has the layout.

use wurli_voice::corrections::OUTPUTS;

use crate::coverage::{COVERAGE_KEYS, COVERAGE_VELOCITIES, Coverage};
use crate::network::{LAYER_SIZES, Network, PARAMETERS};
use crate::{Field, TrainedRange, TrainingErrors, Weights, WeightsError};

/// First bytes of every weights file.
///
/// As in PNG, a byte that is not ASCII and a line end: a transfer that treats the file as text damages it visibly.
pub const MAGIC: [u8; 8] = *b"\x89WURLI\r\n";
/// Version of the layout.
pub const VERSION: u16 = 2;
/// Length of every weights file, bytes.
pub const FILE_BYTES: usize = MAGIC.len()
    + 2
    + 2 * LAYER_SIZES.len()
    + 4
    + OUTPUTS * (1 + 4 + 4)
    + 8
    + 4
    + 4
    + 32
    + 4
    + 24
    + 4 * PARAMETERS
    + COVERAGE_BYTES
    + CRC_BYTES;

const COVERAGE_BYTES: usize = COVERAGE_KEYS * COVERAGE_VELOCITIES;
const CRC_BYTES: usize = 4;

impl Weights {
    /// Returns the content of a weights file.
    ///
    /// Weights that [`check`](Self::check) rejects are written too, but [`from_bytes`](Self::from_bytes) will not read
    /// them.
    ///
    /// ```
    /// use wurli_weights::Weights;
    ///
    /// let bytes = Weights::IDENTITY.to_bytes();
    /// assert_eq!(Weights::from_bytes(&bytes), Ok(Weights::IDENTITY));
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> [u8; FILE_BYTES] {
        let mut bytes = FileWriter::new();
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        for size in LAYER_SIZES {
            bytes.extend((size as u16).to_le_bytes());
        }
        let TrainedRange { lowest_midi, highest_midi, lowest_velocity, highest_velocity } = self.range;
        bytes.extend([lowest_midi, highest_midi, lowest_velocity, highest_velocity]);
        bytes.extend(self.observed.map(u8::from));
        for number in self.means.iter().chain(&self.deviations) {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.seed.to_le_bytes());
        bytes.extend(self.epochs.to_le_bytes());
        bytes.extend(self.loss.to_le_bytes());
        bytes.extend(self.key);
        let TrainingErrors { notes, level_db, frequency_cents, decay_log2 } = self.errors;
        bytes.extend(notes.to_le_bytes());
        for error in [level_db, frequency_cents, decay_log2].as_flattened() {
            bytes.extend(error.to_le_bytes());
        }
        for parameter in self.network.parameters() {
            bytes.extend(parameter.to_le_bytes());
        }
        for row in self.coverage.0 {
            bytes.extend(row);
        }
        bytes.seal()
    }

    /// Reads the content of a weights file, which need not be trusted. Allocates nothing.
    ///
    /// ```
    /// use wurli_weights::{Weights, WeightsError};
    ///
    /// let error = Weights::from_bytes(b"RIFF....WAVEfmt ").unwrap_err();
    /// assert!(matches!(error, WeightsError::Magic { .. }));
    /// ```
    ///
    /// # Errors
    ///
    /// [`WeightsError`] if the bytes are not exactly one weights file of this version and shape, or if
    /// [`check`](Self::check) rejects the weights.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        let mut fields = Fields { rest: bytes, received: bytes.len() };

        let beginning = &bytes[..bytes.len().min(MAGIC.len())];
        if !MAGIC.starts_with(beginning) {
            let mut received = [0; MAGIC.len()];
            received[..beginning.len()].copy_from_slice(beginning);
            return Err(WeightsError::Magic { received, length: beginning.len() });
        }
        fields.take::<{ MAGIC.len() }>()?;
        let version = u16::from_le_bytes(fields.take()?);
        if version != VERSION {
            return Err(WeightsError::Version { received: version });
        }
        check_layer_sizes(fields.take_each(u16::from_le_bytes)?)?;
        check_length_and_checksum(bytes)?;

        let [lowest_midi, highest_midi, lowest_velocity, highest_velocity] = fields.take()?;
        let weights = Self {
            range: TrainedRange { lowest_midi, highest_midi, lowest_velocity, highest_velocity },
            observed: decode_mask(fields.take()?)?,
            means: fields.take_each(f32::from_le_bytes)?,
            deviations: fields.take_each(f32::from_le_bytes)?,
            seed: u64::from_le_bytes(fields.take()?),
            epochs: u32::from_le_bytes(fields.take()?),
            loss: f32::from_le_bytes(fields.take()?),
            key: fields.take()?,
            errors: TrainingErrors {
                notes: u32::from_le_bytes(fields.take()?),
                level_db: fields.take_each(f32::from_le_bytes)?,
                frequency_cents: fields.take_each(f32::from_le_bytes)?,
                decay_log2: fields.take_each(f32::from_le_bytes)?,
            },
            network: Network::from_parameters(&fields.take_each(f32::from_le_bytes)?),
            coverage: Coverage(fields.take_rows()?),
        };
        weights.check()?;
        Ok(weights)
    }
}

fn check_layer_sizes(received: [u16; LAYER_SIZES.len()]) -> Result<(), WeightsError> {
    let received = received.map(usize::from);
    for (layer, (received, expected)) in (1..).zip(received.windows(2).zip(LAYER_SIZES.windows(2))) {
        if received != expected {
            let (received, expected) = ([received[0], received[1]], [expected[0], expected[1]]);
            return Err(WeightsError::Shape { layer, received, expected });
        }
    }
    Ok(())
}

fn check_length_and_checksum(bytes: &[u8]) -> Result<(), WeightsError> {
    let received = bytes.len();
    let content = bytes.split_last_chunk::<CRC_BYTES>().filter(|_| received == FILE_BYTES);
    let Some((content, checksum)) = content else {
        return Err(WeightsError::Length { received });
    };
    let (received, computed) = (u32::from_le_bytes(*checksum), crc32fast::hash(content));
    if received != computed {
        return Err(WeightsError::Checksum { received, computed });
    }
    Ok(())
}

fn decode_mask(bytes: [u8; OUTPUTS]) -> Result<[bool; OUTPUTS], WeightsError> {
    match (0..).zip(bytes).find(|(_, byte)| *byte > 1) {
        Some((output, byte)) => Err(WeightsError::Value { field: Field::Mask(output), received: byte.into() }),
        None => Ok(bytes.map(|byte| byte == 1)),
    }
}

/// Writes the fields of a file one after the other.
struct FileWriter {
    bytes: [u8; FILE_BYTES],
    written: usize,
}

impl FileWriter {
    fn new() -> Self {
        Self { bytes: [0; FILE_BYTES], written: 0 }
    }

    fn extend<const N: usize>(&mut self, field: [u8; N]) {
        self.bytes[self.written..][..N].copy_from_slice(&field);
        self.written += N;
    }

    /// Appends the checksum, which ends the file.
    fn seal(mut self) -> [u8; FILE_BYTES] {
        let checksum = crc32fast::hash(&self.bytes[..self.written]);
        self.extend(checksum.to_le_bytes());
        debug_assert_eq!(self.written, FILE_BYTES);
        self.bytes
    }
}

/// Reads the fields of a file one after the other.
struct Fields<'a> {
    rest: &'a [u8],
    received: usize,
}

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], WeightsError> {
        let (field, rest) = self.rest.split_first_chunk().ok_or(WeightsError::Length { received: self.received })?;
        self.rest = rest;
        Ok(*field)
    }

    fn take_rows<const N: usize, const ROWS: usize>(&mut self) -> Result<[[u8; N]; ROWS], WeightsError> {
        let mut rows = [[0; N]; ROWS];
        for row in &mut rows {
            *row = self.take()?;
        }
        Ok(rows)
    }

    fn take_each<T: Copy + Default, const BYTES: usize, const N: usize>(
        &mut self,
        decode: fn([u8; BYTES]) -> T,
    ) -> Result<[T; N], WeightsError> {
        let mut numbers = [T::default(); N];
        for number in &mut numbers {
            *number = decode(self.take()?);
        }
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use crate::sample_weights;

    /// Replaces the checksum by one that fits, to reach the checks behind it.
    fn sealed(bytes: [u8; FILE_BYTES]) -> [u8; FILE_BYTES] {
        FileWriter { bytes, written: FILE_BYTES - CRC_BYTES }.seal()
    }

    fn with_byte(offset: usize, byte: u8) -> Result<Weights, WeightsError> {
        let mut bytes = sample_weights().to_bytes();
        bytes[offset] = byte;
        Weights::from_bytes(&sealed(bytes))
    }

    #[test]
    fn bytes_round_trip() {
        let weights = sample_weights();
        assert_eq!(Weights::from_bytes(&weights.to_bytes()), Ok(weights));
    }

    #[test]
    fn fields_follow_the_documented_layout() {
        let weights = sample_weights();
        let bytes = weights.to_bytes();
        assert_eq!(bytes.len(), 2620);
        assert_eq!(bytes.len(), FILE_BYTES);
        assert_eq!(&bytes[0..8], b"\x89WURLI\r\n");
        assert_eq!(&bytes[8..18], [2, 0, 2, 0, 8, 0, 8, 0, 22, 0]);
        assert_eq!(&bytes[18..22], [weights.range.lowest_midi, weights.range.highest_midi, 20, 110]);
        assert_eq!(&bytes[22..44], weights.observed.map(u8::from));
        assert_eq!(&bytes[44..48], weights.means[0].to_le_bytes());
        assert_eq!(&bytes[132..136], weights.deviations[0].to_le_bytes());
        assert_eq!(&bytes[216..220], weights.deviations[21].to_le_bytes());
        assert_eq!(&bytes[220..228], weights.seed.to_le_bytes());
        assert_eq!(&bytes[228..232], weights.epochs.to_le_bytes());
        assert_eq!(&bytes[232..236], weights.loss.to_le_bytes());
        assert_eq!(&bytes[236..268], weights.key);
        assert_eq!(&bytes[268..272], 13_u32.to_le_bytes());
        assert_eq!(&bytes[272..276], weights.errors.level_db[0].to_le_bytes());
        assert_eq!(&bytes[292..296], weights.errors.decay_log2[1].to_le_bytes());
        assert_eq!(&bytes[296..300], weights.network.w1[0][0].to_le_bytes());
        assert_eq!(&bytes[1468..1472], weights.network.b3[21].to_le_bytes());
        assert_eq!(&bytes[1472..1485], weights.coverage.0[0]);
        assert_eq!(&bytes[2603..2616], weights.coverage.0[87]);
        // The check value of CRC-32/ISO-HDLC for "123456789" pins down which CRC-32 is meant.
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
        assert_eq!(&bytes[2616..], crc32fast::hash(&bytes[..2616]).to_le_bytes());
    }

    #[test]
    fn rejects_a_file_cut_anywhere() {
        let bytes = sample_weights().to_bytes();
        for received in 0..bytes.len() {
            assert_eq!(Weights::from_bytes(&bytes[..received]), Err(WeightsError::Length { received }));
        }
    }

    #[test]
    fn rejects_trailing_bytes() {
        let mut bytes = sample_weights().to_bytes().to_vec();
        bytes.push(0);
        assert_eq!(Weights::from_bytes(&bytes), Err(WeightsError::Length { received: 2621 }));
    }

    #[test]
    fn rejects_any_flipped_bit() {
        let bytes = sample_weights().to_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(Weights::from_bytes(&changed).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn names_the_first_bytes_of_a_foreign_file() {
        let error = WeightsError::Magic { received: *b"RIFF\x24\0\0\0", length: 8 };
        assert_eq!(Weights::from_bytes(b"RIFF\x24\0\0\0WAVEfmt "), Err(error));
        assert_eq!(Weights::from_bytes(b"PK"), Err(WeightsError::Magic { received: *b"PK\0\0\0\0\0\0", length: 2 }));
    }

    #[test]
    fn checks_the_version_before_the_content() {
        assert_eq!(with_byte(8, 7), Err(WeightsError::Version { received: 7 }));
        let mut bytes = sample_weights().to_bytes();
        bytes[9] = 1;
        assert_eq!(Weights::from_bytes(&bytes[..20]), Err(WeightsError::Version { received: 258 }));
    }

    #[test]
    fn names_the_layer_of_another_shape() {
        let shape = |layer, received, expected| Err(WeightsError::Shape { layer, received, expected });
        assert_eq!(with_byte(10, 3), shape(1, [3, 8], [2, 8]));
        assert_eq!(with_byte(14, 16), shape(2, [8, 16], [8, 8]));
        assert_eq!(with_byte(17, 1), shape(3, [8, 256 + 22], [8, 22]));
    }

    #[test]
    fn rejects_a_mask_other_than_0_and_1() {
        assert_eq!(with_byte(22 + 5, 2), Err(WeightsError::Value { field: Field::Mask(5), received: 2.0 }));
        assert!(!with_byte(22 + 5, 0).unwrap().observed[5]);
    }

    #[test]
    fn random_numbers_are_rejected_or_give_finite_outputs() {
        let intact = sample_weights().to_bytes();
        // Checksums of a counter are as good as random.
        let mut count = 0_u32;
        let mut next = || {
            count += 1;
            crc32fast::hash(&count.to_le_bytes())
        };
        let mut accepted = 0;
        for _ in 0..20_000 {
            let mut bytes = intact;
            for _ in 0..1 + next() % 4 {
                let offset = 18 + next() as usize % (FILE_BYTES - CRC_BYTES - 18 - 4);
                bytes[offset..offset + 4].copy_from_slice(&next().to_le_bytes());
            }
            if let Ok(weights) = Weights::from_bytes(&sealed(bytes)) {
                accepted += 1;
                let outputs = weights.forward(next() as u8, f32::from_bits(next()));
                assert!(outputs.iter().all(|output| output.is_finite()), "{weights:?}");
            }
        }
        assert!((1_000..19_000).contains(&accepted), "{accepted} of 20,000: the test has lost one of its two sides");
    }

    #[test]
    fn checks_the_content_after_the_checksum() {
        let mut bytes = sample_weights().to_bytes();
        bytes[296..300].copy_from_slice(&f32::NAN.to_le_bytes());
        assert!(matches!(Weights::from_bytes(&bytes), Err(WeightsError::Checksum { .. })));
        let message = Weights::from_bytes(&sealed(bytes)).unwrap_err().to_string();
        assert_eq!(message, "layer 1 (2 to 8) weight[0][0] is NaN, expected a finite number");
    }
}
