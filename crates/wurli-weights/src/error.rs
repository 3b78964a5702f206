//! Errors of reading weights.

use core::fmt;

use crate::format::{FILE_BYTES, MAGIC, VERSION};
use crate::network::LAYER_SIZES;

/// Error returned for bytes that are not a weights file and for weights that are not usable.
///
/// Messages do not name the file; whoever read it adds the path.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WeightsError {
    /// The first bytes are not [`MAGIC`].
    Magic {
        /// The first bytes.
        received: [u8; MAGIC.len()],
        /// Number of those that the file has.
        length: usize,
    },
    /// The file has another version than [`VERSION`].
    Version {
        /// Version in the file.
        received: u16,
    },
    /// A layer has another size.
    Shape {
        /// Layer, 1..=3.
        layer: usize,
        /// Inputs and outputs in the file.
        received: [usize; 2],
        /// Inputs and outputs that are read.
        expected: [usize; 2],
    },
    /// The file is shorter or longer than [`FILE_BYTES`].
    Length {
        /// Length, bytes.
        received: usize,
    },
    /// The checksum does not match the content.
    Checksum {
        /// Checksum in the file.
        received: u32,
        /// Checksum of the content.
        computed: u32,
    },
    /// A trained range is empty or exceeds its bounds.
    Range {
        /// Quantity that the range is of.
        quantity: &'static str,
        /// Lowest value.
        lowest: u8,
        /// Highest value.
        highest: u8,
        /// Allowed lowest and highest value.
        bounds: [u8; 2],
    },
    /// A number is infinite, NaN or not allowed in its field.
    Value {
        /// Field that holds the number.
        field: Field,
        /// The number.
        received: f32,
    },
    /// Finite parameters whose sums may overflow.
    Overflow {
        /// Layer, 1..=3.
        layer: usize,
        /// Output of that layer.
        output: usize,
        /// Largest magnitude that a partial sum may reach.
        reach: f64,
        /// Largest magnitude allowed.
        limit: f64,
    },
}

/// Field of a weights file that holds a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// Mask of an output, 0 or 1.
    Mask(usize),
    /// Mean of an output.
    Mean(usize),
    /// Deviation of an output, above 0.
    Deviation(usize),
    /// Training loss, 0 or more.
    Loss,
    /// Mean error of the training notes, 0 or more.
    TrainingError,
    /// Coverage, 0..=128.
    Coverage {
        /// Key, MIDI.
        midi: u8,
        /// Index of the velocity, 0..=12.
        index: usize,
    },
    /// Weight of the network.
    Weight {
        /// Layer, 1..=3.
        layer: usize,
        /// Output of that layer.
        output: usize,
        /// Input of that layer.
        input: usize,
    },
    /// Bias of the network.
    Bias {
        /// Layer, 1..=3.
        layer: usize,
        /// Output of that layer.
        output: usize,
    },
}

impl Field {
    /// Fields of all parameters, in the order of the file.
    pub(crate) fn parameters() -> impl Iterator<Item = Self> {
        LAYER_SIZES.windows(2).zip(1..).flat_map(|(sizes, layer)| {
            let (inputs, outputs) = (sizes[0], sizes[1]);
            let weight = move |i: usize| (i / inputs, i % inputs);
            let weights = (0..outputs * inputs).map(weight);
            weights
                .map(move |(output, input)| Self::Weight { layer, output, input })
                .chain((0..outputs).map(move |output| Self::Bias { layer, output }))
        })
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Mask(_) => "0 or 1",
            Self::Deviation(_) => "a finite number above 0",
            Self::Loss | Self::TrainingError => "a finite number from 0",
            Self::Coverage { .. } => "0 to 128",
            Self::Mean(_) | Self::Weight { .. } | Self::Bias { .. } => "a finite number",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Mask(output) => write!(f, "mask of output {output}"),
            Self::Mean(output) => write!(f, "mean of output {output}"),
            Self::Deviation(output) => write!(f, "deviation of output {output}"),
            Self::Loss => f.write_str("training loss"),
            Self::TrainingError => f.write_str("mean error of the training notes"),
            Self::Coverage { midi, index } => write!(f, "coverage of key {midi} at velocity {index}/12"),
            Self::Weight { layer, output, input } => write!(f, "{} weight[{output}][{input}]", Layer(layer)),
            Self::Bias { layer, output } => write!(f, "{} bias[{output}]", Layer(layer)),
        }
    }
}

