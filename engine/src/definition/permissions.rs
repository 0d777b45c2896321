//! What a plugin may be allowed to touch beyond the engine: declared by the plugin, granted by the character.

use std::fmt;

/// The kinds of permission there are. A character grants them per plugin, in `[grants.<plugin>]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PermissionKind {
    /// Call hosts over the network; scopes are host names, `*.example.com` covers subdomains, `*` every host.
    Network,
    /// Read and write files; scopes are paths, a folder covers what is below it.
    Filesystem,
    /// Start programs; scopes are program names.
    Process,
    /// Read environment variables; scopes are their names.
    Environment,
}

impl PermissionKind {
    /// Every kind, in the order of their keys.
    pub const ALL: [Self; 4] = [Self::Environment, Self::Filesystem, Self::Network, Self::Process];

    /// The key of the kind in `[grants.<plugin>]`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Filesystem => "filesystem",
            Self::Process => "process",
            Self::Environment => "environment",
        }
    }

    /// Whether a granted scope covers a wanted one.
    #[must_use]
    pub fn covers(self, granted: &str, wanted: &str) -> bool {
        if granted == "*" {
            return true;
        }
        match self {
            Self::Network => {
                let (granted, wanted) = (granted.to_ascii_lowercase(), wanted.to_ascii_lowercase());
                match granted.strip_prefix("*.") {
                    Some(domain) => wanted.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
                    None => granted == wanted,
                }
            }
            Self::Filesystem => std::path::Path::new(wanted).starts_with(granted),
            Self::Process | Self::Environment => granted == wanted,
        }
    }
}

impl fmt::Display for PermissionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// Where the scope of a declared permission comes from.
#[derive(Clone, Copy, Debug)]
pub enum PermissionScope {
    /// Nothing in particular: the character says how much. At least one scope must be granted.
    Open,
    /// This very scope: `permissions(Network("api.example.com"))`.
    Fixed(&'static str),
    /// The value at this key of the plugin's config (for the network, the host of the URL there):
    /// `permissions(Network(config = "base-url"))`.
    Config(&'static str),
    /// What this function finds in the plugin's table, for configs that name paths or hosts among other things:
    /// `permissions(Filesystem(of = paths))`. Values may be references to secrets.
    Of(fn(&serde_json::Value) -> Vec<String>),
}

impl PartialEq for PermissionScope {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Open, Self::Open) => true,
            (Self::Fixed(one), Self::Fixed(two)) | (Self::Config(one), Self::Config(two)) => one == two,
            (Self::Of(one), Self::Of(two)) => std::ptr::fn_addr_eq(*one, *two),
            _ => false,
        }
    }
}

impl Eq for PermissionScope {}

/// One permission that a plugin declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermissionDef {
    /// What is wanted.
    pub kind: PermissionKind,
    /// How much of it.
    pub scope: PermissionScope,
}

/// The permissions as types, so that the compiler can say what a plugin forgot to declare.
pub mod permission {
    /// Call hosts over the network.
    #[derive(Debug)]
    pub struct Network;
    /// Read and write files.
    #[derive(Debug)]
    pub struct Filesystem;
    /// Start programs.
    #[derive(Debug)]
    pub struct Process;
    /// Read environment variables.
    #[derive(Debug)]
    pub struct Environment;
}

#[cfg(test)]
mod tests {
    use super::PermissionKind::*;

    #[test]
    fn scopes_cover_what_they_say_and_no_more() {
        for (kind, granted, wanted, covered) in [
            (Network, "api.example.com", "api.example.com", true),
            (Network, "api.example.com", "API.example.com", true),
            (Network, "example.com", "api.example.com", false),
            (Network, "*.example.com", "api.example.com", true),
            (Network, "*.example.com", "example.com", false),
            (Network, "*.example.com", "badexample.com", false),
            (Network, "*", "anything.test", true),
            (Filesystem, "/data", "/data/a/b", true),
            (Filesystem, "/data", "/database", false),
            (Process, "git", "git", true),
            (Process, "git", "gitk", false),
        ] {
            assert_eq!(kind.covers(granted, wanted), covered, "{kind} {granted} {wanted}");
        }
    }
}
