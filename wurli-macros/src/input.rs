//! Syntax of the macro's input.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Error, FnArg, Pat, Path, Result, ReturnType, Safety, Signature, Token, Type, Visibility};

use crate::path::WeightsPath;
use crate::primitive::{primitive, ungrouped};

/// Input of the macro: one or more networks.
pub(crate) struct Call(pub(crate) Vec<Input>);

/// One network: the function, then optionally a [`Batch`] and a [`Training`], in this order.
///
/// `pub const fn name(midi: u8, velocity: f32) -> Type = path;`
pub(crate) struct Input {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) midi: Parameter,
    pub(crate) velocity: Parameter,
    pub(crate) corrections: Path,
    pub(crate) path: WeightsPath,
    pub(crate) batch: Option<Batch>,
    pub(crate) training: Option<Training>,
}

/// Parameter of the function. Its type is a path to the primitive.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    pub(crate) primitive: TokenStream,
}

/// Batch function: `pub fn name(notes: &[(u8, f32)], corrections: &mut [Type]);`
pub(crate) struct Batch {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) notes: Ident,
    pub(crate) results: Ident,
}

/// Training metadata: `pub const NAME: Type;`
pub(crate) struct Training {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) structure: Path,
}

const EXPECTED: &str = "expected `const fn name(midi: u8, velocity: f32) -> MlpCorrections`";

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut networks = vec![input.parse()?];
        while !input.is_empty() {
            networks.push(input.parse()?);
        }
        Ok(Self(networks))
    }
}

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
        let batch =
            if next_is_constant(input)? == Some(false) { Some(Batch::parse(input, &corrections)?) } else { None };
        let training = if next_is_constant(input)? == Some(true) { Some(input.parse()?) } else { None };
        Ok(Self { attributes, visibility, name: signature.ident, midi, velocity, corrections, path, batch, training })
    }
}

/// Returns whether the next item is a constant.
///
/// None if it is a `const fn`, which begins another network, or if nothing follows.
fn next_is_constant(input: ParseStream<'_>) -> Result<Option<bool>> {
    let ahead = input.fork();
    ahead.call(Attribute::parse_outer)?;
    ahead.parse::<Visibility>()?;
    let constant = ahead.parse::<Option<Token![const]>>()?.is_some();
    // Keywords, such as `fn` and `unsafe`, are not identifiers.
    Ok((!ahead.is_empty() && (!constant || ahead.peek(syn::Ident))).then_some(constant))
}

const EXPECTED_BATCH: &str = "expected `fn name(notes: &[(u8, f32)], corrections: &mut [MlpCorrections])`";

impl Batch {
    fn parse(input: ParseStream<'_>, corrections: &Path) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let signature: Signature = input.parse()?;
        input.parse::<Token![;]>()?;
        let name = &signature.ident;
        let parameters: Vec<(&Ident, &Type)> = signature.inputs.iter().filter_map(name_and_type).collect();
        // Comparison as tokens, which rejects every addition to the expected signature.
        if let [(notes, notes_type), (results, results_type)] = parameters[..]
            && is_notes(notes_type)
            && is_results(results_type, corrections)
            && let expected = quote!(fn #name(#notes: #notes_type, #results: #results_type))
            && signature.to_token_stream().to_string() == expected.to_string()
        {
            let (name, notes, results) = (name.clone(), notes.clone(), results.clone());
            return Ok(Self { attributes, visibility, name, notes, results });
        }
        Err(Error::new_spanned(&signature, EXPECTED_BATCH))
    }
}

impl Parse for Training {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        input.parse::<Token![const]>()?;
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        let structure: Type = input.parse()?;
        let structure = match ungrouped(&structure) {
            Type::Path(path) if path.qself.is_none() => path.path.clone(),
            other => return Err(Error::new_spanned(other, "the type of the training metadata is not a struct")),
        };
        input.parse::<Token![;]>()?;
        Ok(Self { attributes, visibility, name, structure })
    }
}

/// Returns true for `&[(u8, f32)]`.
fn is_notes(written: &Type) -> bool {
    slice(written, false).is_some_and(|element| match element {
        Type::Tuple(note) => {
            let mut fields = note.elems.iter();
            let fields = (fields.next(), fields.next(), fields.next());
            matches!(fields, (Some(midi), Some(velocity), None)
                if primitive(midi, "u8").is_some() && primitive(velocity, "f32").is_some())
        }
        _ => false,
    })
}

/// Returns true for `&mut [corrections]`.
fn is_results(written: &Type, corrections: &Path) -> bool {
    let is_corrections =
        |element: &Type| element.to_token_stream().to_string() == corrections.to_token_stream().to_string();
    slice(written, true).is_some_and(is_corrections)
}

