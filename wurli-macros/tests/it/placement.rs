//! Places at which the macro is called, and scopes that hold other things of the names it uses.
//!
//! `tests/accepted` has what needs a crate of its own.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use wurli_voice::MlpCorrections;
use wurli_weights::sample_weights;

use crate::compile::compile;
use crate::expanded::{Training, plausible, saturating};

type Batch = fn(&[(u8, f32)], &mut [MlpCorrections]);

/// Returns true if `compute`, and the batch that belongs to it, are those of `plausible.weights`.
fn is_plausible(compute: fn(u8, f32) -> MlpCorrections, compute_all: Option<Batch>) -> bool {
    let notes: [(u8, f32); 40] = std::array::from_fn(|i| (50 + i as u8, i as f32 / 40.0));
    let expected = notes.map(|(midi, velocity)| plausible::compute(midi, velocity));
    let single = notes.map(|(midi, velocity)| compute(midi, velocity)) == expected;
    let batch = compute_all.is_none_or(|compute_all| {
        let mut all = [MlpCorrections::IDENTITY; 40];
        // As single calls, and as a block.
        compute_all(&notes[..5], &mut all);
        compute_all(&notes[5..], &mut all[5..]);
        all == expected
    });
    single && batch
}

#[test]
fn works_inside_a_function() {
    wurli_macros::corrections! {
        const fn compute(midi: u8, velocity: f32) -> MlpCorrections = "tests/weights/plausible.weights";
        fn compute_all(notes: &[(u8, f32)], results: &mut [MlpCorrections]);
        const TRAINING: Training;
    }
    assert!(is_plausible(compute, Some(compute_all)));
    assert_eq!(TRAINING, plausible::TRAINING);
}

struct Piano;

impl Piano {
    wurli_macros::corrections! {
        /// Docs.
        pub(crate) const fn compute(midi: u8, velocity: f32) -> MlpCorrections = "tests/weights/plausible.weights";
        fn compute_all(notes: &[(u8, f32)], results: &mut [MlpCorrections]);
        const TRAINING: Training;
    }
}

#[test]
fn works_inside_an_impl_block() {
    assert!(is_plausible(Piano::compute, Some(Piano::compute_all)));
    assert_eq!(Piano::TRAINING, plausible::TRAINING);
}

trait Instrument {
    const CORRECTIONS: fn(u8, f32) -> MlpCorrections;
}

const _: () = {
    wurli_macros::corrections! {
        const fn compute(midi: u8, velocity: f32) -> MlpCorrections = "tests/weights/plausible.weights";
    }
    impl Instrument for Piano {
        const CORRECTIONS: fn(u8, f32) -> MlpCorrections = compute;
    }
};

#[test]
fn works_inside_a_const_block() {
    assert!(is_plausible(Piano::CORRECTIONS, None));
}

#[test]
fn cfg_chooses_one_of_two() {
    wurli_macros::corrections! {
        #[cfg(any())]
        const fn compute(midi: u8, velocity: f32) -> MlpCorrections = "no/such.weights";
    }
    wurli_macros::corrections! {
        #[cfg(not(any()))]
        const fn compute(midi: u8, velocity: f32) -> MlpCorrections = "tests/weights/plausible.weights";
    }
    assert!(is_plausible(compute, None));
}

#[test]
fn one_call_defines_several_networks() {
    wurli_macros::corrections! {
        const fn first(midi: u8, velocity: f32) -> MlpCorrections = "tests/weights/plausible.weights";
        fn first_all(notes: &[(u8, f32)], results: &mut [MlpCorrections]);
        const fn second(midi: u8, velocity: f32) -> MlpCorrections = "tests/weights/saturating.weights";
        const SECOND: Training;
    }
    assert!(is_plausible(first, Some(first_all)));
    assert_eq!(second(60, 0.5), saturating::compute(60, 0.5));
    assert_eq!(SECOND.lowest_midi, 60);
}

macro_rules! with_types {
    ($function:ident, $batch:ident, $byte:ty, $float:ty, $corrections:ty, $notes:ty, $training:ty, $file:literal) => {
        wurli_macros::corrections! {
            const fn $function(midi: $byte, velocity: $float) -> $corrections = $file;
            fn $batch(notes: $notes, results: &mut [$corrections]);
            const TRAINING: $training;
        }
    };
}

macro_rules! with_path {
    ($function:ident, $corrections:path, $visibility:vis) => {
        wurli_macros::corrections! {
            $visibility const fn $function(midi: u8, velocity: f32) -> $corrections
                = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/weights/plausible.weights");
            fn compute_all(notes: &[(u8, f32)], results: &mut [$corrections]);
        }
    };
}

#[test]
fn accepts_fragments_of_other_macros() {
    mod paths {
        with_path!(compute, wurli_voice::MlpCorrections, pub(super));
        pub(super) const BATCH: fn(&[(u8, f32)], &mut [wurli_voice::MlpCorrections]) = compute_all;
    }
    with_types!(
        compute,
        compute_all,
        u8,
        core::primitive::f32,
        wurli_voice::MlpCorrections,
        &[(u8, f32)],
        Training,
        "tests/weights/plausible.weights"
    );
    assert!(is_plausible(compute, Some(compute_all)));
    assert!(is_plausible(paths::compute, Some(paths::BATCH)));
    assert_eq!(TRAINING, plausible::TRAINING);
}

/// A scope in which no name means what the generated code means by it.
#[no_implicit_prelude]
mod hostile {
    #![allow(non_camel_case_types, dead_code)]
    pub(super) struct f32;
    pub(super) struct u8;
    pub(super) struct i32;
    pub(super) struct usize;
    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod __wurli_tables {}
    pub(super) fn second_layer() {}
    pub(super) static FIRST: bool = true;

    ::wurli_macros::corrections! {
        pub(super) const fn compute(second_layer: u8, third_layer: f32) -> ::wurli_voice::MlpCorrections
            = "tests/weights/plausible.weights";
        pub(super) fn compute_all(hidden: &[(u8, f32)], __wurli: &mut [::wurli_voice::MlpCorrections]);
    }
}

#[test]
fn is_independent_of_names_in_scope() {
    assert!(is_plausible(hostile::compute, Some(hostile::compute_all)));
}

#[test]
fn compiles_in_unusual_crates() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fs::write(folder.path().join("plausible.weights"), sample_weights().to_bytes()).unwrap();
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut compiled = 0;
    for entry in fs::read_dir(package.join("tests/accepted")).unwrap() {
        let path = entry.unwrap().path();
        let renamed: &[_] =
            if path.file_stem() == Some(OsStr::new("extern_core")) { &[("core", "wurli_voice")] } else { &[] };
        let (succeeded, errors) = compile(path.strip_prefix(package).unwrap(), folder.path(), renamed);
        assert!(succeeded && errors.is_empty(), "{}:\n{errors}", path.display());
        compiled += 1;
    }
    assert_eq!(compiled, 5);
}
