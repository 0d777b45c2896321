//! What models are told of servers.

use crate::client::{McpServers, Standing};
use galatea::prelude::*;
use std::fmt::Write;

/// How many resources and prompts of each server are listed.
const MOST_LISTED: usize = 50;

/// The texts of the resources that the character wants to be seen in every turn.
#[provider(position = 20)]
async fn mcp_resources(servers: Service<McpServers>) -> Option<Context> {
    let mut text = String::new();
    for connection in servers.connections() {
        for (uri, said) in connection.pinned() {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "# {uri}\n{said}\n");
        }
    }
    (!text.is_empty()).then(|| Context::text(text.trim_end()))
}

/// Which servers of tools there are and how they stand, how they are to be used, and which resources and prompts they have.
#[provider(dynamic)]
async fn mcp(servers: Service<McpServers>) -> Context {
    let mut text = String::from("# Servers of tools\n");
    for connection in servers.connections() {
        let standing = match connection.standing() {
            Standing::Up { tools, .. } => format!("{tools} tools"),
            Standing::Connecting => "not reached yet".to_owned(),
            Standing::Down { why, .. } => format!("not connected: {why}"),
        };
        let _ = writeln!(text, "## {} ({standing})", connection.name());
        let catalog = connection.catalog();
        if let Some(instructions) = &catalog.instructions {
            let _ = writeln!(text, "{instructions}");
        }
        for resource in catalog.resources.iter().take(MOST_LISTED) {
            let about = resource.description.as_deref().unwrap_or(&resource.name);
            let _ = writeln!(text, "- resource {}: {about}", resource.uri);
        }
        for template in catalog.templates.iter().take(MOST_LISTED) {
            let about = template.description.as_deref().unwrap_or(&template.name);
            let _ = writeln!(text, "- resources {}: {about}", template.uri_template);
        }
        for prompt in catalog.prompts.iter().take(MOST_LISTED) {
            let about = prompt.description.as_deref().unwrap_or_default();
            let _ = writeln!(text, "- prompt {}: {about}", prompt.name);
        }
    }
    Context::text(text.trim_end())
}
