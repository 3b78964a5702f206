//! The eight dynamics, with their velocities.

use std::ops::RangeInclusive;

/// A dynamic mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dynamic {
    /// Mark, such as `mf`.
    pub mark: &'static str,
    /// Velocity of a note of this mark.
    pub velocity: u8,
    /// Velocities that are nearest to it.
    pub range: RangeInclusive<u8>,
}

/// Dynamics from soft to loud. Velocities are 16 apart, as in notation programs (Logic Pro).
pub const DYNAMICS: [Dynamic; 8] = [
    Dynamic { mark: "ppp", velocity: 16, range: 1..=23 },
    Dynamic { mark: "pp", velocity: 32, range: 24..=39 },
    Dynamic { mark: "p", velocity: 48, range: 40..=55 },
    Dynamic { mark: "mp", velocity: 64, range: 56..=71 },
    Dynamic { mark: "mf", velocity: 80, range: 72..=87 },
    Dynamic { mark: "f", velocity: 96, range: 88..=103 },
    Dynamic { mark: "ff", velocity: 112, range: 104..=119 },
    Dynamic { mark: "fff", velocity: 127, range: 120..=127 },
];

impl Dynamic {
    /// Returns mark and range, as in `mf 72-87`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}-{}", self.mark, self.range.start(), self.range.end())
    }
}

/// Returns the index in [`DYNAMICS`] of the dynamic whose range a velocity is in.
#[must_use]
pub fn index_of(velocity: u8) -> usize {
    DYNAMICS.iter().position(|dynamic| dynamic.range.contains(&velocity)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_velocity_belongs_to_the_nearest_mark() {
        for velocity in 1..=127u8 {
            let found = &DYNAMICS[index_of(velocity)];
            assert!(found.range.contains(&velocity), "{velocity}");
            let nearest = DYNAMICS.iter().map(|dynamic| dynamic.velocity.abs_diff(velocity)).min().unwrap();
            assert_eq!(found.velocity.abs_diff(velocity), nearest, "{velocity}");
        }
        assert_eq!(DYNAMICS[index_of(96)].label(), "f 88-103");
    }
}
