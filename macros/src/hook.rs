//! `#[on_load]` and `#[on_unload]`.

use crate::{
    attr::{Key, Keys, PLUGIN},
    errors::Errors,
    handler::{self, Handler, Kind},
    plugin_path::PluginPath,
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

const LOAD: Kind = Kind {
    a: "a load hook",
    many: "load hooks",
    attribute: "on_load",
    marker: "Hook",
    readers: None,
    may_be_sync: false,
};

const UNLOAD: Kind = Kind { a: "an unload hook", many: "unload hooks", attribute: "on_unload", ..LOAD };

const KEYS: &[Key] = &[PLUGIN];

/// Expands `#[on_load]`.
pub(crate) fn expand_load(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand(&LOAD, "#[on_load]", "Load", attribute, item)
}

/// Expands `#[on_unload]`.
pub(crate) fn expand_unload(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand(&UNLOAD, "#[on_unload]", "Unload", attribute, item)
}

fn expand(
    kind: &'static Kind,
    written: &'static str,
    moment: &str,
    attribute: TokenStream,
    item: TokenStream,
) -> TokenStream {
    let mut errors = Errors::default();
    let handler = Handler::read(kind, item.clone(), &mut errors);
    let mut keys = Keys::parse(written, KEYS, attribute, &mut errors);
    let plugin = PluginPath::take(&mut keys, &mut errors);
    keys.finish(&mut errors);
    handler::finish(item, errors, || {
        handler.map(|handler| write(&plugin, moment, &handler)).unwrap_or_default()
    })
}

fn write(plugin: &PluginPath, moment: &str, handler: &Handler) -> TokenStream {
    let moment = format_ident!("{moment}");
    let call = handler.call();
    let constants = call.constants();
    let result = call.result(&quote!(::galatea::extract::IntoDone), "into_done");
    let caller = handler::caller(
        &call,
        &quote!(()),
        &quote!(::galatea::definition::HandlerError),
        &quote!(#result.map_err(::galatea::definition::HandlerError::Failed)),
    );
    let fields = quote! {
        moment: ::galatea::definition::Moment::#moment,
        call: __galatea_call,
    };
    handler::submission(plugin, &quote!(#constants #caller), "Hook", "HookDef", &fields)
}
