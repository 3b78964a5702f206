//! Sine and cosine of angles given in turns.
//!
//! Phases in turns wrap exactly. The functions have no branch and cannot panic.

/// Taylor coefficients of the sine, for x¹, x³, x⁵, …
const SINE: [f64; 6] = [1.0, -1.0 / 6.0, 1.0 / 120.0, -1.0 / 5_040.0, 1.0 / 362_880.0, -1.0 / 39_916_800.0];
/// Taylor coefficients of the cosine, for x⁰, x², x⁴, …
const COSINE: [f64; 7] =
    [1.0, -1.0 / 2.0, 1.0 / 24.0, -1.0 / 720.0, 1.0 / 40_320.0, -1.0 / 3_628_800.0, 1.0 / 479_001_600.0];

/// Evaluates a polynomial by Horner's scheme.
fn polynomial<const N: usize>(x: f64, coefficients: &[f64; N]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// Returns sine and cosine of 2π·`turns` with an absolute error below 1e-11.
///
/// Valid for |`turns`| up to 1e15. NaN gives NaN.
///
/// Taylor series about the nearest quarter turn, so |x| ≤ π/4. The first omitted terms are
/// (π/4)¹³/13! for the sine and (π/4)¹⁴/14! for the cosine.
pub(crate) fn sin_cos(turns: f64) -> (f64, f64) {
    let quarters = 4.0 * turns;
    let nearest = (quarters + 0.5f64.copysign(quarters)) as i64;
    let x = (quarters - nearest as f64) * core::f64::consts::FRAC_PI_2;
    let square = x * x;
    let series = [x * polynomial(square, &SINE), polynomial(square, &COSINE)];
    // Each quarter turn swaps the two and negates one. An index instead of a branch, because
    // phases defeat branch prediction.
    let odd = (nearest & 1) as usize;
    let sign = |quarters: i64| 1.0 - (quarters & 2) as f64;
    (sign(nearest) * series[odd], sign(nearest.wrapping_add(1)) * series[1 - odd])
}

/// Returns sine and cosine of 2π·`turns` for |`turns`| ≤ 1/4, with an absolute error below 1e-7.
///
/// The series of [`sin_cos`] without its range reduction, so that loops are vectorised.
pub(crate) fn sin_cos_within_quarter(turns: f64) -> (f64, f64) {
    let x = turns * core::f64::consts::TAU;
    let square = x * x;
    (x * polynomial(square, &SINE), polynomial(square, &COSINE))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn sin_cos_within_a_quarter_turn_is_accurate() {
        for i in -1_000..=1_000 {
            let turns = f64::from(i) / 4_000.0;
            let (sine, cosine) = sin_cos_within_quarter(turns);
            let (s, c) = (turns * core::f64::consts::TAU).sin_cos();
            assert!((sine - s).abs() < 1e-7 && (cosine - c).abs() < 1e-7, "{turns} turns");
        }
    }

    #[test]
    fn sin_cos_is_accurate_and_exact_at_quarter_turns() {
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
