//! A fundamental and the partials on its harmonics.

use super::HARMONICS;
use super::partials::{Partial, Partials};
use super::timbre::hz_to_midi;

/// Distance in parts of the frequency at which a partial still counts as a harmonic. 0.8 %, 14 cents: reeds are
/// harmonic, but two partials of one peak draw each other's vertex.
const RELATIVE_TOLERANCE: f64 = 0.008;
/// The same in parts of the spectrum's resolution, for what the vertex of a peak is uncertain by.
const RESOLUTION_TOLERANCE: f64 = 0.5;
/// Weight of the frequency at which a candidate starts, a partial as loud as the loudest having 1.
const PRIOR: f64 = 0.3;
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
        // Prior: the start, as if it were a loud harmonic. Louder partials say more: weak ones may be another note's.
        let loudest = partials.peaks.iter().map(|peak| peak.after).fold(f32::MIN_POSITIVE, f32::max);
        let (mut products, mut squares) = (PRIOR * start_hz, PRIOR);
        let mut f0_hz = start_hz;
        for (order, slot) in (1_u32..).map(f64::from).zip(found.iter_mut()) {
            let target_hz = order * f0_hz;
            let tolerance_hz = (RELATIVE_TOLERANCE * target_hz + RESOLUTION_TOLERANCE * partials.resolution_hz)
                .min(FUNDAMENTAL_TOLERANCE * f0_hz);
            *slot = partials.loudest_within(target_hz, tolerance_hz);
            if let Some(peak) = slot.and_then(|index| partials.peaks.get(index))
                && order <= ADJUSTING_HARMONICS as f64
            {
                let weight = f64::from(peak.after / loudest);
                products += weight * order * peak.frequency_hz;
                squares += weight * order * order;
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

    /// The partial on a harmonic, H1 = 1.
    pub(super) fn peak<'a>(&self, partials: &'a Partials, order: usize) -> Option<&'a Partial> {
        let index = *self.partials.get(order.checked_sub(1)?)?;
        partials.peaks.get(index?)
    }
}
