//! A connection to one server, kept up as long as the plugin is loaded.

use super::{session, tools};
use crate::{ServerSettings, settings::Way};
use backon::{BackoffBuilder, ExponentialBuilder};
use galatea::{agent::Agent, character::Grants, clock::Clock, offer::Offers};
use galatea_http::Client;
use jiff::Timestamp;
use rmcp::{
    RoleClient,
    handler::client::progress::ProgressDispatcher,
    model::{Prompt, Resource, ResourceTemplate, Tool},
    service::Peer,
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicUsize},
    time::Duration,
};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// How long an action waits for a server that is coming back.
const PATIENCE: Duration = Duration::from_secs(5);

/// So long a connection must have held to count as one that works.
const HELD: Duration = Duration::from_secs(30);

/// How a server stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was not reached yet.
    Connecting,
    /// It is connected.
    Up {
        /// Since when.
        since: Timestamp,
        /// How many of its tools are actions of the agent.
        tools: usize,
    },
    /// It is not connected; it is tried again.
    Down {
        /// Since when.
        since: Timestamp,
        /// Why.
        why: String,
    },
}

/// What a connection works with.
#[derive(Clone, Debug)]
pub(super) struct Means {
    pub(super) http: Client,
    pub(super) grants: Grants,
    /// The folder of the character.
    pub(super) base: PathBuf,
    pub(super) clock: Clock,
    pub(super) offers: Offers,
}

/// What a server has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    /// How it is to be used, in its own words.
    pub(crate) instructions: Option<String>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) templates: Vec<ResourceTemplate>,
    pub(crate) prompts: Vec<Prompt>,
}

/// What changes while a connection is kept.
#[derive(Debug)]
struct Inside {
    standing: Standing,
    catalog: Arc<Catalog>,
    /// The texts of the resources that the agent always sees, until the server says that they changed.
    pinned: BTreeMap<String, String>,
    /// How often it said so.
    updates: u64,
}

/// A connection to one server.
pub struct Connection {
    pub(super) name: String,
    pub(super) settings: ServerSettings,
    pub(super) way: Way,
    pub(super) means: Means,
    inside: Mutex<Inside>,
    peer: watch::Sender<Option<Peer<RoleClient>>>,
    /// Who hears how far a call is.
    pub(super) progress: ProgressDispatcher,
    /// Calls that run.
    pub(super) calls: AtomicUsize,
    /// What the server has is to be listed anew.
    pub(super) changed: Notify,
    /// A resource that the agent always sees is to be read anew.
    pub(super) updated: Notify,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("name", &self.name).field("way", &self.way).finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) fn new(name: String, settings: ServerSettings, way: Way, means: Means) -> Self {
        Self {
            name,
            settings,
            way,
            means,
            inside: Mutex::new(Inside {
                standing: Standing::Connecting,
                catalog: Arc::default(),
                pinned: BTreeMap::new(),
                updates: 0,
            }),
            peer: watch::Sender::new(None),
            progress: ProgressDispatcher::new(),
            calls: AtomicUsize::new(0),
            changed: Notify::new(),
            updated: Notify::new(),
        }
    }

    /// The server's name in the character.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.inside().standing.clone()
    }

    /// The agent, while it is there.
    pub(super) fn agent(&self) -> Option<Agent> {
        self.means.offers.agent()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the server has.
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.inside().catalog)
    }

    /// The resources that the agent always sees, as far as they were read.
    pub(crate) fn pinned(&self) -> BTreeMap<String, String> {
        self.inside().pinned.clone()
    }

    /// Keeps the connection until `ended`; `tried` is told when the first try is over.
    pub(super) async fn keep(self: Arc<Self>, ended: CancellationToken, tried: Arc<Notify>) {
        let mut pauses = pauses();
        let mut failures = 0_u32;
        loop {
            let began = self.means.clock.now();
            let why = match session::run(&self, &ended, &tried).await {
                Ok(()) => break,
                Err(why) => why,
            };
            tried.notify_one();
            let held = self.means.clock.now().duration_since(began);
            if held >= HELD.try_into().unwrap_or_default() {
                (pauses, failures) = (self::pauses(), 0);
            }
            failures += 1;
            tracing::warn!(server = self.name, failures, "not connected: {why}");
            self.down(why);
            if failures >= 2 {
                // It did not come back at once: its tools are not offered while it is away.
                self.means.offers.replace(&self.name, Vec::new()).await;
            }
            let pause = pauses.next().unwrap_or(LONGEST_PAUSE);
            tokio::select! {
                biased;
                () = ended.cancelled() => break,
                () = self.means.clock.sleep(pause) => {}
            }
        }
        self.peer.send_replace(None);
        tried.notify_one();
    }

    fn down(&self, why: String) {
        self.peer.send_replace(None);
        let since = self.means.clock.now();
        let mut inside = self.inside();
        let since = match &inside.standing {
            Standing::Down { since, .. } => *since,
            _ => since,
        };
        inside.standing = Standing::Down { since, why };
        inside.pinned.clear();
    }

    /// The connection is there.
    pub(super) fn up(&self, peer: Peer<RoleClient>) {
        self.inside().standing = Standing::Up { since: self.means.clock.now(), tools: 0 };
        self.peer.send_replace(Some(peer));
    }

    pub(super) fn has(&self, catalog: Catalog) {
        self.inside().catalog = Arc::new(catalog);
    }

    /// How often the server said that a resource changed.
    pub(super) fn updates(&self) -> u64 {
        self.inside().updates
    }

    /// The agent sees this, if nothing changed since it began to be read: there were so many `updates`.
    pub(super) fn pin(&self, uri: String, text: String, updates: u64) {
        let mut inside = self.inside();
        if inside.updates == updates {
            inside.pinned.insert(uri, text);
        }
    }

    /// A resource changed: what is known of it is not true any more. Nor may be what is being read.
    pub(super) fn forget(&self, uri: &str) {
        if !self.settings.resources.iter().any(|own| own == uri) {
            return;
        }
        let mut inside = self.inside();
        inside.pinned.remove(uri);
        inside.updates += 1;
        drop(inside);
        self.updated.notify_one();
    }

    /// Makes the server's tools the actions that it offers.
    pub(super) async fn offer(self: &Arc<Self>, tools: Vec<Tool>) {
        let actions = tools::actions(self, tools);
        let offered = actions.len();
        let refused = self.means.offers.replace(&self.name, actions).await.len();
        if let Standing::Up { tools, .. } = &mut self.inside().standing {
            *tools = offered - refused;
        }
    }

    /// The other side; while it is coming back it is waited for a little.
    ///
    /// # Errors
    /// Why it is not there.
    pub(crate) async fn peer(&self) -> Result<Peer<RoleClient>, String> {
        let mut peer = self.peer.subscribe();
        let there = tokio::time::timeout(PATIENCE, peer.wait_for(Option::is_some)).await;
        if let Ok(Ok(peer)) = there
            && let Some(peer) = peer.as_ref()
        {
            return Ok(peer.clone());
        }
        let why = match self.standing() {
            Standing::Down { why, .. } => why,
            Standing::Connecting | Standing::Up { .. } => "it does not answer yet".to_owned(),
        };
        Err(format!("server `{}` is not connected: {why}; it is tried again by itself", self.name))
    }
}

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The pauses before the tries: 1 s, 2 s, 4 s … a minute, each up to twice as long by chance, without end.
fn pauses() -> impl Iterator<Item = Duration> + Send {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_secs(1))
        .with_max_delay(LONGEST_PAUSE)
        .without_max_times()
        .with_jitter()
        .build()
}
