//! Effect of decay ratios on the decays of a rendered note.
//!
//! The reed's ratio r₁ stretches the whole note. A harmonic's own ratio r acts on the k-th power of
//! the ratio of the pickup's nearer edge. If that edge falls by e dB/s, r adds k·e·(1/r − 1/r₁)
//! dB/s.
//!
//! A harmonic that follows the power has its decay divided by r. One that decays more slowly
//! changes by more. Where the pickup is overdriven, all harmonics decay more slowly.

use serde::{Deserialize, Serialize};
use wurli_voice::corrections::{CORRECTED_HARMONICS, DECAYS, MAX_OUTPUTS};
use wurli_voice::{Instrument, edge_decay_db_per_s};

use crate::measure::{Harmonic, Measurement, decay};

/// Slowest decay that can be compared, dB/s. In the bass H1 grows while the pickup is overdriven.
pub const SLOWEST_DECAY_DB_PER_S: f64 = 0.5;

/// Relative decay below which a harmonic hardly decays, or grows. Its logarithm is not meaningful.
pub const MIN_RELATIVE_DECAY: f32 = 0.1;

/// Largest difference between the decay ratios of H1 and H2 of one reed, octaves.
///
/// A larger difference means that H2 passes a null.
const SAME_REED_OCTAVES: f64 = 1.0;

/// Window over which the decay of the pickup's edge is taken, s.
///
/// Decays are measured up to 1.5 s after the onset, less for short notes and weak harmonics.
/// Refinement corrects the difference.
const EDGE_WINDOW_S: (f64, f64) = (decay::BEGIN_S, 1.0);

/// Returns the decay of the pickup's nearer edge, dB/s, if the model has a closed form.
#[must_use]
pub fn edge_decay(instrument: Option<&Instrument>, midi: u8, velocity: u8, displacement_scale: f64) -> Option<f64> {
    let velocity = f64::from(velocity) / 127.0;
    Some(edge_decay_db_per_s(instrument?, midi, velocity, displacement_scale, EDGE_WINDOW_S))
}

/// Decays of H2–H8 as a function of the decay ratios, in units of the recorded decays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DecayResponse {
    /// Part that the harmonic's own ratio divides. 0 for H2, whose ratio is the reed's.
    own: [f32; CORRECTED_HARMONICS],
    /// Part that the reed's ratio divides.
    reed: [f32; CORRECTED_HARMONICS],
}

/// Decay response of one note and the harmonics for which it was observed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ObservedDecays {
    /// Decays at other ratios.
    pub response: DecayResponse,
    /// Harmonics H2–H8 with a response.
    pub observed: [bool; CORRECTED_HARMONICS],
}

impl ObservedDecays {
    /// Compares a recording with its rendering, which is uncorrected except for the displacement.
    ///
    /// `edge_db_per_s` is the result of [`edge_decay`]. Without it, a ratio is assumed to divide
    /// the decay of its harmonic.
    #[must_use]
    pub fn compare(edge_db_per_s: Option<f64>, real: &Measurement, model: &Measurement) -> Self {
        let mut result = Self::default();
        for (output, relative) in relative_decays(real, model).into_iter().enumerate() {
            let Some(relative) = relative else { continue };
            let own = match output {
                0 => 0.0,
                _ => {
                    let falls = usable_decay_db_per_s(&model.harmonics[output + 1]).is_some();
                    // Without a closed form a ratio can only divide. It would make a growing
                    // harmonic grow faster.
                    if edge_db_per_s.is_none() && !falls {
                        continue;
                    }
                    let recorded_db_per_s = real.harmonics[output + 1].decay_db_per_s.value;
                    let edge =
                        edge_db_per_s.map(|edge_db_per_s| (output + 2) as f64 * edge_db_per_s / recorded_db_per_s);
                    edge.unwrap_or(relative) as f32
                }
            };
            result.response.own[output] = own;
            result.response.reed[output] = relative as f32 - own;
            result.observed[output] = true;
        }
        result
    }
}

impl DecayResponse {
    /// Returns the response whose targets are `ratios`, if every ratio divides its harmonic's
    /// decay.
    #[must_use]
    pub fn from_ratios(ratios: [f32; CORRECTED_HARMONICS]) -> Self {
        let [reed_ratio, ..] = ratios;
        let mut response = Self { own: ratios, reed: [0.0; CORRECTED_HARMONICS] };
        response.own[0] = 0.0;
        response.reed[0] = reed_ratio;
        response
    }

