//! The names of permissions.

use crate::errors::{Errors, did_you_mean, list};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

/// The types in `galatea::definition::permission`.
const NAMES: [&str; 4] = ["Network", "Filesystem", "Process", "Environment"];

/// The permission of this name as a type; an unknown one is reported.
pub(crate) fn read(path: &Path, errors: &mut Errors) -> Option<TokenStream> {
    let ident = &path.segments.last()?.ident;
    let name = ident.to_string();
    if !NAMES.contains(&name.as_str()) {
        let message =
            format!("there is no permission `{name}`{}\nknown: {}", did_you_mean(&name, NAMES), list(NAMES));
        errors.over(path, message);
        return None;
    }
    Some(quote!(::galatea::definition::permission::#ident))
}
