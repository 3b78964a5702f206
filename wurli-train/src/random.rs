//! SplitMix64, a deterministic pseudo-random generator (Steele, Lea, Flood 2014). Same sequence on
//! every platform.

/// Pseudo-random generator, made from its seed.
#[derive(Clone, Debug)]
pub struct Random(
    /// State, initially the seed.
    pub u64,
);

impl Random {
    /// Returns a uniform number in 0..1.
    pub fn next_f64(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns a uniform number in `low..high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next_f64()
    }

    /// Returns a uniform number in −1..1.
    pub fn within_one(&mut self) -> f64 {
        self.between(-1.0, 1.0)
    }

    /// Returns a uniform index in 0..`count`, 0 if `count` is 0.
    pub fn index(&mut self, count: usize) -> usize {
        ((self.next_f64() * count as f64) as usize).min(count.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_uniform() {
        let mut random = Random(9);
        let mut counts = [0; 10];
        for _ in 0..10_000 {
            assert!((-1.0..1.0).contains(&random.within_one()));
            counts[random.index(10)] += 1;
        }
        // 1000 expected with a deviation of 30.
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
        assert_eq!(random.index(0), 0);
    }
}