    /// Returns the decay of an output's harmonic relative to the recorded one.
    ///
    /// `ratio` is the harmonic's own decay ratio, `reed_ratio` the reed's.
    #[must_use]
    pub fn relative_decay(&self, output: usize, ratio: f32, reed_ratio: f32) -> f32 {
        self.own[output] / ratio + self.reed[output] / reed_ratio
    }

    /// Returns the derivatives of [`relative_decay`](Self::relative_decay) with respect to both
    /// ratios.
    #[must_use]
    pub fn gradient(&self, output: usize, ratio: f32, reed_ratio: f32) -> [f32; 2] {
        [-self.own[output] / (ratio * ratio), -self.reed[output] / (reed_ratio * reed_ratio)]
    }

    /// Returns the ratios that give the recorded decays. Each is limited to the largest allowed
    /// ratio.
    #[must_use]
    pub fn target_ratios(&self) -> [f32; CORRECTED_HARMONICS] {
        let largest = MAX_OUTPUTS[DECAYS];
        let reed_ratio = if self.reed[0] > 0.0 { self.reed[0].min(largest) } else { 1.0 };
        std::array::from_fn(|output| {
            let missing = 1.0 - self.reed[output] / reed_ratio;
            match output {
                0 => reed_ratio,
                _ if missing > self.own[output] / largest => self.own[output] / missing,
                _ => largest,
            }
        })
    }

    /// Returns the response that agrees with a rendering made with `ratios`.
    ///
    /// The reed's part takes the prediction error.
    #[must_use]
    pub fn refined(&self, ratios: &[f32; CORRECTED_HARMONICS], real: &Measurement, rendered: &Measurement) -> Self {
        let mut refined = *self;
        let [reed_ratio, ..] = *ratios;
        for (output, relative) in relative_decays(real, rendered).into_iter().enumerate() {
            if let Some(relative) = relative {
                refined.reed[output] = (relative as f32 - self.own[output] / ratios[output]) * reed_ratio;
            }
        }
        refined
    }
}

/// Returns the decays of H2–H8, model relative to recording.
///
/// The first is the reed's, shared by H1 and H2: the geometric mean of both. If they differ by more
/// than [`SAME_REED_OCTAVES`], H2 passes a null, as on many keys. Then only H1 is used.
fn relative_decays(real: &Measurement, model: &Measurement) -> [Option<f64>; CORRECTED_HARMONICS] {
    let relative =
        |i: usize| Some(model.harmonics[i].decay_db_per_s.valid()? / usable_decay_db_per_s(&real.harmonics[i])?);
    let falling = |i: usize| relative(i).filter(|_| usable_decay_db_per_s(&model.harmonics[i]).is_some());
    let mut all = std::array::from_fn(|output| relative(output + 1));
    all[0] = match (falling(0), falling(1)) {
        (Some(first), Some(second)) if (first / second).log2().abs() < SAME_REED_OCTAVES => {
            Some((first * second).sqrt())
        }
        (first, second) => first.or(second),
    };
    all
}

