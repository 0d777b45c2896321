//! The newest log records of the process, for who looks at them now.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    collections::VecDeque,
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};
use tokio::sync::broadcast;

/// How many records are kept.
const KEPT: usize = 2000;
/// How many records a slow reader may be behind before it loses the oldest.
const BACKLOG: usize = 512;

/// How loud a record is; the quietest first. Serialised in kebab-case.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Everything that goes on.
    Trace,
    /// Why things happen.
    Debug,
    /// What happens.
    Info,
    /// What may be wrong.
    Warn,
    /// What is wrong.
    Error,
}

/// No level has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no level `{0}`; write one of trace, debug, info, warn, error")]
pub struct UnknownLevel(pub String);

impl Level {
    /// Every level, the quietest first.
    pub const ALL: [Self; 5] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// Its name, as it is serialised.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(name: &str) -> Result<Self, UnknownLevel> {
        let same = |level: &Self| level.name().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(same).ok_or_else(|| UnknownLevel(name.to_owned()))
    }
}

impl From<&tracing::Level> for Level {
    fn from(level: &tracing::Level) -> Self {
        match *level {
            tracing::Level::TRACE => Self::Trace,
            tracing::Level::DEBUG => Self::Debug,
            tracing::Level::INFO => Self::Info,
            tracing::Level::WARN => Self::Warn,
            tracing::Level::ERROR => Self::Error,
        }
    }
}

/// A log record. Secrets in it are covered already. Serialised in kebab-case.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LogRecord {
    /// When it was written, by the system's clock.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// How loud it is.
    pub level: Level,
    /// The module that wrote it, e.g. `galatea::turn::run`.
    pub target: String,
    /// What it says.
    pub message: String,
    /// Its fields, by name: texts, numbers, booleans.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
    /// The spans in which it was written, outermost first: `turn`, `stage act`, `action FORECAST`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<String>,
    /// The agent by whose work it was written; `None` where it is nobody's in particular.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// Which records are meant; those that fit all that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// This loud, and louder. Default: all.
    pub level: Option<Level>,
    /// With this text in message, target, spans or fields, in any case. Default: all.
    pub text: Option<String>,
    /// Those of the agent of this name, and those of no agent. Default: all.
    pub agent: Option<String>,
}

impl LogFilter {
    /// Whether a record is meant.
    #[must_use]
    pub fn takes(&self, record: &LogRecord) -> bool {
        self.level.is_none_or(|level| record.level >= level)
            && self.agent.as_ref().is_none_or(|name| record.agent.as_ref().is_none_or(|own| own == name))
            && self.text.as_ref().is_none_or(|text| record.contains(&text.to_lowercase()))
    }
}

impl LogRecord {
    /// Whether a text in lower case stands in it.
    fn contains(&self, wanted: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(wanted);
        let field = |(name, value): (&String, &Value)| {
            has(name) || value.as_str().map_or_else(|| has(&value.to_string()), has)
        };
        has(&self.message)
            || has(&self.target)
            || self.spans.iter().any(|s| has(s))
            || self.fields.iter().any(field)
    }
}

/// The newest 2,000 log records of the process, and those that come.
#[derive(Debug)]
pub struct Logs {
    kept: Mutex<VecDeque<Arc<LogRecord>>>,
    /// Made for the first who follows.
    live: OnceLock<broadcast::Sender<Arc<LogRecord>>>,
}

/// The log records of this process; empty unless the program has installed [`log_layer`](super::log_layer()).
#[must_use]
pub fn logs() -> &'static Logs {
    static LOGS: Logs = Logs { kept: Mutex::new(VecDeque::new()), live: OnceLock::new() };
    &LOGS
}

impl Logs {
    fn kept(&self) -> MutexGuard<'_, VecDeque<Arc<LogRecord>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest records that are meant, at most `limit` of them, oldest first.
    #[must_use]
    pub fn recent(&self, filter: &LogFilter, limit: usize) -> Vec<Arc<LogRecord>> {
        // Looked at apart from who writes: a filter may take its time.
        let kept: Vec<Arc<LogRecord>> = self.kept().iter().cloned().collect();
        let mut found: Vec<Arc<LogRecord>> =
            kept.into_iter().rev().filter(|record| filter.takes(record)).take(limit).collect();
        found.reverse();
        found
    }

    /// Every record from now on. A reader that is more than 512 behind loses the oldest and is told so; who writes is
    /// never held up.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<LogRecord>> {
        self.live.get_or_init(|| broadcast::Sender::new(BACKLOG)).subscribe()
    }

    pub(super) fn put(&self, record: Arc<LogRecord>) {
        if let Some(live) = self.live.get().filter(|live| live.receiver_count() > 0) {
            // That the last reader left at this moment is no error.
            drop(live.send(Arc::clone(&record)));
        }
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(level: Level, message: &str, agent: Option<&str>) -> Arc<LogRecord> {
        Arc::new(LogRecord {
            at: Timestamp::UNIX_EPOCH,
            level,
            target: "galatea::turn".to_owned(),
            message: message.to_owned(),
            fields: Map::from_iter([("micros".to_owned(), Value::from(4711))]),
            spans: vec!["turn".to_owned(), "stage decide".to_owned()],
            agent: agent.map(str::to_owned),
        })
    }

    #[test]
    fn records_are_found_by_level_text_and_agent() {
        let logs = Logs { kept: Mutex::default(), live: OnceLock::new() };
        let mut live = logs.subscribe();
        for (level, message, agent) in [
            (Level::Info, "one", Some("Ada")),
            (Level::Warn, "two", Some("Eliza")),
            (Level::Error, "Three", None),
        ] {
            logs.put(record(level, message, agent));
        }
        let found = |level: Option<Level>, text: Option<&str>, agent: Option<&str>, limit: usize| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let filter = LogFilter { level, text: owned(text), agent: owned(agent) };
            logs.recent(&filter, limit).iter().map(|record| record.message.clone()).collect::<Vec<_>>()
        };
        for (level, text, agent, limit, expected) in [
            (None, None, None, 9, vec!["one", "two", "Three"]),
            (None, None, None, 2, vec!["two", "Three"]),
            (Some(Level::Warn), None, None, 9, vec!["two", "Three"]),
            (None, Some("three"), None, 9, vec!["Three"]),
            (None, Some("4711"), None, 1, vec!["Three"]),
            (None, Some("DECIDE"), None, 1, vec!["Three"]),
            (None, None, Some("Ada"), 9, vec!["one", "Three"]),
            (Some(Level::Info), Some("two"), Some("Ada"), 9, vec![]),
        ] {
            assert_eq!(found(level, text, agent, limit), expected);
        }
        assert_eq!(live.try_recv().map(|record| record.message.clone()), Ok("one".to_owned()));
        for number in 0..KEPT {
            logs.put(record(Level::Info, &number.to_string(), None));
        }
        assert_eq!(found(None, None, None, 9_999).len(), KEPT);
        assert_eq!("WARN".parse(), Ok(Level::Warn));
        assert!("loud".parse::<Level>().is_err_and(|error| error.to_string().contains("one of trace")));
    }
}
