//! Tokens of the generated function: tables, one loop per layer, and tracking of the file.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use wurli_voice::corrections::{CORRECTED_HARMONICS, DECAYS, DISPLACEMENT, FREQUENCIES, LEVELS};
use wurli_weights::{COVERAGE_VELOCITIES, FADE_SEMITONES, FULL_COVERAGE, HIDDEN, TrainingErrors, Weights};

use crate::fold::{Folded, PADDED, fold};
use crate::input::{Input, Training};
use crate::path::Loaded;
use crate::tables::tables;

/// Returns the items for a file that was read, and the tokens that make rustc track it.
pub(crate) fn expand(input: &Input, loaded: &Loaded) -> TokenStream {
    let Loaded { file, variables, weights } = loaded;
    let items = items(input, weights);
    quote! {
        #items
        const _: &[u8] = ::core::include_bytes!(#file);
        #(const _: &str = ::core::env!(#variables);)*
    }
}

/// Returns a compile error, and items that compute the identity to avoid follow-up errors.
pub(crate) fn failure(input: &Input, error: &syn::Error) -> TokenStream {
    let error = error.to_compile_error();
    let items = items(input, &Weights::IDENTITY);
    quote!(#error #items)
}

/// Returns all requested items, with the tables in a module beside them.
///
/// `#[inline]` lets the first layer be inlined into the caller. The other layers are then called
/// from other crates, so that the compiler cannot specialise them for their arguments.
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

/// Returns the body of the forward pass.
///
/// `f32::max` is a single instruction, whereas `if x > 0.0 { x } else { 0.0 }` compiles to a
/// branch. It also maps NaN to the other operand.
fn kernel(input: &Input, weights: &Weights, folded: &Folded) -> TokenStream {
    let Input { midi, velocity, .. } = input;
    let inputs = inputs(weights, folded, midi, velocity);
    let first = first_layer("FIRST", "FIRST_BIAS");
    let second = 0..HIDDEN;
    quote_spanned! {Span::mixed_site()=>
        #inputs
        let second = second_layer(&SECOND, &SECOND_BIAS, #(#first),*);
        third_layer(fade, #(second[#second]),*)
    }
}

/// Returns the network inputs, clamped to the trained range, and the share of the corrections: the
/// fade beyond the trained keys times the coverage.
pub(crate) fn inputs(weights: &Weights, folded: &Folded, midi: &Ident, velocity: &Ident) -> TokenStream {
    let (lowest_midi, highest_midi) = (weights.range.lowest_midi, weights.range.highest_midi);
    let (lowest_velocity, highest_velocity) = (folded.lowest_velocity, folded.highest_velocity);
    let (middle, middle_velocity) = (i32::from(folded.middle), folded.middle_velocity);
    let fade_step = (1.0 / f64::from(FADE_SEMITONES)) as f32;
    let (last_row, last_cell) = (folded.coverage.len() - 1, COVERAGE_VELOCITIES - 2);
    let (cells, share_step) = ((COVERAGE_VELOCITIES - 1) as f32, 1.0 / f32::from(FULL_COVERAGE));
    quote_spanned! {Span::mixed_site()=>
        let clamped = if #midi < #lowest_midi {
            #lowest_midi
        } else if #midi > #highest_midi {
            #highest_midi
        } else {
            #midi
        };
        let key_offset = (clamped as i32 - #middle) as f32;
        let velocity_offset = #velocity.max(#lowest_velocity).min(#highest_velocity) - #middle_velocity;
        // The bounds of row and cell are those of the table, and let the compiler drop its checks.
        let row = (clamped - #lowest_midi) as usize;
        let row = if row > #last_row { #last_row } else { row };
        let position = #velocity.max(0.0).min(1.0) * #cells;
        let cell = position as usize;
        let cell = if cell > #last_cell { #last_cell } else { cell };
        let softer = COVERAGE[row][cell] as f32;
        let share = softer + (COVERAGE[row][cell + 1] as f32 - softer) * (position - cell as f32);
        let fade = (1.0 - #midi.abs_diff(clamped) as f32 * #fade_step).max(0.0) * (share * #share_step);
    }
}

/// Returns the neurons of the first layer.
pub(crate) fn first_layer(columns: &str, bias: &str) -> Vec<TokenStream> {
    let (columns, bias) = (Ident::new(columns, Span::mixed_site()), Ident::new(bias, Span::mixed_site()));
    (0..HIDDEN)
        .map(|j| {
            quote_spanned! {Span::mixed_site()=>
                (#bias[#j] + #columns[0][#j] * key_offset + #columns[1][#j] * velocity_offset).max(0.0)
            }
        })
        .collect()
}

/// Returns parameter names for a layer's neurons: scalars in registers, broadcast by one
/// instruction.
fn neurons() -> Vec<Ident> {
    (0..HIDDEN).map(|i| Ident::new(&format!("x{i}"), Span::mixed_site())).collect()
}

/// Returns the second layer as a function that is not inlined and takes its tables as arguments.
///
/// With constant tables the compiler turns `+ x * -c` into `- x * c`. Vectors of mixed signs then
/// cost an addition, a subtraction and a shuffle. Two accumulators halve the dependency chain.
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

/// Returns the statements that compute `second` from `first`, `columns` and `bias`.
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

/// Returns the output layer.
///
/// It runs column by column. The inner loop is long enough to be vectorised before constants are
/// propagated, so that the tables can be constants here.
fn third_layer(corrections: &syn::Path) -> TokenStream {
    let neurons = neurons();
    let (sums, result) = (third_sums(), corrections_struct(corrections));
    quote_spanned! {Span::mixed_site()=>
        #[inline(never)]
        #[allow(clippy::too_many_arguments)]
        const fn third_layer(fade: f32, #(#neurons: f32),*) -> #corrections {
            let second = [#(#neurons),*];
            let (columns, bias) = (&THIRD, &THIRD_BIAS);
            #sums
            #result
        }
    }
}

/// Returns the statements that compute `outputs` from `second`, `columns`, `bias` and `fade`.
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
            // Fades the difference from the identity, so that a fade of 0 gives it exactly.
            outputs[j] = IDENTITY[j] + fade * (even[j] + odd[j]).max(LOWEST[j]).min(HIGHEST[j]);
            j += 1;
        }
    }
}

/// Returns the struct expression, built from the padded outputs.
///
/// A copy into an array of 22 would cost as much as a layer.
pub(crate) fn corrections_struct(corrections: &syn::Path) -> TokenStream {
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
    let Weights { observed, seed, epochs, loss, key, errors, .. } = weights;
    let TrainingErrors { notes, level_db, frequency_cents, decay_log2 } = errors;
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
            notes: #notes,
            level_db: [#(#level_db),*],
            frequency_cents: [#(#frequency_cents),*],
            decay_log2: [#(#decay_log2),*],
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wurli_weights::sample_weights as sample;

    fn input() -> Input {
        syn::parse2(quote! {
            #[doc = "Docs."]
            pub const fn compute(key: u8, force: f32) -> my::Corrections = concat!(env!("CARGO_PKG_NAME"), "/w");
            /// Batch docs.
            pub(crate) fn compute_many(keys: &[(u8, f32)], results: &mut [my::Corrections]);
            pub const TRAINING: my::Training;
        })
        .unwrap()
    }

    #[test]
    fn tokens_begin_with_signature_and_end_with_tracking() {
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
    fn outputs_map_to_fields_in_network_order() {
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
        assert_eq!(corrections_struct(&input().corrections).to_string(), expected.to_string());
    }

    #[test]
    fn kernel_clamps_key_and_velocity_to_the_trained_range() {
        let weights = sample();
        let tokens = kernel(&input(), &weights, &fold(&weights)).to_string();
        let expected = quote! {
            let clamped = if key < 33u8 { 33u8 } else if key > 96u8 { 96u8 } else { key };
            let key_offset = (clamped as i32 - 64i32) as f32;
            let velocity_offset = force.max(0.15748031f32).min(0.86614174f32) - 0.511811f32;
        };
        assert!(tokens.starts_with(&expected.to_string()), "{tokens}");
    }

    #[test]
    fn training_constant_matches_the_file() {
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
                notes: 13u32,
                level_db: [4.5f32, 3.75f32],
                frequency_cents: [5.25f32, 2.25f32],
                decay_log2: [0.625f32, 0.375f32],
            };
        };
        assert_eq!(tokens, expected.to_string());
    }
}