/// Layer with its size, as in `layer 3 (8 to 22)`.
struct Layer(usize);

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "layer {}", self.0)?;
        match self.0.checked_sub(1).and_then(|start| LAYER_SIZES.get(start..=self.0)) {
            Some([inputs, outputs]) => write!(f, " ({inputs} to {outputs})"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for WeightsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic { received, length } => {
                let (begins, magic) = (received[..*length.min(&MAGIC.len())].escape_ascii(), MAGIC.escape_ascii());
                write!(f, "not a weights file: it begins with \"{begins}\" instead of \"{magic}\"")
            }
            Self::Version { received } => {
                let fix = if *received < VERSION { "train again" } else { "use a newer openwurli" };
                write!(f, "version {received} of the weights file, but version {VERSION} is read here: {fix}")
            }
            Self::Shape { layer, received: [inputs, outputs], expected } => {
                write!(f, "layer {layer} is {inputs} to {outputs}, expected {} to {}", expected[0], expected[1])
            }
            Self::Length { received } => {
                let problem = if *received < FILE_BYTES { "cut short" } else { "too long" };
                write!(f, "{problem}: {received} bytes, expected {FILE_BYTES}")
            }
            Self::Checksum { received, computed } => {
                write!(f, "damaged: the checksum is {received:#010x}, that of the bytes {computed:#010x}")
            }
            Self::Range { quantity, lowest, highest, bounds: [from, to] } => {
                write!(f, "trained {quantity} {lowest}..={highest} are not an ascending range inside {from}..={to}")
            }
            Self::Value { field, received } => write!(f, "{field} is {received}, expected {}", field.expected()),
            Self::Overflow { layer, output, reach, limit } => write!(
                f,
                "layer {layer} output {output} may reach {reach:.1e}, beyond the {limit:.1e} that f32 holds safely"
            ),
        }
    }
}

impl core::error::Error for WeightsError {}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;
    use crate::PARAMETERS;

    #[test]
    fn parameters_are_named_by_layer_and_index() {
        let names: Vec<String> = Field::parameters().map(|field| field.to_string()).collect();
        let named = |index: usize| names[index].as_str();
        assert_eq!(names.len(), PARAMETERS);
        assert_eq!(named(0), "layer 1 (2 to 8) weight[0][0]");
        assert_eq!(named(15), "layer 1 (2 to 8) weight[7][1]");
        assert_eq!(named(23), "layer 1 (2 to 8) bias[7]");
        assert_eq!(named(24), "layer 2 (8 to 8) weight[0][0]");
        assert_eq!(named(95), "layer 2 (8 to 8) bias[7]");
        assert_eq!(named(96 + 8 * 3 + 5), "layer 3 (8 to 22) weight[3][5]");
        assert_eq!(named(293), "layer 3 (8 to 22) bias[21]");
    }

    #[test]
    fn messages_name_the_value_and_the_bound() {
        let magic = WeightsError::Magic { received: *b"RIFF\x00\x01\x02\x03", length: 8 };
        assert_eq!(
            magic.to_string(),
            r#"not a weights file: it begins with "RIFF\x00\x01\x02\x03" instead of "\x89WURLI\r\n""#
        );
        let versions = [1, 3].map(|received| WeightsError::Version { received }.to_string());
        assert!(versions[0].ends_with("train again") && versions[1].ends_with("use a newer openwurli"));
        let shape = WeightsError::Shape { layer: 3, received: [8, 21], expected: [8, 22] };
        assert_eq!(shape.to_string(), "layer 3 is 8 to 21, expected 8 to 22");
        let damaged = WeightsError::Checksum { received: 0xab, computed: 1 };
        assert_eq!(damaged.to_string(), "damaged: the checksum is 0x000000ab, that of the bytes 0x00000001");
        let lengths = [0, FILE_BYTES + 1].map(|received| WeightsError::Length { received }.to_string());
        assert_eq!(lengths, ["cut short: 0 bytes, expected 2620", "too long: 2621 bytes, expected 2620"]);
    }
}
