//! `#[service]`: parse, model, expand.

mod kind;

use crate::{
    action,
    attr::{Key, Keys, PLUGIN, key},
    case, doc, duration,
    errors::Errors,
    handler,
    params::Call,
    permission,
    plugin_path::PluginPath,
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use std::time::Duration;
use syn::{
    FnArg, ImplItem, ImplItemFn, Item, ItemImpl, LitStr, Path, ReceiverKind, ReturnType, Type, ext::IdentExt,
    spanned::Spanned,
};

const KEYS: &[Key] = &[
    PLUGIN,
    key("name", "name = \"weather-api\""),
    key("kind", "kind = WebSearch` or `kind(WebSearch, Browser)"),
    key("permission", "permission = Network"),
    key("timeout", "timeout = \"10s\""),
    key("health_every", "health_every = \"30s\""),
];

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

struct Service<'a> {
    plugin: PluginPath,
    name: String,
    kinds: Vec<Path>,
    permission: TokenStream,
    timeout: Duration,
    health_every: Option<Duration>,
    description: TokenStream,
    self_type: &'a Type,
    start: Option<&'a ImplItemFn>,
    stop: Option<&'a ImplItemFn>,
    health: Option<&'a ImplItemFn>,
    run: Option<&'a ImplItemFn>,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let block = match errors.keep(syn::parse2::<Item>(item.clone())) {
        Some(Item::Impl(block)) => block,
        Some(other) => {
            errors.over(handler::other_head(&other), wrong_item(&other));
            return handler::finish(item, errors, TokenStream::new);
        }
        None => return handler::finish(item, errors, TokenStream::new),
    };
    let service = Service::read(attribute, &block, &mut errors);
    // Others name the type as a service: it stays one while its functions have mistakes.
    let identity = block.generics.params.is_empty().then(|| service.identity());
    let written = handler::finish(item, errors, || service.write());
    quote!(#written #identity)
}

fn wrong_item(item: &Item) -> String {
    match item {
        Item::Struct(item) => {
            format!("put `#[service]` on the `impl` block of `{}`, where `start` is", item.ident)
        }
        Item::Enum(item) => {
            format!("put `#[service]` on the `impl` block of `{}`, where `start` is", item.ident)
        }
        Item::Fn(_) => {
            "put `#[service]` on the `impl` block of the service's type; did you mean `#[action]`?".to_owned()
        }
        _ => "put `#[service]` on the `impl` block of the service's type".to_owned(),
    }
}

impl<'a> Service<'a> {
    fn read(attribute: TokenStream, block: &'a ItemImpl, errors: &mut Errors) -> Self {
        let mut keys = Keys::parse("#[service]", KEYS, attribute, errors);
        check_block(block, errors);
        let description = doc::comment(&block.attrs);
        if description.is_none() {
            let message = "a service needs a doc comment on its `impl`: people read it to know what it does";
            errors.over(&block.self_ty, message);
        }
        let service = Self {
            plugin: PluginPath::take(&mut keys, errors),
            name: read_name(&mut keys, &block.self_ty, errors),
            kinds: kind::read(&mut keys, errors),
            permission: read_permission(&mut keys, errors),
            timeout: action::read_timeout(&mut keys, DEFAULT_TIMEOUT, errors),
            health_every: read_health_every(&mut keys, find(block, "health").is_some(), errors),
            description: description.unwrap_or_else(|| quote!("")),
            self_type: &block.self_ty,
            start: find(block, "start"),
            stop: find(block, "stop"),
            health: find(block, "health"),
            run: find(block, "run"),
        };
        keys.finish(errors);
        service.check_functions(errors);
        service
    }

    fn check_functions(&self, errors: &mut Errors) {
        match self.start {
            Some(start) => check_start(start, errors),
            None => errors
                .over(self.self_type, "a service needs `async fn start(…) -> Self` or `-> Result<Self, E>`"),
        }
        for (function, usage) in [
            (self.stop, "async fn stop(&self)"),
            (self.health, "async fn health(&self) -> Result<(), E>"),
            (self.run, "async fn run(&self)` or `async fn run(&self) -> Result<(), E>"),
        ] {
            if let Some(function) = function {
                check_method(function, usage, errors);
            }
        }
    }

