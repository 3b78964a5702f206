//! Cost of explaining an onset's peaks by a set of keys: the negative logarithm of a likelihood.
//!
//! A peak's expected power is the power that sounded before plus that of each key's harmonic on it.
//! Levels deviate from the pickup's law by some decibels, frequencies from multiples of the
//! fundamental by a fraction of the resolution. The cost of an unexplained peak, or of a missing
//! harmonic, is bounded.

use super::HARMONICS;
use super::candidate::Candidate;
use super::peaks::OnsetPeaks;
use super::settings::CostSettings;
use super::timbre::{Timbre, Timbres};

/// A harmonic of a candidate and the peak on it.
#[derive(Clone, Copy, Debug)]
struct HarmonicMatch {
    order: usize,
    /// Index of the peak.
    peak: Option<usize>,
    /// Power that the window leaves of the harmonic at the peak's frequency.
    lobe: f32,
    /// Cost of the peak's frequency if the peak is this harmonic alone.
    frequency_cost: f32,
    /// Least power of the harmonic at which it makes a peak.
    visible: f32,
}

/// A key that may have been struck.
#[derive(Clone, Debug)]
pub(super) struct KeyHypothesis<'a> {
    pub(super) candidate: Candidate,
    pub(super) midi: u8,
    timbres: &'a [Timbre],
    harmonics: Vec<HarmonicMatch>,
}

/// Timbre and loudness of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sound {
    /// Index of the timbre.
    timbre: usize,
    /// Power of the timbre's largest harmonic.
    power: f32,
}

/// A sound with the cost that it adds; negative if it lowers the total.
#[derive(Clone, Copy, Debug)]
pub(super) struct CostedSound {
    pub(super) sound: Sound,
    pub(super) cost: f32,
}

/// State of one peak.
#[derive(Clone, Copy, Debug)]
struct PeakState {
    /// Measured amplitude.
    after: f32,
    /// Expected power.
    expected: f32,
    /// Sum of the harmonics' powers, each times the cost of its frequency.
    frequency_costs: f32,
    /// Power that sounded before.
    old: f32,
    /// Standard deviation of that power, dB.
    old_deviation_db: f32,
    /// Weight of the peak, 0..=1.
    weight: f32,
    /// Chosen keys with a harmonic on it.
    covers: u8,
    /// Current cost.
    cost: f32,
}

/// Harmonic by which the level of a sound is set.
#[derive(Clone, Copy)]
struct Anchor {
    order: usize,
    /// Power of its peak that is not explained yet.
    unexplained: f32,
}

/// Costs of an onset's peaks, given the keys chosen so far.
pub(super) struct CostModel<'a> {
    peaks: &'a OnsetPeaks,
    settings: &'a CostSettings,
    states: Vec<PeakState>,
    /// Cost of a key.
    key_price: f32,
    /// Power of the loudest new peak.
    loudest: f32,
}

impl<'a> CostModel<'a> {
    pub(super) fn new(peaks: &'a OnsetPeaks, is_faint: bool, settings: &'a CostSettings) -> Self {
        let loudest = peaks.all.iter().map(|peak| peak.new).fold(f32::MIN_POSITIVE, f32::max);
        let weight = |amplitude: f32| {
            let below_db = 20.0 * (loudest / amplitude.max(f32::MIN_POSITIVE)).log10();
            (1.0 - below_db / settings.range_db).clamp(0.0, 1.0)
        };
        let states = peaks.all.iter().map(|peak| {
            let old = peak.before.powi(2) + (0.5 * peaks.visible_from(peak.frequency_hz)).powi(2);
            PeakState {
                after: peak.after,
                expected: old,
                frequency_costs: 0.0,
                old,
                old_deviation_db: if peak.is_sustained {
                    settings.sustained_deviation_db
                } else {
                    settings.old_deviation_db
                },
                weight: weight(peak.after),
                covers: 0,
                cost: 0.0,
            }
        });
        let mut model = Self {
            peaks,
            settings,
            states: states.collect(),
            key_price: settings.key + if is_faint { settings.faint_key } else { 0.0 },
            loudest: loudest * loudest,
        };
        for index in 0..model.states.len() {
            model.states[index].cost = model.peak_cost(&model.states[index]);
        }
        model
    }

