//! Providers that tell by themselves: a task keeps the stream of each, from the load of its plugin to its unload.

use super::{Agent, RegisteredProvider, WeakAgent, load::HOOK_TIMEOUT};
use crate::{
    clock::Clock,
    definition::{PluginDef, ProviderCall},
    event::ProviderEnded,
    extract::Invocation,
    provider::Context,
    turn::{Failure, caught, guarded},
};
use backon::{BackoffBuilder, ExponentialBuilder};
use futures_util::StreamExt;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// The first pause before a stream is started again; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause. A stream that lived longer than this begins with the first pause again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What a subscribing provider told last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latest {
    item: Option<Result<Context, String>>,
    /// Why the stream does not run at this moment.
    ended: Option<String>,
}

impl Latest {
    /// What a turn sees; an error while there is nothing to see.
    pub(crate) fn told(&self) -> Result<Context, String> {
        match (&self.item, &self.ended) {
            (Some(item), _) => item.clone(),
            (None, None) => Err("nothing yet".to_owned()),
            (None, Some(why)) => Err(format!("nothing yet: {why}; it is started again")),
        }
    }
}

/// The tasks of one plugin's subscribing providers. They end with it, at the latest when nobody has the agent any more.
#[derive(Clone, Debug)]
pub(super) struct Subscriptions {
    pub(super) plugin: &'static PluginDef,
    tasks: TaskTracker,
    stop: CancellationToken,
    _guard: Arc<DropGuard>,
}

impl Subscriptions {
    /// Ends them and waits for it.
    async fn end(self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(HOOK_TIMEOUT, self.tasks.wait()).await.is_err() {
            tracing::error!(plugin = self.plugin.name, "a subscribing provider does not end");
        }
    }
}

/// Starts what the loaded providers of a plugin subscribe to. Its services run already.
pub(super) fn start(agent: &Agent, def: &'static PluginDef) {
    let own = |provider: &&RegisteredProvider| provider.plugin.name == def.name && provider.latest.is_some();
    let providers: Vec<RegisteredProvider> = agent.parts().providers.iter().filter(own).cloned().collect();
    if providers.is_empty() {
        return;
    }
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    for provider in providers {
        let Some(latest) = provider.latest.clone() else { continue };
        let kept = Kept { agent: agent.weak(), clock: agent.clock().clone(), provider, latest };
        let stop = stop.clone();
        tasks.spawn(async move { stop.run_until_cancelled(kept.keep()).await });
    }
    let guard = Arc::new(stop.clone().drop_guard());
    agent.change_parts(|parts| {
        parts.subscriptions.push(Subscriptions { plugin: def, tasks, stop, _guard: guard });
    });
}

/// Ends the subscriptions of a plugin; nothing of them runs any more when this returns.
pub(super) async fn end(agent: &Agent, def: &'static PluginDef) {
    let mut taken = Vec::new();
    agent.change_parts(|parts| {
        let own = |subscriptions: &mut Subscriptions| subscriptions.plugin.name == def.name;
        taken = parts.subscriptions.extract_if(.., own).collect();
    });
    for subscriptions in taken {
        subscriptions.end().await;
    }
}

/// A subscribing provider whose stream is kept running.
struct Kept {
    /// A stream that runs for ever must not keep the agent.
    agent: WeakAgent,
    clock: Clock,
    provider: RegisteredProvider,
    latest: Arc<watch::Sender<Latest>>,
}

impl Kept {
    async fn keep(self) {
        let pauses = ExponentialBuilder::new()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .without_max_times();
        let mut next = pauses.build();
        while self.agent.is_there() {
            let begun = self.clock.now();
            let why = match caught(self.listen()).await {
                Ok(Ok(())) => "the stream ended".to_owned(),
                Ok(Err(failure)) | Err(failure) => failure.to_string(),
            };
            let lived = Duration::try_from(self.clock.now().duration_since(begun)).unwrap_or_default();
            if lived > LONGEST_PAUSE {
                next = pauses.build();
            }
            let pause = next.next().unwrap_or(LONGEST_PAUSE);
            self.report(why, pause).await;
            self.clock.sleep(pause).await;
        }
    }

    /// Gets the stream and passes on what it tells, to its end.
    async fn listen(&self) -> Result<(), Failure> {
        let provider = &self.provider;
        let (Some(agent), ProviderCall::Subscribe(call)) = (self.agent.upgrade(), provider.def.call) else {
            return Ok(());
        };
        let invocation = Invocation::of(agent, provider.plugin);
        let stream = guarded(provider.def.timeout, call(&invocation)).await;
        let mut stream = stream.and_then(|result| result.map_err(Into::into))?;
        drop(invocation);
        while let Some(item) = stream.next().await {
            if let Err(why) = &item {
                tracing::warn!(
                    provider = provider.def.name,
                    plugin = provider.plugin.name,
                    "it tells: {why}"
                );
            }
            self.latest.send_replace(Latest { item: Some(item), ended: None });
            // A stream that always has something to tell must not keep the thread.
            tokio::task::consume_budget().await;
        }
        Ok(())
    }

    async fn report(&self, why: String, pause: Duration) {
        let (provider, plugin) = (self.provider.def.name, self.provider.plugin.name);
        tracing::warn!(provider, plugin, "{why}; it is started again in {pause:?}");
        self.latest.send_modify(|latest| latest.ended = Some(why.clone()));
        if let Some(agent) = self.agent.upgrade() {
            let (provider, plugin) = (provider.to_owned(), plugin.to_owned());
            let pause = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
            agent.emit(ProviderEnded { provider, plugin, why, pause }).await;
        }
    }
}
