//! What happens, as it happens.

use super::sent::EventStream;
use crate::{Scope, access::Pass};
use axum::response::sse::Event as Sent;
use futures_util::stream;
use galatea::{event::Notice, memory::Role, prelude::*, route::Query};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Which events.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichEvents {
    /// Only those of these names, with commas between them: `RUN_ENDED,MESSAGE_SENT`. Default: all.
    #[serde(default)]
    names: Option<String>,
}

/// Every event of the agent from now on, as server-sent events named like it; each says `name`, `at`, `room` and `run` where
/// it has them, and `data`. Who reads too slowly loses the oldest and is told `lagged`.
#[route(GET, "/events", roles("admin"), scope = "read")]
pub(crate) async fn follow_events(
    agent: Agent,
    pass: Pass,
    Query(which): Query<WhichEvents>,
) -> Result<EventStream, RouteError> {
    let names = which.names.map(|names| names.split(',').map(|name| name.trim().to_owned()).collect());
    let names: Option<Vec<String>> =
        names.filter(|names: &Vec<String>| names.iter().any(|name| !name.is_empty()));
    let agent = agent.live();
    let reading = Reading { notices: agent.events().subscribe(), clock: agent.clock().clone(), names };
    let events = stream::unfold(reading, |mut reading| async move {
        let (name, data) = reading.next().await?;
        Some((Sent::default().event(name).data(data.to_string()), reading))
    });
    Ok(EventStream(pass.lasting(agent, Role::Admin, Scope::Read).events(events)))
}

struct Reading {
    notices: Receiver<Notice>,
    clock: galatea::clock::Clock,
    names: Option<Vec<String>>,
}

impl Reading {
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            match self.notices.recv().await {
                Ok(notice) if self.is_wanted(notice.name()) => {
                    return Some((notice.name().to_owned(), told(&notice, self.clock.now())));
                }
                Ok(_) => {}
                Err(RecvError::Lagged(missed)) => {
                    return Some(("lagged".to_owned(), json!({ "missed": missed })));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))
    }
}

/// An event with what it is about, where it says so.
pub(super) fn told(notice: &Notice, at: Timestamp) -> Value {
    let data = notice.json();
    let id = |key: &str| {
        let inner = ["message", "approval", "reaction", "post"].iter().filter_map(|part| data.get(*part));
        let places = std::iter::once(&data).chain(inner);
        places.filter_map(|place| place.get(key)).find(|id| id.is_string()).cloned()
    };
    let mut told = json!({ "name": notice.name(), "at": at });
    for key in ["room", "run"] {
        if let Some(id) = id(key) {
            told[key] = id;
        }
    }
    told["data"] = data;
    told
}
