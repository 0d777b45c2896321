//! `requires(…)`, `optional(…)`, `tests(…)`.

use super::option;
use crate::{
    attr::{Entry, Form, Head, Keys, entries},
    case,
    errors::Errors,
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{ItemStruct, LitStr, Path, spanned::Spanned};

/// One dependency of a plugin.
pub(super) struct Requirement {
    target: Target,
    strength: Strength,
    versions: Option<LitStr>,
}

enum Target {
    Plugin(Path),
    Capability(LitStr),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strength {
    Required,
    Optional,
    Test,
}

impl Strength {
    const ALL: [Self; 3] = [Self::Required, Self::Optional, Self::Test];

    const fn key(self) -> &'static str {
        match self {
            Self::Required => "requires",
            Self::Optional => "optional",
            Self::Test => "tests",
        }
    }

    const fn variant(self) -> &'static str {
        match self {
            Self::Required => "Required",
            Self::Optional => "Optional",
            Self::Test => "Test",
        }
    }
}

/// Takes every dependency of all three strengths; one that is named twice is reported.
pub(super) fn take(keys: &mut Keys, structure: &ItemStruct, errors: &mut Errors) -> Vec<Requirement> {
    let mut all: Vec<Requirement> = Vec::new();
    for strength in Strength::ALL {
        let Some(entry) = keys.one(strength.key()) else {
            continue;
        };
        let Form::List(list) = &entry.form else {
            keys.misused(&entry, errors);
            continue;
        };
        for entry in entries(list.clone(), errors) {
            let Some(requirement) = read(entry, strength, errors) else {
                continue;
            };
            if check_new(&requirement, &all, &structure.ident, errors) {
                all.push(requirement);
            }
        }
    }
    all
}

fn read(entry: Entry, strength: Strength, errors: &mut Errors) -> Option<Requirement> {
    let path = match entry.head {
        Head::Path(path) => path,
        Head::Text(text) => {
            let message = format!(
                "a plugin is named by its type, so that a missing crate is found at once: `{}(galatea_{}::TheType)`",
                strength.key(),
                text.value().replace('-', "_")
            );
            errors.at(text.span(), message);
            return None;
        }
    };
    match entry.form {
        Form::Bare => Some(Requirement { target: Target::Plugin(path), strength, versions: None }),
        Form::Value(value) => {
            let Ok(versions) = syn::parse2::<LitStr>(value.clone()) else {
                errors.over(value, "a range of versions is a text: `other::Plugin = \"^0.2\"`");
                return None;
            };
            check_range(&versions, errors);
            Some(Requirement { target: Target::Plugin(path), strength, versions: Some(versions) })
        }
        Form::List(content) if path.is_ident("capability") => {
            let Ok(kind) = syn::parse2::<LitStr>(content) else {
                errors.over(path, "write the model kind as a text: `capability(\"text-large\")`");
                return None;
            };
            if !case::is_kebab(&kind.value()) {
                errors.at(kind.span(), "a model kind is written in lower-case letters, digits and single hyphens: `\"text-large\"`");
            }
            Some(Requirement { target: Target::Capability(kind), strength, versions: None })
        }
        Form::List(_) => {
            errors.over(
                path,
                "write a plugin's type, `other::Plugin = \"^0.2\"` or `capability(\"text-large\")`",
            );
            None
        }
    }
}

fn check_new(new: &Requirement, all: &[Requirement], own: &Ident, errors: &mut Errors) -> bool {
    let Target::Plugin(path) = &new.target else {
        return true;
    };
    if path.is_ident(own) {
        errors.over(path, "a plugin does not depend on itself");
        return false;
    }
    let written = |path: &Path| path.to_token_stream().to_string();
    let same =
        all.iter().find(|other| matches!(&other.target, Target::Plugin(p) if written(p) == written(path)));
    if let Some(same) = same {
        errors.over(path, format!("this plugin stands in `{}` already; name it once", same.strength.key()));
    }
    same.is_none()
}

/// Reports a text that is no range of versions.
pub(super) fn check_range(range: &LitStr, errors: &mut Errors) {
    if let Err(error) = semver::VersionReq::parse(&range.value()) {
        errors.at(range.span(), format!("not a range of versions: {error}; write e.g. `\"^0.2\"`"));
    }
}

impl Requirement {
    /// The definition.
    pub(super) fn write(&self) -> TokenStream {
        let target = match &self.target {
            // A constant of the trait, not its `DEF`: plugins of one crate may name each other.
            Target::Plugin(path) => {
                let name = quote_spanned!(path.span()=> <#path as ::galatea::definition::Plugin>::NAME);
                quote!(::galatea::definition::Target::Plugin(#name))
            }
            Target::Capability(kind) => quote!(::galatea::definition::Target::Capability(#kind)),
        };
        let strength = format_ident!("{}", self.strength.variant());
        let versions = option(self.versions.as_ref());
        quote! {
            ::galatea::definition::Requirement {
                target: #target,
                strength: ::galatea::definition::Strength::#strength,
                versions: #versions,
            }
        }
    }

    /// What the compiler may know of it.
    pub(super) fn write_facts(&self, own: &Ident) -> TokenStream {
        let Target::Plugin(path) = &self.target else {
            return TokenStream::new();
        };
        let may_use = quote_spanned! {path.span()=>
            #[automatically_derived]
            impl ::galatea::extract::MayUse<#path> for #own {}
        };
        match self.strength {
            Strength::Required => quote_spanned! {path.span()=>
                #[automatically_derived]
                impl ::galatea::extract::DependsOn<#path> for #own {}
                #may_use
            },
            Strength::Optional => may_use,
            Strength::Test => TokenStream::new(),
        }
    }
}
