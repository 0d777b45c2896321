//! `#[plugin_test]`: parse, model, expand.

use crate::{
    attr::{Key, Keys, PLUGIN, key},
    duration,
    errors::Errors,
    handler::{self, Handler, Kind},
    params::{ends, respan},
    plugin_path::PluginPath,
};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use std::time::Duration;
use syn::{FnArg, LitStr, ReturnType, spanned::Spanned};

const KIND: Kind = Kind {
    a: "a plugin's test",
    many: "plugins' tests",
    attribute: "plugin_test",
    marker: "",
    readers: Some("`galatea test` tells with it what was tested"),
    may_be_sync: false,
};

const KEYS: &[Key] =
    &[PLUGIN, key("config", "config = \"key = \\\"value\\\"\""), key("timeout", "timeout = \"60s\"")];

struct Test {
    plugin: PluginPath,
    config: Option<LitStr>,
    timeout: Duration,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let handler = Handler::read(&KIND, item.clone(), &mut errors);
    let test = Test::read(attribute, &mut errors);
    handler::finish(item, errors, || handler.map(|handler| test.write(&handler)).unwrap_or_default())
}

impl Test {
    fn read(attribute: TokenStream, errors: &mut Errors) -> Self {
        let mut keys = Keys::parse("#[plugin_test]", KEYS, attribute, errors);
        let plugin = PluginPath::take(&mut keys, errors);
        let config = keys.value("config", errors);
        let timeout = keys.value::<LitStr>("timeout", errors);
        let timeout = timeout.and_then(|text| duration::read_duration(&text, errors));
        keys.finish(errors);
        Self { plugin, config, timeout: timeout.unwrap_or(Duration::from_secs(60)) }
    }

    fn write(&self, handler: &Handler) -> TokenStream {
        let signature = &handler.function.sig;
        let function = &signature.ident;
        let types = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(typed.ty.to_token_stream()),
            FnArg::Receiver(_) => None,
        });
        let locals: Vec<_> = (0..signature.inputs.len()).map(|at| format_ident!("__galatea_{at}")).collect();
        let constants: TokenStream = types.enumerate().map(|(at, ty)| constant(&ty, at)).collect();
        let names = (0..signature.inputs.len()).map(|at| format_ident!("__GALATEA_{at}"));
        let (output, span) = match &signature.output {
            ReturnType::Type(_, ty) => (ty.to_token_stream(), ty.span()),
            ReturnType::Default => (quote_spanned!(function.span()=> ()), function.span()),
        };
        let run = quote_spanned!(function.span()=> ::galatea::private::send(#function(#(#locals),*)).await);
        let done = quote_spanned!(span=> <#output as ::galatea::extract::IntoDone>::into_done);
        let caller = quote! {
            #constants
            fn __galatea_call(
                __galatea_test: ::galatea::testing::PluginTest,
            ) -> ::galatea::definition::HandlerFuture<'static, ::core::result::Result<(), ::std::string::String>> {
                ::std::boxed::Box::pin(async move {
                    let _ = &__galatea_test;
                    #(let #locals = #names(&__galatea_test).await?;)*
                    let __galatea_output = #run;
                    #done(__galatea_output)
                })
            }
        };
        let (name, description) = (handler.name(), &handler.description);
        let config = self.config.as_ref().map_or_else(|| quote!(""), ToTokens::to_token_stream);
        let timeout = duration::tokens(self.timeout);
        let fields = quote! {
            name: #name,
            description: #description,
            config: #config,
            timeout: #timeout,
            call: __galatea_call,
        };
        handler::submission(&self.plugin, &caller, "Test", "TestDef", &fields)
    }
}

/// `const __GALATEA_0: FromTestCall<…> = from_test::<…>();`: the one mention of a parameter's type, spanned on it.
fn constant(ty: &TokenStream, at: usize) -> TokenStream {
    let name = format_ident!("__GALATEA_{at}");
    let (first, last) = ends(ty);
    let open = quote_spanned!(first=> ::galatea::testing::from_test::<#ty);
    let close = respan(quote!(>), last);
    quote_spanned!(first=> const #name: ::galatea::testing::FromTestCall<#ty> = #open #close();)
}
