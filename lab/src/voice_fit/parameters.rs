//! Fitted constants as coordinates of the search, with steps and priors.

use wurli_voice::Instrument;

/// Normal prior of a constant.
#[derive(Clone, Copy, Debug)]
struct Prior {
    mean: f64,
    deviation: f64,
}

#[derive(Clone, Copy, Debug)]
struct Parameter {
    get: fn(&Instrument) -> f64,
    set: fn(&mut Instrument, f64),
    /// Initial step of the search.
    step: f64,
    prior: Option<Prior>,
}

impl Parameter {
    const fn free(get: fn(&Instrument) -> f64, set: fn(&mut Instrument, f64), step: f64) -> Self {
        Self { get, set, step, prior: None }
    }
}

/// Coefficient of a polynomial law, by index.
macro_rules! term {
    ($law:ident, $index:literal, $step:literal) => {
        Parameter::free(
            |instrument| instrument.$law[$index],
            |instrument, value| instrument.$law[$index] = value,
            $step,
        )
    };
}

/// All fitted constants.
///
/// Further terms were tried one at a time in a prototype: xw of the displacement, x² of the decay,
/// a rest offset or a plate that varies with key or velocity, a decay that varies with velocity or
/// displacement, and a low-pass, shelf or resonance after the pickup. None changed the error on
/// keys left out by more than repeated searches scatter, 0.2 dB.
const PARAMETERS: [Parameter; 15] = [
    term!(displacement, 0, 0.2),
    term!(displacement, 1, 0.2),
    term!(displacement, 2, 0.2),
    term!(displacement, 3, 0.15),
    term!(displacement, 4, 0.15),
    Parameter::free(|i| i.pickup.plate.ln(), |i, value| i.pickup.plate = value.exp(), 0.2),
    // The tip's height above the nearer edge sets the balance of even and odd harmonics for any
    // plate thickness.
    Parameter::free(
        |i| i.pickup.rest_offset - i.pickup.plate,
        |i, value| i.pickup.rest_offset = i.pickup.plate + value,
        0.1,
    ),
    Parameter::free(|i| i.pickup.far_edge.ln(), |i, value| i.pickup.far_edge = value.exp(), 0.3),
    Parameter::free(|i| i.pickup.far_strength.ln(), |i, value| i.pickup.far_strength = value.exp(), 0.1),
    Parameter::free(|i| i.pickup.lip_strength.ln(), |i, value| i.pickup.lip_strength = value.exp(), 0.3),
    Parameter::free(|i| i.pickup.lip_width.ln(), |i, value| i.pickup.lip_width = value.exp(), 0.2),
    Parameter::free(|i| i.pickup.lip_height, |i, value| i.pickup.lip_height = value, 0.1),
    Parameter {
        get: |i| i.corner_hz.ln(),
        set: |i, value| i.corner_hz = value.exp(),
        step: 0.3,
        // 287 kΩ by the schematics and about 240 pF, of which the stray part is unknown: 2.3 kHz
        // within a factor of 2.
        prior: Some(Prior { mean: 7.74, deviation: 0.6 }),
    },
    term!(decay, 0, 0.2),
    term!(decay, 1, 0.2),
];

/// Returns the coordinates of an instrument.
pub(super) fn coordinates(instrument: &Instrument) -> Vec<f64> {
    PARAMETERS.iter().map(|parameter| (parameter.get)(instrument)).collect()
}

/// Returns `around` with its fitted constants at these coordinates.
pub(super) fn instrument_at(around: &Instrument, coordinates: &[f64]) -> Instrument {
    let mut instrument = *around;
    for (parameter, value) in PARAMETERS.iter().zip(coordinates) {
        (parameter.set)(&mut instrument, *value);
    }
    instrument
}

/// Returns the initial step of each coordinate.
pub(super) fn steps() -> Vec<f64> {
    PARAMETERS.iter().map(|parameter| parameter.step).collect()
}

/// Returns the negative logarithm of the prior, up to a constant.
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
    fn coordinates_round_trip() {
        let moved: Vec<f64> = coordinates(&Instrument::EP200).iter().map(|value| value + 0.1).collect();
        let instrument = instrument_at(&Instrument::EP200, &moved);
        for (found, expected) in coordinates(&instrument).iter().zip(&moved) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn prior_favours_the_schematics_corner() {
        let at = |corner_hz: f64| neg_log_prior(&coordinates(&Instrument { corner_hz, ..Instrument::EP200 }));
        // ln 2300 = 7.7407.
        assert!(at(2300.0) < 1e-4 && at(1000.0) > 0.5 && at(20_000.0) > 2.0);
    }
}
