//! The keys of an attribute: one grammar for all macros.
//!
//! An attribute is a list of entries: `"text"`, `key`, `key = value` and `key(more)`. Each macro has a table of its keys; what is
//! not in it is a mistake that names the nearest key and lists them all.

use crate::errors::{Errors, did_you_mean, list};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    LitStr, Path, Token,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
    spanned::Spanned,
    token::Paren,
};

/// A key that a macro knows.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    name: &'static str,
    /// How it is written, for errors.
    usage: &'static str,
    /// It may stand more than once.
    repeats: bool,
}

/// A key that stands once.
pub(crate) const fn key(name: &'static str, usage: &'static str) -> Key {
    Key { name, usage, repeats: false }
}

/// A key that may stand more than once.
pub(crate) const fn repeated(name: &'static str, usage: &'static str) -> Key {
    Key { name, usage, repeats: true }
}

/// The key that every part of a plugin has.
pub(crate) const PLUGIN: Key = key("plugin", "plugin = TheType");

/// One entry of an attribute.
pub(crate) struct Entry {
    /// What it begins with.
    pub(crate) head: Head,
    /// What follows.
    pub(crate) form: Form,
}

/// What an entry begins with.
pub(crate) enum Head {
    Text(LitStr),
    Path(Path),
}

/// What follows the head of an entry.
pub(crate) enum Form {
    Bare,
    Value(TokenStream),
    List(TokenStream),
}

impl Entry {
    /// Where it begins.
    pub(crate) fn span(&self) -> Span {
        match &self.head {
            Head::Text(text) => text.span(),
            Head::Path(path) => path.span(),
        }
    }

    /// The head, if it is a single word.
    pub(crate) fn word(&self) -> Option<String> {
        match &self.head {
            Head::Path(path) => path.get_ident().map(ToString::to_string),
            Head::Text(_) => None,
        }
    }

    fn is(&self, name: &str) -> bool {
        matches!(&self.head, Head::Path(path) if path.is_ident(name))
    }
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            return Ok(Self { head: Head::Text(input.parse()?), form: Form::Bare });
        }
        let head = Head::Path(input.parse()?);
        let form = if input.peek(Paren) {
            let content;
            syn::parenthesized!(content in input);
            Form::List(content.parse()?)
        } else if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Form::Value(until_comma(input)?)
        } else {
            Form::Bare
        };
        Ok(Self { head, form })
    }
}

fn until_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    if input.is_empty() || input.peek(Token![,]) {
        return Err(input.error("expected a value after `=`"));
    }
    let mut value = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        value.extend([input.parse::<TokenTree>()?]);
    }
    Ok(value)
}

