//! From a character file to its plan, or to everything that is wrong with it.

use super::{
    Enabled, Options, Plan, Problem, Selected, Step,
    capability::{Chosen, doubts},
    choice::{Choice, choices},
    make::make,
    permission::{not_offered, ungranted},
    report::Reporter,
    resolve,
};
use crate::{
    character::{Document, Grants, check},
    definition::{Strength, Target},
    diagnostic::{Code, Diagnostic, Report, Severity, Source},
    registry::Registry,
};
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, LazyLock},
};

impl Plan {
    /// The plan of a character.
    ///
    /// # Errors
    /// Every mistake there is, warnings among them, in the order of their places.
    pub fn of(registry: &Registry, document: &Document) -> Result<Self, Report> {
        Self::examine(registry, document, &Options::default(), Vec::new()).map(|(plan, _)| plan)
    }

    /// The plan of a character file, and the warnings about it.
    ///
    /// # Errors
    /// Every mistake there is, warnings among them, in the order of their places; or that the file cannot be read.
    pub fn load(registry: &Registry, path: &Path) -> Result<(Self, Report), Report> {
        let (document, syntax) = Document::read(path).map_err(|unreadable| Report {
            source: Source { path: path.display().to_string(), text: Arc::from("") },
            diagnostics: vec![unreadable],
        })?;
        Self::examine(registry, &document, &Options::default(), syntax)
    }

    /// The plan of a character, and the warnings about it. `syntax` is what parsing already found: where that
    /// is an error, half of the file may be missing, so only what is wrong in itself is added.
    ///
    /// # Errors
    /// Every mistake there is, warnings among them, in the order of their places.
    pub fn examine(
        registry: &Registry,
        document: &Document,
        options: &Options,
        syntax: Vec<Diagnostic>,
    ) -> Result<(Self, Report), Report> {
        let is_whole = !syntax.iter().any(is_error);
        let mut diagnostics = syntax;
        let mut checked = check(registry, document);
        checked.retain(|diagnostic| is_whole || diagnostic.code != Code::MissingKey);
        diagnostics.extend(checked);
        let examination = Examination { registry, document, options };
        let (steps, found) = if is_whole { examination.run() } else { (None, Vec::new()) };
        add_new(&mut diagnostics, found);
        hide_alike(&mut diagnostics);
        let is_good = !diagnostics.iter().any(is_error);
        let plan = steps.filter(|_| is_good).map(|steps| make(registry, document, &steps));
        let plan = plan.and_then(|plan| plan.map_err(|unread| diagnostics.push(unread)).ok());
        diagnostics.sort_by_key(|one| (one.span.as_ref().map_or(usize::MAX, |span| span.start), one.code));
        let report = Report { source: document.source.clone(), diagnostics };
        match plan {
            Some(plan) => Ok((plan, report)),
            None => Err(report),
        }
    }
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

/// Adds what checking against the schema did not say already.
fn add_new(diagnostics: &mut Vec<Diagnostic>, mut found: Vec<Diagnostic>) {
    found.retain(|new| {
        !diagnostics.iter().filter(|old| old.span == new.span).any(|old| {
            old.code == new.code
                || matches!(old.code, Code::UnknownPlugin | Code::WrongValue | Code::WrongType)
        })
    });
    diagnostics.append(&mut found);
}

/// What one diagnostic hides of the file, none shows: secrets in clear.
fn hide_alike(diagnostics: &mut [Diagnostic]) {
    let mut hidden: Vec<_> =
        diagnostics.iter().flat_map(|diagnostic| diagnostic.hidden.iter().cloned()).collect();
    hidden.sort_unstable_by_key(|span| (span.start, span.end));
    hidden.dedup();
    for diagnostic in diagnostics {
        diagnostic.hidden.clone_from(&hidden);
    }
}

struct Examination<'a> {
    registry: &'a Registry,
    document: &'a Document,
    options: &'a Options,
}

impl<'a> Examination<'a> {
    /// The plugins' tables by name, in the order of their names. What is no table, which checking reports,
    /// selects too.
    fn tables(&self) -> Vec<(&'a str, &'a Map<String, Value>)> {
        static NO_TABLE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        let tables = self.document.json.get("plugins").and_then(Value::as_object).into_iter().flatten();
        let tables = tables.map(|(name, table)| (name.as_str(), table.as_object().unwrap_or(&NO_TABLE)));
        let mut tables: Vec<_> = tables.collect();
        tables.sort_unstable_by_key(|(name, _)| *name);
        tables
    }

    fn run(&self) -> (Option<Vec<Step>>, Vec<Diagnostic>) {
        let tables = self.tables();
        let selected: Vec<Selected<'_>> =
            tables.iter().map(|(name, table)| self.selected(name, table)).collect();
        let (steps, problems) = match resolve(self.registry, &selected, self.options) {
            Ok(steps) => (Some(steps), Vec::new()),
            Err(problems) => (None, problems),
        };
        let reporter = Reporter { registry: self.registry, document: self.document };
        let unknown: Vec<&str> =
            selected.iter().map(|s| s.name).filter(|name| self.registry.get(name).is_none()).collect();
        let problems = problems.iter().filter(|problem| !follows_from(problem, &unknown));
        let mut diagnostics: Vec<Diagnostic> = problems.map(|problem| reporter.diagnostic(problem)).collect();
        let choices = choices(self.registry, tables.iter().copied());
        let chosen = |choice: &Choice<'a>| Chosen { plugin: choice.plugin, condition: choice.condition() };
        let chosen: Vec<Chosen<'_>> = choices.iter().map(chosen).collect();
        diagnostics.extend(doubts(self.registry, self.document, &chosen, unknown.is_empty()));
        diagnostics.extend(self.selected_twice(&choices));
        diagnostics.extend(self.switched_off(&reporter, &choices));
        diagnostics.extend(choices.iter().flat_map(|choice| self.permissions(choice)));
        (steps, diagnostics)
    }