    /// Matches a candidate's harmonics with peaks. `None` for a candidate outside the range of MIDI
    /// keys.
    pub(super) fn hypothesis<'t>(&self, candidate: Candidate, timbres: &'t Timbres) -> Option<KeyHypothesis<'t>> {
        let midi = candidate.midi()?;
        let resolution_hz = self.peaks.resolution_hz;
        let match_harmonic = |order: usize| {
            let frequency_hz = order as f64 * candidate.f0_hz;
            let visible = self.peaks.visible_from(frequency_hz).powi(2);
            let index = candidate.peaks.get(order - 1).copied().flatten();
            let Some(peak) = index.and_then(|index| self.peaks.all.get(index)) else {
                return HarmonicMatch { order, peak: None, lobe: 0.0, frequency_cost: 0.0, visible };
            };
            let distance_hz = (peak.frequency_hz - frequency_hz).abs();
            let deviation_hz = f64::from(self.settings.deviation_in_resolution) * resolution_hz
                + f64::from(self.settings.deviation_in_frequency) * frequency_hz;
            let frequency_cost = (0.5 * (distance_hz / deviation_hz).powi(2)) as f32;
            let lobe = hann_lobe(distance_hz / resolution_hz).powi(2);
            let frequency_cost = frequency_cost.min(self.settings.max_frequency_cost);
            HarmonicMatch { order, peak: index, lobe, frequency_cost, visible }
        };
        let band_hz = self.peaks.band_hz();
        let orders = (1..=HARMONICS).take_while(|order| *order as f64 * candidate.f0_hz < band_hz);
        let harmonics = orders.map(match_harmonic).collect();
        Some(KeyHypothesis { candidate, midi, timbres: timbres.for_key(midi), harmonics })
    }

    /// Adds the sound of a key to what is expected.
    pub(super) fn add(&mut self, key: &KeyHypothesis, sound: Sound) {
        self.change(key, sound, 1.0, |covers| covers + 1);
    }

    /// Removes the sound of a key from what is expected.
    pub(super) fn remove(&mut self, key: &KeyHypothesis, sound: Sound) {
        self.change(key, sound, -1.0, |covers| covers.saturating_sub(1));
    }

    fn change(&mut self, key: &KeyHypothesis, sound: Sound, sign: f32, cover: impl Fn(u8) -> u8) {
        let Some(timbre) = key.timbres.get(sound.timbre) else { return };
        for harmonic in &key.harmonics {
            let Some(index) = harmonic.peak else { continue };
            let power = sign * sound.power * timbre[harmonic.order - 1].powi(2) * harmonic.lobe;
            let mut state = self.states[index];
            // Rounding may leave less than nothing after a removal.
            state.expected = (state.expected + power).max(state.old);
            state.frequency_costs = (state.frequency_costs + power * harmonic.frequency_cost).max(0.0);
            if self.covers_peak(&state, power.abs()) {
                state.covers = cover(state.covers);
            }
            state.cost = self.peak_cost(&state);
            self.states[index] = state;
        }
    }

    /// Returns the sound of a key that adds the least cost.
    pub(super) fn best_sound(&self, key: &KeyHypothesis) -> Option<CostedSound> {
        let anchors = self.anchors(key);
        let mut best: Option<CostedSound> = None;
        for (timbre, levels) in key.timbres.iter().enumerate() {
            for anchor in anchors.into_iter().flatten() {
                let power = anchor.unexplained / levels[anchor.order - 1].powi(2);
                for power in [power, SOFTER_POWER * power] {
                    let cost = self.added_cost(key, levels, power);
                    if best.is_none_or(|best| cost < best.cost) {
                        best = Some(CostedSound { sound: Sound { timbre, power }, cost });
                    }
                }
            }
        }
        best
    }

    /// Returns the weight of a power relative to the loudest, 0..=1.
    fn weight(&self, power: f32) -> f32 {
        (1.0 + decibels(power / self.loudest) / self.settings.range_db).clamp(0.0, 1.0)
    }

    /// Returns the level of a peak over what is expected of it, dB.
    pub(super) fn excess_db(&self, peak: usize) -> f32 {
        let state = &self.states[peak];
        decibels(state.after.powi(2) / state.expected)
    }

    /// Returns the cost of a key itself. It is higher if its fundamental lies on a chosen key's
    /// harmonic.
    pub(super) fn price(&self, key: &KeyHypothesis) -> f32 {
        let first = key.harmonics.first().and_then(|harmonic| harmonic.peak);
        let is_covered = first.is_none_or(|index| self.states[index].covers > 0);
        self.key_price + if is_covered { self.settings.covered_key } else { 0.0 }
    }

    /// Returns the cost that a key's sound adds.
    fn added_cost(&self, key: &KeyHypothesis, levels: &Timbre, power: f32) -> f32 {
        let mut cost = 0.0;
        for harmonic in &key.harmonics {
            let own = power * levels[harmonic.order - 1].powi(2);
            match harmonic.peak {
                Some(index) => {
                    let own = own * harmonic.lobe;
                    let before = self.states[index];
                    let covers = before.covers > 0 || self.covers_peak(&before, own);
                    if own < NEGLIGIBLE * before.expected && covers == (before.covers > 0) {
                        continue;
                    }
                    let after = PeakState {
                        expected: before.expected + own,
                        frequency_costs: before.frequency_costs + own * harmonic.frequency_cost,
                        covers: u8::from(covers),
                        ..before
                    };
                    cost += self.peak_cost(&after) - before.cost;
                }
                None if own > harmonic.visible => {
                    let missing_db = decibels(own / harmonic.visible);
                    cost +=
                        self.weight(own) * bounded(missing_db / self.settings.deviation_db, self.settings.max_missing);
                }
                None => {}
            }
        }
        cost
    }

    /// Returns `true` if a harmonic of this power makes its peak plausible.
    fn covers_peak(&self, state: &PeakState, power: f32) -> bool {
        power > self.settings.covering * state.after.powi(2)
    }

    fn peak_cost(&self, state: &PeakState) -> f32 {
        let excess_db = decibels(state.after * state.after / state.expected);
        let old_share = state.old / state.expected;
        // The old power may have been damped.
        let excess_db = if excess_db < 0.0 { excess_db * (1.0 - old_share) } else { excess_db };
        let deviation_db =
            self.settings.deviation_db + (state.old_deviation_db - self.settings.deviation_db) * old_share;
        let most = if excess_db > 0.0 {
            if state.covers > 0 { self.settings.max_covered } else { self.settings.max_unexplained }
        } else {
            self.settings.max_missing
        };
        // A peak that is softer than expected has the weight of what was expected.
        let weight = if excess_db < 0.0 { self.weight(state.expected) } else { state.weight };
        weight * (bounded(excess_db / deviation_db, most) + state.frequency_costs / state.expected)
    }

    /// Harmonics by which a sound's level is set: H1, and the two of H2 to H6 with the most
    /// unexplained power.
    fn anchors(&self, key: &KeyHypothesis) -> [Option<Anchor>; 3] {
        let anchor = |harmonic: &HarmonicMatch| {
            let state = &self.states[harmonic.peak?];
            let unexplained = state.after.powi(2) - state.expected;
            (unexplained > 0.0).then_some(Anchor { order: harmonic.order, unexplained })
        };
        let mut anchors = [key.harmonics.first().and_then(anchor), None, None];
        for found in key.harmonics.iter().take(6).skip(1).filter_map(anchor) {
            let is_stronger = |known: Option<Anchor>| known.is_none_or(|known| found.unexplained > known.unexplained);
            if is_stronger(anchors[1]) {
                anchors[2] = anchors[1];
                anchors[1] = Some(found);
            } else if is_stronger(anchors[2]) {
                anchors[2] = Some(found);
            }
        }
        anchors
    }

    /// Returns the root of the summed powers of a sound's harmonics, each at most that of its peak.
    pub(super) fn amplitude(&self, key: &KeyHypothesis, sound: Sound) -> f64 {
        let Some(levels) = key.timbres.get(sound.timbre) else { return 0.0 };
        let power: f64 = key
            .harmonics
            .iter()
            .filter_map(|harmonic| {
                let own = sound.power * levels[harmonic.order - 1].powi(2);
                Some(f64::from(own.min(self.states[harmonic.peak?].after.powi(2))))
            })
            .sum();
        power.sqrt()
    }
}

