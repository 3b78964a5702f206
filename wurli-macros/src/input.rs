//! What is written between the macro's braces.

use proc_macro2::Ident;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Error, FnArg, Pat, Path, Result, ReturnType, Safety, Signature, Token, Type, Visibility};

use crate::path::WeightsPath;

/// `pub const fn name(midi: u8, velocity: f32) -> Type = path;`, and possibly a [`Training`].
pub(crate) struct Input {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) midi: Ident,
    pub(crate) velocity: Ident,
    pub(crate) corrections: Path,
    pub(crate) path: WeightsPath,
    pub(crate) training: Option<Training>,
}

/// `pub const NAME: Type;`
pub(crate) struct Training {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) structure: Path,
}

const EXPECTED: &str = "expected `const fn name(midi: u8, velocity: f32) -> MlpCorrections`";

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let signature: Signature = input.parse()?;
        let (midi, velocity) = parameters(&signature)?;
        let corrections = corrections_type(&signature)?;
        input.parse::<Token![=]>()?;
        let path = input.parse()?;
        input.parse::<Token![;]>()?;
        let training = if input.is_empty() { None } else { Some(input.parse()?) };
        Ok(Self { attributes, visibility, name: signature.ident, midi, velocity, corrections, path, training })
    }
}

impl Parse for Training {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        input.parse::<Token![const]>()?;
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        let structure = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok(Self { attributes, visibility, name, structure })
    }
}

/// The names of the two parameters.
fn parameters(signature: &Signature) -> Result<(Ident, Ident)> {
    // What a plain `const fn` has no place for, each with where it stands.
    let foreign = [
        signature.asyncness.as_ref().map(Spanned::span),
        match &signature.safety {
            Safety::Safe(token) => Some(token.span),
            Safety::Unsafe(token) => Some(token.span),
            Safety::Default => None,
        },
        signature.abi.as_ref().map(Spanned::span),
        signature.generics.params.first().map(Spanned::span),
        signature.generics.where_clause.as_ref().map(Spanned::span),
        signature.variadic.as_ref().map(Spanned::span),
        signature.constness.is_none().then_some(signature.fn_token.span),
    ];
    if let Some(span) = foreign.into_iter().flatten().next() {
        return Err(Error::new(span, EXPECTED));
    }
    let mut inputs = signature.inputs.iter();
    match (inputs.next(), inputs.next(), inputs.next()) {
        (Some(midi), Some(velocity), None) => Ok((parameter(midi, "u8")?, parameter(velocity, "f32")?)),
        _ => Err(Error::new(signature.paren_token.span.join(), format!("two parameters are needed: {EXPECTED}"))),
    }
}

fn parameter(argument: &FnArg, primitive: &str) -> Result<Ident> {
    if let FnArg::Typed(argument) = argument
        && let Pat::Ident(pattern) = &*argument.pat
        && pattern.by_ref.is_none()
        && pattern.mutability.is_none()
        && pattern.subpat.is_none()
        && let Type::Path(path) = &*argument.ty
        && path.path.is_ident(primitive)
    {
        return Ok(pattern.ident.clone());
    }
    Err(Error::new_spanned(argument, format!("this parameter is a plain `name: {primitive}`: {EXPECTED}")))
}

fn corrections_type(signature: &Signature) -> Result<Path> {
    match &signature.output {
        ReturnType::Type(_, returned) => match &**returned {
            Type::Path(path) if path.qself.is_none() => Ok(path.path.clone()),
            other => Err(Error::new_spanned(other, format!("a struct is returned: {EXPECTED}"))),
        },
        ReturnType::Default => {
            Err(Error::new(signature.paren_token.span.join(), format!("a struct is returned: {EXPECTED}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens, quote};

    use super::*;

    fn message(signature: &proc_macro2::TokenStream) -> String {
        syn::parse2::<Input>(quote!(#signature = "file";)).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn every_part_is_passed_on() {
        let input: Input = syn::parse2(quote! {
            /// Docs.
            #[must_use]
            pub(crate) const fn corrections_of(key: u8, strength: f32) -> crate::Corrections = "a file";
            /// More docs.
            pub const TRAINED: some::Training;
        })
        .unwrap();
        assert_eq!(input.attributes.len(), 2);
        assert_eq!(input.visibility.to_token_stream().to_string(), "pub (crate)");
        assert_eq!(input.name, "corrections_of");
        assert_eq!((input.midi.to_string(), input.velocity.to_string()), ("key".into(), "strength".into()));
        assert_eq!(input.corrections.to_token_stream().to_string(), "crate :: Corrections");
        let training = input.training.unwrap();
        assert_eq!(training.attributes.len(), 1);
        assert_eq!(training.name, "TRAINED");
        assert_eq!(training.structure.to_token_stream().to_string(), "some :: Training");
    }

    #[test]
    fn another_signature_is_told_which_one_is_expected() {
        assert_eq!(message(&quote!(const fn f(midi: u8, velocity: f32) -> Corrections)), "");
        for foreign in [
            quote!(fn f(midi: u8, velocity: f32) -> Corrections),
            quote!(const async fn f(midi: u8, velocity: f32) -> Corrections),
            quote!(const unsafe fn f(midi: u8, velocity: f32) -> Corrections),
            quote!(const extern "C" fn f(midi: u8, velocity: f32) -> Corrections),
            quote!(const fn f<T>(midi: u8, velocity: f32) -> Corrections),
            quote!(const fn f(midi: u8, velocity: f32) -> Corrections where u8: Copy),
            quote!(const fn f(midi: u8) -> Corrections),
            quote!(const fn f(midi: u8, velocity: f32, pedal: f32) -> Corrections),
            quote!(const fn f(&self, velocity: f32) -> Corrections),
            quote!(const fn f(mut midi: u8, velocity: f32) -> Corrections),
            quote!(const fn f(midi: u8, velocity: f64) -> Corrections),
            quote!(const fn f(velocity: f32, midi: u8) -> Corrections),
            quote!(const fn f(midi: u8, velocity: f32) -> [f32; 22]),
            quote!(const fn f(midi: u8, velocity: f32)),
        ] {
            assert!(message(&foreign).contains(EXPECTED), "{foreign}: {}", message(&foreign));
        }
    }
}
