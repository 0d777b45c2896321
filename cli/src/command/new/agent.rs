//! `galatea new agent`

use super::{
    engine,
    name::Name,
    template::{Values, folder, write_folder},
};
use crate::{cli::NewProject, failure::Failure, output};

/// The files, and the templates they are made of.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../../../templates/agent/Cargo.toml.txt")),
    ("build.rs", include_str!("../../../templates/agent/build.rs.txt")),
    ("src/main.rs", include_str!("../../../templates/agent/src/main.rs.txt")),
    ("src/linked.rs", include_str!("../../../templates/agent/src/linked.rs.txt")),
    ("src/tools/mod.rs", include_str!("../../../templates/agent/src/tools/mod.rs.txt")),
    ("src/tools/roll_dice.rs", include_str!("../../../templates/agent/src/tools/roll_dice.rs.txt")),
    ("characters/@name@.toml", include_str!("../../../templates/agent/characters/agent.toml.txt")),
    ("README.md", include_str!("../../../templates/agent/README.md.txt")),
    (".gitignore", include_str!("../../../templates/agent/gitignore.txt")),
];

pub(super) fn make(args: &NewProject) -> Result<(), Failure> {
    let name = Name::read(&args.name)?;
    let folder = folder(args.path.as_ref(), &name.kebab());
    let dependencies = engine::dependencies(args.galatea.as_deref())?;
    let values =
        dependencies.into_iter().fold(Values::of(&name), |values, (key, line)| values.with(key, line));
    let files: Vec<(String, String)> =
        FILES.iter().map(|(file, template)| (values.fill(file), values.fill(template))).collect();
    write_folder(&folder, &files)?;
    output::line(&format!(
        "{} is ready. Talk with it:\n\n  cd {}\n  cargo run",
        name.title(),
        folder.display()
    ));
    Ok(())
}
