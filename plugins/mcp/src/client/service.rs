//! The service that holds the connections.

use super::connection::{Connection, Means, Standing};
use crate::Mcp;
use futures_util::future::join_all;
use galatea::prelude::*;
use galatea_http::Client;
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long the end of all connections may take.
const FAREWELL: Duration = Duration::from_secs(13);

/// Connections to the servers that the character names.
#[derive(Debug)]
pub struct McpServers {
    connections: Vec<Arc<Connection>>,
    ended: CancellationToken,
    tasks: TaskTracker,
}

/// Keeps a connection to each server of the Model Context Protocol that the character names, and offers their tools.
#[service(timeout = "20s")]
impl McpServers {
    async fn start(
        config: Config<Mcp>,
        http: Client,
        offers: Offers,
        agent: Agent,
        clock: Clock,
    ) -> Result<Self, String> {
        let grants = agent.character().grants.get("mcp").cloned().unwrap_or_default();
        let means = Means { http, grants, base: agent.base().to_owned(), clock, offers };
        let mut connections = Vec::new();
        for (name, settings) in config.servers.iter().filter(|(_, settings)| settings.enabled) {
            let way = settings.way(name)?;
            let connection = Connection::new(name.clone(), settings.clone(), way, means.clone());
            connections.push(Arc::new(connection));
        }
        let (ended, tasks) = (CancellationToken::new(), TaskTracker::new());
        let tries = connections.iter().map(|connection| {
            let tried = Arc::new(Notify::new());
            tasks.spawn(Arc::clone(connection).keep(ended.clone(), Arc::clone(&tried)));
            async move { tried.notified().await }
        });
        let tries = join_all(tries);
        // What is not there by now comes later.
        drop(tokio::time::timeout(config.wait, tries).await);
        tasks.close();
        Ok(Self { connections, ended, tasks })
    }

    async fn stop(&self) {
        self.ended.cancel();
        if tokio::time::timeout(FAREWELL, self.tasks.wait()).await.is_err() {
            tracing::warn!("connections to servers did not end in time and are abandoned");
        }
    }

    /// Well where every server is connected.
    async fn health(&self) -> Result<(), String> {
        let away = self.connections.iter().filter_map(|connection| match connection.standing() {
            Standing::Up { .. } => None,
            Standing::Connecting => Some(format!("{} is not reached yet", connection.name())),
            Standing::Down { why, .. } => Some(format!("{}: {why}", connection.name())),
        });
        let away: Vec<String> = away.collect();
        if away.is_empty() { Ok(()) } else { Err(away.join("; ")) }
    }

    /// The connections, by the names of their servers.
    #[must_use]
    pub fn connections(&self) -> &[Arc<Connection>] {
        &self.connections
    }
}

impl Drop for McpServers {
    fn drop(&mut self) {
        // Of an agent that was dropped without being stopped.
        self.ended.cancel();
    }
}
