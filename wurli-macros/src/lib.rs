//! Expands a weights file of `wurli-train` into a const, allocation-free forward pass.
//!
//! The file is read when the macro expands, and only then: the scaling of the inputs is folded into the network's
//! first layer, the means and deviations of the outputs into its last (`fold`), and what is emitted are tables of
//! `f32` and a short loop per layer (`expand`). The generated code has no branch that depends on data, no bounds
//! check, no allocation and no unsafe; it means what `wurli_weights::Weights::forward` says.

#![forbid(unsafe_code)]

mod batch;
mod expand;
mod fold;
mod input;
mod path;

use proc_macro::TokenStream;
use syn::parse_macro_input;

use input::Input;

/// Defines `compute_corrections` from a weights file.
///
/// ```ignore
/// wurli_macros::corrections! {
///     /// Attributes and visibility are passed on.
///     pub const fn compute_corrections(midi: u8, velocity: f32) -> MlpCorrections
///         = concat!(env!("OUT_DIR"), "/wurli.weights");
///
///     /// Optional: the same of many notes, to the bit; of as many as both slices have room for.
///     pub fn compute_corrections_batch(notes: &[(u8, f32)], corrections: &mut [MlpCorrections]);
///
///     /// Optional: what the file says of its training.
///     pub const TRAINING: Training;
/// }
/// ```
///
/// The file is named by a string literal, or by `concat!` and `env!` of literals; a relative path starts at the
/// `Cargo.toml` of the calling crate. The returned type is `wurli_voice::MlpCorrections`, under whichever path it is in
/// scope, or a struct with the same fields. The type of the constant is a struct with the fields `lowest_midi`,
/// `highest_midi`, `lowest_velocity` and `highest_velocity` (`u8`), `observed` (`[bool; 22]`), `seed` (`u64`), `epochs`
/// (`u32`), `loss` (`f32`) and `key` (`[u8; 32]`), as in `wurli_weights::Weights`.
///
/// A change of the file or of a named environment variable rebuilds the calling crate. A file that is missing, cut
/// short, damaged or no weights file is a compile error at the path.
#[proc_macro]
pub fn corrections(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as Input);
    let expansion = match input.path.load() {
        Ok(loaded) => expand::expand(&input, &loaded),
        Err(error) => expand::failure(&input, &error),
    };
    expansion.into()
}
