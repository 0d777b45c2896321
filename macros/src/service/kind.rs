//! `kind = WebSearch`, `kind(WebSearch, Browser)`: the kinds that a service serves, as traits.

use crate::{
    attr::{Form, Keys},
    errors::Errors,
};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::{Path, Token, Type, parse::Parser, punctuated::Punctuated, spanned::Spanned};

/// Takes the key `kind` in both of its forms; a kind that is named twice is reported.
pub(super) fn read(keys: &mut Keys, errors: &mut Errors) -> Vec<Path> {
    let Some(entry) = keys.one("kind") else {
        return Vec::new();
    };
    let (Form::Value(tokens) | Form::List(tokens)) = &entry.form else {
        keys.misused(&entry, errors);
        return Vec::new();
    };
    let several = Punctuated::<Path, Token![,]>::parse_terminated.parse2(tokens.clone());
    let kinds: Vec<Path> = match several {
        Ok(kinds) if !kinds.is_empty() => kinds.into_iter().collect(),
        _ => {
            let message = "name the kind by its trait: `kind = WebSearch`, `kind(WebSearch, Browser)`; \
                           a kind of your own is a trait with `impl ServiceKind for dyn MyKind { … }`";
            errors.over(tokens, message);
            return Vec::new();
        }
    };
    let mut seen = Vec::new();
    for kind in &kinds {
        let text = kind.to_token_stream().to_string().replace(' ', "");
        if seen.contains(&text) {
            errors.over(kind, format!("the kind `{text}` stands twice; remove one"));
        }
        seen.push(text);
    }
    kinds
}

/// The definitions of the kinds. The cast carries the span of the kind: a type that does not implement the trait
/// is an error there.
pub(super) fn definitions<'a>(
    kinds: &'a [Path],
    self_type: &'a Type,
) -> impl Iterator<Item = TokenStream> + 'a {
    kinds.iter().map(move |kind| {
        let span = kind.span();
        let cast = quote_spanned! {span=>
            |__galatea_service| {
                let __galatea_service = ::galatea::private::service::<#self_type>(__galatea_service).ok()?;
                let __galatea_kind: ::std::sync::Arc<__GalateaKind> = __galatea_service;
                ::core::option::Option::Some(::std::boxed::Box::new(__galatea_kind))
            }
        };
        quote_spanned! {span=> {
            type __GalateaKind = dyn #kind;
            ::galatea::definition::KindDef::of::<__GalateaKind>(#cast)
        }}
    })
}
