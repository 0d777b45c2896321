//! The names of actions as people say them: `GET_WEATHER` is `get the weather`.

use crate::{schema::spoken, words::tokens};

/// Verbs by which the names of actions begin.
const VERBS: &[&str] = &[
    "get", "set", "do", "make", "run", "find", "check", "fetch", "show", "give", "tell", "ask", "take",
    "list", "add", "start", "stop", "send", "create", "update", "change", "search", "choose", "select",
    "execute", "perform", "mute", "unmute", "follow", "unfollow", "read", "write", "open", "close", "book",
    "cancel", "delete", "remove", "post", "play", "pause", "join", "leave", "query", "look", "save", "load",
    "schedule", "remind", "generate", "draw", "buy", "sell", "transfer", "swap", "deploy", "build", "test",
    "reset", "upload", "download", "report", "invite",
];

/// Things without a plural, and things of which there is one.
const MASS: &[&str] =
    &["weather", "web", "time", "news", "help", "music", "internet", "balance", "status", "forecast"];

/// The name as something to do: `send a message`.
pub(crate) fn to_do(name: &str) -> String {
    with_article(name, |thing| {
        if MASS.contains(&thing) {
            "the"
        } else if thing.ends_with('s') {
            ""
        } else if thing.starts_with(['a', 'e', 'i', 'o']) {
            "an"
        } else {
            "a"
        }
    })
    .unwrap_or_else(|| spoken(name))
}

/// What did not work, as the start of a sentence: `I could not get the weather`.
pub(crate) fn failed(name: &str) -> String {
    with_article(name, |_| "the").map_or_else(
        || format!("{} did not work", crate::arguments::title_of(name)),
        |done| format!("I could not {done}"),
    )
}

/// Verb, article and thing; nothing if the name is not built so.
fn with_article(name: &str, article: impl Fn(&str) -> &'static str) -> Option<String> {
    let name = spoken(name);
    let words = tokens(&name);
    let (verb, thing) = name.split_once(' ')?;
    let known = VERBS.contains(&verb) && words.len() <= 3;
    let plain = thing
        .split(' ')
        .all(|word| !["to", "in", "on", "for", "of", "the", "a", "my", "all", "up"].contains(&word));
    (known && plain).then(|| {
        let article = article(thing);
        let space = if article.is_empty() { "" } else { " " };
        format!("{verb} {article}{space}{thing}")
    })
}
