//! Reading resources and prompts of servers, when the model wants to.

use crate::client::{Connection, McpServers, contents_text, read_result};
use galatea::prelude::*;
use rmcp::model::{ClientRequest, GetPromptRequest, ReadResourceRequest, ServerResult};
use rmcp::model::{GetPromptRequestParams, ReadResourceRequestParams, Role};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Which resource.
#[derive(Deserialize, JsonSchema)]
struct Resource {
    /// The address of the resource, or its name.
    uri: String,
    /// The server that has it; without it, the first one that does.
    #[serde(default)]
    server: Option<String>,
}

/// Which prompt, filled with what.
#[derive(Deserialize, JsonSchema)]
struct Prompt {
    /// The name of the prompt.
    name: String,
    /// The server that has it; without it, the first one that does.
    #[serde(default)]
    server: Option<String>,
    /// What the prompt is filled with, by name.
    #[serde(default)]
    arguments: Map<String, Value>,
}

#[validate]
async fn some_have_resources(servers: Service<McpServers>) -> Result<(), String> {
    let has = |one: &Arc<Connection>| {
        let catalog = one.catalog();
        !catalog.resources.is_empty() || !catalog.templates.is_empty()
    };
    servers.connections().iter().any(has).then_some(()).ok_or_else(|| "no server has resources".to_owned())
}

#[validate]
async fn some_have_prompts(servers: Service<McpServers>) -> Result<(), String> {
    let has = |one: &Arc<Connection>| !one.catalog().prompts.is_empty();
    servers.connections().iter().any(has).then_some(()).ok_or_else(|| "no server has prompts".to_owned())
}

/// Reads a resource of a server of tools: a file, a record, a page. The provider MCP lists them.
#[action(validate = some_have_resources, idempotent, timeout = "60s")]
async fn read_mcp_resource(Args(wanted): Args<Resource>, servers: Service<McpServers>) -> ActionResult {
    let found =
        servers.connections().iter().filter(|one| is_meant(one, wanted.server.as_deref())).find_map(|one| {
            let catalog = one.catalog();
            let named = catalog.resources.iter().find(|it| it.uri == wanted.uri || it.name == wanted.uri);
            match (
                named,
                wanted.server.is_some()
                    || catalog.templates.iter().any(|it| may_be(&it.uri_template, &wanted.uri)),
            ) {
                (Some(resource), _) => Some((one, resource.uri.clone())),
                (None, true) => Some((one, wanted.uri.clone())),
                (None, false) => None,
            }
        });
    let Some((connection, uri)) = found else {
        return ActionResult::failure(format!("no server has the resource {}", wanted.uri));
    };
    let params = ReadResourceRequestParams::new(uri.clone());
    let request = ClientRequest::ReadResourceRequest(ReadResourceRequest::new(params));
    match ask(connection, request).await {
        Ok(ServerResult::ReadResourceResult(read)) => read_result(&uri, read.contents),
        Ok(_) => ActionResult::failure("the server answered something that is no resource"),
        Err(why) => ActionResult::failure(why),
    }
}

/// Gets a prompt of a server of tools, filled in: instructions for a task that the server knows about.
#[action(validate = some_have_prompts, idempotent, timeout = "60s")]
async fn get_mcp_prompt(Args(wanted): Args<Prompt>, servers: Service<McpServers>) -> ActionResult {
    let has = |one: &&Arc<Connection>| {
        is_meant(one, wanted.server.as_deref())
            && one.catalog().prompts.iter().any(|it| it.name == wanted.name)
    };
    let Some(connection) = servers.connections().iter().find(has) else {
        return ActionResult::failure(format!("no server has the prompt {}", wanted.name));
    };
    let mut params = GetPromptRequestParams::new(wanted.name);
    if !wanted.arguments.is_empty() {
        params = params.with_arguments(wanted.arguments);
    }
    let request = ClientRequest::GetPromptRequest(GetPromptRequest::new(params));
    match ask(connection, request).await {
        Ok(ServerResult::GetPromptResult(prompt)) => {
            let said = prompt.messages.into_iter().map(|message| {
                let who = if message.role == Role::Assistant { "assistant" } else { "user" };
                format!("{who}: {}", contents_text([message.content]))
            });
            ActionResult::text(said.collect::<Vec<_>>().join("\n"))
        }
        Ok(_) => ActionResult::failure("the server answered something that is no prompt"),
        Err(why) => ActionResult::failure(why),
    }
}

fn is_meant(connection: &Connection, server: Option<&str>) -> bool {
    server.is_none_or(|server| connection.name().eq_ignore_ascii_case(server))
}

/// Whether an address may come of a template: it begins as the template does.
fn may_be(template: &str, uri: &str) -> bool {
    let fixed = template.split('{').next().unwrap_or_default();
    !fixed.is_empty() && uri.starts_with(fixed)
}

async fn ask(connection: &Connection, request: ClientRequest) -> Result<ServerResult, String> {
    let peer = connection.peer().await?;
    peer.send_request(request).await.map_err(|error| format!("server `{}`: {error}", connection.name()))
}
