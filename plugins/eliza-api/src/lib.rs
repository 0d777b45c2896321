//! The routes of elizaOS 1.7.2 that its published client needs, mounted at `/api`.
//!
//! ```toml
//! [plugins.server]
//!
//! [plugins.eliza-api]
//! ```
//!
//! ```js
//! import { ElizaClient } from "@elizaos/api-client";
//!
//! const client = ElizaClient.create({ baseUrl: "http://127.0.0.1:3000", apiKey: "gal_…" });
//! const { agents } = await client.agents.listAgents();
//! const session = await client.sessions.createSession({ agentId: agents[0].id, userId: crypto.randomUUID() });
//! const { agentResponse } = await client.sessions.sendMessageSync(session.sessionId, { content: "Hello!" });
//! ```
//!
//! `agents`, `sessions`, `channels`, `jobs`, `memory`, `runs` and `health` are the services of that client; what has no honest
//! counterpart here answers 501 and says so (`absent`). `door` says which agent and who calls, `place` makes rooms and people of
//! the ids that clients make up, `turn` sends a message and follows it, `shape` writes things as elizaOS does, `failure` errors,
//! `body` reads what is sent. What works and what does not: `docs/eliza-api.md`.

mod absent;
mod agents;
mod body;
mod channels;
mod door;
mod failure;
mod front;
mod health;
mod jobs;
mod memory;
mod openapi;
mod place;
mod router;
mod runs;
mod sessions;
mod settings;
mod shape;
mod turn;

pub use front::ElizaFront;
pub use settings::Settings;

use galatea::prelude::*;

/// The messaging routes of elizaOS 1.7.2, for its published client.
#[plugin("eliza-api", requires(galatea_server::Server), config = Settings)]
pub struct ElizaApi;
