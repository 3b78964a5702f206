//! The result of a fit as text: constants to paste into `crates/wurli-voice/src/instrument.rs`, and
//! errors.

use std::fmt;

use crate::voice_fit::FitResult;

impl fmt::Display for FitResult {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let law = |terms: &[f64]| terms.iter().map(|term| format!("{term:.3}")).collect::<Vec<_>>().join(", ");
        // Without `..`, a new field of the instrument does not compile until it is printed.
        let wurli_voice::Instrument { displacement, pickup, corner_hz, decay } = &self.instrument;
        let wurli_voice::pickup::Pickup {
            rest_offset,
            plate,
            far_edge,
            far_strength,
            lip_strength,
            lip_width,
            lip_height,
        } = pickup;
        writeln!(formatter, "displacement: [{}],", law(displacement))?;
        writeln!(formatter, "pickup: Pickup {{")?;
        for (name, value) in [
            ("rest_offset", rest_offset),
            ("plate", plate),
            ("far_edge", far_edge),
            ("far_strength", far_strength),
            ("lip_strength", lip_strength),
            ("lip_width", lip_width),
            ("lip_height", lip_height),
        ] {
            writeln!(formatter, "    {name}: {value:.4},")?;
        }
        writeln!(formatter, "}},")?;
        writeln!(formatter, "corner_hz: {corner_hz:.1},")?;
        writeln!(formatter, "decay: [{}],", law(decay))?;
        writeln!(formatter)?;
        writeln!(formatter, "mean absolute errors, model against measurement")?;
        writeln!(formatter, "before:   {}", self.before)?;
        writeln!(formatter, "after:    {}", self.after)?;
        writeln!(formatter, "rendered: {}", self.rendered)?;
        write!(formatter, "left out: {}", self.left_out)
    }
}
