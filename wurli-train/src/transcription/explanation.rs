//! How well a set of keys explains the partials of an onset, as a cost: the negative logarithm of a likelihood.
//!
//! A partial is expected to have the power of what sounded before plus that of each key's harmonic on it. Levels
//! stray from the law of the pickup by some decibels, frequencies from a multiple of the fundamental by a part of
//! the resolution; a partial that nothing explains, or a harmonic that is not there, costs no more than some
//! deviations would.

use super::HARMONICS;
use super::candidate::Candidate;
use super::partials::Partials;
use super::settings::ExplanationSettings;
use super::timbre::Timbre;

/// A harmonic of a candidate and where it lies.
#[derive(Clone, Copy, Debug)]
struct Slot {
    order: usize,
    partial: Option<usize>,
    /// Power that the window leaves of the harmonic at the partial's frequency.
    lobe: f32,
    /// Cost of the partial's frequency, were it this harmonic's alone.
    stray: f32,
    /// Power under which the harmonic would not be seen.
    visible: f32,
}

/// A candidate, ready to be weighed.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) candidate: Candidate,
    pub(super) midi: u8,
    slots: Vec<Slot>,
}

/// How a key is taken to sound: which of its timbres, and how loud.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sound {
    pub(super) timbre: usize,
    /// Power that the timbre's largest harmonic has.
    pub(super) power: f32,
}

/// The partials of an onset, and what the keys chosen so far explain of them.
pub(super) struct Explanation<'a> {
    partials: &'a Partials,
    settings: &'a ExplanationSettings,
    /// By partial: the power expected, and the same times the cost of its frequency.
    expected: Vec<f32>,
    strays: Vec<f32>,
    /// By partial: power that sounded before, the deviation that this has, and how much the partial counts, 0..=1.
    old: Vec<f32>,
    old_deviation_db: Vec<f32>,
    weights: Vec<f32>,
    /// What a key costs of itself.
    key_price: f32,
    /// Power of the loudest new partial.
    loudest: f32,
    /// By partial: how many chosen keys have a harmonic on it.
    covers: Vec<u8>,
    /// By partial: what it costs now.
    costs: Vec<f32>,
}

impl<'a> Explanation<'a> {
    pub(super) fn new(partials: &'a Partials, is_faint: bool, settings: &'a ExplanationSettings) -> Self {
        let loudest = partials.peaks.iter().map(|peak| peak.new).fold(f32::MIN_POSITIVE, f32::max);
        let weight = |amplitude: f32| {
            let below_db = 20.0 * (loudest / amplitude.max(f32::MIN_POSITIVE)).log10();
            (1.0 - below_db / settings.range_db).clamp(0.0, 1.0)
        };
        let old: Vec<f32> = partials
            .peaks
            .iter()
            .map(|peak| peak.before.powi(2) + (0.5 * partials.visible_from(peak.frequency_hz)).powi(2))
            .collect();
        let deviation = |held: bool| if held { settings.held_deviation_db } else { settings.old_deviation_db };
        let mut explanation = Self {
            partials,
            settings,
            costs: vec![0.0; old.len()],
            loudest: loudest * loudest,
            key_price: settings.key + if is_faint { settings.faint_key } else { 0.0 },
            covers: vec![0; old.len()],
            expected: old.clone(),
            strays: vec![0.0; old.len()],
            old,
            old_deviation_db: partials.peaks.iter().map(|peak| deviation(peak.held)).collect(),
            weights: partials.peaks.iter().map(|peak| weight(peak.after)).collect(),
        };
        for index in 0..explanation.costs.len() {
            explanation.costs[index] = explanation.partial_cost(index, explanation.expected[index], 0.0, false);
        }
        explanation
    }

