//! Doc comments: what models and people read.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The doc comment as an expression that is a `&'static str`; `None` where there is none or only blanks.
///
/// `#[doc = include_str!("…")]` stays what it is.
pub(crate) fn comment(attrs: &[Attribute]) -> Option<TokenStream> {
    let parts: Vec<&Expr> = attrs.iter().filter_map(doc_value).collect();
    let lines: Option<Vec<String>> = parts.iter().map(|part| literal(part)).collect();
    match lines {
        Some(lines) => {
            let text = clean(&lines);
            (!text.is_empty()).then(|| quote!(#text))
        }
        None => {
            let parts = parts.iter().map(|part| match literal(part) {
                Some(line) => {
                    let line = format!("{}\n", line.strip_prefix(' ').unwrap_or(&line));
                    quote!(#line)
                }
                None => quote!(#part, "\n"),
            });
            Some(quote!(::core::concat!(#(#parts),*)))
        }
    }
}

fn doc_value(attribute: &Attribute) -> Option<&Expr> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => Some(&pair.value),
        _ => None,
    }
}

fn literal(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// Lines without the space after `///` and without blank lines at both ends.
fn clean(lines: &[String]) -> String {
    let lines = lines.iter().flat_map(|line| line.split('\n'));
    let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn comments_are_joined_and_trimmed() {
        let item: syn::ItemStruct = parse_quote! {
            /// The weather.
            ///
            ///   Indented.
            #[allow(dead_code)]
            struct A;
        };
        assert_eq!(
            comment(&item.attrs).map(|c| c.to_string()),
            Some(r#""The weather.\n\n  Indented.""#.to_owned())
        );
    }

    #[test]
    fn blank_comments_are_none_and_macros_are_kept() {
        let blank: syn::ItemStruct = parse_quote! {
            ///
            struct A;
        };
        assert!(comment(&blank.attrs).is_none());
        let included: syn::ItemStruct = parse_quote! {
            #[doc = include_str!("a.md")]
            struct A;
        };
        assert!(comment(&included.attrs).is_some_and(|c| c.to_string().contains("include_str")));
    }
}
