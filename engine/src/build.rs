//! What the `build.rs` of an agent project calls: checks the characters against the plugins that are linked
//! into it, and writes their load orders as constants that prove themselves.
//!
//! ```no_run
//! // the body of build.rs, after `include!("src/linked.rs");`, which names the plugins
//! galatea::build::characters("characters");
//! ```
//!
//! The project's lib.rs (or main.rs) says [`galatea::include_characters!()`](crate::include_characters): where
//! a character is wrong, that is a compile error which shows the whole report. [`try_build`] does the work and
//! touches nothing; only [`characters`] speaks with cargo.

mod generate;

use crate::{
    character::Document,
    definition::PluginDef,
    diagnostic::{Code, Diagnostic, Report, Source, render_all},
    plan::{Options, Plan},
    registry::{Registry, RegistryError},
};
use generate::Character;
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The file of a project that names its plugins.
const LINKED_LIST: &str = "src/linked.rs";

/// A character that the build checked and put into the binary.
#[derive(Clone, Copy, Debug)]
pub struct Bundled {
    /// The name of the file without folder and ending: `ada`.
    pub name: &'static str,
    /// The file, relative to the project: `characters/ada.toml`.
    pub path: &'static str,
    /// Its text.
    pub toml: &'static str,
    /// Its plugins in load order.
    pub order: &'static [&'static PluginDef],
}

/// What a build writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Rust: the load orders with their proofs, `CHARACTERS` and `LINKED`.
    pub code: String,
    /// What is doubtful about characters that are otherwise in order; files without warnings are left out.
    pub warnings: Vec<Report>,
}

/// Checks every `*.toml` of a folder, in the order of their names, and makes the code that bundles them.
///
/// # Errors
/// The reports of all files that have one, and one for the folder if it cannot be read.
pub fn try_build(folder: &Path, registry: &Registry) -> Result<Generated, Vec<Report>> {
    let files = character_files(folder).map_err(|report| vec![report])?;
    let (mut characters, mut reports, mut failed) = (Vec::new(), Vec::new(), false);
    for file in &files {
        let (character, report) = match plan(file, registry) {
            Ok((character, warnings)) => (Some(character), warnings),
            Err(report) => (None, report),
        };
        failed |= character.is_none();
        characters.extend(character);
        if !report.diagnostics.is_empty() {
            reports.push(report);
        }
    }
    if failed {
        return Err(reports);
    }
    Ok(Generated { code: generate::code(&characters, registry), warnings: reports })
}

fn plan(file: &Path, registry: &Registry) -> Result<(Character, Report), Report> {
    let path = slashed(file);
    let unreadable = |why: String| {
        let title = format!("the file cannot be read: {why}");
        alone(&path, Diagnostic::error(Code::UnreadableFile, title))
    };
    let (mut document, syntax) = Document::read(file).map_err(|diagnostic| alone(&path, diagnostic))?;
    document.source.path.clone_from(&path);
    let (plan, warnings) = Plan::examine(registry, &document, &Options::default(), syntax)?;
    if file.to_str().is_none() {
        return Err(unreadable("its name is not Unicode; rename it".to_owned()));
    }
    let order =
        plan.plugins.iter().filter_map(|plugin| registry.get(plugin.name)).map(|plugin| plugin.def).collect();
    Ok((Character { name: plan.name, path, order }, warnings))
}

/// A path with `/` on every system.
fn slashed(path: &Path) -> String {
    path.components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
        .replace("//", "/")
}

fn alone(path: &str, diagnostic: Diagnostic) -> Report {
    Report { source: Source { path: path.to_owned(), text: Arc::from("") }, diagnostics: vec![diagnostic] }
}

/// The character files of a folder, sorted.
fn character_files(folder: &Path) -> Result<Vec<PathBuf>, Report> {
    let unreadable = |error: io::Error| {
        let title = format!("the folder of the characters cannot be read: {error}");
        let help = "characters are the `*.toml` files of this folder; make it, or change what build.rs says";
        alone(&slashed(folder), Diagnostic::error(Code::UnreadableFile, title).help(help))
    };
    let entries =
        fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unreadable)?;
    let is_character =
        |path: &PathBuf| path.extension().is_some_and(|ending| ending == "toml") && path.is_file();
    let mut files: Vec<PathBuf> =
        entries.into_iter().map(|entry| entry.path()).filter(is_character).collect();
    files.sort();
    Ok(files)
}

/// Checks the characters of a folder and writes `characters.rs` for
/// [`include_characters!`](crate::include_characters), and what is wrong to `problems.txt`. For build.rs;
/// `folder` is relative to the project.
///
/// It never panics: what is wrong with a character is shown by the compiler, what is wrong with the build's own
/// files by cargo.
pub fn characters(folder: &str) {
    let folder = Path::new(folder);
    let outcome = match Registry::linked() {
        Ok(registry) => try_build(folder, &registry),
        Err(errors) => Err(vec![broken_registry(&errors)]),
    };
    let lines = match std::env::var_os("OUT_DIR") {
        Some(out) => write(Path::new(&out), &outcome)
            .map_err(|error| format!("{}: {error}", Path::new(&out).display())),
        None => Err("OUT_DIR is not set; call galatea::build::characters from build.rs".to_owned()),
    };
    let lines = lines
        .unwrap_or_else(|error| vec![format!("cargo::error=the characters cannot be written to {error}")]);
    let text: String = reruns(folder).into_iter().chain(lines).map(|line| line + "\n").collect();
    // Cargo went away: there is nobody left to tell.
    let _ = io::stdout().write_all(text.as_bytes());
}

