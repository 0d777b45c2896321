//! `#[plugin]`: parse (`requirements`, `migrations`), model, expand.

mod migrations;
mod requirements;

use crate::{
    attr::{Key, Keys, key},
    case, doc,
    errors::Errors,
    handler,
    permissions::{self, Permission},
    plugin_path::ALIAS,
};
use migrations::Migration;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use requirements::Requirement;
use syn::{Fields, Item, ItemStruct, LitStr, Type, ext::IdentExt};

const KEYS: &[Key] = &[
    key("version", "version = \"1.2.3\""),
    key("requires", "requires(galatea_http::Http, other::Plugin = \"^0.2\", capability(\"text-large\"))"),
    key("optional", "optional(galatea_geo::Geo)"),
    key("tests", "tests(galatea_sql::Sql)"),
    key("permissions", "permissions(Network(\"api.example.com\"), Filesystem)"),
    key("config", "config = Settings"),
    key("priority", "priority = 10"),
    key("lazy", "lazy"),
    key("engine", "engine = \"^0.1\""),
    key("middleware", "middleware(\"timing\", \"audit\")"),
    key("migrations", "migrations(\"0001_visits\", \"0002_index\")"),
];

struct Plugin {
    name: String,
    description: TokenStream,
    version: Option<LitStr>,
    requirements: Vec<Requirement>,
    permissions: Vec<Permission>,
    config: Option<Type>,
    priority: i32,
    lazy: bool,
    engine: Option<LitStr>,
    middleware: Vec<LitStr>,
    migrations: Vec<Migration>,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let structure = match errors.keep(syn::parse2::<Item>(item.clone())) {
        Some(Item::Struct(structure)) => structure,
        Some(other) => {
            errors.over(handler::other_head(&other), wrong_item(&other));
            return handler::finish(item, errors, TokenStream::new);
        }
        None => return handler::finish(item, errors, TokenStream::new),
    };
    let plugin = Plugin::read(attribute, &structure, &mut errors);
    // The parts of the plugin name it: what could be read is written in spite of mistakes, so that these stay the only ones.
    let written = structure.generics.params.is_empty().then(|| plugin.write(&structure));
    let errors = errors.into_tokens();
    quote!(#item #written #errors)
}

fn wrong_item(item: &Item) -> String {
    let rule = "a plugin is a unit struct: `#[plugin(\"name\")] pub struct Name;`";
    match item {
        Item::Fn(_) => format!("{rule}; did you mean `#[action]`, `#[provider]` or `#[on_load]`?"),
        Item::Impl(_) => format!("{rule}; did you mean `#[service]`?"),
        _ => rule.to_owned(),
    }
}

impl Plugin {
    fn read(attribute: TokenStream, structure: &ItemStruct, errors: &mut Errors) -> Self {
        let mut keys = Keys::parse("#[plugin]", KEYS, attribute, errors);
        check_structure(structure, errors);
        let description = doc::comment(&structure.attrs);
        if description.is_none() {
            let message =
                "a plugin needs a doc comment: editors show it where a character selects the plugin";
            errors.at(structure.ident.span(), message);
        }
        let name = read_name(&mut keys, structure, errors);
        let plugin = Self {
            migrations: migrations::take(&mut keys, &name, errors),
            name,
            description: description.unwrap_or_else(|| quote!("")),
            version: keys.value("version", errors).inspect(|version| check_version(version, errors)),
            requirements: requirements::take(&mut keys, structure, errors),
            permissions: permissions::take(&mut keys, errors),
            config: keys.value("config", errors),
            priority: keys.integer("priority", errors).unwrap_or_default(),
            lazy: keys.flag("lazy", errors),
            engine: keys.value("engine", errors).inspect(|range| requirements::check_range(range, errors)),
            middleware: keys.texts("middleware", errors),
        };
        keys.finish(errors);
        plugin
    }