    /// What makes the type a service for everybody who names it.
    fn identity(&self) -> TokenStream {
        let Self { plugin, permission, self_type, .. } = self;
        let permission = match permission.is_empty() {
            true => quote!(()),
            false => permission.clone(),
        };
        quote! {
            #[automatically_derived]
            impl ::galatea::extract::ServiceType for #self_type {
                type Owner = #plugin;
                type Permission = #permission;
            }
        }
    }

    fn write(&self) -> TokenStream {
        let Self { name, description, self_type, .. } = self;
        let Some(start) = self.start else {
            return TokenStream::new();
        };
        let call = self.call(start, "start");
        let (constants, describe) = (call.constants(), call.describe());
        let result = call.result(&quote!(::galatea::extract::IntoService<#self_type>), "into_service");
        let starter = handler::caller(
            &call,
            &quote!(::galatea::definition::ErasedService),
            &quote!(::galatea::definition::HandlerError),
            &quote!(::galatea::private::started(#result)),
        );
        let stop = self.stop.map(|stop| {
            let failed = quote!(::galatea::definition::HandlerError::Failed);
            self.method(stop, "stop", &quote!(::galatea::definition::HandlerError), &failed)
        });
        let stop_name = match stop {
            Some(_) => quote!(__galatea_stop),
            None => quote!(::galatea::private::nothing_to_stop),
        };
        let said = |function: Option<&ImplItemFn>, name: &str| {
            let (text, same) = (quote!(::std::string::String), quote!(::core::convert::identity));
            let generated = format_ident!("__galatea_{name}");
            let method = function.map(|function| self.method(function, name, &text, &same));
            (option(method.is_some().then(|| quote!(#generated))), method)
        };
        let ((health_name, health), (run_name, run)) = (said(self.health, "health"), said(self.run, "run"));
        let kinds = kind::definitions(&self.kinds, self_type);
        let permission = self.permission_kind();
        let (timeout, every) =
            (duration::tokens(self.timeout), option(self.health_every.map(duration::tokens)));
        let fields = quote! {
            name: #name,
            description: #description,
            kinds: &[#(#kinds),*],
            permission: #permission,
            type_id: ::core::any::TypeId::of::<#self_type>,
            type_name: ::core::any::type_name::<#self_type>,
            timeout: #timeout,
            describe: __galatea_describe,
            start: __galatea_call,
            stop: #stop_name,
            health: #health_name,
            health_every: #every,
            run: #run_name,
        };
        let items = quote!(#constants #describe #starter #stop #health #run);
        handler::submission(&self.plugin, &items, "Service", "ServiceDef", &fields)
    }

    fn permission_kind(&self) -> TokenStream {
        let last = self.permission.clone().into_iter().last();
        option(last.map(|ident| quote!(::galatea::definition::PermissionKind::#ident)))
    }

    fn call(&self, function: &'a ImplItemFn, name: &str) -> Call<'a> {
        let self_type = self.self_type;
        let name = format_ident!("{name}", span = function.sig.ident.span());
        Call {
            function: quote!(<#self_type>::#name),
            span: function.sig.ident.span(),
            kind: quote!(::galatea::extract::kind::Start),
            signature: &function.sig,
            self_type: Some(self_type),
        }
    }

    /// `fn __galatea_stop(service) -> future` for a method that takes `&self` only.
    fn method(
        &self,
        function: &ImplItemFn,
        name: &str,
        error: &TokenStream,
        failed: &TokenStream,
    ) -> TokenStream {
        let self_type = self.self_type;
        let span = function.sig.ident.span();
        let generated = format_ident!("__galatea_{name}");
        let method = format_ident!("{name}", span = span);
        let output = match &function.sig.output {
            ReturnType::Type(_, ty) => quote!(#ty),
            ReturnType::Default => quote_spanned!(span=> ()),
        };
        let run = quote_spanned! {span=>
            ::galatea::private::send(<#self_type>::#method(&__galatea_service)).await
        };
        let done = quote_spanned!(output.span()=> <#output as ::galatea::extract::IntoDone>::into_done);
        quote! {
            fn #generated(
                __galatea_service: ::galatea::definition::ErasedService,
            ) -> ::galatea::definition::HandlerFuture<'static, ::core::result::Result<(), #error>> {
                ::std::boxed::Box::pin(async move {
                    let __galatea_service = ::galatea::private::service::<#self_type>(__galatea_service).map_err(#failed)?;
                    let __galatea_output = #run;
                    let __galatea_done: ::core::result::Result<(), #error> = #done(__galatea_output).map_err(#failed);
                    __galatea_done
                })
            }
        }
    }
}

fn check_block(block: &ItemImpl, errors: &mut Errors) {
    if let Some((path, _)) = &block.trait_ {
        errors.over(path, "put `#[service]` on an `impl` block of the type itself, not of a trait");
    }
    if !block.generics.params.is_empty() {
        errors.over(&block.generics, "a service cannot be generic: it is registered once, by type");
    }
}

fn check_start(start: &ImplItemFn, errors: &mut Errors) {
    let signature = &start.sig;
    if signature.asyncness.is_none() {
        errors.at(signature.fn_token.span, "`start` is async: write `async fn`");
    }
    if !signature.generics.params.is_empty() {
        errors.over(&signature.generics, "`start` cannot be generic: the engine calls it");
    }
    if let ReturnType::Default = signature.output {
        errors.at(signature.ident.span(), "`start` gives the service: `-> Self` or `-> Result<Self, E>`");
    }
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                errors.over(receiver, "`start` makes the service: it takes `Config<ThisPlugin>`, `Service<S>` and the like, not `self`");
            }
            FnArg::Typed(typed) => handler::check_type(&typed.ty, errors),
        }
    }
}

fn check_method(function: &ImplItemFn, usage: &str, errors: &mut Errors) {
    let signature = &function.sig;
    let borrows = signature.receiver().is_some_and(|receiver| {
        matches!(receiver.kind, ReceiverKind::Reference(..)) && receiver.mutability.is_none()
    });
    if signature.asyncness.is_none()
        || !borrows
        || signature.inputs.len() != 1
        || !signature.generics.params.is_empty()
    {
        errors.at(signature.ident.span(), format!("write `{usage}`"));
    }
}

fn find<'a>(block: &'a ItemImpl, name: &str) -> Option<&'a ImplItemFn> {
    block.items.iter().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == name => Some(function),
        _ => None,
    })
}

fn read_name(keys: &mut Keys, self_type: &Type, errors: &mut Errors) -> String {
    if let Some(name) = keys.value::<LitStr>("name", errors) {
        check_kebab(&name, errors);
        return name.value();
    }
    match self_type {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|last| case::kebab(&last.ident.unraw().to_string()))
            .unwrap_or_default(),
        other => {
            errors.over(other, "a service is a type of your own, with a name");
            String::new()
        }
    }
}

fn read_health_every(keys: &mut Keys, has_health: bool, errors: &mut Errors) -> Option<Duration> {
    let every: LitStr = keys.value("health_every", errors)?;
    if !has_health {
        errors.over(&every, "`health_every` asks `health`: add `async fn health(&self) -> Result<(), E>`");
    }
    duration::read_duration(&every, errors)
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

fn read_permission(keys: &mut Keys, errors: &mut Errors) -> TokenStream {
    keys.value::<Path>("permission", errors)
        .and_then(|path| permission::read(&path, errors))
        .unwrap_or_default()
}

fn check_kebab(text: &LitStr, errors: &mut Errors) {
    if !case::is_kebab(&text.value()) {
        let message = format!(
            "`{}` is not in kebab-case; write lower-case letters, digits and single hyphens, e.g. `\"{}\"`",
            text.value(),
            case::kebab(&text.value())
        );
        errors.at(text.span(), message);
    }
}
