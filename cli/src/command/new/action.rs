//! `galatea new action`: a file beside the plugin, and a line where the plugin is declared.

use super::{
    name::Name,
    template::{Values, format, write_file},
};
use crate::{cli::NewAction, failure::Failure, output};
use std::{
    fs, iter,
    path::{Path, PathBuf},
};

const TEMPLATE: &str = include_str!("../../../templates/action.rs.txt");

pub(super) fn make(args: &NewAction) -> Result<(), Failure> {
    let name = Name::read(&args.name)?;
    let home = match &args.plugin_file {
        Some(file) => Home::read(file)?.ok_or_else(|| {
            Failure::new(format!("`{}` declares no plugin", file.display()))
                .help("name the file with `#[plugin(…)] pub struct …;`")
        })?,
        None => find(Path::new("src"))?,
    };
    let values = Values::of(&name).with("Plugin", &*home.plugin).with("owner", home.path_of_plugin());
    let module = home.folder().join(format!("{}.rs", name.snake()));
    let declared = home.with_module(&name.snake());
    write_file(&module, &values.fill(TEMPLATE))?;
    fs::write(&home.file, declared).map_err(|error| Failure::file("written", &home.file, error))?;
    format(iter::once(module));
    output::notice(&format!(
        "  {} {}: mod {};",
        output::styled(output::GOOD, "added to"),
        home.file.display(),
        name.snake()
    ));
    output::line(&format!(
        "{} is an action of {}. `cargo test` runs its test.",
        name.screaming(),
        home.plugin
    ));
    Ok(())
}

/// Where a plugin is declared.
#[derive(Debug)]
struct Home {
    file: PathBuf,
    text: String,
    /// The plugin's type.
    plugin: String,
}

impl Home {
    /// `None` if the file declares no plugin.
    fn read(file: &Path) -> Result<Option<Self>, Failure> {
        let text = fs::read_to_string(file).map_err(|error| Failure::file("read", file, error))?;
        let plugin = plugin_type(&text);
        Ok(plugin.map(|plugin| Self { file: file.to_path_buf(), text, plugin }))
    }

    /// The folder of the plugin's modules.
    fn folder(&self) -> PathBuf {
        let parent = self.file.parent().map(Path::to_path_buf).unwrap_or_default();
        let stem = self.file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if matches!(stem, "mod" | "lib" | "main") { parent } else { parent.join(stem) }
    }

    /// How a module of the plugin names it.
    fn path_of_plugin(&self) -> String {
        format!("super::{}", self.plugin)
    }

    /// The file with one more module: at its place among the others, else before the first item.
    fn with_module(&self, module: &str) -> String {
        let line = format!("mod {module};");
        let mut lines: Vec<&str> = self.text.lines().collect();
        let modules =
            lines.iter().enumerate().filter(|(_, line)| line.starts_with("mod ") && line.ends_with(';'));
        let modules: Vec<(usize, &str)> = modules.map(|(at, line)| (at, *line)).collect();
        let behind = modules.iter().find(|(_, other)| *other > line.as_str()).map(|(at, _)| *at);
        match behind.or_else(|| modules.last().map(|(at, _)| at + 1)) {
            Some(at) => lines.insert(at, &line),
            None => {
                let at = lines.iter().take_while(|line| is_head(line)).count();
                lines.splice(at..at, [line.as_str(), ""]);
            }
        }
        lines.join("\n") + "\n"
    }
}

/// A line that stands before every item: documentation and attributes of the file, and blanks.
fn is_head(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with("//!") || line.starts_with("#![")
}

/// The type under `#[plugin(…)]`.
fn plugin_type(text: &str) -> Option<String> {
    let (_, after) = text.split_once("\n#[plugin(")?;
    let (_, name) = after.split_once("struct ")?;
    let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// The one file below a folder that declares a plugin.
fn find(folder: &Path) -> Result<Home, Failure> {
    let mut homes = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| {
            Failure::file("read", &folder, error)
                .help("run this in the folder of an agent project or of a plugin, where Cargo.toml is")
        })?;
        for entry in entries {
            let path = entry.map_err(|error| Failure::file("read", &folder, error))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                homes.extend(Home::read(&path)?);
            }
        }
    }
    homes.sort_by(|a, b| a.file.cmp(&b.file));
    match homes.len() {
        1 => homes.pop().ok_or_else(|| Failure::new("there is no plugin")),
        0 => Err(Failure::new(format!("no file below `{}` declares a plugin", folder.display()))
            .help("`galatea new plugin NAME` makes one; or name the file with `--in FILE`")),
        _ => {
            let files: Vec<String> = homes.iter().map(|home| home.file.display().to_string()).collect();
            Err(Failure::new(format!("there are several plugins here: {}", files.join(", ")))
                .help("say which one with `--in FILE`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(text: &str) -> Home {
        Home { file: PathBuf::from("src/lib.rs"), text: text.to_owned(), plugin: String::new() }
    }

    #[test]
    fn the_module_is_declared_where_modules_are() {
        for (before, after) in [
            ("//! Doc.\n\nmod a;\nmod b;\n\nuse x;\n", "//! Doc.\n\nmod a;\nmod b;\nmod c;\n\nuse x;\n"),
            ("mod a;\nmod d;\n", "mod a;\nmod c;\nmod d;\n"),
            ("//! Doc.\n\nuse x;\n", "//! Doc.\n\nmod c;\n\nuse x;\n"),
            ("use x;\n", "mod c;\n\nuse x;\n"),
        ] {
            assert_eq!(home(before).with_module("c"), after);
        }
    }

    #[test]
    fn the_plugin_is_the_type_under_the_attribute() {
        let text = "use x;\n\n/// It.\n#[plugin(\n    \"it\",\n    lazy,\n)]\npub struct TheOne;\n";
        assert_eq!(plugin_type(text).as_deref(), Some("TheOne"));
        assert_eq!(plugin_type("struct A;"), None);
    }
}
