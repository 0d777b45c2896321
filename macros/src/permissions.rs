//! `permissions(…)`, of plugins and of actions.

use crate::{
    attr::{Form, Head, Key, Keys, entries, key},
    errors::Errors,
    permission,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use std::collections::BTreeSet;
use syn::{LitStr, Path, Token, parse::Parser, punctuated::Punctuated, spanned::Spanned};

/// One permission that a plugin or an action declares.
pub(crate) struct Permission {
    /// The variant of `PermissionKind` and the type's name.
    kind: Ident,
    ty: TokenStream,
    span: Span,
    scope: Scope,
}

enum Scope {
    Open,
    Fixed(LitStr),
    Config(LitStr),
    Of(Path),
}

/// Takes every declared permission.
pub(crate) fn take(keys: &mut Keys, errors: &mut Errors) -> Vec<Permission> {
    let Some(entry) = keys.one("permissions") else {
        return Vec::new();
    };
    let Form::List(list) = &entry.form else {
        keys.misused(&entry, errors);
        return Vec::new();
    };
    let mut all = Vec::new();
    for entry in entries(list.clone(), errors) {
        match (&entry.head, &entry.form) {
            (Head::Path(path), form) => all.extend(read(path, form, errors)),
            (Head::Text(text), _) => {
                errors.at(
                    text.span(),
                    "name the permission: `Network`, or with its scope `Network(\"api.example.com\")`",
                );
            }
        }
    }
    all
}

fn read(path: &Path, form: &Form, errors: &mut Errors) -> Vec<Permission> {
    let (Some(ty), Some(last)) = (permission::read(path, errors), path.segments.last()) else {
        return Vec::new();
    };
    let scopes = match form {
        Form::Bare => vec![Scope::Open],
        Form::Value(value) => {
            errors.over(value, format!("write the scope in parentheses: `{}(\"…\")`", last.ident));
            Vec::new()
        }
        Form::List(content) => read_scopes(&last.ident, content.clone(), errors),
    };
    let permission =
        |scope| Permission { kind: last.ident.clone(), ty: ty.clone(), span: path.span(), scope };
    scopes.into_iter().map(permission).collect()
}

fn read_scopes(kind: &Ident, content: TokenStream, errors: &mut Errors) -> Vec<Scope> {
    const SCOPE_KEYS: &[Key] = &[key("config", "config = \"base-url\""), key("of", "of = paths")];
    if let Ok(fixed) = Punctuated::<LitStr, Token![,]>::parse_terminated.parse2(content.clone())
        && !fixed.is_empty()
    {
        return fixed.into_iter().map(Scope::Fixed).collect();
    }
    let mut keys = Keys::parse("permissions", SCOPE_KEYS, content, errors);
    let config = keys.value::<LitStr>("config", errors).map(Scope::Config);
    let of = keys.value::<Path>("of", errors).map(Scope::Of);
    let mut scopes: Vec<Scope> = std::iter::from_fn(|| keys.text_alone()).map(Scope::Fixed).collect();
    keys.finish(errors);
    scopes.extend(config);
    scopes.extend(of);
    if scopes.is_empty() && errors.is_empty() {
        errors.at(
            kind.span(),
            format!("write `{kind}`, `{kind}(\"…\")` or `{kind}(config = \"key-of-the-config\")`"),
        );
    }
    scopes
}

impl Permission {
    /// The definition.
    pub(crate) fn write(&self) -> TokenStream {
        let kind = &self.kind;
        let scope = match &self.scope {
            Scope::Open => quote!(::galatea::definition::PermissionScope::Open),
            Scope::Fixed(scope) => quote!(::galatea::definition::PermissionScope::Fixed(#scope)),
            Scope::Config(key) => quote!(::galatea::definition::PermissionScope::Config(#key)),
            Scope::Of(function) => quote!(::galatea::definition::PermissionScope::Of(#function)),
        };
        quote! {
            ::galatea::definition::PermissionDef {
                kind: ::galatea::definition::PermissionKind::#kind,
                scope: #scope,
            }
        }
    }
}

/// What the compiler may know: each kind once.
pub(crate) fn write_facts(permissions: &[Permission], own: &Ident) -> TokenStream {
    let mut seen = BTreeSet::new();
    let first = permissions.iter().filter(|permission| seen.insert(permission.kind.to_string()));
    first
        .map(|permission| {
            let ty = &permission.ty;
            quote_spanned! {permission.span=>
                #[automatically_derived]
                impl ::galatea::extract::Allows<#ty> for #own {}
            }
        })
        .collect()
}
