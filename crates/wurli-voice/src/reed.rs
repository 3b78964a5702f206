//! The reed: a clamped-free steel beam with a drop of solder on its tip.
//!
//! Its vibrations are modes, not harmonics: with μ the solder in beam masses, 1 + cos λ cosh λ + λμ(cos λ sinh λ − sin λ cosh λ)
//! = 0 gives frequencies in proportion to λ². The first mode is what the pickup bends into harmonics; the others are
//! heard in the first tens of milliseconds.

/// Modes above the first that the voice sounds.
pub const UPPER_MODES: usize = 2;

/// Frequencies of modes 2 and 3 over that of mode 1, for solder of 0, 0.05, 0.10 and 0.15 beam masses (the test beside it
/// solves the equation).
const MODE_RATIOS: [[f32; UPPER_MODES]; 4] =
    [[6.2669, 17.5475], [6.3475, 17.9386], [6.5219, 18.7066], [6.7366, 19.5885]];

/// Solder on the tip in beam masses: 0.10 in the bass, half of that from the middle upward (ranges of 0.05–0.15 and 0–0.05 are
/// what technicians report).
#[must_use]
pub fn tip_mass(midi: u8) -> f32 {
    let x = (f32::from(midi) - 33.0) / (64.0 - 33.0);
    0.10 - 0.05 * x.clamp(0.0, 1.0)
}

/// Frequencies of modes 2 and 3 over that of the fundamental.
#[must_use]
pub fn mode_ratios(midi: u8) -> [f32; UPPER_MODES] {
    let position = tip_mass(midi) / 0.05;
    let index = (position as usize).min(MODE_RATIOS.len() - 2);
    let fraction = position - index as f32;
    let mut ratios = [0.0; UPPER_MODES];
    for (mode, ratio) in ratios.iter_mut().enumerate() {
        let (low, high) = (MODE_RATIOS[index][mode], MODE_RATIOS[index + 1][mode]);
        *ratio = low + fraction * (high - low);
    }
    ratios
}

/// How far below the 1/ω law of a point impulse the upper modes are heard, dB: the middle of the 24–37 dB that the
/// recordings show.
pub const UPPER_MODE_LOSS_DB: f32 = 30.0;

/// Time in which an upper mode falls to 1/e, in periods of that mode. A quality factor of 25·π: the modes are gone
/// after some tens of milliseconds, as in the recordings, and sooner the higher they are.
pub const UPPER_MODE_PERIODS: f32 = 25.0;

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    fn eigenvalue(tip_mass: f64, start: f64) -> f64 {
        let f = |l: f64| 1.0 + l.cos() * l.cosh() + l * tip_mass * (l.cos() * l.sinh() - l.sin() * l.cosh());
        let (mut low, mut high) = (start - 0.9, start + 0.01);
        assert!(f(low) * f(high) < 0.0);
        for _ in 0..80 {
            let middle = 0.5 * (low + high);
            if f(low) * f(middle) <= 0.0 { high = middle } else { low = middle }
        }
        low
    }

    #[test]
    fn mode_ratios_solve_the_beam_equation() {
        for (i, ratios) in MODE_RATIOS.iter().enumerate() {
            let mu = 0.05 * i as f64;
            let first = eigenvalue(mu, 1.8751);
            for (ratio, start) in ratios.iter().zip([4.6941, 7.8548]) {
                let solved = (eigenvalue(mu, start) / first).powi(2);
                assert!((f64::from(*ratio) - solved).abs() < 1e-3, "mu {mu}: {ratio} {solved}");
            }
        }
    }

    #[test]
    fn ratios_follow_the_tip_mass_along_the_keyboard() {
        assert_eq!(mode_ratios(33), MODE_RATIOS[2]);
        assert_eq!(mode_ratios(96), MODE_RATIOS[1]);
        assert_eq!(mode_ratios(0), mode_ratios(33));
        assert_eq!(mode_ratios(255), mode_ratios(96));
    }
}
