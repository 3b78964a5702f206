//! The search: the expected sinusoids first, then whatever is left beside them, until only noise is left.

use std::f64::consts::TAU;

use rustfft::num_complex::Complex64;

use super::correlate::Weighted;
use super::descent::{self, Place};
use super::neighbours::{self, APART};
use super::normal::Mode;
use super::residual::Left;
use super::seek::Seeker;
use super::taper::Taper;
use crate::dsp::goertzel;

/// How far from where it was seen a neighbour may be, periods over the length of the segment.
const REACH: f64 = 1.0;
/// How far beyond its zone an expected sinusoid may be: noise shifts one that just stands out of it by a tenth of a period.
const BEYOND: f64 = 0.3;
/// A neighbour in the zone of an expected sinusoid is that sinusoid if its amplitude is so many times greater.
const RATHER: f64 = 2.0;
/// Longest ramp of the taper, as share of the segment. What is not modelled is kept off; a steady sinusoid becomes 7 % more uncertain.
const LONGEST_RAMP: f64 = 0.125;
/// Shortest ramp, as share of the segment.
const SHORTEST_RAMP: f64 = 1.0 / 64.0;
/// Under a ramp that begins it, a decaying sinusoid loses at most this share of a neper.
const LOST_NEPERS: f64 = 0.1;
/// Times that the residual is searched.
const ROUNDS: usize = 8;
/// Exponents that move by less than this are found, as long as there is more to be found; and in the end: at 80 dB above the noise in a line, they
/// are uncertain by twenty times as much.
const ROUGH: f64 = 0.03;
const STILL: f64 = 1e-5;
/// Neighbours that are fitted at most.
const NEIGHBOURS: usize = 8;

/// What was found in a segment.
pub(super) struct Found {
    /// The expected sinusoids, in their order, then their neighbours.
    pub(super) modes: Vec<Mode>,
    /// Where each was looked for.
    pub(super) places: Vec<Place>,
    /// What is left without them.
    pub(super) left: Left,
    /// The weights of the samples.
    pub(super) taper: Taper,
}

/// Finds sinusoids within `zones` of `expected`, in periods over the length of `samples`, that grow by no less and no more than `growth`, in nepers
/// over it. `None` where two of them cannot be told apart.
pub(super) fn run(samples: &[f32], expected: &[f64], zones: &[f64], growth: (f64, f64)) -> Option<Found> {
    let seeker = Seeker::of(samples);
    let place = |at: f64| Place { start: start(samples, at, growth), middle: at, reach: REACH, growth };
    let sought = |(at, zone): (&f64, &f64)| Place {
        middle: *at,
        reach: zone + BEYOND,
        ..place(seeker.seek(*at, *zone).unwrap_or(*at))
    };
    let mut places: Vec<Place> = expected.iter().zip(zones).map(sought).collect();
    let taper = taper(samples.len(), &places);
    let weighted = Weighted::new(samples, taper);
    let exponents: Vec<Complex64> = places.iter().map(|place| place.start).collect();
    let mut modes = descent::run(&exponents, &places, &weighted, &taper, ROUGH)?;
    let mut left = Left::of(samples, &modes, &taper);
    for round in 0..ROUNDS {
        let (mut exponents, kept) = settle(&modes, &places[..expected.len()]);
        let fitted: Vec<f64> = modes.iter().map(Mode::periods).collect();
        // What still strays from a decaying sinusoid when the strongest neighbours are known is none, and weaker ones do not matter to it.
        let sinusoids: Vec<f64> = fitted[..expected.len()]
            .iter()
            .copied()
            .filter(|at| round == 0 || !neighbours::strays(&left, *at))
            .collect();
        let mut new: Vec<Place> = neighbours::find(&left, expected.len(), &fitted)
            .iter()
            .map(|peak| (peak, place(peak.at)))
            .filter(|(peak, place)| peak.is_felt(place.start, &sinusoids, &taper))
            .map(|(_, place)| place)
            .collect();
        new.truncate(NEIGHBOURS + expected.len() - modes.len());
        if new.is_empty() && kept.iter().all(|kept| *kept) {
            break;
        }
        let keep = |index: usize| kept.get(index).copied().unwrap_or(false);
        let stay: Vec<usize> = (0..modes.len()).filter(|index| keep(*index)).collect();
        exponents = stay.iter().map(|i| exponents[*i]).chain(new.iter().map(|place| place.start)).collect();
        let tried: Vec<Place> = stay.iter().map(|i| places[*i]).chain(new).collect();
        let Some(together) = descent::run(&exponents, &tried, &weighted, &taper, ROUGH) else { break };
        (modes, places) = (together, tried);
        left = Left::of(samples, &modes, &taper);
    }
    let exponents: Vec<Complex64> = modes.iter().map(|mode| mode.exponent).collect();
    let modes = descent::run(&exponents, &places, &weighted, &taper, STILL)?;
    let left = Left::of(samples, &modes, &taper);
    Some(Found { modes, places, left, taper })
}

/// Exponents to go on from, and which modes stay. A neighbour that moved into the place of an expected sinusoid is that sinusoid, which something
/// led astray when it was fitted first.
fn settle(modes: &[Mode], places: &[Place]) -> (Vec<Complex64>, Vec<bool>) {
    let mut exponents: Vec<Complex64> = modes.iter().map(|mode| mode.exponent).collect();
    let mut kept = vec![true; modes.len()];
    let (sought, others) = modes.split_at(places.len());
    for (i, neighbour) in others.iter().enumerate() {
        let at = neighbour.periods();
        let same = |(mode, place): (&Mode, &Place)| {
            let louder = neighbour.amplitude.norm() > RATHER * mode.amplitude.norm();
            (mode.periods() - at).abs() < APART || louder && (at - place.middle).abs() < place.reach - BEYOND
        };
        if let Some(taken) = sought.iter().zip(places).position(same) {
            kept[places.len() + i] = false;
            if neighbour.amplitude.norm() > modes[taken].amplitude.norm() {
                exponents[taken] = neighbour.exponent;
            }
        }
    }
    (exponents, kept)
}

/// The exponent to begin with: the decay is that from the earlier half to the later.
fn start(samples: &[f32], periods: f64, (least, greatest): (f64, f64)) -> Complex64 {
    let half = samples.len() / 2;
    let window = goertzel::hann(half);
    let halves = [&samples[..half], &samples[half..]];
    // Frequencies as shares of the sample rate.
    let lines = goertzel::lines(halves, &window, [periods; 2], samples.len() as u32);
    let [earlier, later] = lines.map(|line| line.norm());
    let growth = if earlier > 0.0 && later > 0.0 { 2.0 * (later / earlier).ln() } else { 0.0 };
    Complex64::new(growth.clamp(0.5 * least, 0.5 * greatest), TAU * periods)
}

fn taper(length: usize, places: &[Place]) -> Taper {
    let steepest = places.iter().fold(0.0f64, |steepest, place| steepest.max(-place.start.re));
    let ramp = (LOST_NEPERS / steepest).clamp(SHORTEST_RAMP, LONGEST_RAMP);
    Taper::new(length, (ramp * length as f64) as usize)
}
