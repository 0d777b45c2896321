//! What a token is for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Look at things.
    Read,
    /// Send messages, read one's rooms, answer approvals.
    Chat,
    /// Change plugins, delete.
    Manage,
    /// Figures.
    Metrics,
    /// Routes of plugins.
    Routes,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [Self::Read, Self::Chat, Self::Manage, Self::Metrics, Self::Routes];

    /// The name: `read`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Chat => "chat",
            Self::Manage => "manage",
            Self::Metrics => "metrics",
            Self::Routes => "routes",
        }
    }

    /// The scope of this name; `None` if there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn scopes_are_those_of_tokens() {
        assert_eq!(Scope::ALL.map(Scope::name), galatea::token::SCOPES);
        assert!(Scope::ALL.iter().all(|scope| Scope::from_name(scope.name()) == Some(*scope)));
    }
}
