//! The Rust code of a build's characters.

use crate::{definition::PluginDef, registry::Registry};
use std::collections::BTreeSet;

/// A checked character.
pub(super) struct Character {
    /// The name of its file without ending.
    pub(super) name: String,
    /// Its file, relative to the project.
    pub(super) path: String,
    /// Its plugins in load order.
    pub(super) order: Vec<&'static PluginDef>,
}

/// A library need not use every character, and a program has no public items.
const ALLOW: &str = "#[allow(dead_code, unreachable_pub, reason = \"generated\")]\n";

/// The load orders, each with its proof, and the lists of characters and of plugins.
pub(super) fn code(characters: &[Character], registry: &Registry) -> String {
    let mut code = String::from("// Written by build.rs; see galatea::build.\n\n");
    let mut taken: BTreeSet<String> = ["CHARACTERS", "LINKED"].map(str::to_owned).into();
    let mut bundled = String::new();
    for character in characters {
        let constant = constant(&character.name, &mut taken);
        code.push_str(&order(character, &constant));
        bundled.push_str(&entry(character, &constant));
    }
    let linked =
        registry.iter().map(|plugin| format!("    ({:?}, {:?}),\n", plugin.def.name, plugin.def.version));
    code + &lists(&bundled, &linked.collect::<String>())
}

/// What stands there while the characters are not in order: enough for code that uses the lists.
pub(super) fn nothing() -> String {
    lists("", "")
}

fn lists(bundled: &str, linked: &str) -> String {
    let (bundled, linked) = (block(bundled), block(linked));
    format!(
        "/// The characters of this build, by name.\n{ALLOW}\
         pub static CHARACTERS: &[::galatea::build::Bundled] = &[{bundled}];\n\n\
         /// The plugins that the build saw, with their versions.\n{ALLOW}\
         pub const LINKED: &[(&str, &str)] = &[{linked}];\n"
    )
}

fn block(lines: &str) -> String {
    if lines.is_empty() { String::new() } else { format!("\n{lines}") }
}

fn order(character: &Character, constant: &str) -> String {
    let plugins = character
        .order
        .iter()
        .map(|def| format!("    <{} as ::galatea::definition::Plugin>::DEF,\n", path(def.path)));
    format!(
        "/// The plugins of `{}` in load order.\n{ALLOW}\
         pub const {constant}: &[&::galatea::definition::PluginDef] = &[{}];\n\
         const _: () = ::galatea::plan::verify({constant});\n\n",
        character.path.escape_debug(),
        block(&plugins.collect::<String>())
    )
}

fn entry(character: &Character, constant: &str) -> String {
    let Character { name, path, .. } = character;
    format!(
        "    ::galatea::build::Bundled {{\n        name: {name:?},\n        path: {path:?},\n        \
         toml: ::core::include_str!(::core::concat!(::core::env!(\"CARGO_MANIFEST_DIR\"), {:?})),\n        \
         order: {constant},\n    }},\n",
        format!("/{path}")
    )
}

/// The path of a plugin's type from anywhere. A plugin that is a module of the project itself was compiled into
/// the build script; in the project it stands at the same place below its root.
fn path(path: &str) -> String {
    match path.split_once("::") {
        Some((package, rest)) if package.starts_with("build_script_") => format!("crate::{rest}"),
        _ => format!("::{path}"),
    }
}

/// A constant's name for a character's: `ada-2` becomes `ADA_2`; one that is taken gets a number.
fn constant(name: &str, taken: &mut BTreeSet<String>) -> String {
    let letter = |c: char| {
        if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }
    };
    let mut constant: String = name.chars().map(letter).collect();
    if !constant.starts_with(|c: char| c.is_ascii_alphabetic()) {
        constant = format!("CHARACTER_{constant}");
    }
    let mut free = constant.clone();
    let mut number = 2;
    while !taken.insert(free.clone()) {
        free = format!("{constant}_{number}");
        number += 1;
    }
    free
}

#[cfg(test)]
mod tests {
    use super::{constant, path};
    use std::collections::BTreeSet;

    #[test]
    fn every_character_gets_a_constant_of_its_own() {
        let mut taken = BTreeSet::from(["LINKED".to_owned()]);
        for (name, expected) in [
            ("ada", "ADA"),
            ("ada-2", "ADA_2"),
            ("ada_2", "ADA_2_2"),
            ("linked", "LINKED_2"),
            ("9", "CHARACTER_9"),
            ("é", "CHARACTER__"),
        ] {
            assert_eq!(constant(name, &mut taken), expected);
        }
    }

    #[test]
    fn a_plugin_of_the_project_itself_stands_below_its_root() {
        for (given, expected) in [
            ("galatea_http::Http", "::galatea_http::Http"),
            ("build_script_build::plugins::notes::Notes", "crate::plugins::notes::Notes"),
        ] {
            assert_eq!(path(given), expected);
        }
    }
}