/// Returns the decay of a harmonic, dB/s, if it was measured and is faster than
/// [`SLOWEST_DECAY_DB_PER_S`].
#[must_use]
pub fn usable_decay_db_per_s(harmonic: &Harmonic) -> Option<f64> {
    harmonic.decay_db_per_s.valid().filter(|decay| *decay > SLOWEST_DECAY_DB_PER_S)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Reading, Status};
    use crate::renderer::measured;
    use crate::renderer::measured::Request;
    use wurli_voice::MlpCorrections;

    fn with_decays(first: f64, second: f64) -> Measurement {
        let mut measurement = measured::render_instrument(Instrument::EP200, &Request::plain(60, 78, 1.5)).unwrap();
        for (harmonic, value) in measurement.harmonics.iter_mut().zip([first, second]) {
            harmonic.decay_db_per_s = Reading { value, status: Status::Valid };
        }
        measurement
    }

    fn compare(
        instrument: Option<&Instrument>,
        (midi, velocity): (u8, u8),
        real: &Measurement,
        model: &Measurement,
    ) -> ObservedDecays {
        ObservedDecays::compare(edge_decay(instrument, midi, velocity, 1.0), real, model)
    }

    #[test]
    fn the_reed_decays_between_h1_and_h2_unless_h2_passes_a_null() {
        let model = with_decays(8.0, 16.0);
        let reed = |first, second| {
            compare(Some(&Instrument::EP200), (60, 78), &with_decays(first, second), &model).response.target_ratios()[0]
        };
        assert_eq!(reed(4.0, 8.0), 2.0);
        assert!((reed(4.0, 6.0) / f32::sqrt(2.0 * 16.0 / 6.0) - 1.0).abs() < 1e-6);
        // H2 decays four times too fast, H1 as recorded.
        assert_eq!(reed(8.0, 64.0), 1.0);
        // A fundamental that does not decay is ignored.
        assert_eq!(reed(0.1, 8.0), 2.0);
    }

    #[test]
    fn response_predicts_the_decays_of_an_overdriven_note() {
        let (midi, velocity) = (45, 78);
        let plain = measured::render_instrument(Instrument::EP200, &Request::plain(midi, velocity, 1.5)).unwrap();
        let ObservedDecays { response, observed } = compare(Some(&Instrument::EP200), (midi, velocity), &plain, &plain);
        let (mut compared, mut of_response, mut of_division) = (0, 0.0, 0.0);
        for ratio in [0.7f32, 0.85, 1.15, 1.3] {
            let mut corrections = MlpCorrections::IDENTITY;
            corrections.decay_ratios[1..].fill(ratio);
            let bent = measured::render_instrument(
                Instrument::EP200,
                &Request::plain(midi, velocity, 1.5).corrected(&corrections),
            )
            .unwrap();
            for output in (1..CORRECTED_HARMONICS).filter(|output| observed[*output]) {
                let [own, bent] = [&plain, &bent].map(|note| note.harmonics[output + 1].decay_db_per_s.valid());
                let (Some(own), Some(bent)) = (own, bent) else { continue };
                let predicted = f64::from(response.relative_decay(output, ratio, 1.0)) * own;
                let divided = own / f64::from(ratio);
                println!(
                    "H{} at {ratio}: {own:.1} -> {bent:.1}, predicted {predicted:.1}, divided {divided:.1}",
                    output + 2
                );
                of_response += (bent - predicted).abs();
                of_division += (bent - divided).abs();
                compared += 1;
            }
        }
        println!("{compared} decays: {of_response} dB/s from the response, {of_division} from the division");
        assert!(compared > 8 && of_response < 0.6 * of_division);
    }

    #[test]
    fn a_growing_harmonic_without_closed_form_has_no_target() {
        let (real, mut model) = (with_decays(8.0, 8.0), with_decays(8.0, 16.0));
        for (harmonic, value) in model.harmonics[2..5].iter_mut().zip([-1.0, 0.2, 12.0]) {
            harmonic.decay_db_per_s = Reading { value, status: Status::Valid };
        }
        let mut recorded = real.clone();
        recorded.harmonics.iter_mut().for_each(|h| h.decay_db_per_s = Reading { value: 6.0, status: Status::Valid });
        let ObservedDecays { response, observed } = compare(None, (60, 78), &recorded, &model);
        assert_eq!(observed[..4], [true, false, false, true]);
        assert!((response.target_ratios()[3] - 2.0).abs() < 1e-6, "{:?}", response.target_ratios());
        let observed = compare(Some(&Instrument::EP200), (60, 78), &recorded, &model).observed;
        assert!(observed[1] && observed[2]);
    }

    #[test]
    fn target_ratios_give_the_recorded_decays() {
        let exact = DecayResponse::from_ratios([1.5, 2.0, 0.5, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(exact.target_ratios(), [1.5, 2.0, 0.5, 1.0, 1.0, 1.0, 1.0]);
        assert!((0..CORRECTED_HARMONICS).all(|output| exact.relative_decay(
            output,
            exact.target_ratios()[output],
            1.5
        ) == 1.0));
        // Solutions of 3/r − 2.5 = 1 and 3/r − 1.5 = 1. A division would give 0.5 and 1.5. No ratio
        // brings 3/r + 1.5 to 1.
        let slow =
            DecayResponse { own: [0.0, 3.0, 3.0, 3.0, 0.0, 0.0, 0.0], reed: [1.0, -2.5, -1.5, 1.5, 0.0, 0.0, 0.0] };
        let [reed, faster, slower, beyond, ..] = slow.target_ratios();
        assert_eq!((reed, beyond), (1.0, MAX_OUTPUTS[DECAYS]));
        assert!((faster - 3.0 / 3.5).abs() < 1e-6 && (slower - 1.2).abs() < 1e-6);
    }
}
