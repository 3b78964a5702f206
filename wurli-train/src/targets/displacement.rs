//! Displacement scale that explains the level residuals of a note.

use super::huber::huber;
use super::level_table::{LevelTable, ln_scales};
use crate::measure::HARMONICS;

/// Spread of a single reed's levels about the fitted model, dB.
///
/// Levels scatter by 2.5–3.4 dB after a per-note fit of the displacement, measured on 42
/// recordings.
const LEVEL_SPREAD_DB: f64 = 3.0;
/// Spread of displacement between reeds, nepers (3 dB).
///
/// Causes are hammer play and the height of reeds in their slots.
const DISPLACEMENT_SPREAD: f64 = 0.35;
/// Fewest measured harmonics above H1. A single one is explained equally well by its own level
/// offset.
const MIN_MEASURED: usize = 2;

/// Level of one harmonic, recording minus model, dB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Evidence {
    /// Measured residual.
    Measured(f64),
    /// Upper bound: the recorded harmonic lies below the noise floor.
    AtMost(f64),
}

/// Estimates the displacement scale, 0.5..=2.5, from the level residuals of H1–H8.
///
/// Returns the posterior mean of ln(scale), exponentiated. The likelihood is Huber with
/// `LEVEL_SPREAD_DB`, the prior is normal with `DISPLACEMENT_SPREAD`. `None` if fewer than two
/// of H2–H8 were measured.
#[must_use]
pub fn estimate_scale(table: &LevelTable, residuals: &[Option<Evidence>; HARMONICS]) -> Option<f64> {
    let measured = residuals.iter().skip(1).filter(|level| matches!(level, Some(Evidence::Measured(_)))).count();
    if measured < MIN_MEASURED {
        return None;
    }
    let costs: Vec<(f64, f64)> = ln_scales()
        .zip(&table.levels_db)
        .map(|(ln_scale, levels_db)| {
            let unexplained = unexplained_cost(residuals, levels_db, &table.plain_db);
            (ln_scale, unexplained + 0.5 * (ln_scale / DISPLACEMENT_SPREAD).powi(2))
        })
        .collect();
    let least = costs.iter().fold(f64::INFINITY, |least, (_, cost)| least.min(*cost));
    // Posterior mean instead of mode: a pickup null can cause two modes of nearly equal height.
    let (mut sum, mut weight) = (0.0, 0.0);
    for (ln_scale, cost) in costs {
        let likelihood = (least - cost).exp();
        sum += likelihood * ln_scale;
        weight += likelihood;
    }
    Some((sum / weight).exp())
}

/// Returns the negative log-likelihood of the residuals that remain at a scale with model levels
/// `levels_db`.
fn unexplained_cost(
    residuals: &[Option<Evidence>; HARMONICS],
    levels_db: &[f64; HARMONICS],
    plain_db: &[f64; HARMONICS],
) -> f64 {
    let cost = |(residual, (level_db, plain_db)): (&Option<Evidence>, (&f64, &f64))| {
        let explained_db = level_db - plain_db;
        let remaining_db = match residual.as_ref()? {
            Evidence::Measured(residual_db) => residual_db - explained_db,
            Evidence::AtMost(residual_db) => (residual_db - explained_db).min(0.0),
        };
        Some(huber(remaining_db / LEVEL_SPREAD_DB, 1.0))
    };
    residuals.iter().zip(levels_db.iter().zip(plain_db)).skip(1).filter_map(cost).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::level_table::instrument_levels_db;
    use wurli_voice::Instrument;

    fn estimate(residuals: &[Option<Evidence>; HARMONICS]) -> Option<f64> {
        estimate_scale(&LevelTable::from_instrument(&Instrument::EP200, 60, 78), residuals)
    }

    #[test]
    fn recovers_the_displacement_of_a_note_struck_harder() {
        let instrument = Instrument::EP200;
        for midi in [40, 56, 67, 79] {
            for scale in [0.6, 0.8, 1.3, 2.0] {
                let plain = instrument_levels_db(&instrument, midi, 78, 1.0);
                let real = instrument_levels_db(&instrument, midi, 78, scale);
                let residuals = std::array::from_fn(|i| Some(Evidence::Measured(real[i] - plain[i])));
                let found = estimate_scale(&LevelTable::from_instrument(&instrument, midi, 78), &residuals).unwrap();
                // The prior shrinks the estimate towards 1, and less so with more measured
                // harmonics.
                assert!((found / scale).ln().abs() < 0.25 * scale.ln().abs(), "midi {midi}: {found}, not {scale}");
                assert!((found - 1.0) * (scale - 1.0) > 0.0);
            }
        }
    }

    #[test]
    fn unrelated_residuals_leave_the_scale_at_one() {
        let mut residuals = [Some(Evidence::Measured(0.0)); HARMONICS];
        let unchanged = estimate(&residuals).unwrap();
        // The posterior is not symmetrical. A hundredth is a tenth of a dB.
        assert!((unchanged - 1.0).abs() < 0.01, "{unchanged}");
        residuals[4] = Some(Evidence::Measured(20.0));
        let outlier = estimate(&residuals).unwrap();
        assert!((outlier.ln()).abs() < 0.15, "{outlier}");
    }

    #[test]
    fn needs_two_measured_harmonics() {
        let mut residuals = [None; HARMONICS];
        residuals[1] = Some(Evidence::Measured(6.0));
        assert_eq!(estimate(&residuals), None);
        residuals[2] = Some(Evidence::Measured(6.0));
        assert!(estimate(&residuals).is_some());
    }

    #[test]
    fn an_upper_bound_only_counts_against_a_louder_model() {
        let with_sixth = |sixth| {
            let mut residuals = [Some(Evidence::Measured(0.0)); HARMONICS];
            residuals[5] = Some(sixth);
            estimate(&residuals).unwrap()
        };
        let unbounded = with_sixth(Evidence::AtMost(30.0));
        assert!(with_sixth(Evidence::AtMost(-10.0)) < unbounded - 0.01);
        assert_eq!(with_sixth(Evidence::AtMost(60.0)), unbounded);
        // Far below the model, a bound and a measurement have nearly the same effect.
        let difference = with_sixth(Evidence::AtMost(-10.0)) - with_sixth(Evidence::Measured(-10.0));
        assert!(difference.abs() < 0.02, "{difference}");
    }

    #[test]
    fn scale_stays_within_its_bounds() {
        for level in [-1e3, 1e3] {
            let scale = estimate(&[Some(Evidence::Measured(level)); HARMONICS]).unwrap();
            assert!((0.5..=2.5).contains(&scale), "{scale}");
        }
    }
}
