//! `#[middleware]`: parse, model, expand.

use crate::{
    attr::{Form, Key, Keys, PLUGIN, entries, key},
    case, doc,
    errors::{Errors, did_you_mean, list},
    handler,
    params::respan,
    plugin_path::PluginPath,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{FnArg, Item, ItemFn, LitStr, ReturnType, Type, ext::IdentExt, spanned::Spanned};

const KEYS: &[Key] =
    &[PLUGIN, key("name", "name = \"audit\""), key("of", "of(action, provider, evaluator, model)")];

/// The kinds of parts, as in `galatea::definition::PartKind`, with their variants.
const KINDS: [(&str, &str); 4] =
    [("action", "Action"), ("provider", "Provider"), ("evaluator", "Evaluator"), ("model", "Model")];

struct Middleware {
    plugin: PluginPath,
    name: String,
    /// Variants of `PartKind`.
    kinds: Vec<Ident>,
    function: ItemFn,
    description: TokenStream,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let function = match errors.keep(syn::parse2::<Item>(item.clone())) {
        Some(Item::Fn(function)) => Some(function),
        Some(other) => {
            let message = "a middleware is a free function that gives a layer: `#[middleware] fn audit(settings: AuditSettings) -> impl Middleware`";
            errors.over(handler::other_head(&other), message);
            None
        }
        None => None,
    };
    let mut keys = Keys::parse("#[middleware]", KEYS, attribute, &mut errors);
    let plugin = PluginPath::take(&mut keys, &mut errors);
    let name = read_name(&mut keys, function.as_ref(), &mut errors);
    let kinds = read_kinds(&mut keys, &mut errors);
    keys.finish(&mut errors);
    if let Some(function) = &function {
        check(function, &mut errors);
    }
    handler::finish(item, errors, || {
        let middleware = function.map(|function| {
            let description = doc::comment(&function.attrs).unwrap_or_else(|| quote!(""));
            Middleware { plugin, name, kinds, function, description }
        });
        middleware.map(|middleware| middleware.write()).unwrap_or_default()
    })
}

fn read_name(keys: &mut Keys, function: Option<&ItemFn>, errors: &mut Errors) -> String {
    let own = function.map(|f| case::kebab(&f.sig.ident.unraw().to_string())).unwrap_or_default();
    let Some(name) = keys.value::<LitStr>("name", errors) else {
        return own;
    };
    if !case::is_kebab(&name.value()) {
        let message = format!(
            "`{}` is not the name of a middleware; write lower-case letters, digits and single hyphens, e.g. `\"{own}\"`",
            name.value()
        );
        errors.at(name.span(), message);
    }
    name.value()
}

fn read_kinds(keys: &mut Keys, errors: &mut Errors) -> Vec<Ident> {
    let all = || KINDS.iter().map(|(_, variant)| format_ident!("{variant}")).collect();
    let Some(entry) = keys.one("of") else { return all() };
    let Form::List(content) = &entry.form else {
        keys.misused(&entry, errors);
        return all();
    };
    let mut kinds: Vec<Ident> = Vec::new();
    for kind in entries(content.clone(), errors) {
        let word = kind.word().unwrap_or_default();
        let names = || KINDS.iter().map(|(name, _)| *name);
        let Some((_, variant)) = KINDS.iter().find(|(name, _)| *name == word) else {
            let message = format!(
                "a middleware cannot be around `{word}`{}\nknown: {}",
                did_you_mean(&word, names()),
                list(names())
            );
            errors.at(kind.span(), message);
            continue;
        };
        let variant = format_ident!("{variant}");
        if kinds.contains(&variant) {
            errors.at(kind.span(), format!("`{word}` stands twice in `of`; remove one"));
            continue;
        }
        kinds.push(variant);
    }
    if kinds.is_empty() && errors.is_empty() {
        keys.misused(&entry, errors);
    }
    kinds
}

fn check(function: &ItemFn, errors: &mut Errors) {
    let signature = &function.sig;
    if doc::comment(&function.attrs).is_none() {
        let message = "a middleware needs a doc comment: editors show it to who writes a character";
        errors.at(signature.ident.span(), message);
    }
    if let Some(asyncness) = &signature.asyncness {
        let message =
            "a middleware is made before anything runs: write `fn`; what it does at a call may be async";
        errors.at(asyncness.span(), message);
    }
    if !signature.generics.params.is_empty() {
        errors.over(&signature.generics, "a middleware cannot be generic: it is registered once, by name");
    }
    for (at, input) in signature.inputs.iter().enumerate() {
        match input {
            FnArg::Receiver(receiver) => {
                errors.over(receiver, "a middleware is a free function; take settings instead of `self`");
            }
            FnArg::Typed(typed) if at == 0 => handler::check_type(&typed.ty, errors),
            FnArg::Typed(typed) => errors.over(
                typed,
                "a middleware takes its settings, one struct, or nothing; what a call needs is in `call.invocation`",
            ),
        }
    }
    if matches!(signature.output, ReturnType::Default) {
        errors.at(signature.ident.span(), "a middleware gives a layer: write `-> impl Middleware`");
    }
}

impl Middleware {
    fn write(&self) -> TokenStream {
        let Self { name, kinds, description, .. } = self;
        let settings = match self.function.sig.inputs.first() {
            Some(FnArg::Typed(typed)) => Some(&*typed.ty),
            _ => None,
        };
        let (constant, make) = (self.write_settings(settings), self.write_make(settings.is_some()));
        let fields = quote! {
            name: #name,
            description: #description,
            kinds: &[#(::galatea::definition::PartKind::#kinds),*],
            schema: __GALATEA_SETTINGS.schema,
            make: __galatea_make,
        };
        let items = quote!(#constant #make);
        handler::submission(&self.plugin, &items, "Middleware", "MiddlewareDef", &fields)
    }

    /// The one mention of the settings' type.
    fn write_settings(&self, settings: Option<&Type>) -> TokenStream {
        let (ty, span) = match settings {
            Some(ty) => (ty.to_token_stream(), ty.span()),
            None => (quote!(::galatea::private::NoSettings), Span::call_site()),
        };
        quote_spanned! {span=>
            const __GALATEA_SETTINGS: ::galatea::private::SettingsOf<#ty> =
                ::galatea::private::settings_of::<#ty>();
        }
    }

    fn write_make(&self, has_settings: bool) -> TokenStream {
        let function = &self.function.sig.ident;
        let span = match &self.function.sig.output {
            ReturnType::Type(_, ty) => ty.span(),
            ReturnType::Default => function.span(),
        };
        let argument = has_settings.then(|| quote!(__galatea_settings));
        let layer = respan(quote!(#function(#argument)), span);
        let erased = quote_spanned!(span=> ::galatea::private::middleware(#layer));
        quote! {
            fn __galatea_make(
                __galatea_settings: ::galatea::private::serde_json::Value,
            ) -> ::core::result::Result<
                ::std::sync::Arc<dyn ::galatea::middleware::Middleware>,
                ::galatea::private::serde_json::Error,
            > {
                let __galatea_settings = (__GALATEA_SETTINGS.read)(__galatea_settings)?;
                let _ = &__galatea_settings;
                ::core::result::Result::Ok(#erased)
            }
        }
    }
}
