//! Tokens of the generated function: tables, one loop per layer, and tracking of the file.
//!
//! Each generated item contains all that it uses. It can stand wherever the macro is called: in a
//! module, a function or an `impl` block, beside any other names.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use wurli_voice::corrections::{CORRECTED_HARMONICS, DECAYS, DISPLACEMENT, FREQUENCIES, LEVELS};
use wurli_weights::{COVERAGE_VELOCITIES, FADE_SEMITONES, FULL_COVERAGE, HIDDEN, TrainingErrors, Weights};

use crate::input::{Input, Training};
use crate::path::Loaded;
use crate::tables::{module, tables};
use wurli_weights::fold::{FIRST_FREQUENCY, Folded, PADDED, fold, table_index};

/// Returns the items for a file that was read, and the tokens that make rustc track it.
pub(crate) fn expand(input: &Input, loaded: &Loaded) -> TokenStream {
    let Loaded { file, variables, weights } = loaded;
    // The glob finds the macros where there is no prelude. Where `core` is another crate, the prelude has them.
    let tracking = quote! {
        const _: () = {
            #[allow(unused_imports)]
            use ::core::*;
            let _ = include_bytes!(#file);
            #(let _ = env!(#variables);)*
        };
    };
    items(input, weights, &tracking)
}

/// Returns items that contain a compile error. They compute the identity, to avoid follow-up errors.
pub(crate) fn failure(input: &Input, error: &syn::Error) -> TokenStream {
    items(input, &Weights::IDENTITY, &error.to_compile_error())
}

/// Returns all requested items. Each begins with `preamble`, since `#[cfg]` may remove some of them.
///
/// `#[inline]` lets the first layer be inlined into the caller. The other layers are then called
/// from other crates, so that the compiler cannot specialise them for their arguments.
fn items(input: &Input, weights: &Weights, preamble: &TokenStream) -> TokenStream {
    let Input { attributes, visibility, name, midi, velocity, corrections, .. } = input;
    let folded = fold(weights);
    let tables = tables(weights, &folded);
    let body = body(weights, &folded, &midi.name, &velocity.name, corrections);
    let batch = input.batch.as_ref().map(|batch| crate::batch::batch(input, batch, weights, &folded, preamble));
    let training = input.training.as_ref().map(|training| training_constant(training, weights, preamble));
    let (midi, midi_type, velocity, velocity_type) = (&midi.name, &midi.primitive, &velocity.name, &velocity.primitive);
    quote! {
        #(#attributes)*
        #[inline]
        #visibility const fn #name(#midi: #midi_type, #velocity: #velocity_type) -> #corrections {
            #preamble
            #tables
            #body
        }
        #batch
        #training
    }
}

/// Returns layers and forward pass of a function with the given parameters. The tables stand before it.
pub(crate) fn body(
    weights: &Weights,
    folded: &Folded,
    midi: &Ident,
    velocity: &Ident,
    corrections: &syn::Path,
) -> TokenStream {
    let layers = [second_layer(), third_layer(corrections)];
    let kernel = kernel(weights, folded, midi, velocity);
    quote! {
        #(#layers)*
        #kernel
    }
}

