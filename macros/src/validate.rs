//! `#[validate]`, and the key `validate` that names such functions.

use crate::{
    attr::{Form, Key, Keys, PLUGIN},
    errors::Errors,
    handler::{self, Handler, Kind},
    plugin_path::PluginPath,
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Path, Token, ext::IdentExt, parse::Parser, punctuated::Punctuated};

const KIND: Kind = Kind {
    a: "a validate stage",
    many: "validate stages",
    attribute: "validate",
    marker: "Validate",
    readers: None,
    may_be_sync: true,
};

const KEYS: &[Key] = &[PLUGIN];

/// How the key is written.
pub(crate) const USAGE: &str = "validate = is_daytime` or `validate(is_daytime, is_admin)";

/// Next to `fn is_daytime` stands the function that the engine calls. Its name is read in an error where somebody names a function
/// without the attribute: “cannot find value `__annotate_with_validate_is_daytime`”.
fn stage(function: &Ident) -> Ident {
    format_ident!("__annotate_with_validate_{}", function.unraw(), span = function.span())
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let handler = Handler::read(&KIND, item.clone(), &mut errors);
    let mut keys = Keys::parse("#[validate]", KEYS, attribute, &mut errors);
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
    let result = call.result(&quote!(::galatea::extract::IntoValidity), "into_validity");
    let head = head(handler);
    quote! {
        #head {
            #alias
            #constants
            let _ = __galatea_invocation;
            ::std::boxed::Box::pin(async move {
                #extract
                ::core::result::Result::Ok(#result)
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
    let (visibility, name) = (&handler.function.vis, stage(&handler.function.sig.ident));
    quote! {
        #[doc(hidden)]
        #visibility fn #name<'a>(
            __galatea_invocation: &'a ::galatea::extract::Invocation,
        ) -> ::galatea::definition::HandlerFuture<
            'a,
            ::core::result::Result<
                ::core::result::Result<(), ::std::string::String>,
                ::galatea::extract::ExtractError,
            >,
        >
    }
}

/// Takes `validate = path` or `validate(path, path)`.
pub(crate) fn take(keys: &mut Keys, errors: &mut Errors) -> Vec<Path> {
    let Some(entry) = keys.one("validate") else {
        return Vec::new();
    };
    let paths = match &entry.form {
        Form::Value(value) => syn::parse2::<Path>(value.clone()).map(|path| vec![path]),
        Form::List(list) => Punctuated::<Path, Token![,]>::parse_terminated
            .parse2(list.clone())
            .map(|paths| paths.into_iter().collect()),
        Form::Bare => Ok(Vec::new()),
    };
    match paths {
        Ok(paths) if !paths.is_empty() => paths,
        _ => {
            keys.misused(&entry, errors);
            Vec::new()
        }
    }
}

/// The functions that the engine calls for these.
pub(crate) fn stages(paths: &[Path]) -> Vec<Path> {
    paths
        .iter()
        .cloned()
        .map(|mut path| {
            if let Some(last) = path.segments.last_mut() {
                last.ident = stage(&last.ident);
            }
            path
        })
        .collect()
}
