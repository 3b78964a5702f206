//! The Cramér–Rao bound of decaying sinusoids in white noise: no unbiased estimate has a smaller variance.

use super::normal::{Mode, Touches};
use super::taper::Taper;
use super::{Deviations, Segment, Sinusoid};

/// Smallest standard deviations that estimates of `sinusoids`, all unknown and in white noise of the standard deviation `noise`, can have in
/// `segment`. `None` where two of them are the same.
///
/// The inverse of Fisher's information JᵀJ/σ² (e.g. Hua and Sarkar 1990), with J in closed form.
#[must_use]
pub fn bounds(sinusoids: &[Sinusoid], segment: Segment, noise: f64) -> Option<Vec<Deviations>> {
    let modes: Vec<Mode> = sinusoids.iter().map(|sinusoid| sinusoid.mode(segment)).collect();
    let taper = Taper::new(segment.length, 0);
    let matrix = Touches::of(&modes, &taper, false).normal_matrix(&modes);
    let information = matrix.factor(0.0)?;
    Some(
        (0..modes.len())
            .map(|i| Deviations::of(&modes[i], &super::covariance(&information, i, None, matrix.size), segment, noise))
            .collect(),
    )
}
