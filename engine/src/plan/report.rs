//! The resolver's problems as diagnostics: each at its place in the character file, with the lines that mend it.

use super::{Edge, Problem, Wanter, snippet::plugin_table};
use crate::{
    character::Document,
    definition::PluginDef,
    diagnostic::{Code, Diagnostic},
    registry::Registry,
};
use std::ops::Range;

/// Where things stand in a character file.
pub(super) struct Reporter<'a> {
    pub(super) registry: &'a Registry,
    pub(super) document: &'a Document,
}

impl Reporter<'_> {
    /// What a problem looks like in the file.
    pub(super) fn diagnostic(&self, problem: &Problem) -> Diagnostic {
        let title = problem.to_string();
        match problem {
            Problem::Unknown { plugin } => {
                let known: Vec<&str> = self.registry.names().collect();
                let diagnostic = Diagnostic::error(Code::UnknownPlugin, title);
                diagnostic
                    .at(self.header(plugin), "not in this build")
                    .help(format!("known: {}", known.join(", ")))
            }
            Problem::Missing { plugin, chain, also, linked } => {
                self.missing(title, plugin, chain, also, *linked)
            }
            Problem::Cycle { path } => self.cycle(title, path),
            Problem::Version { plugin, wanted, found, by } => self.version(title, plugin, wanted, found, by),
            Problem::Engine { plugin, wanted, .. } => {
                let label = format!("wants engine {wanted}");
                let help =
                    format!("use a version of `{plugin}` that was built for this engine, or another engine");
                Diagnostic::error(Code::VersionClash, title).at(self.header(plugin), label).help(help)
            }
            Problem::Range { plugin, why, .. } => {
                let diagnostic =
                    Diagnostic::error(Code::WrongValue, title).at(self.version_value(plugin), why.clone());
                diagnostic.help("write e.g. `^1.2`, `>=1, <3` or `=1.4.2`")
            }
            Problem::Unserved { plugin, kind, known } => self.unserved(title, plugin, kind, known),
        }
    }

    fn missing(
        &self,
        title: String,
        plugin: &str,
        chain: &[&str],
        also: &[&str],
        linked: bool,
    ) -> Diagnostic {
        let label = format!("needs `{plugin}`, which this character does not select");
        let place = chain.iter().find_map(|name| self.selected(name)).unwrap_or(0..0);
        let mut diagnostic = Diagnostic::error(Code::MissingDependency, title).at(place, label);
        for place in also.iter().filter_map(|name| self.selected(name)) {
            diagnostic = diagnostic.related(place, format!("needs `{plugin}` too"));
        }
        match self.registry.get(plugin).filter(|_| linked) {
            Some(missing) => diagnostic.help(format!("add\n{}", plugin_table(missing))),
            None => diagnostic.help(format!(
                "`{plugin}` is not in this build; add its crate to Cargo.toml and to the list of linked plugins, then `[plugins.{plugin}]` here"
            )),
        }
    }

    fn cycle(&self, title: String, path: &[Edge]) -> Diagnostic {
        let mut places = path.iter().filter_map(|edge| Some((self.selected(edge.from)?, edge.to_string())));
        let (first, label) = places.next().unwrap_or((0..0, String::new()));
        let diagnostic = Diagnostic::error(Code::DependencyCycle, title).at(first, label);
        let diagnostic =
            places.fold(diagnostic, |diagnostic, (place, label)| diagnostic.related(place, label));
        let hidden: Vec<String> =
            path.iter().filter(|edge| self.selected(edge.from).is_none()).map(ToString::to_string).collect();
        let diagnostic = if hidden.is_empty() { diagnostic } else { diagnostic.help(hidden.join("; ")) };
        diagnostic.help(
            "leave one of them out of the character; in its code, one of them must stop requiring the next",
        )
    }

    fn version(&self, title: String, plugin: &str, wanted: &str, found: &str, by: &Wanter) -> Diagnostic {
        let diagnostic = Diagnostic::error(Code::VersionClash, title);
        match by {
            Wanter::Character => {
                let help = format!(
                    "accept this version with `version = \"^{found}\"`, or build with another `{plugin}`"
                );
                diagnostic.at(self.version_value(plugin), format!("this build has {found}")).help(help)
            }
            Wanter::Plugin(by) => {
                let place = self.selected(by).or_else(|| self.selected(plugin)).unwrap_or(0..0);
                let diagnostic = diagnostic.at(place, format!("requires `{plugin}` {wanted}"));
                let diagnostic = match self.selected(plugin) {
                    Some(place) => diagnostic.related(place, format!("this build has {found}")),
                    None => diagnostic,
                };
                diagnostic.help(format!(
                    "change the version of `{plugin}` or of `{by}` in Cargo.toml so that they fit"
                ))
            }
        }
    }

    fn unserved(&self, title: String, plugin: &str, kind: &str, known: &[&str]) -> Diagnostic {
        let label = format!("needs some plugin for `{kind}`");
        let diagnostic = Diagnostic::error(Code::Capability, title).at(self.header(plugin), label);
        let tables: Vec<String> =
            known.iter().filter_map(|name| self.registry.get(name)).map(plugin_table).collect();
        match tables.as_slice() {
            [] => diagnostic.help(format!("no plugin of this build serves `{kind}`; link one that does")),
            [one] => diagnostic.help(format!("add\n{one}")),
            several => diagnostic.help(format!("add one of\n{}", several.join("\n"))),
        }
    }

    /// The key of a plugin's table, or of that of a composed plugin which it is a member of, if the character selects
    /// it.
    pub(super) fn selected(&self, plugin: &str) -> Option<Range<usize>> {
        let own = self.document.key_span(&["plugins", plugin]);
        own.or_else(|| {
            let has = |def: &PluginDef| def.all_members().iter().any(|member| member.name == plugin);
            let composed = self.registry.iter().map(|composed| composed.def).filter(|def| has(def));
            composed.filter_map(|def| self.document.key_span(&["plugins", def.name])).next()
        })
    }

    /// The key of a plugin's table; the top of the file for plugins that it does not select.
    fn header(&self, plugin: &str) -> Range<usize> {
        self.selected(plugin).unwrap_or(0..0)
    }

    fn version_value(&self, plugin: &str) -> Range<usize> {
        self.document.value_span(&["plugins", plugin, "version"]).unwrap_or_else(|| self.header(plugin))
    }
}
