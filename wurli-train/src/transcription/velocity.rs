//! Velocities of transcribed notes: an estimate from their levels among each other.

/// Velocity, 1..=127, for each level in dB. Monotone: the median level gets `median_velocity`, and a note's
/// amplitude grows with velocity to the power `exponent`. How hard the whole was played cannot be known.
pub(super) fn velocities(levels_db: &[f64], median_velocity: f64, exponent: f64) -> Vec<u8> {
    let mut sorted = levels_db.to_vec();
    sorted.sort_by(f64::total_cmp);
    let median_db = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    let of_level = |level_db: &f64| {
        let velocity = median_velocity * 10.0_f64.powf((level_db - median_db) / (20.0 * exponent));
        // A cast of what is no number gives 0, which the bound lifts to 1.
        (velocity.round().clamp(1.0, 127.0) as u8).max(1)
    };
    levels_db.iter().map(of_level).collect()
}

#[cfg(test)]
mod tests {
    use super::velocities;

    #[test]
    fn the_median_gets_the_given_velocity_and_half_the_velocity_is_4_7_decibels_less() {
        // 20 · 0.78 · log10(2) = 4.696 dB.
        assert_eq!(velocities(&[0.0, -4.696, 4.696], 60.0, 0.78), [60, 30, 120]);
    }

    #[test]
    fn louder_is_never_softer_and_all_stays_within_1_and_127() {
        let levels: Vec<f64> = (-90..40).map(f64::from).collect();
        let found = velocities(&levels, 64.0, 0.78);
        assert!(found.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!((found.first(), found.last()), (Some(&1), Some(&127)));
        assert_eq!(velocities(&[f64::NAN], 64.0, 0.78).len(), 1);
        assert!(velocities(&[], 64.0, 0.78).is_empty());
    }
}
