//! `#[batch]`, and the key `batch` of evaluators that names such a function.

use crate::{
    attr::{Key, Keys, PLUGIN},
    errors::Errors,
    handler::{self, Handler, Kind},
    plugin_path::PluginPath,
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Path, ext::IdentExt};

const KIND: Kind = Kind {
    a: "a batch form",
    many: "batch forms",
    attribute: "batch",
    marker: "Batch",
    readers: None,
    may_be_sync: false,
};

const KEYS: &[Key] = &[PLUGIN];

/// Next to `fn judge_many` stands the function that the engine calls. Its name is read in an error where somebody names a function
/// without the attribute: “cannot find value `__annotate_with_batch_judge_many`”.
fn called(function: &Ident) -> Ident {
    format_ident!("__annotate_with_batch_{}", function.unraw(), span = function.span())
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let handler = Handler::read(&KIND, item.clone(), &mut errors);
    let mut keys = Keys::parse("#[batch]", KEYS, attribute, &mut errors);
    let plugin = PluginPath::take(&mut keys, &mut errors);
    keys.finish(&mut errors);
    let stub = if errors.is_empty() { None } else { handler.as_ref().map(write_stub) };
    let written =
        handler::finish(item, errors, || handler.map(|handler| write(&plugin, &handler)).unwrap_or_default());
    quote!(#written #stub)
}

fn write(plugin: &PluginPath, handler: &Handler) -> TokenStream {
    let call = handler.call();
    let (alias, constants, extract) = (plugin.alias(), call.constants(), call.extract());
    let result = call.result(&quote!(::galatea::extract::IntoEvaluations), "into_evaluations");
    let head = head(handler);
    quote! {
        #head {
            #alias
            #constants
            let _ = __galatea_invocation;
            ::std::boxed::Box::pin(async move {
                #extract
                #result.map_err(::galatea::definition::HandlerError::Failed)
            })
        }
    }
}

/// What stands there while the function has mistakes, so that naming it is not another one.
fn write_stub(handler: &Handler) -> TokenStream {
    let head = head(handler);
    quote!(#head { ::core::unreachable!() })
}

fn head(handler: &Handler) -> TokenStream {
    let (visibility, name) = (&handler.function.vis, called(&handler.function.sig.ident));
    quote! {
        #[doc(hidden)]
        #visibility fn #name<'a>(
            __galatea_invocation: &'a ::galatea::extract::Invocation,
        ) -> ::galatea::definition::HandlerFuture<
            'a,
            ::core::result::Result<::galatea::evaluator::Evaluations, ::galatea::definition::HandlerError>,
        >
    }
}

/// The function that the engine calls for the one that `batch = path` names, as an `Option`.
pub(crate) fn caller(path: Option<&Path>) -> TokenStream {
    let Some(mut path) = path.cloned() else {
        return quote!(::core::option::Option::None);
    };
    if let Some(last) = path.segments.last_mut() {
        last.ident = called(&last.ident);
    }
    quote!(::core::option::Option::Some(#path))
}
