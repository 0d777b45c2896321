//! `#[provider]`: parse, model, expand.

use crate::{
    action,
    attr::{Form, Key, Keys, PLUGIN, key},
    duration,
    errors::Errors,
    handler::{self, Handler, Kind},
    plugin_path::PluginPath,
};
use proc_macro2::TokenStream;
use quote::quote;
use std::time::Duration;
use syn::LitStr;

const KIND: Kind = Kind {
    a: "a provider",
    many: "providers",
    attribute: "provider",
    marker: "Provider",
    readers: Some("people and the model read it to know what the provider tells"),
    may_be_sync: false,
};

const KEYS: &[Key] = &[
    PLUGIN,
    key("name", "name = \"LOCAL_TIME\""),
    key("position", "position = 10"),
    key("dynamic", "dynamic"),
    key("private", "private"),
    key("timeout", "timeout = \"5s\""),
    key("cache", CACHE),
];

const CACHE: &str = "cache(ttl = \"60s\")` or `cache(ttl = \"60s\", stale_while_revalidate)";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

struct Provider {
    plugin: PluginPath,
    name: String,
    position: i32,
    dynamic: bool,
    private: bool,
    timeout: Duration,
    cache: TokenStream,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let handler = Handler::read(&KIND, item.clone(), &mut errors);
    let provider = Provider::read(attribute, handler.as_ref(), &mut errors);
    handler::finish(item, errors, || handler.map(|handler| provider.write(&handler)).unwrap_or_default())
}

impl Provider {
    fn read(attribute: TokenStream, handler: Option<&Handler>, errors: &mut Errors) -> Self {
        let mut keys = Keys::parse("#[provider]", KEYS, attribute, errors);
        let provider = Self {
            plugin: PluginPath::take(&mut keys, errors),
            name: action::read_name(&mut keys, handler, errors),
            position: keys.integer("position", errors).unwrap_or_default(),
            dynamic: keys.flag("dynamic", errors),
            private: keys.flag("private", errors),
            timeout: action::read_timeout(&mut keys, DEFAULT_TIMEOUT, errors),
            cache: read_cache(&mut keys, errors),
        };
        keys.finish(errors);
        provider
    }

    fn write(&self, handler: &Handler) -> TokenStream {
        let Self { name, position, dynamic, private, cache, .. } = self;
        let call = handler.call();
        let (constants, describe) = (call.constants(), call.describe());
        let result = call.result(&quote!(::galatea::extract::IntoContext), "into_context");
        let caller = handler::caller(
            &call,
            &quote!(::galatea::provider::Context),
            &quote!(::galatea::definition::HandlerError),
            &quote!(#result.map_err(::galatea::definition::HandlerError::Failed)),
        );
        let description = &handler.description;
        let timeout = duration::tokens(self.timeout);
        let fields = quote! {
            name: #name,
            description: #description,
            position: #position,
            dynamic: #dynamic,
            private: #private,
            timeout: #timeout,
            cache: #cache,
            describe: __galatea_describe,
            call: __galatea_call,
        };
        handler::submission(
            &self.plugin,
            &quote!(#constants #describe #caller),
            "Provider",
            "ProviderDef",
            &fields,
        )
    }
}

fn read_cache(keys: &mut Keys, errors: &mut Errors) -> TokenStream {
    const CACHE_KEYS: &[Key] =
        &[key("ttl", "ttl = \"60s\""), key("stale_while_revalidate", "stale_while_revalidate")];
    let none = quote!(::core::option::Option::None);
    let Some(entry) = keys.one("cache") else {
        return none;
    };
    let Form::List(content) = &entry.form else {
        keys.misused(&entry, errors);
        return none;
    };
    let mut cache = Keys::parse("cache", CACHE_KEYS, content.clone(), errors);
    let ttl = cache.value::<LitStr>("ttl", errors);
    let stale = cache.flag("stale_while_revalidate", errors);
    cache.finish(errors);
    let Some(ttl) = ttl else {
        keys.misused(&entry, errors);
        return none;
    };
    let Some(ttl) = duration::read_duration(&ttl, errors).map(duration::tokens) else {
        return none;
    };
    quote! {
        ::core::option::Option::Some(::galatea::definition::CacheDef { ttl: #ttl, stale_while_revalidate: #stale })
    }
}
