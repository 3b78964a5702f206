//! Tokens of the tables: weights, biases, bounds and identities.
//!
//! They stand in a module inside each generated function, so that nothing but the functions is added
//! to the caller's scope. There, names of primitive types are the primitives.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use wurli_weights::{COVERAGE_VELOCITIES, Weights};

use wurli_weights::fold::{Folded, Layer};

/// Returns the name of the module.
pub(crate) fn module() -> Ident {
    Ident::new("__wurli", Span::mixed_site())
}

/// Returns the module: the tables as statics, and aliases of the primitive types.
///
/// Unoptimised builds copy a constant array for every element read.
pub(crate) fn tables(weights: &Weights, folded: &Folded) -> TokenStream {
    let module = module();
    let layers = [layer("FIRST", &folded.first), layer("SECOND", &folded.second), layer("THIRD", &folded.third)];
    let bounds =
        [vector("LOWEST", &folded.lowest), vector("HIGHEST", &folded.highest), vector("IDENTITY", &folded.identity)];
    let coverage_name = Ident::new("COVERAGE", Span::mixed_site());
    let keys = weights.range.lowest_midi..=weights.range.highest_midi;
    // The last column is the least share of the frequencies.
    let (rows, columns) = (keys.len(), COVERAGE_VELOCITIES + 1);
    let shares = keys.map(|midi| {
        let (row, tuning) = (weights.coverage.row(midi), weights.coverage.tuning(midi));
        quote!([#(#row),*, #tuning])
    });
    quote_spanned! {Span::mixed_site()=>
        mod #module {
            pub(super) type Byte = u8;
            pub(super) type Index = usize;
            pub(super) type Int = i32;
            pub(super) type Float = f32;
            #(#layers)*
            #(#bounds)*
            pub(super) static #coverage_name: [[u8; #columns]; #rows] = [#(#shares),*];
        }
    }
}

fn layer<const I: usize, const O: usize>(name: &str, layer: &Layer<I, O>) -> TokenStream {
    let columns_name = Ident::new(name, Span::mixed_site());
    let columns = layer.columns.iter().map(|column| quote!([#(#column),*]));
    let bias = vector(&format!("{name}_BIAS"), &layer.bias);
    quote! {
        pub(super) static #columns_name: [[f32; #O]; #I] = [#(#columns),*];
        #bias
    }
}

fn vector<const N: usize>(name: &str, numbers: &[f32; N]) -> TokenStream {
    let name = Ident::new(name, Span::mixed_site());
    quote!(pub(super) static #name: [f32; #N] = [#(#numbers),*];)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layer_tokens_are_columns_and_bias() {
        let expected = quote! {
            pub(super) static FIRST: [[f32; 3usize]; 2usize] = [[1f32, -2f32, 0.5f32], [0f32, 0.1f32, 0.0001f32]];
            pub(super) static FIRST_BIAS: [f32; 3usize] = [4f32, 5f32, 6f32];
        };
        let columns = [[1.0, -2.0, 0.5], [0.0, 0.1, 1e-4]];
        let tokens = layer("FIRST", &Layer { columns, bias: [4.0, 5.0, 6.0] });
        // Parsed, because a minus sign is either a separate token or part of the literal.
        let parsed = |tokens| syn::parse2::<syn::File>(tokens).unwrap();
        assert_eq!(quote_file(&parsed(tokens)), quote_file(&parsed(expected)));
    }

    fn quote_file(file: &syn::File) -> String {
        let items = &file.items;
        quote!(#(#items)*).to_string().replace(' ', "")
    }
}
