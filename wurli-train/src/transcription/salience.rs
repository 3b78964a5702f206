//! How well a key explains the partials of an onset.

use super::HARMONICS;
use super::partials::{NEW_SHARE, Partials};
use super::timbre::{Timbre, hz_to_midi};

/// Distance in parts of the frequency at which a partial still counts as a harmonic. 0.8 %, 14 cents: reeds are
/// harmonic, but two partials of one peak draw each other's vertex.
const RELATIVE_TOLERANCE: f64 = 0.008;
/// The same in parts of the spectrum's resolution, for what the vertex of a peak is uncertain by.
const RESOLUTION_TOLERANCE: f64 = 0.5;
/// Never further than this part of the fundamental, or every partial would be everyone's harmonic.
const FUNDAMENTAL_TOLERANCE: f64 = 0.2;
/// Harmonics from which the fundamental is adjusted while they are followed; beyond, they only follow.
const ADJUSTING_HARMONICS: usize = 8;

/// A fundamental with the partials on its harmonics.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) f0_hz: f64,
    /// Index of the partial on each harmonic.
    pub(super) partials: [Option<usize>; HARMONICS],
}

impl Candidate {
    /// Follows the harmonics of `start_hz` upwards, adjusting the fundamental by least squares on the way.
    pub(super) fn follow(partials: &Partials, start_hz: f64) -> Self {
        let mut found = [None; HARMONICS];
        // Prior: the start, with the weight of one harmonic.
        let (mut products, mut squares) = (start_hz, 1.0);
        let mut f0_hz = start_hz;
        for (order, slot) in (1_u32..).map(f64::from).zip(found.iter_mut()) {
            let target_hz = order * f0_hz;
            let tolerance_hz = (RELATIVE_TOLERANCE * target_hz + RESOLUTION_TOLERANCE * partials.resolution_hz)
                .min(FUNDAMENTAL_TOLERANCE * f0_hz);
            *slot = partials.loudest_within(target_hz, tolerance_hz);
            if let Some(peak) = slot.and_then(|index| partials.peaks.get(index))
                && order <= ADJUSTING_HARMONICS as f64
            {
                products += order * peak.frequency_hz;
                squares += order * order;
                f0_hz = products / squares;
            }
        }
        Self { f0_hz, partials: found }
    }

    /// The nearest key; `None` outside 0..=127.
    pub(super) fn midi(&self) -> Option<u8> {
        let midi = hz_to_midi(self.f0_hz).round();
        (0.0..=127.0).contains(&midi).then_some(midi as u8)
    }

    /// Unexplained new amplitude on a harmonic, H1 = 1; 0 where there is no partial.
    pub(super) fn fresh(&self, partials: &Partials, order: usize) -> f32 {
        self.peak(partials, order).map_or(0.0, |peak| peak.fresh)
    }

    /// The partial on a harmonic, H1 = 1.
    pub(super) fn peak<'a>(&self, partials: &'a Partials, order: usize) -> Option<&'a super::partials::Partial> {
        let index = *self.partials.get(order.checked_sub(1)?)?;
        partials.peaks.get(index?)
    }
}

/// A candidate explained by one timbre of its key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fit {
    /// What is explained less what is missing, in roots of amplitude, so that weak harmonics count too.
    pub(super) salience: f32,
    /// Part of what the timbre expects that is new, 0..=1; harmonics under those of held notes do not count.
    pub(super) evidence: f32,
    /// Part of what the timbre expects that no held note covers, 0..=1.
    pub(super) uncovered: f32,
    /// Most that the note may claim of each harmonic, as amplitude.
    pub(super) claims: [f32; HARMONICS],
}

/// The best fit of the timbres to the candidate's fresh partials; `None` if it has none. `tolerance` is the factor
/// by which a harmonic may differ from its timbre.
pub(super) fn fit(partials: &Partials, candidate: &Candidate, timbres: &[Timbre], tolerance: f32) -> Option<Fit> {
    let band_hz = partials.band_hz();
    let mut fresh = [0.0; HARMONICS];
    let mut after = [0.0; HARMONICS];
    let mut new = [0.0; HARMONICS];
    let mut visible_from = [f32::INFINITY; HARMONICS];
    for index in 0..HARMONICS {
        let frequency_hz = candidate.f0_hz * (index + 1) as f64;
        if frequency_hz < band_hz {
            visible_from[index] = partials.visible_from(frequency_hz);
        }
        if let Some(peak) = candidate.peak(partials, index + 1) {
            (fresh[index], after[index], new[index]) = (peak.fresh, peak.after, peak.new);
        }
    }
    let anchors = anchors(&fresh);
    let mut best: Option<Fit> = None;
    for timbre in timbres {
        for anchor in anchors.into_iter().flatten() {
            let gain = fresh[anchor] / timbre[anchor];
            let (mut explained, mut missing) = (0.0, 0.0);
            let (mut expected_sum, mut open_sum, mut present) = (0.0_f32, 0.0, 0.0);
            for index in 0..HARMONICS {
                let expected = gain * timbre[index];
                explained += fresh[index].min(tolerance * expected).sqrt();
                let least = expected / tolerance;
                if least > visible_from[index] {
                    missing += (least - after[index]).max(0.0).sqrt();
                }
                if expected > visible_from[index] {
                    expected_sum += expected.sqrt();
                    if after[index] < expected || new[index] > NEW_SHARE * after[index] {
                        open_sum += expected.sqrt();
                        present += expected.min(new[index]).sqrt();
                    }
                }
            }
            let salience = explained - missing;
            if best.is_none_or(|best| salience > best.salience) {
                let share = |part: f32, whole: f32| if whole > 0.0 { part / whole } else { 0.0 };
                let (evidence, uncovered) = (share(present, open_sum), share(open_sum, expected_sum));
                best =
                    Some(Fit { salience, evidence, uncovered, claims: timbre.map(|level| tolerance * gain * level) });
            }
        }
    }
    best
}

/// Harmonics by which the gain is set: H1 and the two that are strongest among H2–H6.
fn anchors(fresh: &[f32; HARMONICS]) -> [Option<usize>; 3] {
    let mut anchors = [(fresh[0] > 0.0).then_some(0), None, None];
    for index in 1..6 {
        let beats = |held: Option<usize>| held.is_none_or(|held| fresh[index] > fresh[held]);
        if fresh[index] <= 0.0 {
            continue;
        }
        if beats(anchors[1]) {
            anchors[2] = anchors[1];
            anchors[1] = Some(index);
        } else if beats(anchors[2]) {
            anchors[2] = Some(index);
        }
    }
    anchors
}
