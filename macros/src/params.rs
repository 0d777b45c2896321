//! What is generated for the parameters and the result of a function.
//!
//! Each type is mentioned in one bound only, and every token of that mention carries the type's span: one mistake is one error, at
//! the type.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{FnArg, ReturnType, Signature, Type, spanned::Spanned};

/// A call of a function with extracted parameters.
pub(crate) struct Call<'a> {
    /// The function, as an expression.
    pub(crate) function: TokenStream,
    /// Where it is named, for what is wrong with its future.
    pub(crate) span: Span,
    /// The kind of handler, a type.
    pub(crate) kind: TokenStream,
    /// Its signature.
    pub(crate) signature: &'a Signature,
    /// What `Self` stands for, in an `impl`.
    pub(crate) self_type: Option<&'a Type>,
}

impl Call<'_> {
    /// `const __GALATEA_0: Param<…> = param::<…>();` for each parameter. `__GalateaPlugin` must be in scope.
    pub(crate) fn constants(&self) -> TokenStream {
        let kind = &self.kind;
        self.types().enumerate().map(|(at, ty)| {
            let name = constant(at);
            let (first, last) = ends(&ty);
            let plugin = spread(first, last, &quote!(__GalateaPlugin));
            let kind = spread(first, last, kind);
            quote_spanned! {first=>
                const #name: ::galatea::extract::Param<#ty> = ::galatea::extract::param::<#plugin, #kind, #ty>();
            }
        }).collect()
    }

    /// `fn __galatea_describe(…)`, which asks every parameter what it says of the handler.
    pub(crate) fn describe(&self) -> TokenStream {
        let names = (0..self.signature.inputs.len()).map(constant);
        quote! {
            fn __galatea_describe(__galatea_signature: &mut ::galatea::extract::Signature) {
                #((#names.describe)(__galatea_signature);)*
                let _ = __galatea_signature;
            }
        }
    }

    /// Refuses a second parameter that takes the body of a request, at the parameter.
    pub(crate) fn only_one_body(&self) -> TokenStream {
        let check = |(at, ty): (usize, TokenStream)| {
            let (first, last) = ends(&ty);
            let before = (0..at).map(constant);
            let this = constant(at);
            let check = respan(quote!(::galatea::private::only_one_takes_the_body), first);
            let arguments = quote_spanned!(last=> (&[#(#before.takes_body),*], #this.takes_body));
            quote!(const _: () = #check #arguments;)
        };
        self.types().enumerate().skip(1).map(check).collect()
    }

    /// The type of the function's result.
    pub(crate) fn output_type(&self) -> TokenStream {
        self.output().0
    }

    /// Statements that extract every parameter from `__galatea_invocation`, inside an `async` block that gives a `Result`.
    pub(crate) fn extract(&self) -> TokenStream {
        (0..self.signature.inputs.len())
            .map(|at| {
                let (local, name) = (local(at), constant(at));
                quote!(let #local = (#name.extract)(__galatea_invocation).await?;)
            })
            .collect()
    }

    /// The function's result, turned by `convert`, a method of the trait `into`.
    pub(crate) fn result(&self, into: &TokenStream, convert: &str) -> TokenStream {
        let run = self.run();
        let (output, first) = self.output();
        let convert = format_ident!("{convert}", span = first);
        let into = respan(into.clone(), first);
        let convert = quote_spanned!(first=> <#output as #into>::#convert);
        quote!({
            let __galatea_output = #run;
            #convert(__galatea_output)
        })
    }

    /// The function's result, turned by the generic function `convert`: for a result whose type has no name.
    pub(crate) fn result_by(&self, convert: &TokenStream) -> TokenStream {
        let run = self.run();
        let (_, first) = self.output();
        let convert = respan(convert.clone(), first);
        quote_spanned!(first=> {
            let __galatea_output = #run;
            #convert(__galatea_output)
        })
    }

    fn run(&self) -> TokenStream {
        let (function, locals) = (&self.function, (0..self.signature.inputs.len()).map(local));
        if self.signature.asyncness.is_some() {
            quote_spanned!(self.span=> ::galatea::private::send(#function(#(#locals),*)).await)
        } else {
            quote!(#function(#(#locals),*))
        }
    }

    fn types(&self) -> impl Iterator<Item = TokenStream> {
        self.signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(self.without_self(typed.ty.to_token_stream())),
            FnArg::Receiver(_) => None,
        })
    }

    fn output(&self) -> (TokenStream, Span) {
        match &self.signature.output {
            ReturnType::Type(_, ty) => (self.without_self(ty.to_token_stream()), ty.span()),
            ReturnType::Default => {
                let span = self.signature.ident.span();
                (quote_spanned!(span=> ()), span)
            }
        }
    }

    /// Generated code stands outside of the `impl`, where `Self` means nothing.
    fn without_self(&self, tokens: TokenStream) -> TokenStream {
        match self.self_type {
            Some(self_type) => replace_self(tokens, self_type),
            None => tokens,
        }
    }
}

fn replace_self(tokens: TokenStream, self_type: &Type) -> TokenStream {
    let replace = |token| match token {
        TokenTree::Ident(ident) if ident == "Self" => respan(self_type.to_token_stream(), ident.span()),
        TokenTree::Group(group) => {
            let mut replaced =
                proc_macro2::Group::new(group.delimiter(), replace_self(group.stream(), self_type));
            replaced.set_span(group.span());
            TokenTree::Group(replaced).into()
        }
        other => other.into(),
    };
    tokens.into_iter().flat_map(replace).collect()
}

fn constant(at: usize) -> proc_macro2::Ident {
    format_ident!("__GALATEA_{at}")
}

fn local(at: usize) -> proc_macro2::Ident {
    format_ident!("__galatea_{at}")
}

/// The spans of the first and of the last token.
pub(crate) fn ends(tokens: &TokenStream) -> (Span, Span) {
    let mut spans = tokens.clone().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// The type, in such a way that the compiler underlines everything from `first` to `last` when it blames it.
fn spread(first: Span, last: Span, ty: &TokenStream) -> TokenStream {
    let ty = respan(ty.clone(), first);
    let open = quote_spanned!(first=> ::galatea::private::The<#ty);
    let close = quote_spanned!(last=> >);
    quote!(#open #close)
}

/// The same tokens with another span.
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    let one = |token| match token {
        TokenTree::Group(group) => {
            let mut group = proc_macro2::Group::new(group.delimiter(), respan(group.stream(), span));
            group.set_span(span);
            TokenTree::Group(group)
        }
        mut token => {
            token.set_span(span);
            token
        }
    };
    tokens.into_iter().map(one).collect()
}
