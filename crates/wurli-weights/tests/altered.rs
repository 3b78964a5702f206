//! Weights files that are altered by deterministic pseudo-random changes.
//!
//! Each is either read, and then computes finite corrections within their bounds, or refused by an
//! error that names the altered field.

use wurli_voice::corrections::{MAX_OUTPUTS, MIN_OUTPUTS};
use wurli_weights::{FILE_BYTES, Field, RuntimeNetwork, Weights, WeightsError, sample_weights};

const CHANGES: usize = 200_000;
const CRC_BYTES: usize = 4;
const PARAMETERS_AT: usize = 296;
const COVERAGE_AT: usize = 1_472;

/// Numbers that are hard on a parser, as their bits.
const NUMBERS: [u32; 12] = [
    0,
    0x8000_0000, // −0
    1,           // smallest subnormal
    0x8000_0001,
    0x0080_0000, // smallest normal
    0x7F7F_FFFF, // largest
    0xFF7F_FFFF,
    0x7F80_0000, // infinite
    0xFF80_0000,
    0x7FC0_0000, // NaN
    0xFFFF_FFFF,
    0x7F80_0001,
];

/// Linear congruential generator with Knuth's MMIX constants.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}

fn files() -> [Vec<u8>; 2] {
    [sample_weights(), Weights::IDENTITY].map(|weights| weights.to_bytes().to_vec())
}

/// Replaces the checksum by one that fits, to reach the checks behind it.
fn seal(bytes: &mut [u8]) {
    if let Some((content, checksum)) = bytes.split_last_chunk_mut::<CRC_BYTES>() {
        *checksum = crc32fast::hash(content).to_le_bytes();
    }
}

/// Changes a few bytes, numbers or the length.
fn alter(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..1 + random.below(3) {
        let at = random.below(bytes.len().max(1));
        match random.below(9) {
            0 | 1 if !bytes.is_empty() => bytes[at] = random.byte(),
            2 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            3 if bytes.len() > PARAMETERS_AT + 4 => {
                let at = 4 * random.below(bytes.len() / 4);
                bytes[at..at + 4].copy_from_slice(&NUMBERS[random.below(NUMBERS.len())].to_le_bytes());
            }
            4 if bytes.len() > PARAMETERS_AT + 4 => {
                let number = f32::from_bits(random.below(1 << 31) as u32).to_le_bytes();
                let at = 4 * random.below(bytes.len() / 4);
                bytes[at..at + 4].copy_from_slice(&number);
            }
            5 if random.below(4) == 0 => bytes.truncate(at),
            6 if random.below(4) == 0 => bytes.insert(at, random.byte()),
            7 if random.below(4) == 0 && !bytes.is_empty() => drop(bytes.remove(at)),
            8 if random.below(4) == 0 => bytes.extend((0..random.below(40)).map(|i| i as u8)),
            _ => {}
        }
    }
}

/// Asserts that a file that was read is one, and that its answers are usable.
fn assert_usable(bytes: &[u8], weights: &Weights, network: &RuntimeNetwork) {
    assert_eq!(weights.to_bytes()[..], *bytes);
    assert_eq!(weights.check(), Ok(()));
    for midi in [0, 21, 40, 64, 97, 108, 255] {
        for velocity in [f32::NAN, -1.0, 0.0, 0.31, 1.0, f32::INFINITY] {
            let outputs = network.compute_corrections(midi, velocity).to_outputs();
            for ((output, lowest), highest) in outputs.into_iter().zip(MIN_OUTPUTS).zip(MAX_OUTPUTS) {
                assert!((lowest..=highest).contains(&output), "key {midi} at {velocity}: {output}");
            }
        }
    }
}

#[test]
fn altered_files_are_refused_or_give_bounded_corrections() {
    let (files, mut random) = (files(), Random(1));
    let (mut read, mut refused) = (0, [0_usize; 9]);
    for change in 0..CHANGES {
        let mut bytes = files[change % files.len()].clone();
        alter(&mut bytes, &mut random);
        if random.below(8) > 0 {
            seal(&mut bytes);
        }
        match (Weights::from_bytes(&bytes), RuntimeNetwork::from_bytes(&bytes)) {
            (Ok(weights), Ok(network)) => {
                assert_usable(&bytes, &weights, &network);
                read += 1;
            }
            (Err(error), Err(same)) => {
                assert!(error.to_string() == same.to_string(), "{error} and {same}");
                assert!(error.to_string().len() > 20, "{error}");
                refused[kind(&error)] += 1;
            }
            (weights, network) => panic!("change {change}: {weights:?} and {network:?}"),
        }
    }
    println!("{read} read, refused by kind: {refused:?}");
    assert!(read > CHANGES / 10 && refused[..8].iter().all(|count| *count > 50), "{read} read, refused: {refused:?}");
    assert_eq!(refused[8], 0, "errors that this test does not know");
}

