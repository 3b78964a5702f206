//! Path of the weights file: literals, `concat!` and `env!`, which the macro evaluates itself.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, Lit, LitStr, Result, Token};
use wurli_weights::Weights;

/// Path expression of a weights file, unevaluated.
pub(crate) struct WeightsPath(Expr);

/// Weights read from a [`WeightsPath`].
pub(crate) struct Loaded {
    /// Absolute path.
    pub(crate) file: String,
    /// Names of the environment variables in the path.
    pub(crate) variables: Vec<String>,
    pub(crate) weights: Weights,
}

impl Parse for WeightsPath {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        input.parse().map(Self)
    }
}

impl WeightsPath {
    /// Evaluates the path and reads the file.
    ///
    /// # Errors
    ///
    /// Returns an error at the path's span, with file and reason, if the file cannot be used.
    pub(crate) fn load(&self) -> Result<Loaded> {
        let mut variables = Vec::new();
        let evaluated = evaluate(&self.0, &mut variables)?;
        let relative = Path::new(&evaluated).is_relative();
        let error = |reason: &dyn Display| {
            let from = if relative { " (relative to Cargo.toml)" } else { "" };
            Error::new_spanned(&self.0, format!("weights file {evaluated}{from}: {reason}"))
        };

        let mut file = PathBuf::new();
        if relative {
            file.push(
                env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| {
                    error(&"CARGO_MANIFEST_DIR is not set; use an absolute path, or build with cargo")
                })?,
            );
        }
        file.push(&evaluated);
        let bytes = fs::read(&file).map_err(|failure| match failure.kind() {
            io::ErrorKind::NotFound => error(&"file not found"),
            _ => error(&failure),
        })?;
        let weights = Weights::from_bytes(&bytes).map_err(|failure| error(&failure))?;
        let file = file.into_os_string().into_string().map_err(|file| {
            error(&format_args!("{} is not Unicode, so that rustc cannot track it; rename it", file.display()))
        })?;
        Ok(Loaded { file, variables, weights })
    }
}

fn evaluate(expression: &Expr, variables: &mut Vec<String>) -> Result<String> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) => Ok(literal.value()),
        // An argument of a `macro_rules` macro arrives in an invisible group.
        Expr::Group(group) => evaluate(&group.expr, variables),
        Expr::Macro(call) if is_macro(&call.mac.path, "concat") => {
            let parts = call.mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)?;
            parts.iter().map(|part| evaluate(part, variables)).collect()
        }
        Expr::Macro(call) if is_macro(&call.mac.path, "env") => {
            let literal: LitStr = call.mac.parse_body()?;
            let name = literal.value();
            let value = env::var(&name).map_err(|error| {
                let hint = if name == "OUT_DIR" { "; it exists only in crates with a build script" } else { "" };
                Error::new_spanned(&literal, format!("environment variable {name}: {error}{hint}"))
            })?;
            variables.push(name);
            Ok(value)
        }
        other => {
            Err(Error::new_spanned(other, "expected a string literal, or `concat!` and `env!` of string literals"))
        }
    }
}

fn is_macro(path: &syn::Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;

    fn evaluate_tokens(tokens: TokenStream) -> Result<(String, Vec<String>)> {
        let mut variables = Vec::new();
        let path = syn::parse2::<WeightsPath>(tokens)?;
        evaluate(&path.0, &mut variables).map(|path| (path, variables))
    }

    fn error_message<T>(result: Result<T>) -> String {
        result.err().map(|error| error.to_string()).unwrap_or_default()
    }

    fn load(path: &str) -> Result<Loaded> {
        syn::parse2::<WeightsPath>(quote!(#path)).unwrap().load()
    }

    #[test]
    fn evaluates_literals_concat_and_env() {
        assert_eq!(evaluate_tokens(quote!("a/b.weights")).unwrap().0, "a/b.weights");
        let parts = quote!(concat!("/x/", std::env!("CARGO_PKG_NAME"), ::core::concat!("/", "y"),));
        let (whole, variables) = evaluate_tokens(parts).unwrap();
        assert_eq!(whole, "/x/wurli-macros/y");
        assert_eq!(variables, ["CARGO_PKG_NAME"]);
    }

    #[test]
    fn rejects_other_expressions() {
        for other in [quote!(PATH), quote!(concat!("a", 1)), quote!(include_str!("a"))] {
            assert!(error_message(evaluate_tokens(other.clone())).starts_with("expected a string literal"), "{other}");
        }
        let unset = error_message(evaluate_tokens(quote!(env!("WURLI_NO_SUCH_VARIABLE"))));
        assert_eq!(unset, "environment variable WURLI_NO_SUCH_VARIABLE: environment variable not found");
    }

    #[test]
    fn relative_paths_start_at_the_manifest() {
        let damaged = error_message(load("Cargo.toml"));
        let expected = "weights file Cargo.toml (relative to Cargo.toml): not a weights file: it begins with";
        assert!(damaged.starts_with(expected), "{damaged}");
    }

    #[test]
    fn errors_name_the_file_and_the_reason() {
        let expected = "weights file no/such.weights (relative to Cargo.toml): file not found";
        assert_eq!(error_message(load("no/such.weights")), expected);

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("short.weights");
        fs::write(&file, b"\x89WURLI").unwrap();
        let name = file.to_str().unwrap();
        assert_eq!(error_message(load(name)), format!("weights file {name}: cut short: 6 bytes, expected 2620"));
        let name = folder.path().to_str().unwrap();
        assert!(error_message(load(name)).starts_with(&format!("weights file {name}: ")));
    }
}
