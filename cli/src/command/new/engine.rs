//! Where a generated project gets Galatea from: a checkout if there is one, else the registry of crates.

use crate::failure::Failure;
use std::path::{Path, PathBuf};

/// The crates that a generated project may use, and their folders in a checkout.
const CRATES: &[(&str, &str)] = &[
    ("galatea", "engine"),
    ("galatea-cli", "cli"),
    ("galatea-bootstrap", "plugins/bootstrap"),
    ("galatea-offline", "plugins/offline"),
    ("galatea-sql", "plugins/sql"),
];

/// Lines for a Cargo.toml, by crate.
pub(super) fn dependencies(checkout: Option<&Path>) -> Result<Vec<(&'static str, String)>, Failure> {
    let checkout = match checkout {
        Some(folder) => Some(checked(folder)?),
        None => own_checkout(),
    };
    let line = |name: &str, folder: &str| match &checkout {
        Some(root) => {
            // As a TOML text: paths of some systems have backslashes.
            let path = root.join(folder).display().to_string().replace('\\', "/");
            format!("{name} = {{ path = {path:?}, version = \"{}\" }}", galatea::VERSION)
        }
        None => format!("{name} = \"{}\"", galatea::VERSION),
    };
    Ok(CRATES.iter().map(|(name, folder)| (*name, line(name, folder))).collect())
}

/// The folder that was named, if it is a checkout.
fn checked(folder: &Path) -> Result<PathBuf, Failure> {
    let root = folder.canonicalize().map_err(|error| Failure::file("read", folder, error))?;
    if is_checkout(&root) {
        return Ok(root);
    }
    Err(Failure::new(format!(
        "`{}` is no checkout of Galatea: it has no engine/Cargo.toml",
        folder.display()
    ))
    .help("name the folder that has `engine`, `cli` and `plugins` in it"))
}

/// The checkout that this program was built from, if it is still there and of this version.
fn own_checkout() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    is_checkout(root).then(|| root.to_path_buf())
}

fn is_checkout(root: &Path) -> bool {
    CRATES.iter().all(|(_, folder)| root.join(folder).join("Cargo.toml").is_file())
}
