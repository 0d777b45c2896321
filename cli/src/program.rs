//! What the program consists of: set once, by `main`.

use galatea::build::Bundled;
use std::sync::OnceLock;

/// A program: its name, its characters and its plugins. [`program!`](crate::program!) makes it.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// What is typed to run it.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The characters that the build checked and put into it.
    pub characters: &'static [Bundled],
    /// The plugins that the build saw, with their versions.
    pub linked: &'static [(&'static str, &'static str)],
    /// The character that is meant where none is named; else the first one.
    pub default: Option<&'static str>,
}

/// The program of the crate that says this: named after its binary, with the characters and plugins of its
/// `galatea::include_characters!()`.
#[macro_export]
macro_rules! program {
    () => {
        $crate::Program {
            name: ::core::env!("CARGO_BIN_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            characters: CHARACTERS,
            linked: LINKED,
            default: ::core::option::Option::None,
        }
    };
}

static PROGRAM: OnceLock<Program> = OnceLock::new();

/// What there is before `main` says what the program is.
static NOTHING: Program =
    Program { name: "galatea", version: galatea::VERSION, characters: &[], linked: &[], default: None };

/// Says what the program is; the first one counts.
pub(crate) fn install(program: Program) -> &'static Program {
    PROGRAM.get_or_init(|| program)
}

/// The program.
pub(crate) fn program() -> &'static Program {
    PROGRAM.get().unwrap_or(&NOTHING)
}

impl Program {
    /// The character that is meant where none is named.
    pub(crate) fn default_character(&self) -> Option<&'static str> {
        self.default.or_else(|| self.characters.first().map(|character| character.name))
    }
}
