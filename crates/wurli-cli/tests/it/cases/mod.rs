//! Inputs that people bring: imported right, or refused with the true reason.
//!
//! One module per kind of input, each a table in which the next case is one more line. All input is
//! synthesized.

mod synth;
mod table;

mod by_content;
mod cancelling_channels;
mod catalogue_known;
mod contradicted_names;
mod copies;
mod large_files;
mod left_out;
mod not_struck;
mod note_names;
mod numbers_in_names;
mod octave_below;
mod reasons;
mod rounds_of_a_take;
mod sfz_layers;
mod sfz_text;
mod small_things;
mod sounds_before;
