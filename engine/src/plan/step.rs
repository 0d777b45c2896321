//! What goes into a resolution and what comes out of it.

use super::Link;
use crate::definition::PluginDef;
use std::fmt;

/// A plugin that a character selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selected<'a> {
    /// Its name.
    pub name: &'a str,
    /// The range of versions that the character accepts; `None` accepts every version.
    pub versions: Option<&'a str>,
    /// The line of the character file where it is selected, from 1; `None` where there is no file.
    pub line: Option<usize>,
}

impl<'a> Selected<'a> {
    /// The selection of this name, in any version.
    #[must_use]
    pub const fn new(name: &'a str) -> Self {
        Self { name, versions: None, line: None }
    }
}

/// What a resolution takes for granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Plugins that only tests require are selected too. Default: no.
    pub tests: bool,
    /// The version of the engine. Default: that of this crate.
    pub engine: &'static str,
}

impl Default for Options {
    fn default() -> Self {
        Self { tests: false, engine: crate::VERSION }
    }
}

/// A plugin at its place in the load order.
#[derive(Clone, Debug)]
pub struct Step {
    /// The plugin.
    pub plugin: &'static PluginDef,
    /// What loads before it because it needs it, by name.
    pub needs: Vec<(&'static str, Link)>,
    /// The selected composed plugins that it came with, outermost first.
    pub part_of: Vec<&'static str>,
    /// Why it is there, and why at this place.
    pub why: Vec<Reason>,
}

/// Why a plugin is in the order, or stands where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The character selects it.
    Selected {
        /// The line of the character file, from 1.
        line: Option<usize>,
    },
    /// It is a member of this composed plugin, which is selected.
    PartOf(&'static str),
    /// The tests of a selected plugin require it.
    Tested,
    /// Another plugin needs it.
    NeededBy {
        /// The other plugin.
        plugin: &'static str,
        /// How strongly.
        link: Link,
    },
    /// It stands before the next one though nothing makes the next one wait.
    Before {
        /// The next one.
        plugin: &'static str,
        /// Both priorities where they differ, this plugin's first; otherwise the names decide.
        priorities: Option<(i32, i32)>,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Selected { line: Some(line) } => write!(f, "selected at line {line}"),
            Self::Selected { line: None } => f.write_str("selected"),
            Self::PartOf(composed) => write!(f, "part of `{composed}`"),
            Self::Tested => f.write_str("required by tests"),
            Self::NeededBy { plugin, link: Link::Required } => write!(f, "required by `{plugin}`"),
            Self::NeededBy { plugin, link: Link::Member } => write!(f, "part of `{plugin}`"),
            Self::NeededBy { plugin, link: Link::Listed(composed) } => {
                write!(f, "before `{plugin}` as `{composed}` lists them")
            }
            Self::NeededBy { plugin, link: Link::Test } => write!(f, "required by the tests of `{plugin}`"),
            Self::NeededBy { plugin, link: Link::Optional } => write!(f, "of use to `{plugin}`"),
            Self::NeededBy { plugin, link: Link::Capability(kind) } => {
                write!(f, "serves `{kind}` for `{plugin}`")
            }
            Self::Before { plugin, priorities: Some((own, other)) } => {
                write!(f, "before `{plugin}` because priority {own} goes before {other}")
            }
            Self::Before { plugin, priorities: None } => write!(f, "before `{plugin}` because of its name"),
        }
    }
}
