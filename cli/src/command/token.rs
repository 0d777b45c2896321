//! `galatea token`

use crate::{
    cli::{ALL_SCOPES, Token as Args, TokenNew, TokenWhat},
    failure::Failure,
    output::{self, CODE, DIM, STRONG, styled},
    start,
};
use galatea::{
    agent::Agent,
    store::StoreError,
    token::{Token, Wanted, issue},
};
use jiff::Timestamp;
use serde_json::json;
use std::process::ExitCode;

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let character = match &args.what {
        TokenWhat::New(new) => &new.character,
        TokenWhat::List(list) => &list.character,
        TokenWhat::Revoke(revoke) => &revoke.character,
    };
    let (plan, base) = start::plan(&registry, character.as_deref())?;
    let keeps = |name: &str| registry.get(name).is_some_and(|plugin| plugin.storage.is_some());
    if !plan.plugins.iter().any(|planned| keeps(planned.name)) {
        let name = &plan.character.name;
        return Err(Failure::new(format!("{name} has no storage, and forgets tokens at the end"))
            .help("give the character a storage plugin: `[plugins.sql]`")
            .help("or an owner's token that is kept elsewhere: `token = { env = \"GALATEA_TOKEN\" }` in `[plugins.server]`"));
    }
    if plan.plugin("server").is_none() {
        output::aside(
            "this character has no server, so nobody can show a token to it: add `[plugins.server]`",
        );
    }
    start::runtime()?.block_on(async {
        let agent = start::storage(plan, &registry, base).await?;
        let done = match &args.what {
            TokenWhat::New(new) => make(&agent, new).await,
            TokenWhat::List(list) => show(&agent, list.json).await,
            TokenWhat::Revoke(revoke) => take_back(&agent, &revoke.name).await,
        };
        agent.stop().await;
        done.map(|()| ExitCode::SUCCESS)
    })
}

async fn make(agent: &Agent, args: &TokenNew) -> Result<(), Failure> {
    let now = agent.clock().now();
    let too_long = || Failure::new("the token would end later than times can be counted");
    let expires = args.expires.map(|length| now.checked_add(length).map_err(|_| too_long())).transpose()?;
    let is_for_all = args.scope.iter().any(|scope| scope == ALL_SCOPES);
    let scopes = (!is_for_all).then(|| args.scope.iter().cloned().collect());
    let wanted = Wanted { name: args.name.clone(), role: args.role, scopes, expires };
    let (token, text) = issue(agent.id(), wanted, now).map_err(|error| Failure::new(error.to_string()))?;
    if !agent.store().add_token(&token).await.map_err(|error| unstored(&error))? {
        return Err(Failure::new(format!("there is a token called `{}` already", token.name))
            .help("choose another name, or revoke that one: `galatea token revoke`"));
    }
    if args.json {
        output::json(&json!({ "token": *text, "kept": token }));
        return Ok(());
    }
    output::line(&text);
    let name = &agent.character().name;
    output::aside(&format!("{name} knows its hash only: keep it, it is not told again"));
    output::aside(&described(&token, now));
    Ok(())
}

async fn show(agent: &Agent, is_json: bool) -> Result<(), Failure> {
    let tokens = agent.store().tokens().await.map_err(|error| unstored(&error))?;
    if is_json {
        output::json(&json!(tokens));
    } else if tokens.is_empty() {
        output::aside(&format!("{} has no token", agent.character().name));
    }
    for token in tokens.iter().filter(|_| !is_json) {
        output::line(&format!("{}  {}", styled(STRONG, &token.name), styled(DIM, &token.id.to_string())));
        output::line(&format!("    {}", described(token, agent.clock().now())));
    }
    Ok(())
}

async fn take_back(agent: &Agent, wanted: &str) -> Result<(), Failure> {
    let store = agent.store();
    let tokens = store.tokens().await.map_err(|error| unstored(&error))?;
    let is_it = |token: &&Token| token.name == wanted || token.id.to_string() == wanted;
    let Some(token) = tokens.iter().find(is_it) else {
        return Err(Failure::unknown("token", wanted, tokens.iter().map(|token| token.name.as_str())));
    };
    store.delete_token(token.id).await.map_err(|error| unstored(&error))?;
    output::line(&format!("{} is revoked", styled(CODE, &token.name)));
    Ok(())
}

/// What is to be known of a token, in a line.
fn described(token: &Token, now: Timestamp) -> String {
    let scopes = match &token.scopes {
        Some(scopes) => scopes.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
        None => "everything".to_owned(),
    };
    let ends = match token.expires {
        Some(at) if token.is_over(now) => format!("its time was over {at:.0}"),
        Some(at) => format!("ends {at:.0}"),
        None => "never ends".to_owned(),
    };
    let used = token.used.map_or_else(|| "never used".to_owned(), |at| format!("last used {at:.0}"));
    format!("{} for {scopes}; {ends}; {used}", token.role.name())
}

fn unstored(error: &StoreError) -> Failure {
    Failure::new(format!("the storage of tokens fails: {error}"))
}
