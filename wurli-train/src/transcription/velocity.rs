//! Velocities of transcribed notes, estimated from their relative levels.

/// Estimates a velocity, 1..=127, for each level in dB.
///
/// The median level gets `median_velocity`. A note's amplitude grows with velocity to the power
/// `exponent`. The absolute loudness of the performance is unknown.
pub(super) fn estimate_velocities(levels_db: &[f64], median_velocity: f64, exponent: f64) -> Vec<u8> {
    let mut sorted = levels_db.to_vec();
    sorted.sort_by(f64::total_cmp);
    let median_db = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    let velocity = |level_db: &f64| {
        let velocity = median_velocity * 10.0_f64.powf((level_db - median_db) / (20.0 * exponent));
        // A cast turns not-a-number into 0, which the bound raises to 1.
        (velocity.round().clamp(1.0, 127.0) as u8).max(1)
    };
    levels_db.iter().map(velocity).collect()
}

#[cfg(test)]
mod tests {
    use super::estimate_velocities;

    #[test]
    fn half_the_velocity_is_4_7_decibels_less() {
        // 20 · 0.78 · log10(2) = 4.696 dB.
        assert_eq!(estimate_velocities(&[0.0, -4.696, 4.696], 60.0, 0.78), [60, 30, 120]);
    }

    #[test]
    fn velocities_are_monotone_and_within_1_to_127() {
        let levels: Vec<f64> = (-90..40).map(f64::from).collect();
        let found = estimate_velocities(&levels, 64.0, 0.78);
        assert!(found.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!((found.first(), found.last()), (Some(&1), Some(&127)));
        assert_eq!(estimate_velocities(&[f64::NAN], 64.0, 0.78).len(), 1);
        assert!(estimate_velocities(&[], 64.0, 0.78).is_empty());
    }
}
