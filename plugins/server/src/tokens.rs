//! Making, listing and revoking tokens, for owners.

use crate::Scope;
use galatea::memory::Role;
use galatea::{
    prelude::*,
    route::{Json, NoContent, Path, StatusCode},
    text::duration,
    token::{IssueError, Token, Wanted, issue},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A token, without its text, which nobody knows.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct TokenView {
    /// Identifies it.
    id: Uuid,
    /// What it is called, and who uses it, for the agent.
    name: String,
    /// What who has it may do.
    role: Role,
    /// What it is for.
    scopes: BTreeSet<Scope>,
    /// When it was made.
    #[schemars(with = "String")]
    created: Timestamp,
    /// When it ends; absent for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    expires: Option<Timestamp>,
    /// When it was used last, to a minute; absent if it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    used: Option<Timestamp>,
}

impl TokenView {
    fn of(token: Token) -> Self {
        let Token { id, name, role, scopes, created, expires, used, .. } = token;
        let scopes = scopes.map(|names| names.iter().filter_map(|name| Scope::from_name(name)).collect());
        Self { id, name, role, scopes: scopes.unwrap_or_else(|| Scope::ALL.into()), created, expires, used }
    }
}

/// The tokens of an agent.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct TokenList {
    /// In the order in which they were made.
    items: Vec<TokenView>,
}

/// What a new token shall be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What it is called: 1 to 64 characters, unique.
    name: String,
    /// What who has it may do. Default: member.
    #[serde(default = "member")]
    role: Role,
    /// What it is for. Default: chat and read.
    #[serde(default = "chat_and_read")]
    scopes: BTreeSet<Scope>,
    /// When it ends: a time (`2030-01-01T00:00:00Z`), or how long from now (`12h`, `30d`). Default: never.
    #[serde(default)]
    expires: Option<String>,
}

fn member() -> Role {
    Role::Member
}

fn chat_and_read() -> BTreeSet<Scope> {
    BTreeSet::from([Scope::Chat, Scope::Read])
}

/// A token that was made.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct MadeToken {
    /// The token itself, which is told this once.
    token: String,
    /// What is kept of it.
    #[serde(flatten)]
    kept: TokenView,
}

/// Lists the tokens of the agent.
#[route(GET, "/tokens", roles("owner"), scope = "manage")]
pub(crate) async fn list_tokens(agent: Agent) -> Result<Json<TokenList>, RouteError> {
    let tokens = agent.store().tokens().await?;
    Ok(Json(TokenList { items: tokens.into_iter().map(TokenView::of).collect() }))
}

/// Makes a token for the agent. Its text is told this once. It is for no more than one's own.
#[route(POST, "/tokens", roles("owner"), scope = "manage")]
pub(crate) async fn make_token(
    agent: Agent,
    caller: Caller,
    Json(wanted): Json<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), RouteError> {
    if let Some(scope) = wanted.scopes.iter().find(|scope| !caller.has_scope(scope.name())) {
        return Err(RouteError::forbidden(format!("your own token is not for `{scope}`")));
    }
    let now = agent.clock().now();
    let expires = wanted.expires.map(|text| when(&text, now)).transpose()?;
    let scopes = Some(wanted.scopes.iter().map(|scope| scope.name().to_owned()).collect());
    let wanted = Wanted { name: wanted.name, role: wanted.role, scopes, expires };
    let (token, text) = issue(agent.id(), wanted, now).map_err(|error| match error {
        IssueError::Random(_) => RouteError::internal(error.to_string()),
        wrong => RouteError::unprocessable(wrong.to_string()),
    })?;
    if !agent.store().add_token(&token).await? {
        return Err(RouteError::conflict(format!("there is a token called `{}` already", token.name)));
    }
    let made = MadeToken { token: text.to_string(), kept: TokenView::of(token) };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Revokes a token: whoever has it is not let in any more, nor is a browser that signed in with it.
#[route(DELETE, "/tokens/{id}", roles("owner"), scope = "manage")]
pub(crate) async fn revoke_token(agent: Agent, Path(id): Path<Uuid>) -> Result<NoContent, RouteError> {
    match agent.store().delete_token(id).await? {
        true => Ok(NoContent),
        false => Err(RouteError::not_found(format!("there is no token {id}"))),
    }
}

/// A time, or so long from now.
fn when(text: &str, now: Timestamp) -> Result<Timestamp, RouteError> {
    if let Ok(time) = text.trim().parse() {
        return Ok(time);
    }
    let wrong = || {
        let why = format!("`{text}` is no time; write e.g. `2030-01-01T00:00:00Z`, `12h` or `30d`");
        RouteError::unprocessable(why)
    };
    let hours = match text.trim().strip_suffix('d') {
        Some(days) => {
            days.parse::<u64>().ok().and_then(|days| days.checked_mul(24)).map(|hours| format!("{hours}h"))
        }
        None => Some(text.to_owned()),
    };
    let length = hours.and_then(|text| duration::parse(&text).ok()).ok_or_else(wrong)?;
    now.checked_add(length).map_err(|_| wrong())
}
