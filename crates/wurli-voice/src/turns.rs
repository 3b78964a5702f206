//! Sine and cosine of angles in turns: for phases, which turns count exactly, and without a branch that could panic.

/// 1, −1/3!, 1/5!, …: of x¹, x³, x⁵, … in the sine.
const SINE: [f64; 6] = [1.0, -1.0 / 6.0, 1.0 / 120.0, -1.0 / 5_040.0, 1.0 / 362_880.0, -1.0 / 39_916_800.0];
/// 1, −1/2!, 1/4!, …: of x⁰, x², x⁴, … in the cosine.
const COSINE: [f64; 7] =
    [1.0, -1.0 / 2.0, 1.0 / 24.0, -1.0 / 720.0, 1.0 / 40_320.0, -1.0 / 3_628_800.0, 1.0 / 479_001_600.0];

fn series<const N: usize>(square: f64, terms: &[f64; N]) -> f64 {
    terms.iter().rev().fold(0.0, |sum, term| sum * square + term)
}

/// Sine and cosine of `turns`·2π, to 1e-11; of no more than 1e15 turns.
///
/// Taylor's series about the nearest quarter of a turn, as far as an eighth of a turn away: the first term left out is (π/4)¹³/13! of the
/// sine and (π/4)¹⁴/14! of the cosine.
pub(crate) fn sin_cos(turns: f64) -> (f64, f64) {
    let quarters = 4.0 * turns;
    let nearest = (quarters + 0.5f64.copysign(quarters)) as i64;
    let x = (quarters - nearest as f64) * core::f64::consts::FRAC_PI_2;
    let square = x * x;
    let both = [x * series(square, &SINE), series(square, &COSINE)];
    // Every quarter changes the two over and turns one of them round. Without a branch: phases are not to be foreseen.
    let odd = (nearest & 1) as usize;
    let sign = |quarters: i64| 1.0 - (quarters & 2) as f64;
    (sign(nearest) * both[odd], sign(nearest.wrapping_add(1)) * both[1 - odd])
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn every_quarter_is_exact_and_all_between_to_a_hundred_billionth() {
        for quarter in -9..=9 {
            let (sine, cosine) = sin_cos(0.25 * f64::from(quarter));
            let exact = [0.0, 1.0, 0.0, -1.0];
            let at = |shift: i32| exact[(quarter + shift).rem_euclid(4) as usize];
            assert_eq!((sine, cosine), (at(0), at(1)), "{quarter} quarters");
        }
        for i in -4_000..4_000 {
            let turns = f64::from(i) / 1_237.0;
            let (sine, cosine) = sin_cos(turns);
            let (s, c) = (turns * core::f64::consts::TAU).sin_cos();
            assert!((sine - s).abs() < 1e-11 && (cosine - c).abs() < 1e-11, "{turns} turns");
        }
        let (sine, cosine) = sin_cos(f64::NAN);
        assert!(sine.is_nan() && cosine.is_nan());
    }
}
