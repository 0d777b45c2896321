//! What keeps a selection of plugins from becoming a load order.

use super::Link;
use std::fmt;

/// One step of a cycle: `from` needs `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The plugin that needs.
    pub from: &'static str,
    /// The plugin that is needed.
    pub to: &'static str,
    /// How strongly.
    pub link: Link,
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, link } = self;
        match link {
            Link::Required => write!(f, "`{from}` requires `{to}`"),
            Link::Member => write!(f, "`{from}` is composed of `{to}`"),
            Link::Listed(composed) => write!(f, "`{from}` loads after `{to}`, as `{composed}` lists them"),
            Link::Capability(kind) => write!(f, "`{from}` needs a plugin for `{kind}`, which `{to}` serves"),
            Link::Test => write!(f, "the tests of `{from}` require `{to}`"),
            Link::Optional => write!(f, "`{from}` loads after `{to}`, which it can use"),
        }
    }
}

/// Who wants a plugin, or the engine, in certain versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanter {
    /// Another plugin requires it so.
    Plugin(&'static str),
    /// The character says so in the plugin's `version` key.
    Character,
}

/// A reason why there is no load order. The resolver finds all of them, not the first only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The selection names a plugin that this build does not have.
    Unknown {
        /// The name as written.
        plugin: String,
    },
    /// A plugin is required and not selected.
    Missing {
        /// The missing plugin.
        plugin: &'static str,
        /// The shortest way from a selected plugin to it, both ends included.
        chain: Vec<&'static str>,
        /// The other selected plugins that require it themselves, sorted.
        also: Vec<&'static str>,
        /// Whether this build has it.
        linked: bool,
    },
    /// Plugins need each other in a circle. The last edge leads back to where the first begins.
    Cycle {
        /// The whole path.
        path: Vec<Edge>,
    },
    /// A plugin of another version is wanted than this build has.
    Version {
        /// The plugin.
        plugin: &'static str,
        /// The range that is wanted.
        wanted: String,
        /// The version of this build.
        found: &'static str,
        /// Who wants it.
        by: Wanter,
    },
    /// A plugin was built for another version of the engine.
    Engine {
        /// The plugin.
        plugin: &'static str,
        /// The engine versions it was built for.
        wanted: &'static str,
        /// The version of this engine.
        found: String,
    },
    /// What the character wrote as a range of versions is none.
    Range {
        /// The plugin.
        plugin: &'static str,
        /// What was written.
        range: String,
        /// Why it is none.
        why: String,
    },
    /// No selected plugin serves a model kind or a kind of service that one of them needs.
    Unserved {
        /// The plugin that needs it.
        plugin: &'static str,
        /// The model kind.
        kind: &'static str,
        /// The plugins of this build that serve it, sorted.
        known: Vec<&'static str>,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { plugin } => write!(f, "unknown plugin `{plugin}`"),
            Self::Missing { chain, .. } => {
                f.write_str("plugin ")?;
                for (place, name) in chain.iter().enumerate() {
                    let verb = match place {
                        0 => "",
                        1 => " requires ",
                        _ => ", which requires ",
                    };
                    write!(f, "{verb}`{name}`")?;
                }
                f.write_str(", which is not selected")
            }
            Self::Cycle { path } => {
                f.write_str("plugins need each other in a circle: ")?;
                for edge in path {
                    write!(f, "{} → ", edge.from)?;
                }
                f.write_str(path.first().map_or("", |edge| edge.from))
            }
            Self::Version { plugin, wanted, found, by: Wanter::Plugin(by) } => {
                write!(f, "plugin `{by}` requires `{plugin}` {wanted}, but this build has {found}")
            }
            Self::Version { plugin, wanted, found, by: Wanter::Character } => {
                write!(f, "the character wants `{plugin}` {wanted}, but this build has {found}")
            }
            Self::Engine { plugin, wanted, found } => {
                write!(f, "plugin `{plugin}` was built for engine {wanted}, but this engine is {found}")
            }
            Self::Range { plugin, range, .. } => {
                write!(f, "`{range}` is not a range of versions of `{plugin}`")
            }
            Self::Unserved { plugin, kind, .. } => {
                write!(f, "plugin `{plugin}` needs a plugin that serves `{kind}`, and none is selected")
            }
        }
    }
}
