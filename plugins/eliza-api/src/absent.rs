//! What elizaOS has and these routes have not: 501, and why.

use crate::{door::Door, failure::Failure};
use axum::{
    extract::State,
    http::{Method, StatusCode, Uri},
};
use galatea_server::{Access, Directory};

/// What is not here, by the beginning of its address. The first that fits tells why.
const ABSENT: [(&str, &str); 12] = [
    ("/agents", "Agents are made and changed by their character files here; these routes only read them"),
    ("/messaging/complete", "Turns end by themselves here, and are not completed from outside"),
    (
        "/messaging/submit",
        "Messages of the agent are not put in from outside; post the person's message to a channel or session",
    ),
    (
        "/messaging/action",
        "Messages of the agent are not put in from outside; post the person's message to a channel or session",
    ),
    ("/messaging/ingest-external", "Messages of other platforms come through the plugin of that platform"),
    ("/messaging/message-servers", "There is one message server here, and nothing about it can be changed"),
    (
        "/messaging/messages",
        "Messages are neither changed nor searched by these routes; see /api/v1/agents/{agent}/memories",
    ),
    ("/messaging", "This is not part of what these routes serve; channels, sessions and jobs are"),
    ("/memory", "Memories are read and deleted here, not changed; an agent learns by what is said to it"),
    ("/audio", "Sound is not served by these routes"),
    (
        "/media",
        "Files are not stored by these routes; send attachments with their addresses, or see /api/v1/agents/{agent}/uploads",
    ),
    ("/system", "The environment of the program is not served"),
];

/// Anything else.
pub(crate) async fn absent(
    State(directory): State<Directory>,
    access: Access,
    method: Method,
    uri: Uri,
) -> Result<(), Failure> {
    Door::of(directory, access)?;
    let path = uri.path();
    let why = ABSENT.iter().find(|(begin, _)| {
        path.strip_prefix(begin).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    Err(match why {
        Some((_, why)) => Failure::absent(format!("{method} /api{path} is not served: {why}.")),
        None if path.starts_with("/server") || path.starts_with("/tee") => Failure::absent(format!(
            "{method} /api{path} is not served: see /api/v1 for logs, and the program for its end."
        )),
        None => Failure::new(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            format!("There is no {method} /api{path}, here or in elizaOS 1.7.2."),
        ),
    })
}
