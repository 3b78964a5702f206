//! What decay ratios do to the decays of a rendered note.
//!
//! The reed's ratio r₁ stretches the whole note. A harmonic's own ratio r acts on the k-th power of the ratio of the pickup's nearer
//! edge: with e dB/s as the fall of that edge, it adds k·e·(1/r − 1/r₁) dB/s. A harmonic that falls as that power does has its decay
//! divided by r; one that falls more slowly, as all do where the pickup is overdriven, is changed by more than that.

use serde::{Deserialize, Serialize};
use wurli_voice::corrections::{CORRECTED_HARMONICS, DECAYS, MAX_OUTPUTS};
use wurli_voice::{Instrument, edge_decay_db_per_s};

use crate::measure::{Harmonic, Measurement, decay};

/// A decay below this is none, dB/s: in the bass H1 grows while the pickup is overdriven.
pub const SLOWEST_DECAY_DB_PER_S: f64 = 0.5;

/// How far the decay ratios of H1 and H2 may be apart and still be those of one reed, octaves.
const SAME_REED_OCTAVES: f64 = 1.0;

/// The span over which the fall of the edge is taken, s. Decays are read until 1.5 s at the latest, but those of short notes and of partials
/// that drown early much shorter; refinement makes up for the difference.
const SPAN_S: (f64, f64) = (decay::BEGIN_S, 1.0);

/// What ratios do to the decays of H2–H8 of one note, in units of the recorded decays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DecayResponse {
    /// What is divided by the harmonic's own ratio. 0 for H2, whose ratio is the reed's.
    edge: [f32; CORRECTED_HARMONICS],
    /// What is divided by the reed's ratio.
    rest: [f32; CORRECTED_HARMONICS],
}

impl DecayResponse {
    /// Of a note whose recording was measured as `real` and whose rendering, uncorrected but for its displacement, as `model`; and which
    /// harmonics it is known of. Of a synth that is not the reference voice, a ratio divides the decay of its harmonic.
    #[must_use]
    pub fn from_measurements(
        instrument: Option<&Instrument>,
        (midi, velocity): (u8, u8),
        displacement_scale: f64,
        real: &Measurement,
        model: &Measurement,
    ) -> (Self, [bool; CORRECTED_HARMONICS]) {
        let velocity = f64::from(velocity) / 127.0;
        let edge_db_per_s =
            instrument.map(|instrument| edge_decay_db_per_s(instrument, midi, velocity, displacement_scale, SPAN_S));
        let mut response = Self::default();
        let mut known = [false; CORRECTED_HARMONICS];
        for (output, share) in shares(real, model).into_iter().enumerate() {
            let Some(share) = share else { continue };
            // Of a closed form it is known what a ratio does to a harmonic that grows; divided, it would grow faster.
            let falls = usable_decay_db_per_s(&model.harmonics[output + 1]).is_some();
            if output > 0 && instrument.is_none() && !falls {
                continue;
            }
            if output > 0 {
                let recorded_db_per_s = real.harmonics[output + 1].decay_db_per_s.value;
                let edge = edge_db_per_s.map(|edge_db_per_s| (output + 2) as f64 * edge_db_per_s / recorded_db_per_s);
                response.edge[output] = edge.unwrap_or(share) as f32;
            }
            response.rest[output] = share as f32 - response.edge[output];
            known[output] = true;
        }
        (response, known)
    }

    /// The response of harmonics whose decay every ratio divides, to ratios that mend it.
    #[must_use]
    pub fn from_ratios(ratios: [f32; CORRECTED_HARMONICS]) -> Self {
        let [reed, ..] = ratios;
        let mut response = Self { edge: ratios, rest: [0.0; CORRECTED_HARMONICS] };
        response.edge[0] = 0.0;
        response.rest[0] = reed;
        response
    }

    /// Decay of an output's harmonic over the recorded one, at a ratio of its own and one of the reed.
    #[must_use]
    pub fn at(&self, output: usize, ratio: f32, reed: f32) -> f32 {
        self.edge[output] / ratio + self.rest[output] / reed
    }

    /// Slopes of [`at`](Self::at) along both ratios.
    #[must_use]
    pub fn slopes(&self, output: usize, ratio: f32, reed: f32) -> [f32; 2] {
        [-self.edge[output] / (ratio * ratio), -self.rest[output] / (reed * reed)]
    }

    /// The ratios that give the recorded decays; the highest there is where none is high enough.
    #[must_use]
    pub fn ratios(&self) -> [f32; CORRECTED_HARMONICS] {
        let highest = MAX_OUTPUTS[DECAYS];
        let reed = if self.rest[0] > 0.0 { self.rest[0].min(highest) } else { 1.0 };
        std::array::from_fn(|output| {
            let missing = 1.0 - self.rest[output] / reed;
            match output {
                0 => reed,
                _ if missing > self.edge[output] / highest => self.edge[output] / missing,
                _ => highest,
            }
        })
    }

    /// The same after a rendering with `ratios` was heard: a ratio does what it did, and what was foretold wrong is the rest's doing.
    #[must_use]
    pub fn heard(&self, ratios: &[f32; CORRECTED_HARMONICS], real: &Measurement, rendered: &Measurement) -> Self {
        let mut heard = *self;
        let [reed, ..] = *ratios;
        for (output, share) in shares(real, rendered).into_iter().enumerate() {
            if let Some(share) = share {
                heard.rest[output] = (share as f32 - self.edge[output] / ratios[output]) * reed;
            }
        }
        heard
    }
}

