//! Planners of Fourier transforms in `f32` and `f64`.
//!
//! rustfft is generic, so that each crate that plans a transform compiles all its algorithms. These
//! planners are not, so that only this crate does.
//!
//! ```
//! use rustfft::num_complex::Complex64;
//! use wurli_fft::Planner64;
//!
//! let mut bins = [Complex64::ONE; 8];
//! Planner64::new().forward(8).process(&mut bins);
//! assert_eq!(bins[0].re, 8.0);
//! ```
#![forbid(unsafe_code)]

use std::sync::Arc;

use rustfft::{Fft, FftPlanner};

macro_rules! planner {
    ($name:ident, $number:ty) => {
        #[doc = concat!("Planner of transforms in `", stringify!($number), "`. It caches its plans.")]
        pub struct $name(FftPlanner<$number>);

        impl $name {
            /// Creates a planner without plans.
            #[must_use]
            #[inline(never)]
            pub fn new() -> Self {
                Self(FftPlanner::new())
            }

            /// Returns the forward transform of `length` samples, `X[k] = Σ x[n] exp(−2πi kn/length)`.
            /// It is not scaled: a constant 1 has `length` in bin 0.
            #[inline(never)]
            pub fn forward(&mut self, length: usize) -> Arc<dyn Fft<$number>> {
                self.0.plan_fft_forward(length)
            }

            /// Returns the inverse transform of `length` bins. It is not scaled: forward and inverse
            /// multiply by `length`.
            #[inline(never)]
            pub fn inverse(&mut self, length: usize) -> Arc<dyn Fft<$number>> {
                self.0.plan_fft_inverse(length)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
    };
}

planner!(Planner32, f32);
planner!(Planner64, f64);
