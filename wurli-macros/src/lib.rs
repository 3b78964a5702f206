//! Expands a weights file of `wurli-train` into a const, allocation-free forward pass.
//!
//! The file is read when the macro expands. `fold` merges the input scaling into the first layer,
//! and the output means and deviations into the last. `expand` emits tables of `f32` and one loop
//! per layer.
//!
//! The generated code has no data-dependent branch, bounds check, allocation or unsafe block. It
//! agrees with `wurli_weights::Weights::forward` up to rounding.

#![forbid(unsafe_code)]

mod batch;
mod expand;
mod input;
mod path;
mod primitive;
mod tables;

use proc_macro::TokenStream;
use syn::parse_macro_input;

use input::{Call, Input};

/// Defines `compute_corrections` from a weights file.
///
/// ```ignore
/// wurli_macros::corrections! {
///     /// Attributes and visibility are kept.
///     pub const fn compute_corrections(midi: u8, velocity: f32) -> MlpCorrections
///         = concat!(env!("OUT_DIR"), "/wurli.weights");
///
///     /// Optional: the same for many notes, bit for bit. Stops at the end of the shorter slice.
///     pub fn compute_corrections_batch(notes: &[(u8, f32)], corrections: &mut [MlpCorrections]);
///
///     /// Optional: training metadata of the file.
///     pub const TRAINING: Training;
/// }
/// ```
///
/// - **Path**: a string literal, or `concat!` and `env!` of literals. Relative paths start at the
///   folder of the calling crate's `Cargo.toml`.
/// - **Return type**: `wurli_voice::MlpCorrections` under any path, or a struct with the same
///   fields.
/// - **Type of the constant**: a struct with the fields below, as in
///   `wurli_weights::Weights`.
///
/// | field | type |
/// |---|---|
/// | `lowest_midi`, `highest_midi`, `lowest_velocity`, `highest_velocity` | `u8` |
/// | `observed` | `[bool; 22]` |
/// | `seed` | `u64` |
/// | `epochs` | `u32` |
/// | `loss` | `f32` |
/// | `key` | `[u8; 32]` |
///
/// A call may define several networks, each with its own function, batch and constant.
///
/// # Where it can stand
///
/// In a module, a function, an `impl` block or a `const _` block: nothing but the named items is added
/// to the caller's scope. `#[cfg]` on an item removes it with all that it uses.
///
/// The parameter types are `u8` and `f32`, also where the scope holds other types of these names, or a
/// path that ends in one of them. Types may come through another macro's `$t:ty` or `$t:path`. In an
/// `impl` block the return type is written by its name, not as `Self`.
///
/// The calling crate is rebuilt when the file or a named environment variable changes.
///
/// # Errors
///
/// A missing, truncated or damaged file is a compile error at the path.
#[proc_macro]
pub fn corrections(input: TokenStream) -> TokenStream {
    let Call(networks) = parse_macro_input!(input as Call);
    let expand = |input: &Input| match input.path.load() {
        Ok(loaded) => expand::expand(input, &loaded),
        Err(error) => expand::failure(input, &error),
    };
    networks.iter().map(expand).collect::<proc_macro2::TokenStream>().into()
}
