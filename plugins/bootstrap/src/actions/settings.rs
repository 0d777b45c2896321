//! UPDATE_SETTINGS.

use crate::error::Problem;
use galatea::{diagnostic::looks_like_secret, prelude::*, text::name::same_name};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// Which setting becomes what.
#[derive(Deserialize, JsonSchema)]
struct Change {
    /// Which setting, e.g. language.
    key: String,
    /// What it becomes; blank takes the setting away.
    #[schemars(with = "String", extend("type" = ["string", "number", "boolean"]))]
    value: Value,
}

/// Saves a setting of this world (server, workspace), or changes one. For owners and admins.
#[action(
    similes("UPDATE_SETTING", "SAVE_SETTING", "SET_CONFIGURATION", "CONFIGURE"),
    roles("owner", "admin"),
    example(user = "Set the timezone to UTC", agent = "timezone is UTC now."),
    example(user = "Change the setting language to French", agent = "language is French now."),
    example(user = "Configure greeting as Welcome", agent = "greeting is Welcome now.")
)]
async fn update_settings(
    Args(change): Args<Change>,
    message: Message,
    memories: Memories,
    reply: Reply,
) -> Result<ActionResult, Problem> {
    let wanted = change.key.trim();
    if wanted.is_empty() {
        return Err(Problem::refused("say which setting to change"));
    }
    let value = typed(change.value);
    if is_secret(wanted, &value) {
        return Err(Problem::Refused(format!(
            "{wanted} looks like a secret, and settings are no place for one: whoever reads them would see it. Put it \
             into the environment and refer to it in the character file, e.g. `api-key = {{ env = \"API_KEY\" }}`"
        )));
    }
    // Read anew: an earlier step of this turn may have changed the world.
    let world = memories.snapshot(message.room, galatea::store::Window::newest(0)).await?.world;
    let mut world =
        world.ok_or_else(|| Problem::refused("this room belongs to no world, so it has no settings"))?;
    let known = world.settings.keys().find(|key| same_name(key, wanted)).cloned();
    let key = known.unwrap_or_else(|| wanted.to_owned());
    let blank = value.is_null() || value.as_str().is_some_and(str::is_empty);
    let before = match blank {
        true => world.settings.shift_remove(&key),
        false => world.settings.insert(key.clone(), value.clone()),
    };
    memories.put_worlds(&[world]).await?;
    let told = match blank {
        true => format!("{key} is not set any more."),
        false => format!("{key} is {} now.", written(&value)),
    };
    reply.text(told.clone()).await?;
    let data = json!({ "key": key, "before": before, "after": value });
    Ok(ActionResult::text(told).with_data(&data)?)
}

/// `true`, `false` and plain numbers as what they are, everything else as text.
fn typed(value: Value) -> Value {
    let Value::String(text) = value else { return value };
    let text = text.trim();
    match serde_json::from_str::<Value>(text) {
        Ok(simple @ (Value::Bool(_) | Value::Number(_)))
            if !text.contains(['e', 'E']) || simple.is_boolean() =>
        {
            simple
        }
        _ => text.into(),
    }
}

fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether the name or the value is that of a secret.
fn is_secret(key: &str, value: &Value) -> bool {
    const NAMES: &[&str] =
        &["secret", "password", "passwd", "passphrase", "token", "credential", "credentials"];
    const KEYS: &[&str] = &["api", "private", "access", "signing", "encryption", "auth", "secret"];
    let spaced: String =
        key.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let is_key = |first: &str, second: &str| KEYS.contains(&first) && second == "key";
    let named = words
        .iter()
        .any(|word| NAMES.contains(word) || KEYS.iter().any(|first| *word == format!("{first}key")))
        || words.windows(2).any(|pair| matches!(pair, [first, second] if is_key(first, second)));
    named || looks_like_secret(value.as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_recognised() {
        let rows = [
            ("language", "French", false),
            ("keyboard", "qwertz", false),
            ("key", "C minor", false),
            ("tokens-per-day", "5000", false),
            ("api-key", "x", true),
            ("API_KEY", "x", true),
            ("apikey", "x", true),
            ("bot token", "x", true),
            ("Password", "hunter2", true),
            ("greeting", "sk-abcdefghijkl123", true),
            ("greeting", "sk-8 bus stop", false),
            ("cert", "-----BEGIN PRIVATE KEY-----", true),
        ];
        for (key, value, secret) in rows {
            assert_eq!(is_secret(key, &value.into()), secret, "{key} = {value}");
        }
    }

    #[test]
    fn values_have_types() {
        let rows = [
            (json!("true"), json!(true)),
            (json!(" 12 "), json!(12)),
            (json!("1.5"), json!(1.5)),
            (json!("007"), json!("007")),
            (json!("1e3"), json!("1e3")),
            (json!("null"), json!("null")),
            (json!("UTC"), json!("UTC")),
            (json!(false), json!(false)),
        ];
        for (given, wanted) in rows {
            assert_eq!(typed(given.clone()), wanted, "{given}");
        }
    }
}
