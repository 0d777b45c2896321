//! What every agent knows at the start of an answer: one file a subject.
//!
//! Text is for the model and is kept short: what the request carries already (the conversation, the actions as
//! tools) has none. Values have the names that templates of elizaOS characters expect. CHARACTER comes first,
//! because it stays the same from turn to turn and so can be cached by a model's provider; TIME comes late,
//! because it does not.

mod action_state;
mod actions;
mod attachments;
mod character;
mod choice;
mod entities;
mod facts;
mod messages;
#[allow(clippy::module_inception, reason = "the provider that lists the providers has this name")]
mod providers;
mod relationships;
mod roles;
mod settings;
mod time;
mod world;

use galatea::memory::RoomKind;

/// Whether several may be in such a room.
fn is_shared(kind: RoomKind) -> bool {
    !matches!(kind, RoomKind::Dm | RoomKind::VoiceDm | RoomKind::Own | RoomKind::Api)
}

/// `- ` and a line each.
fn list(lines: impl IntoIterator<Item = String>) -> String {
    let lines: Vec<String> = lines.into_iter().map(|line| format!("- {line}")).collect();
    lines.join("\n")
}

/// A heading and what stands under it; nothing if nothing does.
fn section(heading: &str, body: &str) -> String {
    if body.trim().is_empty() { String::new() } else { format!("# {heading}\n{}\n", body.trim_end()) }
}

/// How long ago, in words: `just now`, `5 minutes ago`.
fn ago(at: jiff::Timestamp, now: jiff::Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(at.as_second()).max(0);
    let (count, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3600 => (seconds / 60, "minute"),
        3600..86400 => (seconds / 3600, "hour"),
        _ => (seconds / 86400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_words() {
        let rows = [
            (-5, "just now"),
            (0, "just now"),
            (60, "1 minute ago"),
            (3599, "59 minutes ago"),
            (7200, "2 hours ago"),
            (200_000, "2 days ago"),
        ];
        let now = jiff::Timestamp::UNIX_EPOCH;
        for (seconds, wanted) in rows {
            assert_eq!(ago(now - jiff::SignedDuration::from_secs(seconds), now), wanted);
        }
    }
}