/// What to watch. A file that is not there would make cargo run the script each time.
fn reruns(folder: &Path) -> Vec<String> {
    let files = character_files(folder).unwrap_or_default();
    let list = Path::new(LINKED_LIST);
    let list = list.is_file().then(|| list.to_owned());
    let watched = [folder.to_owned()].into_iter().chain(files).chain(list);
    watched.map(|path| format!("cargo::rerun-if-changed={}", path.display())).collect()
}

/// Writes both files and gives the lines for cargo.
fn write(out: &Path, outcome: &Result<Generated, Vec<Report>>) -> io::Result<Vec<String>> {
    let mut lines = vec!["cargo::rustc-check-cfg=cfg(characters, values(\"valid\", \"invalid\"))".to_owned()];
    let (state, code, problems) = match outcome {
        Ok(generated) => {
            lines.extend(generated.warnings.iter().flat_map(warning_lines));
            ("valid", generated.code.clone(), String::new())
        }
        Err(reports) => ("invalid", generate::nothing(), problems(reports)),
    };
    lines.push(format!("cargo::rustc-cfg=characters=\"{state}\""));
    write_if_changed(&out.join("characters.rs"), &code)?;
    write_if_changed(&out.join("problems.txt"), &problems)?;
    Ok(lines)
}

/// The report as the compiler shows it.
fn problems(reports: &[Report]) -> String {
    format!("the characters are not in order\n\n{}", render_all(reports, false))
}

/// One line a warning: cargo shows no more than lines.
fn warning_lines(report: &Report) -> Vec<String> {
    let line = |diagnostic: &Diagnostic| {
        let start = diagnostic.span.as_ref().map_or(0, |span| span.start);
        let before = report.source.text.get(..start).unwrap_or_default();
        let (line, column) =
            (before.matches('\n').count() + 1, before.chars().rev().take_while(|c| *c != '\n').count() + 1);
        format!(
            "cargo::warning={}:{line}:{column}: {}; see `galatea check`",
            report.source.path, diagnostic.title
        )
    };
    report.diagnostics.iter().map(line).collect()
}

/// Leaves a file that is right already alone, so that nothing is compiled for nothing.
fn write_if_changed(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) { Ok(()) } else { fs::write(path, text) }
}

fn broken_registry(errors: &[RegistryError]) -> Report {
    let diagnostic = |error: &RegistryError| Diagnostic::error(Code::BrokenRegistry, error.to_string());
    let source = Source { path: LINKED_LIST.to_owned(), text: Arc::from("") };
    Report { source, diagnostics: errors.iter().map(diagnostic).collect() }
}

/// Compares the plugins that the linker gathered with those that the build checked: `LINKED` of the generated
/// code, names with versions. For the start of a program.
///
/// # Errors
/// GAL0018, which names every difference.
pub fn check_linked(expected: &[(&str, &str)], registry: &Registry) -> Result<(), Diagnostic> {
    let expected: BTreeMap<&str, &str> = expected.iter().copied().collect();
    let linked: BTreeMap<&str, &str> =
        registry.iter().map(|plugin| (plugin.def.name, plugin.def.version)).collect();
    if expected == linked {
        return Ok(());
    }
    let absent = expected.iter().filter(|(name, _)| !linked.contains_key(*name));
    let absent =
        absent.map(|(name, version)| format!("`{name}` {version} was checked, but is not in this binary"));
    let added = linked.iter().filter(|(name, _)| !expected.contains_key(*name));
    let added =
        added.map(|(name, version)| format!("`{name}` {version} is in this binary, but was not checked"));
    let changed = expected.iter().filter_map(|(name, version)| Some((name, version, linked.get(name)?)));
    let changed = changed.filter(|(_, version, found)| version != found);
    let changed = changed
        .map(|(name, version, found)| format!("`{name}` was checked as {version}, this binary has {found}"));
    let differences: Vec<String> = absent.chain(added).chain(changed).collect();
    let title = "the plugins in this binary are not those that the build checked";
    let diagnostic =
        differences.into_iter().fold(Diagnostic::error(Code::LinkMismatch, title), Diagnostic::help);
    Err(diagnostic.help(format!(
        "build.rs and lib.rs must both include `{LINKED_LIST}`, and `[build-dependencies]` must name the plugins of `[dependencies]`; then build again"
    )))
}

/// Includes what [`build::characters`](crate::build::characters) wrote: `CHARACTERS`, `LINKED` and a constant
/// for each character; or shows, as a compile error, what is wrong with them.
#[macro_export]
macro_rules! include_characters {
    () => {
        #[cfg(characters = "invalid")]
        ::core::compile_error!(::core::include_str!(::core::concat!(
            ::core::env!("OUT_DIR"),
            "/problems.txt"
        )));
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/characters.rs"));
    };
}
