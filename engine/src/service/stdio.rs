//! Serving an agent to the program that started this process.

use super::ServiceKind;
use crate::agent::Agent;
use async_trait::async_trait;

/// Why an agent is not served on standard input and output.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StdioFault(pub String);

/// A service that speaks some protocol on this process's standard input and output, with the program that started the
/// process: for `galatea mcp`. There is one such program, so nothing else of the process may write to its standard output
/// meanwhile.
#[async_trait]
pub trait StdioServer: Send + Sync {
    /// Serves an agent until the other side closes the input.
    ///
    /// # Errors
    /// [`StdioFault`] if the other side does not speak the protocol.
    async fn serve(&self, agent: &Agent) -> Result<(), StdioFault>;
}

impl ServiceKind for dyn StdioServer {
    const NAME: &'static str = "stdio-server";
}