    /// `None` for a candidate that is no key.
    pub(super) fn key(&self, candidate: Candidate) -> Option<Key> {
        let midi = candidate.midi()?;
        let resolution_hz = self.partials.resolution_hz;
        let slot = |order: usize| {
            let frequency_hz = order as f64 * candidate.f0_hz;
            let visible = self.partials.visible_from(frequency_hz).powi(2);
            let partial = candidate.partials.get(order - 1).copied().flatten();
            let peak = partial.and_then(|index| self.partials.peaks.get(index));
            let Some(peak) = peak else { return Slot { order, partial: None, lobe: 0.0, stray: 0.0, visible } };
            let distance_hz = (peak.frequency_hz - frequency_hz).abs();
            let deviation_hz = f64::from(self.settings.stray_in_resolution) * resolution_hz
                + f64::from(self.settings.stray_in_frequency) * frequency_hz;
            let stray = (0.5 * (distance_hz / deviation_hz).powi(2)) as f32;
            let lobe = hann_lobe(distance_hz / resolution_hz).powi(2);
            Slot { order, partial, lobe, stray: stray.min(self.settings.most_stray), visible }
        };
        let band_hz = self.partials.band_hz();
        let orders = (1..=HARMONICS).take_while(|order| *order as f64 * candidate.f0_hz < band_hz);
        let slots = orders.map(slot).collect();
        Some(Key { candidate, midi, slots })
    }

    /// Takes a sound in (`sign` 1) or out (−1).
    pub(super) fn change(&mut self, key: &Key, timbres: &[Timbre], sound: Sound, sign: f32) {
        let Some(timbre) = timbres.get(sound.timbre) else { return };
        for slot in &key.slots {
            let Some(index) = slot.partial else { continue };
            let power = sign * sound.power * timbre[slot.order - 1].powi(2) * slot.lobe;
            // What is taken out may leave a rounding below nothing.
            self.expected[index] = (self.expected[index] + power).max(self.old[index]);
            self.strays[index] = (self.strays[index] + power * slot.stray).max(0.0);
            if self.covers_partial(index, power.abs()) {
                self.covers[index] =
                    if sign > 0.0 { self.covers[index] + 1 } else { self.covers[index].saturating_sub(1) };
            }
            self.costs[index] =
                self.partial_cost(index, self.expected[index], self.strays[index], self.covers[index] > 0);
        }
    }

    /// The sound of a key that lowers the cost most, and by how much (negative: lower).
    pub(super) fn best(&self, key: &Key, timbres: &[Timbre]) -> Option<(Sound, f32)> {
        let anchors = self.anchors(key);
        let mut best: Option<(Sound, f32)> = None;
        for (timbre, levels) in timbres.iter().enumerate() {
            for (order, unexplained) in anchors.into_iter().flatten() {
                let power = unexplained / levels[order - 1].powi(2);
                for power in [power, 0.4 * power] {
                    let cost = self.added_cost(key, levels, power);
                    if best.is_none_or(|(_, least)| cost < least) {
                        best = Some((Sound { timbre, power }, cost));
                    }
                }
            }
        }
        best
    }

    /// How much a power counts beside the loudest.
    fn weight(&self, power: f32) -> f32 {
        (1.0 + decibels(power / self.loudest) / self.settings.range_db).clamp(0.0, 1.0)
    }

    /// Level of a partial over what is expected of it, dB.
    pub(super) fn excess_db(&self, partial: usize) -> f32 {
        decibels(self.partials.peaks[partial].after.powi(2) / self.expected[partial])
    }

    /// What a key costs of itself: more where its fundamental lies on a chosen key's harmonic.
    pub(super) fn price(&self, key: &Key) -> f32 {
        let first = key.slots.first().and_then(|slot| slot.partial);
        let is_covered = first.is_none_or(|index| self.covers[index] > 0);
        self.key_price + if is_covered { self.settings.covered_key } else { 0.0 }
    }

    /// What a key's sound adds to the cost.
    pub(super) fn added_cost(&self, key: &Key, levels: &Timbre, power: f32) -> f32 {
        let mut cost = 0.0;
        for slot in &key.slots {
            let own = power * levels[slot.order - 1].powi(2);
            match slot.partial {
                Some(index) => {
                    let own = own * slot.lobe;
                    let covered = self.covers[index] > 0;
                    let covers = self.covers_partial(index, own);
                    if own < 1e-3 * self.expected[index] && (covered || !covers) {
                        continue;
                    }
                    let before = self.costs[index];
                    let after = self.partial_cost(
                        index,
                        self.expected[index] + own,
                        self.strays[index] + own * slot.stray,
                        covered || covers,
                    );
                    cost += after - before;
                }
                None if own > slot.visible => {
                    let missing_db = decibels(own / slot.visible);
                    cost +=
                        self.weight(own) * capped(missing_db / self.settings.deviation_db, self.settings.most_missing);
                }
                None => {}
            }
        }
        cost
    }

