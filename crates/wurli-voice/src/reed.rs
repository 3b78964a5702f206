//! Reed: a clamped-free steel beam with a drop of solder on its tip.
//!
//! Its modes are inharmonic. With μ the solder in beam masses, the eigenvalues λ solve 1 + cos λ
//! cosh λ + λμ(cos λ sinh λ − sin λ cosh λ) = 0, and the frequencies go with λ². The pickup turns
//! the first mode into harmonics. The upper modes sound for some tens of milliseconds.

/// Number of modes above the first that the voice renders.
pub const UPPER_MODES: usize = 2;

/// Frequency ratios of modes 2 and 3 to mode 1, for 0, 0.05, 0.10 and 0.15 beam masses of solder.
///
/// A test solves the beam equation for them.
const MODE_RATIOS: [[f32; UPPER_MODES]; 4] =
    [[6.2669, 17.5475], [6.3475, 17.9386], [6.5219, 18.7066], [6.7366, 19.5885]];

/// Difference in tip mass between two rows of [`MODE_RATIOS`], beam masses.
const TIP_MASS_STEP: f32 = 0.05;

/// Level of the upper modes below the 1/ω law of a point impulse, dB.
///
/// With 30 dB the voice had a mode at 6.3–6.5 times the fundamental 30 dB below the note where the
/// recordings have nothing above −38 dB.
pub const UPPER_MODE_LOSS_DB: f32 = 40.0;

/// Time constant (1/e) of an upper mode, in periods of that mode: a quality factor of 25·π.
///
/// Chosen so that the modes vanish within some tens of milliseconds, as in the recordings.
pub const UPPER_MODE_PERIODS: f32 = 25.0;

/// Returns the solder on the tip, beam masses: 0.10 up to A1, falling to 0.05 from E4 on.
///
/// Technicians report 0.05–0.15 in the bass and 0–0.05 from the middle upward.
#[must_use]
pub fn tip_mass(midi: u8) -> f32 {
    let x = (f32::from(midi) - 33.0) / (64.0 - 33.0);
    0.10 - 0.05 * x.clamp(0.0, 1.0)
}

/// Returns the frequency ratios of modes 2 and 3 to the fundamental.
#[must_use]
pub fn mode_ratios(midi: u8) -> [f32; UPPER_MODES] {
    let position = tip_mass(midi) / TIP_MASS_STEP;
    let index = (position as usize).min(MODE_RATIOS.len() - 2);
    let fraction = position - index as f32;
    let mut ratios = [0.0; UPPER_MODES];
    for (mode, ratio) in ratios.iter_mut().enumerate() {
        let (low, high) = (MODE_RATIOS[index][mode], MODE_RATIOS[index + 1][mode]);
        *ratio = low + fraction * (high - low);
    }
    ratios
}

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
    fn mode_ratios_follow_the_tip_mass() {
        assert_eq!(mode_ratios(33), MODE_RATIOS[2]);
        assert_eq!(mode_ratios(96), MODE_RATIOS[1]);
        assert_eq!(mode_ratios(0), mode_ratios(33));
        assert_eq!(mode_ratios(255), mode_ratios(96));
    }
}
