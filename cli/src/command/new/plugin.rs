//! `galatea new plugin`

use super::{
    engine,
    name::Name,
    template::{Values, folder, write_folder},
};
use crate::{cli::NewProject, failure::Failure, output};

/// The files, and the templates they are made of.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../../../templates/plugin/Cargo.toml.txt")),
    ("src/lib.rs", include_str!("../../../templates/plugin/src/lib.rs.txt")),
    ("src/settings.rs", include_str!("../../../templates/plugin/src/settings.rs.txt")),
    ("src/greet.rs", include_str!("../../../templates/plugin/src/greet.rs.txt")),
    ("tests/greet.rs", include_str!("../../../templates/plugin/tests/greet.rs.txt")),
    ("README.md", include_str!("../../../templates/plugin/README.md.txt")),
    (".gitignore", include_str!("../../../templates/plugin/gitignore.txt")),
];

pub(super) fn make(args: &NewProject) -> Result<(), Failure> {
    // `galatea-coffee` and `coffee` are the same plugin: the crate has the prefix, the plugin has not.
    let name = Name::read(args.name.trim_start_matches("galatea-"))?;
    let (package, krate) = (format!("galatea-{}", name.kebab()), format!("galatea_{}", name.snake()));
    let folder = folder(args.path.as_ref(), &package);
    let dependencies = engine::dependencies(args.galatea.as_deref())?;
    let values =
        dependencies.into_iter().fold(Values::of(&name), |values, (key, line)| values.with(key, line));
    let values = values.with("package", package).with("crate", krate);
    let files: Vec<(String, String)> =
        FILES.iter().map(|(file, template)| ((*file).to_owned(), values.fill(template))).collect();
    write_folder(&folder, &files)?;
    let told = "@package@ is ready: `cargo test` in @folder@ runs its tests. An agent uses it with\n\n  \
                in Cargo.toml, under [dependencies] and [build-dependencies]   @package@ = { path = \"…/@folder@\" }\n  \
                in src/linked.rs                                               extern crate @crate@ as _;\n  \
                in characters/….toml                                           [plugins.@name@]";
    output::line(&values.with("folder", folder.display().to_string()).fill(told));
    Ok(())
}
