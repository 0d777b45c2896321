//! `#[storage]`.

use crate::{
    attr::{Key, Keys, PLUGIN, key},
    errors::Errors,
    handler::{self, Handler, Kind},
    plugin_path::PluginPath,
};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Path, spanned::Spanned};

const KIND: Kind = Kind {
    a: "a storage adapter",
    many: "storage adapters",
    attribute: "storage",
    marker: "Storage",
    readers: None,
    may_be_sync: false,
};

const KEYS: &[Key] = &[PLUGIN, key("restore", "restore = a_function")];

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let handler = Handler::read(&KIND, item.clone(), &mut errors);
    let mut keys = Keys::parse("#[storage]", KEYS, attribute, &mut errors);
    let plugin = PluginPath::take(&mut keys, &mut errors);
    let restore: Option<Path> = keys.value("restore", &mut errors);
    keys.finish(&mut errors);
    handler::finish(item, errors, || {
        handler.map(|handler| write(&plugin, &handler, restore.as_ref())).unwrap_or_default()
    })
}

fn write(plugin: &PluginPath, handler: &Handler, restore: Option<&Path>) -> TokenStream {
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
    let restore = match restore {
        // A closure, so that a function that does not fit is an error at its name.
        Some(restore) => quote_spanned! {restore.span()=>
            ::core::option::Option::Some(|__invocation, __from| ::std::boxed::Box::pin(async move {
                let __config = ::galatea::private::config::<__GalateaPlugin>(__invocation)?;
                #restore(&__config, __from).await.map_err(|__error| {
                    ::galatea::definition::HandlerError::Failed(::std::string::ToString::to_string(&__error))
                })
            }))
        },
        None => quote!(::core::option::Option::None),
    };
    let fields = quote! {
        name: #name,
        open: __galatea_call,
        restore: #restore,
    };
    handler::submission(plugin, &quote!(#constants #caller), "Storage", "StorageDef", &fields)
}
