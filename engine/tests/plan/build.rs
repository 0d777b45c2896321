//! What build.rs writes.

use crate::support::{plugin, registry, shown};
use galatea::{
    build::{check_linked, try_build},
    diagnostic::{Source, render},
};
use std::{fs, path::Path};

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Without the name of the temporary folder.
fn anonymous(text: &str, folder: &Path) -> String {
    let place = folder.to_string_lossy().replace('\\', "/");
    text.replace(&format!("/{place}"), "/characters").replace(&place, "characters")
}

#[test]
fn characters_in_order_become_constants() {
    let registry = registry(&[
        plugin("offline").serves(&["text-large"]),
        plugin("notes"),
        plugin("diary").requires(&["notes"]),
    ]);
    let folder = folder(&[
        ("bob-2.toml", "name = 'Bob'\n[plugins.offline]\n"),
        ("ada.toml", "name = 'Ada'\n[plugins.diary]\n[plugins.notes]\n"),
        ("readme.md", "not a character"),
    ]);
    let generated = try_build(folder.path(), &registry).unwrap();
    insta::assert_snapshot!("generated", anonymous(&generated.code, folder.path()));
    let titles: Vec<&str> =
        generated.warnings.iter().flat_map(|r| &r.diagnostics).map(|d| d.title.as_str()).collect();
    assert_eq!(titles, ["no plugin of this character serves `text-large`"]);
    assert_eq!(generated, try_build(folder.path(), &registry).unwrap());
}

#[test]
fn every_file_with_a_mistake_is_reported() {
    let registry = registry(&[plugin("offline").serves(&["text-large"]), plugin("a").requires(&["offline"])]);
    let folder = folder(&[
        ("good.toml", "name = 'G'\n[plugins.offline]\n"),
        ("x.toml", "name = 'X'\n[plugins.a]\n"),
        ("y.toml", "name =\n"),
    ]);
    let reports = try_build(folder.path(), &registry).unwrap_err();
    let names: Vec<&str> =
        reports.iter().filter_map(|report| report.source.path.rsplit('/').next()).collect();
    assert_eq!(names, ["x.toml", "y.toml"]);
}

#[test]
fn a_folder_that_is_not_there_is_a_report() {
    let mut reports = try_build(Path::new("no/such/folder"), &registry(&[])).unwrap_err();
    let said = shown(reports.remove(0));
    assert!(
        said.contains("the folder of the characters cannot be read") && said.contains("no/such/folder"),
        "{said}"
    );
}

#[test]
fn a_binary_with_other_plugins_is_found_out() {
    let registry = registry(&[plugin("a"), plugin("b"), plugin("c")]);
    assert_eq!(check_linked(&[("c", "1.2.0"), ("a", "1.2.0"), ("b", "1.2.0")], &registry), Ok(()));
    let wrong = check_linked(&[("a", "1.2.0"), ("b", "1.1.0"), ("gone", "3.0.0")], &registry).unwrap_err();
    let none = Source { path: "src/linked.rs".to_owned(), text: "".into() };
    insta::assert_snapshot!("link_mismatch", render(&wrong, &none, false));
}
