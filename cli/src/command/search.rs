//! `galatea search`

use crate::{
    cli::Search,
    failure::Failure,
    output::{self, CODE, DIM, STRONG, styled},
    start,
};
use galatea::{
    agent::Agent,
    memory::MemoryKind,
    search::{Found, Hit, SearchQuery, Snippet, snippet},
    store::{SpaceStatus, StoreError},
};
use serde_json::json;
use std::process::ExitCode;

/// How many characters of a memory are shown.
const SHOWN: usize = 160;

pub(super) fn run(args: &Search) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let (plan, base) = start::plan(&registry, args.character.as_deref())?;
    let name = plan.character.name.clone();
    if plan.plugins.iter().all(|plugin| plugin.components.storage.is_none()) {
        return Err(Failure::new(format!("{name} has no storage, so it remembers nothing after its end"))
            .help("add one to the character: `[plugins.sql]`"));
    }
    start::runtime()?.block_on(async {
        let agent = start::search(plan, &registry, base).await?;
        let shown = show(&agent, args).await;
        agent.stop().await;
        shown.map_err(|error| Failure::new(format!("the memories of {name} cannot be read: {error}")))
    })
}

async fn show(agent: &Agent, args: &Search) -> Result<ExitCode, StoreError> {
    let Some(text) = &args.text else {
        status(&agent.store().spaces().await?, args.json);
        return Ok(ExitCode::SUCCESS);
    };
    let mut query = SearchQuery::new(text).limit(args.limit);
    query.filter.kinds = args.kind.iter().map(|kind| MemoryKind::from_name(kind)).collect();
    if let Some(since) = args.since {
        query.filter.since = Some(agent.clock().now().checked_sub(since).unwrap_or(jiff::Timestamp::MIN));
    }
    let found = agent.search(&query).await?;
    match args.json {
        true => output::json(&json!(found)),
        false => tell(&found, text),
    }
    Ok(if found.hits.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn tell(found: &Found, text: &str) {
    for hit in &found.hits {
        tell_hit(hit, text);
    }
    let nothing = if found.hits.is_empty() { "nothing found, " } else { "" };
    output::aside(&format!("{nothing}searched {}", found.method));
}

fn tell_hit(hit: &Hit, text: &str) {
    let memory = &hit.memory;
    let (kind, why) = (styled(CODE, memory.kind.name()), styled(DIM, &hit.to_string()));
    output::line(&format!("{kind}  {:.0}  {why}", memory.at));
    output::line(&format!("    {}", marked(&snippet(&memory.content.text, text, SHOWN))));
}

/// The words that were looked for stand out.
fn marked(snippet: &Snippet) -> String {
    let mut told = String::new();
    let mut at = 0;
    for mark in &snippet.marks {
        told.push_str(&snippet.text[at..mark.start]);
        told.push_str(&styled(STRONG, &snippet.text[mark.clone()]));
        at = mark.end;
    }
    told + &snippet.text[at..]
}

fn status(spaces: &[SpaceStatus], as_json: bool) {
    if as_json {
        output::json(&json!(spaces));
        return;
    }
    for SpaceStatus { space, vectors, lacking } in spaces {
        let waiting = if *lacking > 0 { format!(", {lacking} wait for theirs") } else { String::new() };
        output::line(&format!(
            "{}: {vectors} memories have vectors{waiting}",
            styled(CODE, &space.to_string())
        ));
    }
    if spaces.is_empty() {
        output::aside("no memory has a vector: searches go by words alone");
    }
}
