//! The agent for the program that started this process.

use super::{
    handler::{Found, Session},
    who::Who,
};
use async_trait::async_trait;
use galatea::{
    agent::Agent,
    memory::Role,
    prelude::*,
    service::{StdioFault, StdioServer},
};
use rmcp::ServiceExt;

/// Serves the agent on standard input and output: `galatea mcp`.
#[derive(Debug)]
pub struct Desk(());

/// Speaks the Model Context Protocol on standard input and output.
#[service(kind = StdioServer)]
impl Desk {
    async fn start() -> Self {
        Self(())
    }
}

#[async_trait]
impl StdioServer for Desk {
    async fn serve(&self, agent: &Agent) -> Result<(), StdioFault> {
        // Who starts the process may do with the agent what the process may.
        let who = Who { source: "mcp", name: "desk".to_owned(), role: Role::Owner };
        let session = Session::new(Found::Own(agent.clone(), who));
        let streams = (tokio::io::stdin(), tokio::io::stdout());
        let served = session.serve(streams).await.map_err(|error| StdioFault(error.to_string()))?;
        served.waiting().await.map(drop).map_err(|error| StdioFault(error.to_string()))
    }
}
