//! Functions that the engine calls: what all of them must be, and what is generated for all of them.

use crate::{doc, errors::Errors, params::Call, plugin_path::PluginPath};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{FnArg, Item, ItemFn, ReturnType, Signature, Type, ext::IdentExt};

/// The marker of providers that give a stream, whose type has no name.
pub(crate) const SUBSCRIPTION: &str = "Subscription";

/// How to speak of one kind of handler.
pub(crate) struct Kind {
    /// `an action`.
    pub(crate) a: &'static str,
    /// `actions`.
    pub(crate) many: &'static str,
    /// `action`, as in `#[action]`.
    pub(crate) attribute: &'static str,
    /// The type in `galatea::extract::kind`.
    pub(crate) marker: &'static str,
    /// Who reads the doc comment and why; `None` where nobody does.
    pub(crate) readers: Option<&'static str>,
    /// A function that is not async will do.
    pub(crate) may_be_sync: bool,
}

/// A function that the engine calls.
pub(crate) struct Handler {
    kind: &'static Kind,
    /// The function as it was written.
    pub(crate) function: ItemFn,
    /// Its doc comment as an expression; empty where it has none and needs none.
    pub(crate) description: TokenStream,
}

impl Handler {
    /// Reads the item under the attribute; anything but a function is reported.
    pub(crate) fn read(kind: &'static Kind, item: TokenStream, errors: &mut Errors) -> Option<Self> {
        let function = match errors.keep(syn::parse2::<Item>(item))? {
            Item::Fn(function) => function,
            other => {
                errors.over(other_head(&other), wrong_item(kind, &other));
                return None;
            }
        };
        let description = doc::comment(&function.attrs);
        if let (None, Some(readers)) = (&description, kind.readers) {
            errors.at(function.sig.ident.span(), format!("{} needs a doc comment: {readers}", kind.a));
        }
        check_signature(kind, &function.sig, errors);
        let description = description.unwrap_or_else(|| quote!(""));
        Some(Self { kind, function, description })
    }

    /// The function's name as a text.
    pub(crate) fn name(&self) -> String {
        self.function.sig.ident.unraw().to_string()
    }

    /// Where the function is named.
    pub(crate) fn span(&self) -> Span {
        self.function.sig.ident.span()
    }

    /// The function's call; `kind` is its kind as a type.
    pub(crate) fn call_as(&self, kind: TokenStream) -> Call<'_> {
        Call {
            function: self.function.sig.ident.to_token_stream(),
            span: self.span(),
            kind,
            signature: &self.function.sig,
            self_type: None,
        }
    }

    /// The function's call, with the kind's marker.
    pub(crate) fn call(&self) -> Call<'_> {
        let marker = format_ident!("{}", self.kind.marker);
        self.call_as(quote!(::galatea::extract::kind::#marker))
    }
}

/// What the engine calls: `fn __galatea_call(&Invocation) -> HandlerFuture<Result<output, error>>`.
pub(crate) fn caller(
    call: &Call<'_>,
    output: &TokenStream,
    error: &TokenStream,
    result: &TokenStream,
) -> TokenStream {
    let extract = call.extract();
    quote! {
        fn __galatea_call<'a>(
            __galatea_invocation: &'a ::galatea::extract::Invocation,
        ) -> ::galatea::definition::HandlerFuture<'a, ::core::result::Result<#output, #error>> {
            ::std::boxed::Box::pin(async move {
                let _ = __galatea_invocation;
                #extract
                let __galatea_result: ::core::result::Result<#output, #error> = #result;
                __galatea_result
            })
        }
    }
}