/// Second power that is tried for each anchor, relative to its unexplained power. Peaks are often
/// shared.
const SOFTER_POWER: f32 = 0.4;
/// Power, relative to a peak's expected one, that changes no cost.
const NEGLIGIBLE: f32 = 1e-3;

/// Returns ten times the decimal logarithm of a power ratio, to 0.03 dB, by a parabola between the
/// powers of two.
fn decibels(ratio: f32) -> f32 {
    let bits = ratio.max(f32::MIN_POSITIVE).to_bits();
    let exponent = (bits >> 23) as f32 - 127.0;
    let mantissa = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000);
    let log2 = exponent + (-0.344_845 * mantissa + 2.024_658) * mantissa - 1.674_873;
    3.010_3 * log2
}

/// Returns half the square of a deviation, smoothly bounded by `most`.
fn bounded(deviation: f32, most: f32) -> f32 {
    let cost = 0.5 * deviation * deviation;
    cost * most / (cost + most)
}

/// Returns the amplitude of a Hann window's transform at a distance in bins, 1 at 0; 0 beyond the
/// main lobe.
fn hann_lobe(distance: f64) -> f32 {
    if distance >= 2.0 {
        return 0.0;
    }
    let x = std::f64::consts::PI * distance;
    let sinc = if x < 1e-9 { 1.0 } else { x.sin() / x };
    let edge = 1.0 - distance * distance;
    // The quotient is 0/0 at a distance of one, where the lobe is at half height.
    if edge.abs() < 1e-6 { 0.5 } else { (sinc / edge) as f32 }
}
