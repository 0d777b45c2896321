//! Which plugin a part belongs to.

use crate::{attr::Keys, errors::Errors};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Path;

/// The name under which the crate's root has its plugin. It is written to be read in an error of the compiler: “cannot find” where the
/// root declares none, “is ambiguous” where it declares several.
pub(crate) const ALIAS: &str = "__the_only_plugin_at_the_crate_root__else_write__plugin_equals_Type";

/// The type of the plugin that a part belongs to.
pub(crate) struct PluginPath(Option<Path>);

impl PluginPath {
    /// Takes `plugin = Type`; without it, the part belongs to the plugin at the crate's root.
    pub(crate) fn take(keys: &mut Keys, errors: &mut Errors) -> Self {
        Self(keys.value("plugin", errors))
    }

    /// `type __GalateaPlugin = …;`: the one mention of the plugin, so that a missing one is one error.
    pub(crate) fn alias(&self) -> TokenStream {
        quote!(type __GalateaPlugin = #self;)
    }
}

impl ToTokens for PluginPath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.0 {
            Some(path) => path.to_tokens(tokens),
            None => {
                let alias = quote::format_ident!("{ALIAS}");
                tokens.extend(quote!(crate::#alias));
            }
        }
    }
}
