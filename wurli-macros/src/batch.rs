//! Tokens of the batch function.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use wurli_weights::{HIDDEN, INPUTS, Weights};

use crate::expand::{body, corrections_struct, first_layer, inputs, second_sums, third_sums};
use crate::input::{Batch, Input};
use crate::tables::{module, tables};
use wurli_weights::fold::{Folded, PADDED};

/// Returns the function that computes many notes, in blocks.
///
/// Each block goes through the hidden layers first and through the output layer second, so that
/// independent notes overlap in the pipeline. The tables are arguments for the reason given at
/// `second_layer`. Broadcasting the weights is the fixed cost of a block, and few notes are computed
/// one by one. The single function cannot be called for that: in an `impl` block it has another path.
///
/// Indices are compared with every length, so that no bounds check is left, and adapters of
/// iterators are avoided: they need a trait in scope.
pub(crate) fn batch(
    input: &Input,
    batch: &Batch,
    weights: &Weights,
    folded: &Folded,
    preamble: &TokenStream,
) -> TokenStream {
    const BLOCK: usize = 64;
    /// Below this, single calls are faster than a block.
    const MIN_BLOCK: usize = 16;
    let Input { midi, velocity, corrections, .. } = input;
    let (midi_type, velocity_type) = (&midi.primitive, &velocity.primitive);
    let Batch { attributes, visibility, name, notes, results } = batch;
    let (midi, velocity) = (Ident::new("midi", Span::mixed_site()), Ident::new("velocity", Span::mixed_site()));
    let (module, tables) = (module(), tables(weights, folded));
    let single = body(weights, folded, &midi, &velocity, corrections);
    let inputs = inputs(weights, folded, &midi, &velocity);
    let (columns, bias) =
        (quote_spanned!(Span::mixed_site()=> first_columns), quote_spanned!(Span::mixed_site()=> first_bias));
    let (first, second, third, result) =
        (first_layer(&columns, &bias), second_sums(), third_sums(), corrections_struct(corrections));
    let body = quote_spanned! {Span::mixed_site()=>
        #tables

        struct __Tables {
            first: (&'static [[#module::Float; #HIDDEN]; #INPUTS], &'static [#module::Float; #HIDDEN]),
            second: (&'static [[#module::Float; #HIDDEN]; #HIDDEN], &'static [#module::Float; #HIDDEN]),
            third: (&'static [[#module::Float; #PADDED]; #HIDDEN], &'static [#module::Float; #PADDED]),
        }
        static __TABLES: __Tables = __Tables {
            first: (&#module::FIRST, &#module::FIRST_BIAS),
            second: (&#module::SECOND, &#module::SECOND_BIAS),
            third: (&#module::THIRD, &#module::THIRD_BIAS),
        };

        #[inline]
        const fn __single(#midi: #module::Byte, #velocity: #module::Float) -> #corrections {
            #single
        }

        #[inline(never)]
        fn __block(tables: &__Tables, notes: &[(#module::Byte, #module::Float)], results: &mut [#corrections]) {
            let mut hidden = [([0.0f32; #HIDDEN], 0.0f32, 0.0f32); #BLOCK];
            {
                let (first_columns, first_bias) = tables.first;
                let (columns, bias) = tables.second;
                let mut n = 0;
                while n < notes.len() && n < #BLOCK {
                    let (midi, velocity) = notes[n];
                    #inputs
                    let first = [#(#first),*];
                    #second
                    hidden[n] = (second, fade, tuning_fade);
                    n += 1;
                }
            }
            let (columns, bias) = tables.third;
            let mut n = 0;
            while n < notes.len() && n < results.len() && n < #BLOCK {
                let (second, fade, tuning_fade) = &hidden[n];
                let (fade, tuning_fade) = (*fade, *tuning_fade);
                #third
                results[n] = #result;
                n += 1;
            }
        }

        let mut notes = #notes;
        let mut results = #results;
        let count = if notes.len() < results.len() { notes.len() } else { results.len() };
        if count < #MIN_BLOCK {
            let mut n = 0;
            while n < notes.len() && n < results.len() {
                let (midi, velocity) = notes[n];
                results[n] = __single(midi, velocity);
                n += 1;
            }
            return;
        }
        while !notes.is_empty() && !results.is_empty() {
            let length = if notes.len() < #BLOCK { notes.len() } else { #BLOCK };
            let (block, others) = notes.split_at(length);
            notes = others;
            let length = if results.len() < #BLOCK { results.len() } else { #BLOCK };
            let (block_results, others) = results.split_at_mut(length);
            results = others;
            __block(&__TABLES, block, block_results);
        }
    };
    quote! {
        #(#attributes)*
        #[inline]
        #visibility fn #name(#notes: &[(#midi_type, #velocity_type)], #results: &mut [#corrections]) {
            #preamble
            #body
        }
    }
}