/// Returns the body of the forward pass.
///
/// `f32::max` is a single instruction, whereas `if x > 0.0 { x } else { 0.0 }` compiles to a
/// branch. It also maps NaN to the other operand.
fn kernel(weights: &Weights, folded: &Folded, midi: &Ident, velocity: &Ident) -> TokenStream {
    let module = module();
    let inputs = inputs(weights, folded, midi, velocity);
    let first = first_layer(&quote!(#module::FIRST), &quote!(#module::FIRST_BIAS));
    let second = 0..HIDDEN;
    quote_spanned! {Span::mixed_site()=>
        #inputs
        let second = __second_layer(&#module::SECOND, &#module::SECOND_BIAS, #(#first),*);
        __third_layer(fade, tuning_fade, #(second[#second]),*)
    }
}

/// Returns the network inputs, clamped to the trained range, the share of the corrections and that of
/// the frequencies: the fade beyond the trained keys times the coverage.
pub(crate) fn inputs(weights: &Weights, folded: &Folded, midi: &Ident, velocity: &Ident) -> TokenStream {
    let (lowest_midi, highest_midi) = (weights.range.lowest_midi, weights.range.highest_midi);
    let (lowest_velocity, highest_velocity) = (folded.lowest_velocity, folded.highest_velocity);
    let (middle, middle_velocity) = (i32::from(folded.middle), folded.middle_velocity);
    // Divided by a power of two, which rounds nothing.
    let (full, fade_step) = (f32::from(FULL_COVERAGE), (1.0 / f64::from(FADE_SEMITONES)) as f32);
    let (whole, fade_step) = (1.0 / full, fade_step / full);
    let (last_row, last_cell) = (usize::from(highest_midi - lowest_midi), COVERAGE_VELOCITIES - 2);
    let (cells, tuning_column) = ((COVERAGE_VELOCITIES - 1) as f32, COVERAGE_VELOCITIES);
    let module = module();
    quote_spanned! {Span::mixed_site()=>
        let clamped = if #midi < #lowest_midi {
            #lowest_midi
        } else if #midi > #highest_midi {
            #highest_midi
        } else {
            #midi
        };
        let key_offset = (clamped as #module::Int - #middle) as #module::Float;
        let velocity_offset = #velocity.max(#lowest_velocity).min(#highest_velocity) - #middle_velocity;
        // The bounds of row and cell are those of the table, and let the compiler drop its checks.
        let row = (clamped - #lowest_midi) as #module::Index;
        let row = if row > #last_row { #last_row } else { row };
        let position = #velocity.max(0.0).min(1.0) * #cells;
        // To a byte, which takes three instructions in place of fourteen.
        let cell = position as #module::Byte as #module::Index;
        let cell = if cell > #last_cell { #last_cell } else { cell };
        let softer = #module::COVERAGE[row][cell] as #module::Float;
        let share = softer + (#module::COVERAGE[row][cell + 1] as #module::Float - softer) * (position - cell as #module::Float);
        let tuning_share = share.max(#module::COVERAGE[row][#tuning_column] as #module::Float);
        let beyond = (#whole - #midi.abs_diff(clamped) as #module::Float * #fade_step).max(0.0);
        let (fade, tuning_fade) = (beyond * share, beyond * tuning_share);
    }
}

/// Returns the neurons of the first layer.
pub(crate) fn first_layer(columns: &TokenStream, bias: &TokenStream) -> Vec<TokenStream> {
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
    let (module, neurons) = (module(), neurons());
    let sums = second_sums();
    quote_spanned! {Span::mixed_site()=>
        #[inline(never)]
        #[allow(clippy::too_many_arguments)]
        const fn __second_layer(
            columns: &[[#module::Float; #HIDDEN]; #HIDDEN],
            bias: &[#module::Float; #HIDDEN],
            #(#neurons: #module::Float),*
        ) -> [#module::Float; #HIDDEN] {
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
    let (module, neurons) = (module(), neurons());
    let (sums, result) = (third_sums(), corrections_struct(corrections));
    quote_spanned! {Span::mixed_site()=>
        #[inline(never)]
        #[allow(clippy::too_many_arguments)]
        const fn __third_layer(fade: #module::Float, tuning_fade: #module::Float, #(#neurons: #module::Float),*) -> #corrections {
            let second = [#(#neurons),*];
            let (columns, bias) = (&#module::THIRD, &#module::THIRD_BIAS);
            #sums
            #result
        }
    }
}

/// Returns the statements that compute `outputs` from `second`, `columns`, `bias` and the two fades.
pub(crate) fn third_sums() -> TokenStream {
    let module = module();
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
        // Fades the difference from the identity, so that a fade of 0 gives it exactly.
        while j < #FIRST_FREQUENCY {
            let change = (even[j] + odd[j]).max(#module::LOWEST[j]).min(#module::HIGHEST[j]);
            outputs[j] = #module::IDENTITY[j] + fade * change;
            j += 1;
        }
        while j < #PADDED {
            let change = (even[j] + odd[j]).max(#module::LOWEST[j]).min(#module::HIGHEST[j]);
            outputs[j] = #module::IDENTITY[j] + tuning_fade * change;
            j += 1;
        }
    }
}

/// Returns the struct expression, built from the padded outputs.
///
/// A copy into an array of 22 would cost as much as a layer.
pub(crate) fn corrections_struct(corrections: &syn::Path) -> TokenStream {
    let [levels, frequencies, decays] =
        [LEVELS, FREQUENCIES, DECAYS].map(|first| (first..first + CORRECTED_HARMONICS).map(table_index));
    let displacement = table_index(DISPLACEMENT);
    quote_spanned! {Span::mixed_site()=>
        #corrections {
            amp_offsets_db: [#(outputs[#levels]),*],
            freq_offsets_cents: [#(outputs[#frequencies]),*],
            decay_ratios: [#(outputs[#decays]),*],
            displacement_scale: outputs[#displacement],
        }
    }
}

fn training_constant(training: &Training, weights: &Weights, preamble: &TokenStream) -> TokenStream {
    let Training { attributes, visibility, name, structure } = training;
    let range = &weights.range;
    let (lowest_midi, highest_midi) = (range.lowest_midi, range.highest_midi);
    let (lowest_velocity, highest_velocity) = (range.lowest_velocity, range.highest_velocity);
    let Weights { observed, seed, epochs, loss, key, errors, .. } = weights;
    let TrainingErrors { notes, level_db, frequency_cents, decay_log2 } = errors;
    quote! {
        #(#attributes)*
        #visibility const #name: #structure = {
            #preamble
            #structure {
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
            }
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
    fn tokens_begin_with_signature_and_tracking() {
        let loaded = Loaded { file: "/abs/a.weights".into(), variables: vec!["OUT_DIR".into()], weights: sample() };
        let tokens = expand(&input(), &loaded).to_string();
        let signature = quote! {
            #[doc = "Docs."]
            #[inline]
            pub const fn compute(key: ::core::primitive::u8, force: ::core::primitive::f32) -> my::Corrections
        };
        let tracking = quote! {
            const _: () = {
                #[allow(unused_imports)]
                use ::core::*;
                let _ = include_bytes!("/abs/a.weights");
                let _ = env!("OUT_DIR");
            };
        };
        assert!(tokens.starts_with(&format!("{signature} {{ {tracking}")), "{tokens}");
        assert_eq!(tokens.matches(&tracking.to_string()).count(), 3, "function, batch and constant: {tokens}");
    }

    #[test]
    fn outputs_map_to_fields_by_their_place() {
        let expected = quote! {
            my::Corrections {
                amp_offsets_db: [outputs[0usize], outputs[1usize], outputs[2usize], outputs[3usize], outputs[4usize],
                    outputs[5usize], outputs[6usize]],
                freq_offsets_cents: [outputs[16usize], outputs[17usize], outputs[18usize], outputs[19usize],
                    outputs[20usize], outputs[21usize], outputs[22usize]],
                decay_ratios: [outputs[8usize], outputs[9usize], outputs[10usize], outputs[11usize],
                    outputs[12usize], outputs[13usize], outputs[14usize]],
                displacement_scale: outputs[7usize],
            }
        };
        assert_eq!(corrections_struct(&input().corrections).to_string(), expected.to_string());
    }

    #[test]
    fn kernel_clamps_key_and_velocity_to_the_trained_range() {
        let weights = sample();
        let input = input();
        let tokens = kernel(&weights, &fold(&weights), &input.midi.name, &input.velocity.name).to_string();
        let expected = quote! {
            let clamped = if key < 33u8 { 33u8 } else if key > 96u8 { 96u8 } else { key };
            let key_offset = (clamped as __wurli::Int - 64i32) as __wurli::Float;
            let velocity_offset = force.max(0.15748031f32).min(0.86614174f32) - 0.511811f32;
        };
        assert!(tokens.starts_with(&expected.to_string()), "{tokens}");
    }

    #[test]
    fn training_constant_matches_the_file() {
        let tokens = training_constant(input().training.as_ref().unwrap(), &sample(), &quote!(preamble;)).to_string();
        let expected = quote! {
            pub const TRAINING: my::Training = { preamble; my::Training {
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
            } };
        };
        assert_eq!(tokens, expected.to_string());
    }
}