/// Decays of the outputs' harmonics, `model` over `real`. The first is the reed's, which H1 and H2 share: the geometric mean of both. Where
/// these are more than [`SAME_REED_OCTAVES`] apart, H2 passes a null, as it does on many keys, and the fundamental hardly ever: it has the
/// say.
fn shares(real: &Measurement, model: &Measurement) -> [Option<f64>; CORRECTED_HARMONICS] {
    let share =
        |i: usize| Some(model.harmonics[i].decay_db_per_s.valid()? / usable_decay_db_per_s(&real.harmonics[i])?);
    let falling = |i: usize| share(i).filter(|_| usable_decay_db_per_s(&model.harmonics[i]).is_some());
    let mut shares = std::array::from_fn(|output| share(output + 1));
    shares[0] = match (falling(0), falling(1)) {
        (Some(first), Some(second)) if (first / second).log2().abs() < SAME_REED_OCTAVES => {
            Some((first * second).sqrt())
        }
        (first, second) => first.or(second),
    };
    shares
}

/// The decay of a harmonic, dB/s, where it can be compared: measured, and faster than [`SLOWEST_DECAY_DB_PER_S`].
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

    #[test]
    fn the_decay_of_the_reed_lies_between_h1_and_h2_unless_one_of_them_passes_a_null() {
        let model = with_decays(8.0, 16.0);
        let reed = |first, second| {
            DecayResponse::from_measurements(
                Some(&Instrument::EP200),
                (60, 78),
                1.0,
                &with_decays(first, second),
                &model,
            )
            .0
            .ratios()[0]
        };
        assert_eq!(reed(4.0, 8.0), 2.0);
        assert!((reed(4.0, 6.0) / f32::sqrt(2.0 * 16.0 / 6.0) - 1.0).abs() < 1e-6);
        // H2 that falls four times as fast as it should beside an H1 that falls as it should.
        assert_eq!(reed(8.0, 64.0), 1.0);
        // A fundamental that stands still says nothing.
        assert_eq!(reed(0.1, 8.0), 2.0);
    }

    #[test]
    fn the_decays_of_an_overdriven_note_are_those_that_the_response_foretells() {
        let (midi, velocity) = (45, 78);
        let plain = measured::render_instrument(Instrument::EP200, &Request::plain(midi, velocity, 1.5)).unwrap();
        let (response, known) =
            DecayResponse::from_measurements(Some(&Instrument::EP200), (midi, velocity), 1.0, &plain, &plain);
        let (mut compared, mut of_response, mut of_division) = (0, 0.0, 0.0);
        for ratio in [0.7f32, 0.85, 1.15, 1.3] {
            let mut corrections = MlpCorrections::IDENTITY;
            corrections.decay_ratios[1..].fill(ratio);
            let bent = measured::render_instrument(
                Instrument::EP200,
                &Request::plain(midi, velocity, 1.5).corrected(&corrections),
            )
            .unwrap();
            for output in (1..CORRECTED_HARMONICS).filter(|output| known[*output]) {
                let [own, bent] = [&plain, &bent].map(|note| note.harmonics[output + 1].decay_db_per_s.valid());
                let (Some(own), Some(bent)) = (own, bent) else { continue };
                let foretold = f64::from(response.at(output, ratio, 1.0)) * own;
                let divided = own / f64::from(ratio);
                println!(
                    "H{} at {ratio}: {own:.1} -> {bent:.1}, foretold {foretold:.1}, divided {divided:.1}",
                    output + 2
                );
                of_response += (bent - foretold).abs();
                of_division += (bent - divided).abs();
                compared += 1;
            }
        }
        println!("{compared} decays: {of_response} dB/s from the response, {of_division} from the division");
        assert!(compared > 8 && of_response < 0.5 * of_division);
    }

    #[test]
    fn of_a_synth_without_a_closed_form_a_harmonic_that_grows_has_no_target() {
        let (real, mut model) = (with_decays(8.0, 8.0), with_decays(8.0, 16.0));
        for (harmonic, value) in model.harmonics[2..5].iter_mut().zip([-1.0, 0.2, 12.0]) {
            harmonic.decay_db_per_s = Reading { value, status: Status::Valid };
        }
        let mut heard = real.clone();
        heard.harmonics.iter_mut().for_each(|h| h.decay_db_per_s = Reading { value: 6.0, status: Status::Valid });
        let (response, known) = DecayResponse::from_measurements(None, (60, 78), 1.0, &heard, &model);
        assert_eq!(known[..4], [true, false, false, true]);
        assert!((response.ratios()[3] - 2.0).abs() < 1e-6, "{:?}", response.ratios());
        let (_, known) = DecayResponse::from_measurements(Some(&Instrument::EP200), (60, 78), 1.0, &heard, &model);
        assert!(known[1] && known[2]);
    }

    #[test]
    fn ratios_mend_what_the_response_says_is_wrong() {
        let exact = DecayResponse::from_ratios([1.5, 2.0, 0.5, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(exact.ratios(), [1.5, 2.0, 0.5, 1.0, 1.0, 1.0, 1.0]);
        assert!((0..CORRECTED_HARMONICS).all(|output| exact.at(output, exact.ratios()[output], 1.5) == 1.0));
        // 3/r − 2.5 = 1, 3/r − 1.5 = 1: a division would have asked for 0.5 and for 1.5. Nothing slows 3/r + 1.5 down to 1.
        let slow =
            DecayResponse { edge: [0.0, 3.0, 3.0, 3.0, 0.0, 0.0, 0.0], rest: [1.0, -2.5, -1.5, 1.5, 0.0, 0.0, 0.0] };
        let [reed, faster, slower, beyond, ..] = slow.ratios();
        assert_eq!((reed, beyond), (1.0, MAX_OUTPUTS[DECAYS]));
        assert!((faster - 3.0 / 3.5).abs() < 1e-6 && (slower - 1.2).abs() < 1e-6);
    }
}
