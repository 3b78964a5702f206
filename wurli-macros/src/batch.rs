//! Tokens of the batch function.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use wurli_weights::{HIDDEN, INPUTS, Weights};

use crate::expand::{corrections_struct, first_layer, inputs, second_sums, third_sums};
use crate::fold::{Folded, PADDED};
use crate::input::{Batch, Input};

/// Returns the function that computes many notes, in blocks.
///
/// Each block goes through the hidden layers first and through the output layer second, so that
/// independent notes overlap in the pipeline. The tables are arguments for the reason given at
/// `second_layer`. Broadcasting the weights is the fixed cost of a block.
pub(crate) fn batch(input: &Input, batch: &Batch, module: &Ident, weights: &Weights, folded: &Folded) -> TokenStream {
    const BLOCK: usize = 64;
    /// Below this, single calls are faster than a block.
    const MIN_BLOCK: usize = 16;
    let Input { name, corrections, .. } = input;
    let Batch { attributes, visibility, name: batch_name, notes, results } = batch;
    let (midi, velocity) = (Ident::new("midi", Span::mixed_site()), Ident::new("velocity", Span::mixed_site()));
    let inputs = inputs(weights, folded, &midi, &velocity);
    let (first, second, third, result) =
        (first_layer("first_columns", "first_bias"), second_sums(), third_sums(), corrections_struct(corrections));
    let body = quote_spanned! {Span::mixed_site()=>
        use self::#module::*;

        struct __Tables {
            first: (&'static [[f32; #HIDDEN]; #INPUTS], &'static [f32; #HIDDEN]),
            second: (&'static [[f32; #HIDDEN]; #HIDDEN], &'static [f32; #HIDDEN]),
            third: (&'static [[f32; #PADDED]; #HIDDEN], &'static [f32; #PADDED]),
        }

        #[inline(never)]
        fn __block(tables: &__Tables, notes: &[(u8, f32)], results: &mut [#corrections]) {
            let mut hidden = [([0.0f32; #HIDDEN], 0.0f32); #BLOCK];
            {
                let (first_columns, first_bias) = tables.first;
                let (columns, bias) = tables.second;
                for (&(midi, velocity), (neurons, note_fade)) in notes.iter().zip(&mut hidden) {
                    #inputs
                    let first = [#(#first),*];
                    #second
                    (*neurons, *note_fade) = (second, fade);
                }
            }
            let (columns, bias) = tables.third;
            for (result, (second, fade)) in results.iter_mut().zip(hidden.iter().take(notes.len())) {
                let fade = *fade;
                #third
                *result = #result;
            }
        }
        static __TABLES: __Tables =
            __Tables { first: (&FIRST, &FIRST_BIAS), second: (&SECOND, &SECOND_BIAS), third: (&THIRD, &THIRD_BIAS) };

        let pairs = #notes.iter().zip(#results.iter_mut());
        if pairs.len() < #MIN_BLOCK {
            for (&(midi, velocity), result) in pairs {
                *result = #name(midi, velocity);
            }
        } else {
            for (notes, results) in #notes.chunks(#BLOCK).zip(#results.chunks_mut(#BLOCK)) {
                __block(&__TABLES, notes, results);
            }
        }
    };
    quote! {
        #(#attributes)*
        #[inline]
        #visibility fn #batch_name(#notes: &[(u8, f32)], #results: &mut [#corrections]) {
            #body
        }
    }
}