fn kind(error: &WeightsError) -> usize {
    match error {
        WeightsError::Magic { .. } => 0,
        WeightsError::Version { .. } => 1,
        WeightsError::Shape { .. } => 2,
        WeightsError::Length { .. } => 3,
        WeightsError::Checksum { .. } => 4,
        WeightsError::Range { .. } => 5,
        WeightsError::Value { .. } => 6,
        WeightsError::Overflow { .. } => 7,
        _ => 8,
    }
}

/// Returns true if `error` names the field of the file that holds the byte at `offset`.
fn names(error: &WeightsError, offset: usize) -> bool {
    let value = |expected: Field| matches!(error, WeightsError::Value { field, .. } if *field == expected);
    let overflow_from = |from: usize| matches!(error, WeightsError::Overflow { layer, .. } if *layer >= from);
    match offset {
        0..8 => kind(error) == 0,
        8..10 => kind(error) == 1,
        // A layer size is an output of one layer and an input of the next.
        10..18 => matches!(error, WeightsError::Shape { layer, .. } if *layer == ((offset - 10) / 2).max(1)),
        18..20 => matches!(error, WeightsError::Range { quantity: "notes", .. }),
        20..22 => matches!(error, WeightsError::Range { quantity: "velocities", .. }),
        22..44 => value(Field::Mask(offset - 22)),
        44..132 => value(Field::Mean((offset - 44) / 4)) || overflow_from(3),
        132..220 => value(Field::Deviation((offset - 132) / 4)) || overflow_from(3),
        232..236 => value(Field::Loss),
        272..PARAMETERS_AT => value(Field::TrainingError),
        PARAMETERS_AT..COVERAGE_AT => match parameter((offset - PARAMETERS_AT) / 4) {
            field @ (Field::Weight { layer, .. } | Field::Bias { layer, .. }) => value(field) || overflow_from(layer),
            _ => false,
        },
        COVERAGE_AT.. => {
            let index = offset - COVERAGE_AT;
            value(Field::Coverage { midi: 21 + (index / 13) as u8, index: index % 13 })
        }
        // Seed, epochs, key and number of notes may be anything.
        _ => false,
    }
}

/// Returns the parameter with an index in the file.
fn parameter(index: usize) -> Field {
    let mut start = 0;
    for (layer, (inputs, outputs)) in (1..).zip([(2, 8), (8, 8), (8, 22)]) {
        let (weights, all) = (start + inputs * outputs, start + (inputs + 1) * outputs);
        if index < weights {
            let at = index - start;
            return Field::Weight { layer, output: at / inputs, input: at % inputs };
        }
        if index < all {
            return Field::Bias { layer, output: index - weights };
        }
        start = all;
    }
    panic!("no parameter {index}")
}

/// Every byte of the file, with each of some values.
#[test]
fn errors_name_the_altered_byte() {
    let mut refused = vec![false; FILE_BYTES];
    for file in files() {
        for offset in 0..FILE_BYTES - CRC_BYTES {
            for value in [0, 1, 2, 0x20, 0x7F, 0x80, 0x81, 0xFF, file[offset] ^ 0x40, file[offset].wrapping_add(1)] {
                let mut bytes = file.clone();
                bytes[offset] = value;
                seal(&mut bytes);
                if let Err(error) = RuntimeNetwork::from_bytes(&bytes) {
                    assert!(names(&error, offset), "byte {offset} is {value}: {error}");
                    refused[offset] = true;
                }
            }
            let mut bytes = file.clone();
            bytes[offset] ^= 0x10;
            let error = RuntimeNetwork::from_bytes(&bytes).expect_err("the checksum does not fit");
            assert!(if offset < 18 { names(&error, offset) } else { kind(&error) == 4 }, "byte {offset}: {error}");
        }
    }
    let is_refused = |from: usize, to: usize| refused[from..to].iter().all(|refused| *refused);
    assert!(is_refused(0, 44) && is_refused(COVERAGE_AT, FILE_BYTES - CRC_BYTES));
}

#[test]
fn each_wrong_length_is_named() {
    for file in files() {
        for length in 0..FILE_BYTES + 20 {
            let mut bytes = file.clone();
            bytes.resize(length, 0);
            seal(&mut bytes);
            match RuntimeNetwork::from_bytes(&bytes) {
                Ok(_) => assert_eq!(length, FILE_BYTES),
                // The checksum overwrites what stands before it in the shortest ones.
                Err(_) if length < 18 + CRC_BYTES => {}
                Err(error) => assert_eq!(error, WeightsError::Length { received: length }),
            }
        }
    }
}