    fn selected<'n>(&self, name: &'n str, table: &'n Map<String, Value>) -> Selected<'n> {
        let place = self.document.key_span(&["plugins", name]);
        let before = place.and_then(|span| self.document.source.text.get(..span.start));
        let line = before.map(|text| text.matches('\n').count() + 1);
        Selected { name, versions: table.get("version").and_then(Value::as_str), line }
    }

    fn permissions(&self, choice: &Choice<'_>) -> Vec<Diagnostic> {
        if choice.condition().enabled == Enabled::Never {
            return Vec::new();
        }
        let def = choice.plugin.def;
        let (config, grants) = (choice.config(), self.grants(def.name));
        let mut all = ungranted(self.document, def, &choice.path, &config, &grants);
        all.extend(not_offered(self.document, choice.plugin, &choice.path, &config, &grants));
        all
    }

    /// Plugins that are selected alone and as members, or as members of several.
    fn selected_twice(&self, choices: &[Choice<'_>]) -> Vec<Diagnostic> {
        let mut first: BTreeMap<&str, &Choice<'_>> = BTreeMap::new();
        let mut diagnostics = Vec::new();
        for choice in choices {
            let name = choice.plugin.def.name;
            let Some(other) = first.get(name) else {
                first.insert(name, choice);
                continue;
            };
            // Where it stands alone is where it is to be taken out.
            let (here, there) = if other.path.len() == 2 { (*other, choice) } else { (choice, *other) };
            let place = |choice: &Choice<'_>| {
                self.document.key_span(&["plugins", choice.selected_by()]).unwrap_or(0..0)
            };
            let member = format!("`{name}` is a member of `{}`", there.selected_by());
            let (label, help) = if here.path.len() == 2 {
                let help =
                    format!("take out `[plugins.{name}]`; its keys belong into `[{}]`", there.path.join("."));
                ("selected alone here".to_owned(), help)
            } else {
                let label = format!("`{name}` is a member of `{}` too", here.selected_by());
                (
                    label,
                    "select one of the two, and the members of the other by tables of their own".to_owned(),
                )
            };
            let title = format!("plugin `{name}` is selected twice");
            diagnostics.push(
                Diagnostic::error(Code::DuplicatePlugin, title)
                    .at(place(here), label)
                    .related(place(there), member)
                    .help(help),
            );
        }
        diagnostics
    }

    /// The grants of a plugin; none where they are malformed, which checking reports.
    fn grants(&self, plugin: &str) -> Grants {
        let grants = self.document.json.get("grants").and_then(|grants| grants.get(plugin)).cloned();
        grants.and_then(|grants| serde_json::from_value(grants).ok()).unwrap_or_default()
    }

    /// Plugins that are required by one that may run, and are switched off for good.
    fn switched_off(&self, reporter: &Reporter<'_>, choices: &[Choice<'_>]) -> Vec<Diagnostic> {
        let runs = |one: &&Choice<'_>| one.condition().enabled != Enabled::Never;
        let off = |name: &str| choices.iter().find(|one| one.plugin.def.name == name && !runs(one));
        let mut diagnostics = Vec::new();
        for user in choices.iter().filter(runs).map(|one| one.plugin.def) {
            let required =
                user.requirements.iter().filter(|requirement| requirement.strength == Strength::Required);
            for requirement in required {
                let Target::Plugin(name) = requirement.target else {
                    continue;
                };
                let place = off(name)
                    .and_then(|one| self.document.value_span(&["plugins", one.selected_by(), "enabled"]));
                let Some(place) = place else { continue };
                let title = format!("plugin `{}` requires `{name}`, which is switched off", user.name);
                let diagnostic =
                    Diagnostic::error(Code::MissingDependency, title).at(place, "switched off here");
                let diagnostic = match reporter.selected(user.name) {
                    Some(user_place) => diagnostic.related(user_place, format!("needs `{name}`")),
                    None => diagnostic,
                };
                diagnostics
                    .push(diagnostic.help("switch both off or neither: both tables take the same `enabled`"));
            }
        }
        diagnostics
    }
}

/// Whether a problem would go away with a misspelt name: `[plugins.htpp]` and a missing `http` are one mistake.
fn follows_from(problem: &Problem, unknown: &[&str]) -> bool {
    let is_meant =
        |plugin: &str| unknown.iter().any(|name| strsim::normalized_damerau_levenshtein(name, plugin) >= 0.6);
    match problem {
        Problem::Missing { plugin, .. } => is_meant(plugin),
        Problem::Unserved { known, .. } => known.iter().any(|plugin| is_meant(plugin)),
        _ => false,
    }
}