/// The entries of a list; a malformed one is reported and skipped.
pub(crate) fn entries(tokens: TokenStream, errors: &mut Errors) -> Vec<Entry> {
    let mut read = Vec::new();
    let all = |input: ParseStream<'_>| {
        while !input.is_empty() {
            match input.parse::<Entry>() {
                Ok(entry) => read.push(entry),
                Err(error) => errors.push(error),
            }
            if !input.is_empty() && !input.peek(Token![,]) {
                errors.push(input.error("expected `,`"));
            }
            while !input.is_empty() && !input.peek(Token![,]) {
                input.parse::<TokenTree>()?;
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    if let Err(error) = all.parse2(tokens) {
        errors.push(error);
    }
    read
}

/// The entries of one attribute against the keys that it knows.
pub(crate) struct Keys {
    /// `#[action]`, or `cache` where it is a list within one.
    attribute: &'static str,
    known: &'static [Key],
    entries: Vec<Entry>,
}

impl Keys {
    /// Reads an attribute; a key that stands twice is reported.
    pub(crate) fn parse(
        attribute: &'static str,
        known: &'static [Key],
        tokens: TokenStream,
        errors: &mut Errors,
    ) -> Self {
        let mut entries = entries(tokens, errors);
        for key in known.iter().filter(|key| !key.repeats) {
            let mut seen = false;
            entries.retain(|entry| {
                let again = entry.is(key.name) && std::mem::replace(&mut seen, true);
                if again {
                    errors.at(
                        entry.span(),
                        format!("`{}` stands twice in `{attribute}`; remove one", key.name),
                    );
                }
                !entry.is(key.name) || !again
            });
        }
        Self { attribute, known, entries }
    }

    /// Takes the entries that are no key: texts, types, variants.
    pub(crate) fn others(&mut self) -> Vec<Entry> {
        let known = self.known;
        self.entries.extract_if(.., |entry| !known.iter().any(|key| entry.is(key.name))).collect()
    }

    /// Takes the first text that stands alone.
    pub(crate) fn text_alone(&mut self) -> Option<LitStr> {
        let at = self.entries.iter().position(|entry| matches!(entry.head, Head::Text(_)))?;
        match self.entries.remove(at).head {
            Head::Text(text) => Some(text),
            Head::Path(_) => None,
        }
    }

    /// Takes every entry of a key.
    pub(crate) fn all(&mut self, name: &str) -> Vec<Entry> {
        self.entries.extract_if(.., |entry| entry.is(name)).collect()
    }

    /// Takes the entry of a key.
    pub(crate) fn one(&mut self, name: &str) -> Option<Entry> {
        self.all(name).into_iter().next()
    }

    /// Where a key stands, if it does.
    pub(crate) fn span_of(&self, name: &str) -> Option<Span> {
        self.entries.iter().find(|entry| entry.is(name)).map(Entry::span)
    }

    /// Whether a key without a value stands there.
    pub(crate) fn flag(&mut self, name: &str, errors: &mut Errors) -> bool {
        let Some(entry) = self.one(name) else { return false };
        if !matches!(entry.form, Form::Bare) {
            self.misused(&entry, errors);
        }
        true
    }

    /// The value of `key = value`.
    pub(crate) fn value<T: Parse>(&mut self, name: &str, errors: &mut Errors) -> Option<T> {
        let entry = self.one(name)?;
        let Form::Value(value) = entry.form else {
            self.misused(&entry, errors);
            return None;
        };
        let parsed = syn::parse2(value.clone());
        if parsed.is_err() {
            errors.over(value, format!("this is no value of `{name}`; write `{}`", self.usage(name)));
        }
        parsed.ok()
    }

    /// The integer of `key = 10`, also below zero.
    pub(crate) fn integer(&mut self, name: &str, errors: &mut Errors) -> Option<i32> {
        let value: Integer = self.value(name, errors)?;
        Some(value.0)
    }

    /// The texts of `key("a", "b")`.
    pub(crate) fn texts(&mut self, name: &str, errors: &mut Errors) -> Vec<LitStr> {
        let Some(entry) = self.one(name) else {
            return Vec::new();
        };
        let Form::List(list) = &entry.form else {
            self.misused(&entry, errors);
            return Vec::new();
        };
        let texts = Punctuated::<LitStr, Token![,]>::parse_terminated.parse2(list.clone());
        match texts {
            Ok(texts) if !texts.is_empty() => texts.into_iter().collect(),
            _ => {
                self.misused(&entry, errors);
                Vec::new()
            }
        }
    }

    /// Reports that a known key is not written as it should be.
    pub(crate) fn misused(&self, entry: &Entry, errors: &mut Errors) {
        let Some(word) = entry.word() else { return };
        let usage = self.usage(&word);
        let alone = if usage == word { " alone" } else { "" };
        errors.at(entry.span(), format!("write `{usage}`{alone}"));
    }

    fn usage(&self, name: &str) -> &'static str {
        self.known.iter().find(|key| key.name == name).map(|key| key.usage).unwrap_or_default()
    }

    /// Reports whatever nobody took.
    pub(crate) fn finish(self, errors: &mut Errors) {
        let known = || self.known.iter().map(|key| key.name);
        for entry in &self.entries {
            let head = match &entry.head {
                Head::Path(path) => path.to_token_stream().to_string().replace(' ', ""),
                Head::Text(text) => text.to_token_stream().to_string(),
            };
            let message = format!(
                "`{}` has no key `{head}`{}\nknown keys: {}",
                self.attribute,
                did_you_mean(&head, known()),
                list(known())
            );
            match &entry.head {
                Head::Path(path) => errors.over(path, message),
                Head::Text(text) => errors.at(text.span(), message),
            }
        }
    }
}

/// An integer with a sign.
struct Integer(i32);

impl Parse for Integer {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let minus = input.parse::<Option<Token![-]>>()?.is_some();
        let digits: syn::LitInt = input.parse()?;
        let number: i32 = digits.base10_parse()?;
        Ok(Self(if minus { -number } else { number }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails shall fail")]

    use super::*;
    use quote::quote;

    const KNOWN: &[Key] = &[
        key("timeout", "timeout = \"10s\""),
        key("tags", "tags(\"a\", \"b\")"),
        key("approval", "approval"),
        key("priority", "priority = 10"),
        repeated("example", "example(\"…\")"),
    ];

    fn messages(tokens: TokenStream) -> Vec<String> {
        let mut errors = Errors::default();
        let mut keys = Keys::parse("#[action]", KNOWN, tokens, &mut errors);
        keys.value::<LitStr>("timeout", &mut errors);
        keys.texts("tags", &mut errors);
        keys.flag("approval", &mut errors);
        keys.integer("priority", &mut errors);
        keys.all("example");
        keys.finish(&mut errors);
        let tokens = errors.into_tokens().to_string();
        tokens
            .split("compile_error ! {")
            .skip(1)
            .map(|m| m.split('}').next().unwrap().trim().to_owned())
            .collect()
    }

    #[test]
    fn mistakes_name_the_fix() {
        for (tokens, expected) in [
            (quote!(timeout = "1s", tags("a"), approval, priority = -1, example("b"), example("c")), vec![]),
            (quote!(timout = "1s"), vec!["did you mean `timeout`?"]),
            (quote!(timeout = "1s", timeout = "2s"), vec!["stands twice"]),
            (quote!(approval = true), vec!["write `approval`"]),
            (quote!(tags = "a"), vec!["write `tags("]),
            (quote!(timeout = 5, priority = "x"), vec!["no value of `timeout`", "no value of `priority`"]),
            (quote!(timeout = , nonsense), vec!["expected a value", "no key `nonsense`"]),
        ] {
            let found = messages(tokens);
            assert_eq!(found.len(), expected.len(), "{found:?}");
            for (found, expected) in found.iter().zip(expected) {
                assert!(found.contains(expected), "{found} should contain {expected}");
            }
        }
    }
}