/// Returns the elements' type of `&[T]` or `&mut [T]`.
fn slice(written: &Type, mutable: bool) -> Option<&Type> {
    match ungrouped(written) {
        Type::Reference(reference) if reference.mutability.is_some() == mutable && reference.lifetime.is_none() => {
            match ungrouped(&reference.elem) {
                Type::Slice(slice) => Some(ungrouped(&slice.elem)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Returns the two parameters.
fn parameters(signature: &Signature) -> Result<(Parameter, Parameter)> {
    // Spans of everything that a plain `const fn` does not have.
    let unexpected = [
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
    if let Some(span) = unexpected.into_iter().flatten().next() {
        return Err(Error::new(span, EXPECTED));
    }
    let mut inputs = signature.inputs.iter();
    match (inputs.next(), inputs.next(), inputs.next()) {
        (Some(midi), Some(velocity), None) => Ok((parameter(midi, "u8")?, parameter(velocity, "f32")?)),
        _ => Err(Error::new(signature.paren_token.span.join(), format!("not two parameters: {EXPECTED}"))),
    }
}

/// Returns name and type of a plain parameter.
fn name_and_type(argument: &FnArg) -> Option<(&Ident, &Type)> {
    if let FnArg::Typed(argument) = argument
        && let Pat::Ident(pattern) = &*argument.pat
        && pattern.by_ref.is_none()
        && pattern.mutability.is_none()
        && pattern.subpat.is_none()
    {
        return Some((&pattern.ident, &argument.ty));
    }
    None
}

fn parameter(argument: &FnArg, name: &str) -> Result<Parameter> {
    if let Some((parameter, written)) = name_and_type(argument)
        && let Some(primitive) = primitive(written, name)
    {
        return Ok(Parameter { name: parameter.clone(), primitive });
    }
    Err(Error::new_spanned(argument, format!("not a plain `name: {name}`: {EXPECTED}")))
}

fn corrections_type(signature: &Signature) -> Result<Path> {
    let ReturnType::Type(_, returned) = &signature.output else {
        return Err(Error::new(
            signature.paren_token.span.join(),
            format!("the return type is not a struct: {EXPECTED}"),
        ));
    };
    match ungrouped(returned) {
        Type::Path(path) if path.qself.is_some() => {}
        Type::Path(path) if path.path.segments.first().is_some_and(|first| first.ident == "Self") => {
            return Err(Error::new_spanned(path, "`Self` cannot be used here; write the name of the type"));
        }
        Type::Path(path) => return Ok(path.path.clone()),
        _ => {}
    }
    Err(Error::new_spanned(returned, format!("the return type is not a struct: {EXPECTED}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(signature: &TokenStream) -> String {
        syn::parse2::<Input>(quote!(#signature = "file";)).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn parses_every_part() {
        let input: Input = syn::parse2(quote! {
            /// Docs.
            #[must_use]
            pub(crate) const fn compute(key: u8, strength: f32) -> crate::Corrections = "a file";
            /// Batch docs.
            pub(super) fn compute_all(keys: &[(u8, f32)], all: &mut [crate::Corrections]);
            /// More docs.
            pub const TRAINED: some::Training;
        })
        .unwrap();
        assert_eq!(input.attributes.len(), 2);
        assert_eq!(input.visibility.to_token_stream().to_string(), "pub (crate)");
        assert_eq!(input.name, "compute");
        assert_eq!((input.midi.name.to_string(), input.velocity.name.to_string()), ("key".into(), "strength".into()));
        assert_eq!(input.corrections.to_token_stream().to_string(), "crate :: Corrections");
        let batch = input.batch.unwrap();
        assert_eq!(batch.attributes.len(), 1);
        assert_eq!(batch.visibility.to_token_stream().to_string(), "pub (super)");
        assert_eq!(batch.name, "compute_all");
        assert_eq!((batch.notes.to_string(), batch.results.to_string()), ("keys".into(), "all".into()));
        let training = input.training.unwrap();
        assert_eq!(training.attributes.len(), 1);
        assert_eq!(training.name, "TRAINED");
        assert_eq!(training.structure.to_token_stream().to_string(), "some :: Training");
    }

    #[test]
    fn parses_several_networks() {
        let function = quote!(const fn f(midi: u8, velocity: f32) -> Corrections = "file";);
        let (batch, training) = (
            quote!(
                fn g(n: &[(u8, f32)], c: &mut [Corrections]);
            ),
            quote!(
                const T: Training;
            ),
        );
        let parts = |call: TokenStream| -> Vec<(bool, bool)> {
            let Call(networks) = syn::parse2(call).unwrap();
            networks.iter().map(|network| (network.batch.is_some(), network.training.is_some())).collect()
        };
        assert_eq!(parts(quote!(#function pub #function)), [(false, false); 2]);
        assert_eq!(parts(quote!(#function #training #function #batch)), [(false, true), (true, false)]);
        assert_eq!(parts(quote!(#function #batch #training #function)), [(true, true), (false, false)]);
    }

    #[test]
    fn rejects_other_batch_signatures() {
        let message = |batch: &TokenStream| {
            let input = quote!(const fn f(midi: u8, velocity: f32) -> Corrections = "file"; #batch);
            syn::parse2::<Input>(input).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(
            message(&quote!(
                fn g(notes: &[(u8, f32)], corrections: &mut [Corrections]);
            )),
            ""
        );
        for other in [
            quote!(
                unsafe fn g(notes: &[(u8, f32)], corrections: &mut [Corrections]);
            ),
            quote!(
                fn g<T>(notes: &[(u8, f32)], corrections: &mut [Corrections]);
            ),
            quote!(
                fn g(notes: &[(u8, f32)], corrections: &mut [Corrections]) -> usize;
            ),
            quote!(
                fn g(notes: &[(u8, f32, u8)], corrections: &mut [Corrections]);
            ),
            quote!(
                fn g(notes: &'static [(u8, f32)], corrections: &mut [Corrections]);
            ),
            quote!(
                fn g(notes: &[(u8, f64)], corrections: &mut [Corrections]);
            ),
            quote!(
                fn g(notes: &[(u8, f32)], corrections: &[Corrections]);
            ),
            quote!(
                fn g(notes: &[(u8, f32)], corrections: &mut [Others]);
            ),
            quote!(
                fn g(notes: &[(u8, f32)]);
            ),
        ] {
            let message = message(&other);
            assert!(message.contains(EXPECTED_BATCH), "{other}: {message}");
        }
    }

    #[test]
    fn rejects_other_signatures() {
        assert_eq!(message(&quote!(const fn f(midi: u8, velocity: f32) -> Corrections)), "");
        for other in [
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
            assert!(message(&other).contains(EXPECTED), "{other}: {}", message(&other));
        }
    }
}
