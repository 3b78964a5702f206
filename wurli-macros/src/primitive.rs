//! Paths of `u8` and `f32` in generated signatures, where the caller's scope may hold other types of these names.
//!
//! Inside a function the macro declares a module, in which the names are the primitives. A signature
//! cannot refer to it, and an `impl` block allows no module beside the function.

use std::path::Path;
use std::{env, fs};

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{PathArguments, Type};

/// Returns the tokens of a parameter type, or none if `written` is not the primitive `name`.
///
/// A plain name becomes a path to the primitive. Longer paths, such as `core::primitive::f32`, are
/// kept.
pub(crate) fn primitive(written: &Type, name: &str) -> Option<TokenStream> {
    let Type::Path(path) = ungrouped(written) else { return None };
    if path.qself.is_some() {
        return None;
    }
    if path.path.is_ident(name) {
        return Some(absolute(name));
    }
    let last = path.path.segments.last()?;
    (last.ident == name && matches!(last.arguments, PathArguments::None)).then(|| path.to_token_stream())
}

/// Removes the invisible groups around a type that passed through another macro's `$t:ty`.
pub(crate) fn ungrouped(mut written: &Type) -> &Type {
    while let Type::Group(group) = written {
        written = &group.elem;
    }
    written
}

/// Returns the absolute path of the primitive `name`.
///
/// Without the standard library nothing else can be called `core`. Where something is, `std` exists.
fn absolute(name: &str) -> TokenStream {
    let name = Ident::new(name, Span::call_site());
    if core_is_renamed() { quote!(::std::primitive::#name) } else { quote!(::core::primitive::#name) }
}

/// Returns true if another crate is called `core` in the calling crate: by a dependency's name in
/// `Cargo.toml`, which reaches rustc as `--extern core=…`, or by `extern crate … as core`.
fn core_is_renamed() -> bool {
    // Procedural macros run in the process of rustc.
    let arguments: Vec<String> = env::args_os().filter_map(|argument| argument.into_string().ok()).collect();
    arguments.iter().any(|argument| is_extern_core(argument))
        || arguments
            .iter()
            .filter(|argument| Path::new(argument).extension().is_some_and(|extension| extension == "rs"))
            .filter_map(|root| fs::read_to_string(root).ok())
            .any(|root| renames_core(&root))
}

/// Matches `--extern=core=FILE`, `core=FILE` after `--extern`, and options before the name, as in
/// `noprelude:core=FILE`.
fn is_extern_core(argument: &str) -> bool {
    let name = argument.strip_prefix("--extern=").unwrap_or(argument).split('=').next().unwrap_or_default();
    argument.contains('=') && name.rsplit(':').next() == Some("core")
}

fn renames_core(crate_root: &str) -> bool {
    let words: Vec<&str> = crate_root.split_whitespace().collect();
    words.windows(5).any(|words| matches!(words, ["extern", "crate", _, "as", name] if name.starts_with("core;")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(written: TokenStream) -> Option<String> {
        primitive(&syn::parse2(written).unwrap(), "f32").map(|tokens| tokens.to_string())
    }

    #[test]
    fn plain_names_become_absolute_paths() {
        assert_eq!(tokens(quote!(f32)), Some(quote!(::core::primitive::f32).to_string()));
        assert_eq!(tokens(quote!(std::primitive::f32)), Some(quote!(std::primitive::f32).to_string()));
        for other in [quote!(f64), quote!(f32<u8>), quote!(&f32), quote!([f32; 1]), quote!(<f32 as Own>::f32)] {
            assert_eq!(tokens(other.clone()), None, "{other}");
        }
    }

    #[test]
    fn finds_other_crates_called_core() {
        for (argument, expected) in [
            ("core=/target/libmine.rlib", true),
            ("--extern=core=/target/libmine.rlib", true),
            ("--extern=priv,noprelude:core=/target/libmine.rlib", true),
            ("core", false),
            ("--cfg=core", false),
            ("core_affinity=/target/libcore_affinity.rlib", false),
            ("metadata=core", false),
        ] {
            assert_eq!(is_extern_core(argument), expected, "{argument}");
        }
        assert!(renames_core("#![no_std]\nextern  crate mine as core;\nfn main() {}"));
        assert!(!renames_core("extern crate core as mine;\nuse mine as core_of_it;"));
    }
}