    /// Whether a harmonic of this power makes its partial plausible.
    fn covers_partial(&self, index: usize, power: f32) -> bool {
        power > self.settings.covering * self.partials.peaks[index].after.powi(2)
    }

    fn partial_cost(&self, index: usize, expected: f32, strays: f32, covered: bool) -> f32 {
        let after = self.partials.peaks[index].after;
        let excess_db = decibels(after * after / expected);
        let old_share = self.old[index] / expected;
        // What sounded before may have been damped.
        let excess_db = if excess_db < 0.0 { excess_db * (1.0 - old_share) } else { excess_db };
        let deviation_db =
            self.settings.deviation_db + (self.old_deviation_db[index] - self.settings.deviation_db) * old_share;
        let most = if excess_db > 0.0 {
            if covered { self.settings.most_covered } else { self.settings.most_unexplained }
        } else {
            self.settings.most_missing
        };
        // What is softer than expected counts as what was expected would.
        let weight = if excess_db < 0.0 { self.weight(expected) } else { self.weights[index] };
        weight * (capped(excess_db / deviation_db, most) + strays / expected)
    }

    /// Harmonics by which a sound's level is set, with what of their power is unexplained: H1 and the two in which most
    /// is, among H2 to H6.
    fn anchors(&self, key: &Key) -> [Option<(usize, f32)>; 3] {
        let unexplained = |slot: &Slot| {
            let index = slot.partial?;
            let power = self.partials.peaks[index].after.powi(2) - self.expected[index];
            (power > 0.0).then_some((slot.order, power))
        };
        let mut anchors = [key.slots.first().and_then(unexplained), None, None];
        for (order, power) in key.slots.iter().take(6).skip(1).filter_map(unexplained) {
            let beats = |held: Option<(usize, f32)>| held.is_none_or(|(_, held)| power > held);
            if beats(anchors[1]) {
                anchors[2] = anchors[1];
                anchors[1] = Some((order, power));
            } else if beats(anchors[2]) {
                anchors[2] = Some((order, power));
            }
        }
        anchors
    }

    /// Root of the summed powers of a sound's harmonics, none above that of its partial.
    pub(super) fn amplitude(&self, key: &Key, timbres: &[Timbre], sound: Sound) -> f64 {
        let Some(levels) = timbres.get(sound.timbre) else { return 0.0 };
        let power: f64 = key
            .slots
            .iter()
            .filter_map(|slot| {
                let index = slot.partial?;
                let own = sound.power * levels[slot.order - 1].powi(2);
                Some(f64::from(own.min(self.partials.peaks[index].after.powi(2))))
            })
            .sum();
        power.sqrt()
    }
}

/// Ten times the logarithm of a power ratio, to 0.03 dB: a parabola between the powers of two.
fn decibels(ratio: f32) -> f32 {
    let bits = ratio.max(f32::MIN_POSITIVE).to_bits();
    let exponent = (bits >> 23) as f32 - 127.0;
    let mantissa = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000);
    let log2 = exponent + (-0.344_845 * mantissa + 2.024_658) * mantissa - 1.674_873;
    3.010_3 * log2
}

/// Half the square of a deviation, bounded smoothly: near `most` it hardly grows.
fn capped(deviation: f32, most: f32) -> f32 {
    let cost = 0.5 * deviation * deviation;
    cost * most / (cost + most)
}

/// Amplitude of a Hann window's transform at a distance in parts of the resolution, 1 at 0; 0 beyond the main lobe.
fn hann_lobe(distance: f64) -> f32 {
    if distance >= 2.0 {
        return 0.0;
    }
    let x = std::f64::consts::PI * distance;
    let sinc = if x < 1e-9 { 1.0 } else { x.sin() / x };
    let edge = 1.0 - distance * distance;
    // At one part both vanish: there the lobe is half as high.
    if edge.abs() < 1e-6 { 0.5 } else { (sinc / edge) as f32 }
}
