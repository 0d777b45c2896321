//! `#[component]`: parse, model, expand.

use crate::{
    attr::{Key, Keys, PLUGIN},
    case, doc,
    errors::Errors,
    handler,
    plugin_path::PluginPath,
};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Fields, Item, ItemStruct, Meta, Token, punctuated::Punctuated, spanned::Spanned};

const KEYS: &[Key] = &[PLUGIN];

/// The derives that `#[component]` adds.
const DERIVES: [&str; 3] = ["Deserialize", "Serialize", "JsonSchema"];

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let structure = match errors.keep(syn::parse2::<Item>(item.clone())) {
        Some(Item::Struct(structure)) => structure,
        Some(other) => {
            let message = "a component is a struct with named fields: `#[component(\"profile\")] pub struct Profile { … }`";
            errors.over(handler::other_head(&other), message);
            return handler::finish(item, errors, TokenStream::new);
        }
        None => return handler::finish(item, errors, TokenStream::new),
    };
    let mut keys = Keys::parse("#[component]", KEYS, attribute, &mut errors);
    let name = read_name(&mut keys, &structure, &mut errors);
    let plugin = PluginPath::take(&mut keys, &mut errors);
    keys.finish(&mut errors);
    check(&structure, &mut errors);
    let description = doc::comment(&structure.attrs);
    // Handlers name the type: it stays a component in spite of mistakes, so that these stay the only ones.
    let is_usable = structure.generics.params.is_empty()
        && matches!(structure.fields, Fields::Named(_))
        && derives(&structure.attrs).is_empty();
    let written = if is_usable {
        write(&structure, &name, &plugin, &description.unwrap_or_else(|| quote!("")))
    } else {
        item
    };
    let errors = errors.into_tokens();
    quote!(#written #errors)
}

fn read_name(keys: &mut Keys, structure: &ItemStruct, errors: &mut Errors) -> String {
    let default = case::kebab(&structure.ident.to_string());
    let Some(name) = keys.text_alone() else {
        errors.at(
            structure.ident.span(),
            format!("name the component, as it is stored: `#[component(\"{default}\")]`"),
        );
        return default;
    };
    if !case::is_kebab(&name.value()) {
        let written = case::kebab(&name.value());
        errors.at(
            name.span(),
            format!("`{}` is not a name in kebab-case; write e.g. `{written}`", name.value()),
        );
    }
    name.value()
}

fn check(structure: &ItemStruct, errors: &mut Errors) {
    let ident = &structure.ident;
    if doc::comment(&structure.attrs).is_none() {
        errors.at(ident.span(), "a component needs a doc comment: people read it to know what is kept");
    }
    if !structure.generics.params.is_empty() {
        errors.over(&structure.generics, "a component cannot be generic: its name stands for one type");
    }
    for (span, name) in derives(&structure.attrs) {
        errors.at(span, format!("remove `{name}` from the derives: `#[component]` adds it"));
    }
    match &structure.fields {
        Fields::Named(fields) => {
            for field in fields.named.iter().filter(|field| doc::comment(&field.attrs).is_none()) {
                let span = field.ident.as_ref().map_or_else(|| field.span(), |ident| ident.span());
                errors.at(
                    span,
                    "a field of a component needs a doc comment: people read it to know what is kept",
                );
            }
        }
        _ => errors.over(ident, "a component has named fields: what is stored is a table of them"),
    }
}

/// The derives that `#[component]` adds itself, where the author wrote them too.
fn derives(attrs: &[Attribute]) -> Vec<(Span, String)> {
    let lists = attrs.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let parse = Punctuated::<syn::Path, Token![,]>::parse_terminated;
    lists
        .filter_map(|attribute| attribute.parse_args_with(parse).ok())
        .flatten()
        .filter_map(|path| path.segments.last().map(|last| (path.span(), last.ident.to_string())))
        .filter(|(_, name)| DERIVES.contains(&name.as_str()))
        .collect()
}

/// The author has a rule for the spelling of fields.
fn has_rule(attrs: &[Attribute]) -> bool {
    let lists = attrs.iter().filter(|attribute| attribute.path().is_ident("serde"));
    lists
        .filter_map(|list| list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok())
        .flatten()
        .any(|entry| entry.path().is_ident("rename_all"))
}

fn write(structure: &ItemStruct, name: &str, plugin: &PluginPath, description: &TokenStream) -> TokenStream {
    let ident = &structure.ident;
    let rename = (!has_rule(&structure.attrs)).then(|| quote!(rename_all = "kebab-case",));
    let items = quote! {
        #[automatically_derived]
        impl ::galatea::component::EntityComponent for #ident {
            type Plugin = __GalateaPlugin;
            const DEF: &'static ::galatea::definition::ComponentTypeDef = &__GALATEA_DEFINITION;
        }
    };
    let fields = quote! {
        name: #name,
        description: #description,
        schema: <#ident as ::galatea::private::schemars::JsonSchema>::json_schema,
    };
    let submission = handler::submission(plugin, &items, "ComponentType", "ComponentTypeDef", &fields);
    quote! {
        #[derive(
            ::galatea::private::serde::Deserialize,
            ::galatea::private::serde::Serialize,
            ::galatea::private::schemars::JsonSchema,
        )]
        #[serde(crate = "::galatea::private::serde", #rename deny_unknown_fields)]
        #[schemars(crate = "::galatea::private::schemars")]
        #structure

        #submission
    }
}
