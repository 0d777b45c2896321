//! `compose!`: parse, model, expand.

use crate::{case, doc, errors::Errors};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Attribute, Ident, LitStr, Path, Token, Visibility, bracketed,
    ext::IdentExt,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
    spanned::Spanned,
};

const USAGE: &str = "compose! { /// What it is for.\npub struct Suite = \"suite\", [Weather, Geo] }";

struct Composed {
    attrs: Vec<Attribute>,
    visibility: Visibility,
    ident: Ident,
    name: LitStr,
    members: Vec<Path>,
}

impl Parse for Composed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        input.parse::<Token![struct]>()?;
        let ident = input.parse()?;
        input.parse::<Token![=]>()?;
        let name = input.parse()?;
        input.parse::<Token![,]>()?;
        let content;
        bracketed!(content in input);
        let members = Punctuated::<Path, Token![,]>::parse_terminated(&content)?.into_iter().collect();
        input.parse::<Option<Token![,]>>()?;
        input.parse::<Option<Token![;]>>()?;
        Ok(Self { attrs, visibility, ident, name, members })
    }
}

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let composed = match syn::parse2::<Composed>(input) {
        Ok(composed) => composed,
        Err(error) => {
            errors.at(error.span(), format!("{error}; write `{USAGE}`"));
            return errors.into_tokens();
        }
    };
    composed.check(&mut errors);
    // Others name it: it stays a plugin in spite of mistakes, so that these stay the only ones.
    let written = composed.write();
    let errors = errors.into_tokens();
    quote!(#written #errors)
}

impl Composed {
    fn check(&self, errors: &mut Errors) {
        if doc::comment(&self.attrs).is_none() {
            let message =
                "a composed plugin needs a doc comment: editors show it where a character selects the plugin";
            errors.at(self.ident.span(), message);
        }
        let name = self.name.value();
        if !case::is_kebab(&name) {
            let better = case::kebab(&self.ident.unraw().to_string());
            let message = format!(
                "`{name}` is not the name of a plugin; write lower-case letters, digits and single hyphens, e.g. `\"{better}\"`"
            );
            errors.at(self.name.span(), message);
        }
        if self.members.len() < 2 {
            let message =
                "a composed plugin has two members at least; name their types: `[Weather, galatea_geo::Geo]`";
            errors.at(self.ident.span(), message);
        }
        for (at, member) in self.members.iter().enumerate() {
            if member.is_ident(&self.ident) {
                errors.over(member, "a plugin is not a member of itself");
            }
            if self.is_named_before(at) {
                errors.over(member, "this plugin is a member already; name it once");
            }
        }
    }

    /// The member at this place stands further up in the list too.
    fn is_named_before(&self, at: usize) -> bool {
        let written = |path: &Path| path.to_token_stream().to_string();
        let member = written(&self.members[at]);
        self.members[..at].iter().any(|other| written(other) == member)
    }

    fn write(&self) -> TokenStream {
        let Self { attrs, visibility, ident, name, .. } = self;
        let description = doc::comment(attrs).unwrap_or_else(|| quote!(""));
        // Itself would only be a circle of constants, and one named twice a conflict of impls; both are reported already.
        let members: Vec<&Path> = self
            .members
            .iter()
            .enumerate()
            .filter(|(at, member)| !member.is_ident(ident) && !self.is_named_before(*at))
            .map(|(_, member)| member)
            .collect();
        let definitions = members
            .iter()
            .map(|member| quote_spanned!(member.span()=> <#member as ::galatea::definition::Plugin>::DEF));
        let facts = members.iter().map(|member| {
            quote_spanned! {member.span()=>
                #[automatically_derived]
                impl ::galatea::extract::DependsOn<#member> for #ident {}
                #[automatically_derived]
                impl ::galatea::extract::MayUse<#member> for #ident {}
            }
        });
        quote! {
            #(#attrs)*
            #visibility struct #ident;

            #[automatically_derived]
            impl ::galatea::definition::Plugin for #ident {
                const NAME: &'static str = #name;
                const DEF: &'static ::galatea::definition::PluginDef = &::galatea::definition::PluginDef {
                    name: #name,
                    version: ::core::env!("CARGO_PKG_VERSION"),
                    description: #description,
                    authors: ::core::env!("CARGO_PKG_AUTHORS"),
                    license: ::core::env!("CARGO_PKG_LICENSE"),
                    path: ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#ident)),
                    origin: ::galatea::__origin!(),
                    requirements: &[],
                    permissions: &[],
                    priority: 0,
                    lazy: false,
                    engine: ::core::option::Option::None,
                    config: ::galatea::private::composed_config_of::<Self>(),
                    middleware: &[],
                    members: &[#(#definitions),*],
                };
                type Config = ::galatea::definition::NoConfig;
            }

            #[automatically_derived]
            impl ::galatea::extract::DependsOn<#ident> for #ident {}
            #[automatically_derived]
            impl ::galatea::extract::MayUse<#ident> for #ident {}
            #(#facts)*

            const _: () = {
                ::galatea::private::inventory::submit! {
                    ::galatea::definition::Submission::Plugin(<#ident as ::galatea::definition::Plugin>::DEF)
                }
            };
        }
    }
}
