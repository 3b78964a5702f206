//! Why bytes are not weights.

use std::fmt;

use crate::format::{FILE_BYTES, MAGIC, VERSION};
use crate::inputs::{HIGHEST_MIDI, HIGHEST_VELOCITY, LOWEST_MIDI, LOWEST_VELOCITY};
use crate::network::LAYER_SIZES;

/// Why bytes are not a weights file, or weights are not usable. The file's name is added by who read it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WeightsError {
    /// The first bytes are not those of a weights file.
    #[error(
        "not a weights file: it begins with \"{}\" instead of \"{}\"",
        .received.escape_ascii(),
        MAGIC.escape_ascii()
    )]
    Magic {
        /// The first bytes, as many as the magic has or fewer.
        received: Vec<u8>,
    },
    /// Written by another version of the trainer.
    #[error("version {received} of the weights file, but version {VERSION} is read here: train again")]
    Version {
        /// Version in the file.
        received: u16,
    },
    /// The network has another shape.
    #[error("layer {layer} is {} to {}, expected {} to {}", .received[0], .received[1], .expected[0], .expected[1])]
    Shape {
        /// Layer, 1..=3.
        layer: usize,
        /// Inputs and outputs of that layer in the file.
        received: [usize; 2],
        /// Inputs and outputs that it must have.
        expected: [usize; 2],
    },
    /// The file ends early.
    #[error("cut short: {received} bytes, expected {FILE_BYTES}")]
    CutShort {
        /// Length, bytes.
        received: usize,
    },
    /// Something follows the file's end.
    #[error("too long: {received} bytes, expected {FILE_BYTES}")]
    TooLong {
        /// Length, bytes.
        received: usize,
    },
    /// Bytes were changed since the file was written.
    #[error("damaged: the checksum is {received:#010x}, that of the bytes {computed:#010x}")]
    Checksum {
        /// Checksum in the file.
        received: u32,
        /// Checksum of what the file holds.
        computed: u32,
    },
    /// The trained notes are no range, or reach beyond the keyboard.
    #[error("trained notes {lowest}..={highest} are not an ascending range inside {LOWEST_MIDI}..={HIGHEST_MIDI}")]
    MidiRange {
        /// Lowest note, MIDI.
        lowest: u8,
        /// Highest note, MIDI.
        highest: u8,
    },
    /// The trained velocities are no range, or reach beyond 1..=127.
    #[error(
        "trained velocities {lowest}..={highest} are not an ascending range inside \
         {LOWEST_VELOCITY}..={HIGHEST_VELOCITY}"
    )]
    VelocityRange {
        /// Lowest velocity.
        lowest: u8,
        /// Highest velocity.
        highest: u8,
    },
    /// An entry of the mask is neither yes nor no.
    #[error("mask of output {output} is {received}, expected 0 or 1")]
    Mask {
        /// Output, 0..22.
        output: usize,
        /// Byte in the file.
        received: u8,
    },
    /// A mean is infinite or NaN.
    #[error("mean of output {output} is {received}, expected a finite number")]
    Mean {
        /// Output, 0..22.
        output: usize,
        /// Value in the file.
        received: f32,
    },
    /// A deviation is no positive number.
    #[error("deviation of output {output} is {received}, expected a finite number above 0")]
    Deviation {
        /// Output, 0..22.
        output: usize,
        /// Value in the file.
        received: f32,
    },
    /// The training did not end at a loss.
    #[error("training loss is {received}, expected a finite number from 0")]
    Loss {
        /// Value in the file.
        received: f32,
    },
    /// A parameter is infinite or NaN.
    #[error("{place} is {received}, expected a finite number")]
    Parameter {
        /// Which one.
        place: ParameterPlace,
        /// Value in the file.
        received: f32,
    },
    /// Parameters are finite, but so large that what they add up to may not be.
    #[error("layer {layer} output {output} may reach {reach:.1e}, beyond the {limit:.1e} that f32 holds safely")]
    Reach {
        /// Layer, 1..=3.
        layer: usize,
        /// Output of that layer.
        output: usize,
        /// Largest magnitude that the sum may pass through.
        reach: f64,
        /// Largest magnitude allowed.
        limit: f64,
    },
}

/// A parameter of the network, for messages: `layer 3 (8 to 22) weight[5][3]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterPlace {
    /// Layer, 1..=3.
    pub layer: usize,
    /// Output of that layer.
    pub output: usize,
    /// Input of that layer; the bias has none.
    pub input: Option<usize>,
}

impl ParameterPlace {
    /// The places of all parameters, in the order of the file.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        LAYER_SIZES.windows(2).zip(1..).flat_map(|(sizes, layer)| {
            let (inputs, outputs) = (sizes[0], sizes[1]);
            let weight = (0..outputs * inputs).map(move |i| (i / inputs, Some(i % inputs)));
            let bias = (0..outputs).map(|output| (output, None));
            weight.chain(bias).map(move |(output, input)| Self { layer, output, input })
        })
    }
}

impl fmt::Display for ParameterPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layer, output, input } = self;
        write!(f, "layer {layer}")?;
        if let Some([inputs, outputs]) = layer.checked_sub(1).and_then(|start| LAYER_SIZES.get(start..=*layer)) {
            write!(f, " ({inputs} to {outputs})")?;
        }
        match input {
            Some(input) => write!(f, " weight[{output}][{input}]"),
            None => write!(f, " bias[{output}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PARAMETERS;

    #[test]
    fn parameters_are_named_by_layer_and_index() {
        let names: Vec<String> = ParameterPlace::all().map(|place| place.to_string()).collect();
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
    fn messages_name_what_was_received_and_what_is_allowed() {
        let magic = WeightsError::Magic { received: b"RIFF\x00\x01\x02\x03".to_vec() };
        assert_eq!(
            magic.to_string(),
            r#"not a weights file: it begins with "RIFF\x00\x01\x02\x03" instead of "\x89WURLI\r\n""#
        );
        let shape = WeightsError::Shape { layer: 3, received: [8, 21], expected: [8, 22] };
        assert_eq!(shape.to_string(), "layer 3 is 8 to 21, expected 8 to 22");
        let damaged = WeightsError::Checksum { received: 0xab, computed: 1 };
        assert_eq!(damaged.to_string(), "damaged: the checksum is 0x000000ab, that of the bytes 0x00000001");
    }
}
