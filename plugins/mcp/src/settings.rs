//! Which servers an agent uses, and how.

use galatea::{definition::PermissionKind, plan::wanted_scope, prelude::*};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// Settings of the Model Context Protocol.
#[config]
#[derive(Clone, Debug)]
#[serde(default)]
pub struct Settings {
    /// The servers that the agent uses, by name.
    pub servers: BTreeMap<String, ServerSettings>,
    /// How long the start waits for servers, all of them together; what they offer comes later where they take longer: `500ms`, `5s`.
    #[serde(with = "galatea::text::duration")]
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    pub wait: Duration,
    /// Whether the agent is a server itself, at `/mcp/NAME` of the listener, where the character has `[plugins.server]`.
    pub serve: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { servers: BTreeMap::new(), wait: Duration::from_secs(3), serve: true }
    }
}

/// A server: a program that is started (`command`), or an address (`url`).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ServerSettings {
    /// The program to start; it speaks on its standard input and output. A path with `/` is relative to the character file.
    pub command: Option<String>,
    /// The program's arguments.
    pub args: Vec<String>,
    /// What the program finds in its environment, beside `PATH`, `HOME` and the like; nothing else of this process's is in it.
    pub env: BTreeMap<String, Secret>,
    /// The folder it runs in, relative to the character file, which is the default.
    pub folder: Option<String>,
    /// The address of a server that is reached over streamable HTTP.
    pub url: Option<String>,
    /// Headers of each request, e.g. `Authorization`.
    pub headers: BTreeMap<String, Secret>,
    /// How long a tool may take.
    #[serde(with = "galatea::text::duration")]
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    pub timeout: Duration,
    /// The tools that the agent may use, by the server's names; without it, all of them.
    pub tools: Option<Vec<String>>,
    /// What the names of its actions begin with: `FILES` makes `FILES_READ` of `read`. Default: the server's name; empty for nothing.
    pub prefix: Option<String>,
    /// Whether it is used at all.
    pub enabled: bool,
    /// Which of its tools a person must allow each use of.
    pub trust: Trust,
    /// Resources that the agent sees in every turn, by their addresses. They are read once, and again when the server says that they changed.
    pub resources: Vec<String>,
    /// It may have the agent's model write something, on the agent's budget.
    pub sampling: bool,
    /// The folders that it is told to work in, as `file://` addresses.
    pub roots: Vec<String>,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            command: None,
            args: Vec::new(),
            env: BTreeMap::new(),
            folder: None,
            url: None,
            headers: BTreeMap::new(),
            timeout: Duration::from_secs(60),
            tools: None,
            prefix: None,
            enabled: true,
            trust: Trust::Annotations,
            resources: Vec::new(),
            sampling: false,
            roots: Vec::new(),
        }
    }
}

/// Which tools of a server a person must allow each use of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Those whose annotations say that they may destroy something.
    #[default]
    Annotations,
    /// All of them.
    None,
    /// None of them.
    Full,
}

/// How a server is reached.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// A program that is started.
    Program(String),
    /// An address.
    Url(String),
}

impl ServerSettings {
    /// How it is reached; else what is wrong.
    pub(crate) fn way(&self, name: &str) -> Result<Way, String> {
        match (&self.command, &self.url) {
            (Some(program), None) => Ok(Way::Program(program.clone())),
            (None, Some(url)) if url.starts_with("http://") || url.starts_with("https://") => {
                Ok(Way::Url(url.clone()))
            }
            (None, Some(url)) => {
                Err(format!("server `{name}`: `{url}` is no address; write http:// or https://"))
            }
            (None, None) => {
                Err(format!("server `{name}` has neither `command` nor `url`; write one of them"))
            }
            (Some(_), Some(_)) => {
                Err(format!("server `{name}` has both `command` and `url`; take one of them out"))
            }
        }
    }
}

fn servers(config: &Value) -> impl Iterator<Item = &Value> {
    let servers = config.get("servers").and_then(Value::as_object).into_iter().flatten();
    servers.map(|(_, server)| server).filter(|server| server.get("enabled") != Some(&Value::Bool(false)))
}

/// The programs that a config names: what must be granted.
pub(crate) fn programs(config: &Value) -> Vec<String> {
    servers(config).filter_map(|server| Some(server.get("command")?.as_str()?.to_owned())).collect()
}

/// The hosts that a config names: what must be granted.
pub(crate) fn hosts(config: &Value) -> Vec<String> {
    let url = |server: &Value| Some(server.get("url")?.as_str()?.to_owned());
    servers(config).filter_map(url).map(|url| wanted_scope(PermissionKind::Network, &url)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_server_wants_its_program_or_its_host_granted() {
        let config = json!({ "servers": {
            "files": { "command": "npx", "args": ["-y", "x"] },
            "web": { "url": "https://Tools.example.com:8443/mcp" },
            "off": { "command": "rm", "enabled": false },
        } });
        assert_eq!(
            (programs(&config), hosts(&config)),
            (vec!["npx".to_owned()], vec!["tools.example.com".to_owned()])
        );
    }

    #[test]
    fn a_server_has_one_way() {
        for (settings, good) in [
            (json!({ "command": "npx" }), true),
            (json!({ "url": "https://a.test/mcp" }), true),
            (json!({ "url": "a.test" }), false),
            (json!({}), false),
            (json!({ "command": "npx", "url": "https://a.test" }), false),
        ] {
            let read: ServerSettings = serde_json::from_value(settings.clone()).unwrap();
            assert_eq!(read.way("x").is_ok(), good, "{settings}");
        }
    }
}
