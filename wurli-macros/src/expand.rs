//! Tokens: tables, one loop per layer, and what makes cargo track the file.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use wurli_voice::corrections::{CORRECTED_HARMONICS, DECAYS, DISPLACEMENT, FREQUENCIES, LEVELS};
use wurli_weights::{FADE_SEMITONES, HIDDEN, Weights};

use crate::fold::{Folded, Layer, PADDED, fold};
use crate::input::{Input, Training};
use crate::path::Loaded;

/// What the file says, and what makes rustc track it.
pub(crate) fn expand(input: &Input, loaded: &Loaded) -> TokenStream {
    let Loaded { file, variables, weights } = loaded;
    let items = items(input, weights);
    quote! {
        #items
        const _: &[u8] = ::core::include_bytes!(#file);
        #(const _: &str = ::core::env!(#variables);)*
    }
}

/// The error, and items that correct nothing, so that whoever uses them does not get an error of their own.
pub(crate) fn failure(input: &Input, error: &syn::Error) -> TokenStream {
    let error = error.to_compile_error();
    let items = items(input, &Weights::IDENTITY);
    quote!(#error #items)
}

/// The function, and what else is asked for, with the tables in a module beside them.
///
/// The function can be inlined: the first layer into the caller; and what it calls is then called from who knows where, so
/// that the compiler assumes nothing of the arguments.
fn items(input: &Input, weights: &Weights) -> TokenStream {
    let Input { attributes, visibility, name, midi, velocity, corrections, .. } = input;
    let folded = fold(weights);
    let tables = tables(&folded);
    let module = format_ident!("__{}_tables", name.unraw());
    let layers = [second_layer(), third_layer(corrections)];
    let kernel = kernel(input, weights, &folded);
    let batch = input.batch.as_ref().map(|batch| crate::batch::batch(input, batch, &module, weights, &folded));
    let training = input.training.as_ref().map(|training| training_constant(training, weights));
    quote! {
        #(#attributes)*
        #[inline]
        #visibility const fn #name(#midi: u8, #velocity: f32) -> #corrections {
            use self::#module::*;
            #(#layers)*
            #kernel
        }
        #batch
        #training
        mod #module { #tables }
    }
}

/// Statics rather than constants: an unoptimised build would copy a constant array for every element that it reads.
fn tables(folded: &Folded) -> TokenStream {
    let layers = [layer("FIRST", &folded.first), layer("SECOND", &folded.second), layer("THIRD", &folded.third)];
    let bounds =
        [vector("LOWEST", &folded.lowest), vector("HIGHEST", &folded.highest), vector("IDENTITY", &folded.identity)];
    quote!(#(#layers)* #(#bounds)*)
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

/// The forward pass.
///
/// `f32::max` compiles to one instruction where `if x > 0.0 { x } else { 0.0 }` becomes a branch, and it takes a NaN for
/// the other operand.
fn kernel(input: &Input, weights: &Weights, folded: &Folded) -> TokenStream {
    let Input { midi, velocity, .. } = input;
    let inputs = inputs(weights, folded, midi, velocity);
    let first = first_layer("FIRST", "FIRST_BIAS");
    let second = 0..HIDDEN;
    quote_spanned! {Span::mixed_site()=>
        #inputs
        let second = second_layer(&SECOND, &SECOND_BIAS, #(#first),*);
        third_layer(share, #(second[#second]),*)
    }
}

/// The note and its strength, held in the trained range, and the share of the corrections that is left beyond.
pub(crate) fn inputs(weights: &Weights, folded: &Folded, midi: &Ident, velocity: &Ident) -> TokenStream {
    let (lowest_midi, highest_midi) = (weights.range.lowest_midi, weights.range.highest_midi);
    let (lowest_velocity, highest_velocity) = (folded.lowest_velocity, folded.highest_velocity);
    let (middle, middle_velocity) = (i32::from(folded.middle), folded.middle_velocity);
    let fade_step = (1.0 / f64::from(FADE_SEMITONES)) as f32;
    quote_spanned! {Span::mixed_site()=>
        let held = if #midi < #lowest_midi {
            #lowest_midi
        } else if #midi > #highest_midi {
            #highest_midi
        } else {
            #midi
        };
        let note = (held as i32 - #middle) as f32;
        let strength = #velocity.max(#lowest_velocity).min(#highest_velocity) - #middle_velocity;
        let share = (1.0 - #midi.abs_diff(held) as f32 * #fade_step).max(0.0);
    }
}

/// The neurons of the first layer.
pub(crate) fn first_layer(columns: &str, bias: &str) -> Vec<TokenStream> {
    let (columns, bias) = (Ident::new(columns, Span::mixed_site()), Ident::new(bias, Span::mixed_site()));
    (0..HIDDEN)
        .map(|j| quote_spanned!(Span::mixed_site()=> (#bias[#j] + #columns[0][#j] * note + #columns[1][#j] * strength).max(0.0)))
        .collect()
}

/// The neurons of a layer as arguments: in registers, where each is spread over a vector by one instruction.
fn neurons() -> Vec<Ident> {
    (0..HIDDEN).map(|i| Ident::new(&format!("x{i}"), Span::mixed_site())).collect()
}

/// A function that is not inlined and gets its tables as arguments, so that it is not compiled for these very numbers: the
/// compiler turns `+ x * -c` into `- x * c`, and a vector of some that are added and some that are subtracted into both of
/// them and a shuffle. Two accumulators halve the chain of additions that one call must wait for.
fn second_layer() -> TokenStream {
    let neurons = neurons();
    let sums = second_sums();
    quote_spanned! {Span::mixed_site()=>
        #[inline(never)]
        #[allow(clippy::too_many_arguments)]
        const fn second_layer(
            columns: &[[f32; #HIDDEN]; #HIDDEN],
            bias: &[f32; #HIDDEN],
            #(#neurons: f32),*
        ) -> [f32; #HIDDEN] {
            let first = [#(#neurons),*];
            #sums
            second
        }
    }
}

/// `second` from `first`, `columns` and `bias`.
pub(crate) fn second_sums() -> TokenStream {
    quote_spanned! {Span::mixed_site()=>
        let mut second = [0.0f32; #HIDDEN];
        let mut j = 0;
        while j < #HIDDEN {
            let mut even = bias[j] + columns[0][j] * first[0];
            let mut odd = columns[1][j] * first[1];
            let mut i = 2;
            while i < #HIDDEN {
                even += columns[i][j] * first[i];
                odd += columns[i + 1][j] * first[i + 1];
                i += 2;
            }
            second[j] = (even + odd).max(0.0);
            j += 1;
        }
    }
}

/// The outputs. Column by column, because the inner loop over so many outputs is left a loop until it is vectorised: it
/// needs no precaution against the signs of its numbers.
fn third_layer(corrections: &syn::Path) -> TokenStream {
    let neurons = neurons();
    let (sums, result) = (third_sums(), result(corrections));
    quote_spanned! {Span::mixed_site()=>
        #[inline(never)]
        #[allow(clippy::too_many_arguments)]
        const fn third_layer(share: f32, #(#neurons: f32),*) -> #corrections {
            let second = [#(#neurons),*];
            let (columns, bias) = (&THIRD, &THIRD_BIAS);
            #sums
            #result
        }
    }
}

/// `outputs` from `second`, `columns`, `bias` and `share`.
pub(crate) fn third_sums() -> TokenStream {
    quote_spanned! {Span::mixed_site()=>
        let mut even = *bias;
        let mut odd = [0.0f32; #PADDED];
        let mut j = 0;
        while j < #PADDED {
            even[j] += columns[0][j] * second[0];
            odd[j] = columns[1][j] * second[1];
            j += 1;
        }
        let mut i = 2;
        while i < #HIDDEN {
            let mut j = 0;
            while j < #PADDED {
                even[j] += columns[i][j] * second[i];
                odd[j] += columns[i + 1][j] * second[i + 1];
                j += 1;
            }
            i += 2;
        }
        let mut outputs = [0.0f32; #PADDED];
        let mut j = 0;
        while j < #PADDED {
            // Of the difference from the identity: where nothing of it is left, or there is none, this is the identity.
            outputs[j] = IDENTITY[j] + share * (even[j] + odd[j]).max(LOWEST[j]).min(HIGHEST[j]);
            j += 1;
        }
    }
}

/// Built in place from the padded outputs: a copy into an array of 22 would cost as much as a layer.
pub(crate) fn result(corrections: &syn::Path) -> TokenStream {
    let levels = LEVELS..LEVELS + CORRECTED_HARMONICS;
    let frequencies = FREQUENCIES..FREQUENCIES + CORRECTED_HARMONICS;
    let decays = DECAYS..DECAYS + CORRECTED_HARMONICS;
    quote_spanned! {Span::mixed_site()=>
        #corrections {
            amp_offsets_db: [#(outputs[#levels]),*],
            freq_offsets_cents: [#(outputs[#frequencies]),*],
            decay_ratios: [#(outputs[#decays]),*],
            displacement_scale: outputs[#DISPLACEMENT],
        }
    }
}

fn training_constant(training: &Training, weights: &Weights) -> TokenStream {
    let Training { attributes, visibility, name, structure } = training;
    let range = &weights.range;
    let (lowest_midi, highest_midi) = (range.lowest_midi, range.highest_midi);
    let (lowest_velocity, highest_velocity) = (range.lowest_velocity, range.highest_velocity);
    let Weights { observed, seed, epochs, loss, key, .. } = weights;
    quote! {
        #(#attributes)*
        #visibility const #name: #structure = #structure {
            lowest_midi: #lowest_midi,
            highest_midi: #highest_midi,
            lowest_velocity: #lowest_velocity,
            highest_velocity: #highest_velocity,
            observed: [#(#observed),*],
            seed: #seed,
            epochs: #epochs,
            loss: #loss,
            key: [#(#key),*],
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wurli_weights::sample::weights as sample;

    fn input() -> Input {
        syn::parse2(quote! {
            #[doc = "Docs."]
            pub const fn compute(key: u8, force: f32) -> my::Corrections = concat!(env!("CARGO_PKG_NAME"), "/w");
            /// Many.
            pub(crate) fn compute_many(keys: &[(u8, f32)], results: &mut [my::Corrections]);
            pub const TRAINING: my::Training;
        })
        .unwrap()
    }

    #[test]
    fn a_layer_is_its_columns_and_its_bias() {
        let expected = quote! {
            pub(super) static FIRST: [[f32; 3usize]; 2usize] = [[1f32, -2f32, 0.5f32], [0f32, 0.1f32, 0.0001f32]];
            pub(super) static FIRST_BIAS: [f32; 3usize] = [4f32, 5f32, 6f32];
        };
        let columns = [[1.0, -2.0, 0.5], [0.0, 0.1, 1e-4]];
        let tokens = layer("FIRST", &Layer { columns, bias: [4.0, 5.0, 6.0] });
        // Parsed, because a minus sign is a token of its own or part of the literal.
        let parsed = |tokens| syn::parse2::<syn::File>(tokens).unwrap();
        assert_eq!(quote_file(&parsed(tokens)), quote_file(&parsed(expected)));
    }

    fn quote_file(file: &syn::File) -> String {
        let items = &file.items;
        quote!(#(#items)*).to_string().replace(' ', "")
    }

    #[test]
    fn the_function_is_framed_by_signature_and_tracking() {
        let loaded = Loaded { file: "/abs/a.weights".into(), variables: vec!["OUT_DIR".into()], weights: sample() };
        let tokens = expand(&input(), &loaded).to_string();
        let begin = quote!(
            #[doc = "Docs."]
            #[inline]
            pub const fn compute(key: u8, force: f32) -> my::Corrections
        );
        assert!(tokens.starts_with(&begin.to_string()), "{tokens}");
        let end = quote! {
            const _: &[u8] = ::core::include_bytes!("/abs/a.weights");
            const _: &str = ::core::env!("OUT_DIR");
        };
        assert!(tokens.ends_with(&end.to_string()), "{tokens}");
    }

    #[test]
    fn outputs_go_to_their_fields_in_the_order_of_the_network() {
        let expected = quote! {
            my::Corrections {
                amp_offsets_db: [outputs[0usize], outputs[1usize], outputs[2usize], outputs[3usize], outputs[4usize],
                    outputs[5usize], outputs[6usize]],
                freq_offsets_cents: [outputs[7usize], outputs[8usize], outputs[9usize], outputs[10usize],
                    outputs[11usize], outputs[12usize], outputs[13usize]],
                decay_ratios: [outputs[14usize], outputs[15usize], outputs[16usize], outputs[17usize],
                    outputs[18usize], outputs[19usize], outputs[20usize]],
                displacement_scale: outputs[21usize],
            }
        };
        assert_eq!(result(&input().corrections).to_string(), expected.to_string());
    }

    #[test]
    fn the_kernel_holds_the_note_and_the_velocity_in_the_trained_range() {
        let weights = sample();
        let tokens = kernel(&input(), &weights, &fold(&weights)).to_string();
        let expected = quote! {
            let held = if key < 33u8 { 33u8 } else if key > 96u8 { 96u8 } else { key };
            let note = (held as i32 - 64i32) as f32;
            let strength = force.max(0.15748031f32).min(0.86614174f32) - 0.511811f32;
        };
        assert!(tokens.starts_with(&expected.to_string()), "{tokens}");
    }

    #[test]
    fn the_constant_tells_what_the_file_says_of_its_training() {
        let tokens = training_constant(input().training.as_ref().unwrap(), &sample()).to_string();
        let expected = quote! {
            pub const TRAINING: my::Training = my::Training {
                lowest_midi: 33u8,
                highest_midi: 96u8,
                lowest_velocity: 20u8,
                highest_velocity: 110u8,
                observed: [
                    true, true, true, true, true, true, true, true, true, true, true, false, true, true, true, true,
                    true, true, true, true, true, true
                ],
                seed: 9u64,
                epochs: 10000u32,
                loss: 0.074f32,
                key: [
                    0u8, 1u8, 2u8, 3u8, 4u8, 5u8, 6u8, 7u8, 8u8, 9u8, 10u8, 11u8, 12u8, 13u8, 14u8, 15u8, 16u8, 17u8,
                    18u8, 19u8, 20u8, 21u8, 22u8, 23u8, 24u8, 25u8, 26u8, 27u8, 28u8, 29u8, 30u8, 31u8
                ],
            };
        };
        assert_eq!(tokens, expected.to_string());
    }
}
