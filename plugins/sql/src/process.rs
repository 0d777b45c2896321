//! Processes, as others know them: by an id that says when they began.

use jiff::Timestamp;
use uuid::Uuid;

/// When the process with this id began; ids are of version 7, which holds the time.
pub(crate) fn began(id: Uuid) -> Timestamp {
    let unix = id.get_timestamp().map(|time| time.to_unix());
    unix.and_then(|(seconds, nanos)| Timestamp::new(seconds.try_into().ok()?, nanos.try_into().ok()?).ok())
        .unwrap_or_default()
}