/// A static definition and its submission, in a scope of its own.
pub(crate) fn submission(
    plugin: &PluginPath,
    items: &TokenStream,
    variant: &str,
    definition: &str,
    fields: &TokenStream,
) -> TokenStream {
    let (variant, definition) = (ident(variant), ident(definition));
    let alias = plugin.alias();
    quote! {
        const _: () = {
            #alias
            #items
            static __GALATEA_DEFINITION: ::galatea::definition::#definition = ::galatea::definition::#definition {
                plugin: <__GalateaPlugin as ::galatea::definition::Plugin>::NAME,
                origin: ::galatea::__origin!(),
                #fields
            };
            ::galatea::private::inventory::submit! {
                ::galatea::definition::Submission::#variant(&__GALATEA_DEFINITION)
            }
        };
    }
}

fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// The item as it was written, then what was generated or what is wrong.
pub(crate) fn finish(
    item: TokenStream,
    errors: Errors,
    generated: impl FnOnce() -> TokenStream,
) -> TokenStream {
    let rest = if errors.is_empty() { generated() } else { errors.into_tokens() };
    quote!(#item #rest)
}

/// The words that name an item, so that an error does not underline all of it.
pub(crate) fn other_head(item: &Item) -> TokenStream {
    match item {
        Item::Struct(item) => item.ident.to_token_stream(),
        Item::Enum(item) => item.ident.to_token_stream(),
        Item::Fn(item) => item.sig.ident.to_token_stream(),
        Item::Impl(item) => item.self_ty.to_token_stream(),
        Item::Mod(item) => item.ident.to_token_stream(),
        Item::Trait(item) => item.ident.to_token_stream(),
        other => other.to_token_stream().into_iter().next().into_token_stream(),
    }
}

fn wrong_item(kind: &Kind, item: &Item) -> String {
    let Kind { a, attribute, .. } = kind;
    match item {
        Item::Impl(_) => {
            format!("{a} is a free function; did you mean `#[service]`, which stands on an `impl` block?")
        }
        Item::Struct(_) => format!(
            "{a} is a free function: `#[{attribute}] async fn …`; did you mean `#[plugin(\"name\")]` or `#[config]`, which stand on a struct?"
        ),
        _ => format!("{a} is a free function: `#[{attribute}] async fn …`"),
    }
}

/// Reports everything that a handler's signature must not be.
pub(crate) fn check_signature(kind: &Kind, signature: &Signature, errors: &mut Errors) {
    let Kind { a, many, .. } = kind;
    if signature.asyncness.is_none() && !kind.may_be_sync {
        errors.at(signature.fn_token.span, format!("{many} are async: write `async fn`"));
    }
    if !signature.generics.params.is_empty() {
        errors.over(&signature.generics, format!("{a} cannot be generic: it is registered once, by name"));
    }
    if let Some(constness) = &signature.constness {
        errors.at(constness.span, format!("{many} cannot be `const`"));
    }
    if let syn::Safety::Unsafe(token) = &signature.safety {
        errors.at(token.span, format!("{many} cannot be `unsafe`: the engine calls them"));
    }
    if let Some(abi) = &signature.abi {
        errors.over(abi, format!("{many} are Rust functions; remove the `extern`"));
    }
    if let Some(variadic) = &signature.variadic {
        errors.over(variadic, format!("{many} have a fixed number of parameters"));
    }
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => errors.over(
                receiver,
                format!(
                    "{many} are free functions; take `Config<ThisPlugin>` or `Service<S>` instead of `self`"
                ),
            ),
            FnArg::Typed(typed) => check_type(&typed.ty, errors),
        }
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && matches!(**ty, Type::ImplTrait(_))
        && kind.marker != SUBSCRIPTION
    {
        errors.over(ty, "name the type that is returned, instead of `impl …`");
    }
}

/// A parameter's type must be one type, written out.
pub(crate) fn check_type(ty: &Type, errors: &mut Errors) {
    match ty {
        Type::ImplTrait(_) => errors.over(ty, "name the type of the parameter, instead of `impl …`"),
        Type::Reference(_) => errors.over(
            ty,
            "parameters are owned: write the type without `&`; `Service<S>`, `Message` and `State` are cheap to have",
        ),
        _ => {}
    }
}
