//! The constants that are fitted, as coordinates of a search: where it may look, and in which steps.

use wurli_voice::Instrument;

/// What is known of a constant beside the recordings.
#[derive(Clone, Copy, Debug)]
struct Prior {
    mean: f64,
    deviation: f64,
}

#[derive(Clone, Copy, Debug)]
struct Parameter {
    get: fn(&Instrument) -> f64,
    set: fn(&mut Instrument, f64),
    /// A change that is noticed and not absurd.
    step: f64,
    prior: Option<Prior>,
}

impl Parameter {
    const fn free(get: fn(&Instrument) -> f64, set: fn(&mut Instrument, f64), step: f64) -> Self {
        Self { get, set, step, prior: None }
    }
}

/// Coefficient of a law, by the index of its term.
macro_rules! term {
    ($law:ident, $index:literal, $step:literal) => {
        Parameter::free(
            |instrument| instrument.$law[$index],
            |instrument, value| instrument.$law[$index] = value,
            $step,
        )
    };
}

/// Not among them: displacement's term xw, decay's term x², a rest offset or a plate that varies along the keyboard, a rest offset
/// or a decay that depends on the velocity, a decay that depends on the displacement, and a low-pass, a shelf or a resonance
/// behind the pickup. Tried one at a time in a prototype of this fit, none of them moved the error on keys left out (5.1 dB) by
/// more than repeated searches for one and the same law scatter, 0.2 dB.
const PARAMETERS: [Parameter; 11] = [
    term!(displacement, 0, 0.2),
    term!(displacement, 1, 0.2),
    term!(displacement, 2, 0.2),
    term!(displacement, 3, 0.15),
    term!(displacement, 4, 0.15),
    Parameter::free(|i| i.pickup.plate.ln(), |i, value| i.pickup.plate = value.exp(), 0.2),
    // The tip's height above the nearer edge: what decides between even and odd harmonics, however thick the plate is.
    Parameter::free(
        |i| i.pickup.rest_offset - i.pickup.plate,
        |i, value| i.pickup.rest_offset = i.pickup.plate + value,
        0.1,
    ),
    Parameter::free(|i| i.pickup.far_edge.ln(), |i, value| i.pickup.far_edge = value.exp(), 0.3),
    Parameter {
        get: |i| i.corner_hz.ln(),
        set: |i, value| i.corner_hz = value.exp(),
        step: 0.3,
        // The schematics say 287 kΩ; of the capacitance, 130–250 pF by geometry and 240 pF by the books, the stray part is
        // anyone's guess: 2.3 kHz within a factor of two.
        prior: Some(Prior { mean: 7.74, deviation: 0.6 }),
    },
    term!(decay, 0, 0.2),
    term!(decay, 1, 0.2),
];

/// The coordinates of an instrument.
pub(super) fn coordinates(instrument: &Instrument) -> Vec<f64> {
    PARAMETERS.iter().map(|parameter| (parameter.get)(instrument)).collect()
}

/// `around`, with the fitted constants at these coordinates.
pub(super) fn instrument_at(around: &Instrument, coordinates: &[f64]) -> Instrument {
    let mut instrument = *around;
    for (parameter, value) in PARAMETERS.iter().zip(coordinates) {
        (parameter.set)(&mut instrument, *value);
    }
    instrument
}

/// Steps of the search, one for each coordinate.
pub(super) fn steps() -> Vec<f64> {
    PARAMETERS.iter().map(|parameter| parameter.step).collect()
}

/// Half the square of the distance, in deviations, from what is known beforehand.
pub(super) fn neg_log_prior(coordinates: &[f64]) -> f64 {
    let distances = PARAMETERS
        .iter()
        .zip(coordinates)
        .filter_map(|(parameter, value)| parameter.prior.map(|prior| (value - prior.mean) / prior.deviation));
    distances.map(|distance| 0.5 * distance * distance).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_lead_back_to_their_instrument() {
        let moved: Vec<f64> = coordinates(&Instrument::EP200).iter().map(|value| value + 0.1).collect();
        let instrument = instrument_at(&Instrument::EP200, &moved);
        for (found, expected) in coordinates(&instrument).iter().zip(&moved) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn a_corner_at_the_schematics_value_is_no_surprise() {
        let at = |corner_hz: f64| neg_log_prior(&coordinates(&Instrument { corner_hz, ..Instrument::EP200 }));
        // ln 2300 = 7.7407.
        assert!(at(2300.0) < 1e-4 && at(1000.0) > 0.5 && at(20_000.0) > 2.0);
    }
}
