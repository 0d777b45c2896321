//! `#[storage]`.

use crate::{
    attr::{Key, Keys, PLUGIN},
    errors::Errors,
    handler::{self, Handler, Kind},
    plugin_path::PluginPath,
};
use proc_macro2::TokenStream;
use quote::quote;

const KIND: Kind = Kind {
    a: "a storage adapter",
    many: "storage adapters",
    attribute: "storage",
    marker: "Storage",
    readers: None,
    may_be_sync: false,
};

const KEYS: &[Key] = &[PLUGIN];

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let handler = Handler::read(&KIND, item.clone(), &mut errors);
    let mut keys = Keys::parse("#[storage]", KEYS, attribute, &mut errors);
    let plugin = PluginPath::take(&mut keys, &mut errors);
    keys.finish(&mut errors);
    handler::finish(item, errors, || handler.map(|handler| write(&plugin, &handler)).unwrap_or_default())
}

fn write(plugin: &PluginPath, handler: &Handler) -> TokenStream {
    let call = handler.call();
    let constants = call.constants();
    let result = call.result(&quote!(::galatea::extract::IntoStore), "into_store");
    let caller = handler::caller(
        &call,
        &quote!(::std::sync::Arc<dyn ::galatea::store::Store>),
        &quote!(::galatea::definition::HandlerError),
        &quote!(#result.map_err(::galatea::definition::HandlerError::Failed)),
    );
    let name = handler.name();
    let fields = quote! {
        name: #name,
        open: __galatea_call,
    };
    handler::submission(plugin, &quote!(#constants #caller), "Storage", "StorageDef", &fields)
}
