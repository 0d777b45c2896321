//! `#[config]`: parse, model, expand.

use crate::{case, doc, errors::Errors, handler};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Field, Fields, Item, ItemStruct, LitStr, Meta, Token, ext::IdentExt, parse::ParseStream,
    punctuated::Punctuated, spanned::Spanned,
};

/// Keys of a plugin's table that belong to the engine, as in `galatea::definition::RESERVED_CONFIG_KEYS`.
const RESERVED: [&str; 4] = ["enabled", "fallback", "middleware", "version"];

const DEFAULT_RULE: &str = "kebab-case";

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    if let Some(first) = attribute.into_iter().next() {
        errors.at(first.span(), "`#[config]` has no keys: write `#[config]` alone");
    }
    let structure = match errors.keep(syn::parse2::<Item>(item.clone())) {
        Some(Item::Struct(structure)) => structure,
        Some(other) => {
            errors.over(handler::other_head(&other), wrong_item(&other));
            return handler::finish(item, errors, TokenStream::new);
        }
        None => return handler::finish(item, errors, TokenStream::new),
    };
    let container = SerdeKeys::read(&structure.attrs);
    check(&structure, &container, &mut errors);
    // The plugin names the type: it stays a config in spite of mistakes, so that these stay the only ones.
    let usable = structure.generics.params.is_empty() && !matches!(structure.fields, Fields::Unnamed(_));
    let written =
        if usable && derives(&structure.attrs).is_empty() { write(&structure, &container) } else { item };
    let errors = errors.into_tokens();
    quote!(#written #errors)
}

fn wrong_item(item: &Item) -> String {
    match item {
        Item::Enum(_) => {
            "the config of a plugin is a table: a struct with named fields; an enum may be the type of a field".to_owned()
        }
        _ => "the config of a plugin is a struct with named fields: `#[config] pub struct Settings { … }`".to_owned(),
    }
}

fn write(structure: &ItemStruct, container: &SerdeKeys) -> TokenStream {
    let ident = &structure.ident;
    let rename = (container.rule.is_none()).then(|| quote!(rename_all = #DEFAULT_RULE,));
    quote! {
        #[derive(::galatea::private::serde::Deserialize, ::galatea::private::schemars::JsonSchema)]
        #[serde(crate = "::galatea::private::serde", #rename deny_unknown_fields)]
        #[schemars(crate = "::galatea::private::schemars")]
        #structure

        #[automatically_derived]
        impl ::galatea::definition::PluginConfig for #ident {}
    }
}

fn check(structure: &ItemStruct, container: &SerdeKeys, errors: &mut Errors) {
    if doc::comment(&structure.attrs).is_none() {
        errors.at(
            structure.ident.span(),
            "a config needs a doc comment: editors show it to who writes a character",
        );
    }
    if !structure.generics.params.is_empty() {
        errors.over(&structure.generics, "a config cannot be generic: a plugin has one table");
    }
    for (span, name) in derives(&structure.attrs) {
        errors.at(span, format!("remove `{name}` from the derives: `#[config]` adds it"));
    }
    match &structure.fields {
        Fields::Named(fields) => {
            for field in &fields.named {
                check_field(field, container, errors);
            }
        }
        Fields::Unnamed(_) => {
            errors.over(&structure.ident, "a config has named fields: each is a key of the table")
        }
        Fields::Unit => {
            errors.over(&structure.ident, "a config is a table: write `{}` instead of `;` for an empty one")
        }
    }
}

fn check_field(field: &Field, container: &SerdeKeys, errors: &mut Errors) {
    let Some(ident) = &field.ident else { return };
    let keys = SerdeKeys::read(&field.attrs);
    if let Some(span) = keys.flatten {
        errors.at(span, "a config cannot flatten: unknown keys could not be refused; give the inner struct a key of its own");
    }
    if keys.skip {
        return;
    }
    if doc::comment(&field.attrs).is_none() {
        errors.at(
            ident.span(),
            "a key of a config needs a doc comment: editors show it to who writes a character",
        );
    }
    let rule = container.rule.as_deref().unwrap_or(DEFAULT_RULE);
    let name = match keys.names.is_empty() {
        true => Some((ident.span(), case::serde_field(rule, &ident.unraw().to_string()))),
        false => None,
    };
    for (span, name) in name.into_iter().chain(keys.names).chain(keys.aliases) {
        if RESERVED.contains(&name.as_str()) {
            errors.at(span, format!("the key `{name}` belongs to the engine, in every plugin's table; name the field otherwise"));
        }
    }
}

/// The derives that `#[config]` adds itself, where the author wrote them too.
fn derives(attrs: &[Attribute]) -> Vec<(Span, String)> {
    let lists = attrs.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let parse = Punctuated::<syn::Path, Token![,]>::parse_terminated;
    lists
        .filter_map(|attribute| attribute.parse_args_with(parse).ok())
        .flatten()
        .filter_map(|path| path.segments.last().map(|last| (path.span(), last.ident.to_string())))
        .filter(|(_, name)| name == "Deserialize" || name == "JsonSchema")
        .collect()
}

/// What `#[serde(…)]` and `#[schemars(…)]` say of a key's name.
#[derive(Default)]
struct SerdeKeys {
    /// `rename_all`.
    rule: Option<String>,
    /// `rename`, from either attribute.
    names: Vec<(Span, String)>,
    aliases: Vec<(Span, String)>,
    flatten: Option<Span>,
    skip: bool,
}

impl SerdeKeys {
    fn read(attrs: &[Attribute]) -> Self {
        let mut keys = Self::default();
        for attribute in attrs {
            if let Meta::List(list) = &attribute.meta
                && (list.path.is_ident("serde") || list.path.is_ident("schemars"))
            {
                // What is malformed here, the derive itself reports.
                let _ = list.parse_args_with(|input: ParseStream<'_>| keys.read_list(input));
            }
        }
        keys
    }

    fn read_list(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        for entry in Punctuated::<Meta, Token![,]>::parse_terminated(input)? {
            let Some(name) = entry.path().get_ident().map(ToString::to_string) else {
                continue;
            };
            match (&entry, name.as_str()) {
                (Meta::Path(path), "flatten") => self.flatten = Some(path.span()),
                (Meta::Path(_), "skip" | "skip_deserializing") => self.skip = true,
                (Meta::NameValue(pair), _) => self.read_name(&name, pair.value.to_token_stream()),
                (Meta::List(list), "rename" | "rename_all") => {
                    list.parse_nested_meta(|nested| {
                        let value = nested.value()?.parse::<LitStr>()?;
                        if nested.path.is_ident("deserialize") {
                            self.read_name(&name, value.to_token_stream());
                        }
                        Ok(())
                    })?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_name(&mut self, key: &str, value: TokenStream) {
        let Ok(text) = syn::parse2::<LitStr>(value) else {
            return;
        };
        match key {
            "rename_all" => self.rule = Some(text.value()),
            "rename" => self.names.push((text.span(), text.value())),
            "alias" => self.aliases.push((text.span(), text.value())),
            _ => {}
        }
    }
}
