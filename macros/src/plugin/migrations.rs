//! `migrations("0001_visits", …)`: the plugin's tables, from files beside its Cargo.toml.
//!
//! The list names every file, so that a new one is a change of the source: a folder that is only looked into would
//! not be looked into again when a file is added. What lies in the folder and is not named is a mistake. Plugins that
//! share a crate have a folder each, `migrations/NAME`.

use crate::{attr::Keys, errors::Errors};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use syn::LitStr;

/// Where the files are: one for every database, or one for each.
const FOLDER: &str = "migrations";
const DIALECTS: [&str; 2] = ["sqlite", "postgres"];

/// One migration that a plugin declares.
pub(super) struct Migration {
    version: u32,
    name: String,
    /// The files with its statements for SQLite and PostgreSQL, relative to the crate.
    files: [Option<String>; 2],
}

/// Takes every declared migration.
pub(super) fn take(keys: &mut Keys, plugin: &str, errors: &mut Errors) -> Vec<Migration> {
    let names = keys.texts("migrations", errors);
    let Some(base) = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else {
        return Vec::new();
    };
    let own = format!("{FOLDER}/{plugin}");
    let folder = if base.join(&own).is_dir() { own } else { FOLDER.to_owned() };
    let read = |(at, name): (usize, &LitStr)| read(&base, &folder, at + 1, name, errors);
    let all: Vec<Migration> = names.iter().enumerate().filter_map(read).collect();
    if let Some(last) = names.last() {
        let named = names.iter().map(LitStr::value).collect();
        refuse_others(&base, &folder, &named, last.span(), errors);
    }
    all
}

fn read(base: &Path, folder: &str, at: usize, name: &LitStr, errors: &mut Errors) -> Option<Migration> {
    let text = name.value();
    let number = u32::try_from(at).unwrap_or(u32::MAX);
    let parts = text.split_once('_').filter(|(digits, word)| {
        digits.len() == 4
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    });
    let Some((digits, word)) = parts else {
        let message = format!(
            "`{text}` is not the name of a migration; write four digits and lower-case words: `\"{number:04}_visits\"`"
        );
        errors.at(name.span(), message);
        return None;
    };
    if digits.parse() != Ok(number) {
        let message = format!(
            "migrations are numbered without gaps, in their order: this one is `\"{number:04}_{word}\"`"
        );
        errors.at(name.span(), message);
    }
    let common = Some(format!("{folder}/{text}.sql")).filter(|file| base.join(file).is_file());
    let files = DIALECTS.map(|dialect| {
        let own = Some(format!("{folder}/{dialect}/{text}.sql")).filter(|file| base.join(file).is_file());
        own.or_else(|| common.clone())
    });
    if files.iter().all(Option::is_none) {
        let message = format!(
            "there is no file `{folder}/{text}.sql` beside Cargo.toml; where databases differ, write `{folder}/sqlite/{text}.sql` and `{folder}/postgres/{text}.sql`"
        );
        errors.at(name.span(), message);
        return None;
    }
    Some(Migration { version: number, name: word.to_owned(), files })
}

/// A file that nobody names would never be applied.
fn refuse_others(base: &Path, folder: &str, named: &BTreeSet<String>, span: Span, errors: &mut Errors) {
    let folders =
        [folder.to_owned()].into_iter().chain(DIALECTS.map(|dialect| format!("{folder}/{dialect}")));
    for folder in folders {
        let Ok(entries) = fs::read_dir(base.join(&folder)) else { continue };
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort_unstable();
        for file in names {
            let unknown = file.strip_suffix(".sql").filter(|name| !named.contains(*name));
            if let Some(name) = unknown {
                let message =
                    format!("`{folder}/{file}` is not named here: add `\"{name}\"`, or move the file away");
                errors.at(span, message);
            }
        }
    }
}

impl Migration {
    fn write(&self) -> TokenStream {
        let Self { version, name, files } = self;
        let [sqlite, postgres] = files.each_ref().map(|file| match file {
            Some(file) => {
                let file = format!("/{file}");
                quote!(::core::option::Option::Some(::core::include_str!(
                    ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #file)
                )))
            }
            None => quote!(::core::option::Option::None),
        });
        quote! {
            ::galatea::definition::MigrationDef {
                version: #version,
                name: #name,
                sqlite: #sqlite,
                postgres: #postgres,
            }
        }
    }
}

/// The submission of all of them; nothing where there are none.
pub(super) fn write_all(migrations: &[Migration], plugin: &str) -> TokenStream {
    if migrations.is_empty() {
        return TokenStream::new();
    }
    let all = migrations.iter().map(Migration::write);
    quote! {
        const _: () = {
            static __GALATEA_DEFINITION: ::galatea::definition::MigrationsDef =
                ::galatea::definition::MigrationsDef {
                    plugin: #plugin,
                    origin: ::galatea::__origin!(),
                    migrations: &[#(#all),*],
                };
            ::galatea::private::inventory::submit! {
                ::galatea::definition::Submission::Migrations(&__GALATEA_DEFINITION)
            }
        };
    }
}
