//! `#[provider]`: parse, model, expand.

use crate::{
    action,
    attr::{Entry, Form, Key, Keys, PLUGIN, entries, key},
    duration,
    errors::{Errors, did_you_mean, list},
    handler::{self, Handler, Kind},
    plugin_path::PluginPath,
};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use std::time::Duration;
use syn::{LitStr, Path};

const KIND: Kind = Kind {
    a: "a provider",
    many: "providers",
    attribute: "provider",
    marker: "Provider",
    readers: Some("people and the model read it to know what the provider tells"),
    may_be_sync: false,
};

/// With the key `subscribe`.
const SUBSCRIBING: Kind = Kind {
    a: "a subscribing provider",
    many: "subscribing providers",
    marker: handler::SUBSCRIPTION,
    ..KIND
};

const KEYS: &[Key] = &[
    PLUGIN,
    key("name", "name = \"LOCAL_TIME\""),
    key("position", "position = 10"),
    key("dynamic", "dynamic"),
    key("private", "private"),
    key("timeout", "timeout = \"5s\""),
    key("cache", CACHE),
    key("subscribe", "subscribe"),
];

const CACHE: &str = "cache(ttl = \"60s\")` or `cache(ttl = \"60s\", stale_while_revalidate, per = room)";

const CACHE_KEYS: &[Key] = &[
    key("ttl", "ttl = \"60s\""),
    key("stale_while_revalidate", "stale_while_revalidate"),
    key("per", "per = room"),
    key("key", "key = the_city"),
];

/// What `per` may be, with the variants of `galatea::definition::CacheScope`.
const SCOPES: [(&str, &str); 3] = [("agent", "Agent"), ("room", "Room"), ("user", "User")];

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

struct Provider {
    plugin: PluginPath,
    name: String,
    position: i32,
    dynamic: bool,
    private: bool,
    timeout: Duration,
    cache: TokenStream,
    subscribes: bool,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    // What the function may be depends on it; what is wrong with the attribute is said below.
    let is_subscribe = |entry: &Entry| entry.word().is_some_and(|word| word == "subscribe");
    let subscribes = entries(attribute.clone(), &mut Errors::default()).iter().any(is_subscribe);
    let kind = if subscribes { &SUBSCRIBING } else { &KIND };
    let handler = Handler::read(kind, item.clone(), &mut errors);
    let provider = Provider::read(attribute, handler.as_ref(), &mut errors);
    handler::finish(item, errors, || handler.map(|handler| provider.write(&handler)).unwrap_or_default())
}

impl Provider {
    fn read(attribute: TokenStream, handler: Option<&Handler>, errors: &mut Errors) -> Self {
        let mut keys = Keys::parse("#[provider]", KEYS, attribute, errors);
        let cached = keys.span_of("cache");
        let provider = Self {
            plugin: PluginPath::take(&mut keys, errors),
            name: action::read_name(&mut keys, handler, errors),
            position: keys.integer("position", errors).unwrap_or_default(),
            dynamic: keys.flag("dynamic", errors),
            private: keys.flag("private", errors),
            timeout: action::read_timeout(&mut keys, DEFAULT_TIMEOUT, errors),
            cache: read_cache(&mut keys, errors),
            subscribes: keys.flag("subscribe", errors),
        };
        if let (true, Some(cached)) = (provider.subscribes, cached) {
            errors.at(
                cached,
                "a subscribing provider has no cache: turns see the latest item of its stream; remove `cache` or `subscribe`",
            );
        }
        keys.finish(errors);
        provider
    }

    fn write(&self, handler: &Handler) -> TokenStream {
        let Self { name, position, dynamic, private, cache, .. } = self;
        let call = handler.call();
        let (constants, describe) = (call.constants(), call.describe());
        let (output, result, variant) = if self.subscribes {
            let result = call.result_by(&quote!(::galatea::private::subscription));
            (quote!(::galatea::provider::Subscription), result, quote!(Subscribe))
        } else {
            let result = call.result(&quote!(::galatea::extract::IntoContext), "into_context");
            (quote!(::galatea::provider::Context), result, quote!(Ask))
        };
        let caller = handler::caller(
            &call,
            &output,
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
            call: ::galatea::definition::ProviderCall::#variant(__galatea_call),
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
    let by = read_cache_scope(&mut cache, errors);
    cache.finish(errors);
    let Some(ttl) = ttl else {
        keys.misused(&entry, errors);
        return none;
    };
    let Some(ttl) = duration::read_duration(&ttl, errors).map(duration::tokens) else {
        return none;
    };
    quote! {
        ::core::option::Option::Some(::galatea::definition::CacheDef {
            ttl: #ttl,
            stale_while_revalidate: #stale,
            by: ::galatea::definition::CacheScope::#by,
        })
    }
}

/// `per = room` or `key = function`; without them `per = user`.
fn read_cache_scope(cache: &mut Keys, errors: &mut Errors) -> TokenStream {
    let second = cache.span_of("key");
    let per: Option<Path> = cache.value("per", errors);
    let key: Option<Path> = cache.value("key", errors);
    match (per, key) {
        (Some(_), Some(_)) => {
            let message = "`per` and `key` both say who shares a result; remove one";
            errors.at(second.unwrap_or_else(Span::call_site), message);
            quote!(User)
        }
        (None, Some(function)) => quote!(Key(#function)),
        (Some(per), None) => match SCOPES.iter().find(|(name, _)| per.is_ident(name)) {
            Some((_, variant)) => format_ident!("{variant}").into_token_stream(),
            None => {
                let names = || SCOPES.iter().map(|(name, _)| *name);
                let word = per.get_ident().map(ToString::to_string).unwrap_or_default();
                let near = did_you_mean(&word, names());
                errors.over(per, format!("a result is kept per {}{near}", list(names())));
                quote!(User)
            }
        },
        (None, None) => quote!(User),
    }
}