    fn write(&self, structure: &ItemStruct) -> TokenStream {
        let ident = &structure.ident;
        let definition = self.write_definition(structure);
        let dependencies = self.requirements.iter().map(|requirement| requirement.write_facts(ident));
        let permissions = permissions::write_facts(&self.permissions, ident);
        let migrations = migrations::write_all(&self.migrations, &self.name);
        let alias = write_alias(structure);
        quote! {
            #definition
            #[automatically_derived]
            impl ::galatea::extract::DependsOn<#ident> for #ident {}
            #[automatically_derived]
            impl ::galatea::extract::MayUse<#ident> for #ident {}
            #(#dependencies)*
            #permissions
            #migrations
            #alias
            const _: () = {
                ::galatea::private::inventory::submit! {
                    ::galatea::definition::Submission::Plugin(<#ident as ::galatea::definition::Plugin>::DEF)
                }
            };
        }
    }

    fn write_definition(&self, structure: &ItemStruct) -> TokenStream {
        let Self { name, description, priority, lazy, middleware, .. } = self;
        let ident = &structure.ident;
        let version = match &self.version {
            Some(version) => quote!(#version),
            None => quote!(::core::env!("CARGO_PKG_VERSION")),
        };
        let config = match &self.config {
            Some(config) => quote!(#config),
            None => quote!(::galatea::definition::NoConfig),
        };
        let engine = option(self.engine.as_ref());
        let requirements = self.requirements.iter().map(Requirement::write);
        let permissions = self.permissions.iter().map(Permission::write);
        quote! {
            #[automatically_derived]
            impl ::galatea::definition::Plugin for #ident {
                const NAME: &'static str = #name;
                const DEF: &'static ::galatea::definition::PluginDef = &::galatea::definition::PluginDef {
                    name: #name,
                    version: #version,
                    description: #description,
                    authors: ::core::env!("CARGO_PKG_AUTHORS"),
                    license: ::core::env!("CARGO_PKG_LICENSE"),
                    path: ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#ident)),
                    origin: ::galatea::__origin!(),
                    requirements: &[#(#requirements),*],
                    permissions: &[#(#permissions),*],
                    priority: #priority,
                    lazy: #lazy,
                    engine: #engine,
                    config: ::galatea::private::config_of::<Self>(),
                    middleware: &[#(#middleware),*],
                    members: &[],
                };
                type Config = #config;
            }
        }
    }
}

/// The name by which `#[action]` and the like find the crate's plugin. It comes through a glob import, so that two plugins are no
/// error until somebody means “the plugin of this crate”.
fn write_alias(structure: &ItemStruct) -> TokenStream {
    let ident = &structure.ident;
    let module = format_ident!("__galatea_plugin_{}", case::snake(&ident.unraw().to_string()));
    let alias = format_ident!("{ALIAS}");
    let span = ident.span();
    let import = quote_spanned!(span=> use #module::*;);
    quote! {
        #[doc(hidden)]
        mod #module {
            #[allow(unused_imports, reason = "a plugin without parts is not named by any")]
            pub(super) use super::#ident as #alias;
        }
        #[allow(unused_imports, reason = "a plugin without parts is not named by any")]
        #import
    }
}

fn check_structure(structure: &ItemStruct, errors: &mut Errors) {
    if !matches!(structure.fields, Fields::Unit) {
        let message = "a plugin is a unit struct: `pub struct Name;`; settings belong into a `#[config]` struct, named by `config = Settings`, and what lives while it runs into a `#[service]`";
        errors.over(&structure.ident, message);
    }
    if !structure.generics.params.is_empty() {
        errors.over(&structure.generics, "a plugin cannot be generic: it is registered once, by name");
    }
}

fn read_name(keys: &mut Keys, structure: &ItemStruct, errors: &mut Errors) -> String {
    let suggestion = case::kebab(&structure.ident.unraw().to_string());
    let Some(name) = keys.text_alone() else {
        errors.at(structure.ident.span(), format!("a plugin has a name: `#[plugin(\"{suggestion}\", …)]`"));
        return suggestion;
    };
    if !case::is_kebab(&name.value()) {
        let better =
            Some(case::kebab(&name.value())).filter(|better| case::is_kebab(better)).unwrap_or(suggestion);
        let message = format!(
            "`{}` is not the name of a plugin; write lower-case letters, digits and single hyphens, e.g. `\"{better}\"`",
            name.value()
        );
        errors.at(name.span(), message);
    }
    name.value()
}

fn check_version(version: &LitStr, errors: &mut Errors) {
    if let Err(error) = semver::Version::parse(&version.value()) {
        errors.at(version.span(), format!("not a semantic version: {error}; write e.g. `\"1.2.3\"`"));
    }
}

/// `Some(text)` or `None` as an expression.
fn option(text: Option<&LitStr>) -> TokenStream {
    match text {
        Some(text) => quote_spanned!(text.span()=> ::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    }
}
