//! A test binary links what it names: the program's library pulls in every plugin of the workspace.

use galatea::registry::Registry;
use galatea_bundle as _;
use std::collections::BTreeSet;

#[test]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
fn every_plugin_of_the_workspace_is_linked() {
    let registry = Registry::linked().unwrap();
    let linked: BTreeSet<String> = registry.names().map(str::to_owned).collect();
    let plugins = concat!(env!("CARGO_MANIFEST_DIR"), "/plugins");
    let folders: BTreeSet<String> = std::fs::read_dir(plugins)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| entry.file_name().into_string().unwrap())
        // It lives in the crate of `embedding`.
        .chain(cfg!(feature = "minilm").then(|| "minilm".to_owned()))
        .collect();
    assert_eq!(linked, folders);
}
