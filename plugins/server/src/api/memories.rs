//! What the agent remembers.

use super::page::{Limit, Page};
use galatea::{
    prelude::*,
    route::{Json, NoContent, Path, Query},
    search::{Method, Place, Snippet, snippet},
    store::MemoryQuery,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a snippet is, in characters.
const SNIPPET: usize = 240;

/// How long a query may be, in characters.
const LONGEST: usize = 1000;

/// Which memories.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichMemories {
    /// Only of this kind: `message`, `fact`, `document`, `fragment`, `action-result`, or a plugin's own.
    #[serde(default)]
    kind: Option<String>,
    /// Only of this room.
    #[serde(default)]
    room: Option<Uuid>,
    /// Only of this entity.
    #[serde(default)]
    entity: Option<Uuid>,
    /// Those that fit this best, by words and by meaning; then there is one page only.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    q: Option<String>,
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before.
    #[serde(default)]
    before: Option<Uuid>,
}

/// A memory in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Remembered {
    memory: Memory,
    /// How well it fits what was asked; compares within one answer only.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    /// Its place by words.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<Place>,
    /// Its place by meaning.
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<Place>,
    /// The part of it that fits, with the places of the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<Marked>,
}

/// A part of a text with marks.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Marked {
    /// The part; `…` stands where something was left out.
    text: String,
    /// Where the words are in it: from and to, counted in UTF-16 units as JavaScript does.
    marks: Vec<(usize, usize)>,
}

/// Memories and how they were looked for.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Memories {
    items: Vec<Remembered>,
    /// What `before` says for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// How they were looked for; absent where nothing was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<Method>,
}

/// What the agent remembers: newest first, or with `q` what fits best.
#[route(GET, "/memories", roles("admin"), scope = "read")]
pub(crate) async fn list_memories(
    agent: Agent,
    Query(which): Query<WhichMemories>,
) -> Result<Json<Memories>, RouteError> {
    let kind = which.kind.as_deref().map(MemoryKind::from_name);
    if let Some(q) = which.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        if q.chars().count() > LONGEST {
            let why = format!("`q` has at most {LONGEST} characters");
            return Err(RouteError::bad_request(why).with_code("query-too-long"));
        }
        let mut query = SearchQuery::new(q).limit(which.limit.count());
        query.filter.kinds.extend(kind);
        (query.filter.room, query.filter.entity) = (which.room, which.entity);
        return found(&agent, &query).await;
    }
    let query = MemoryQuery {
        kind,
        room: which.room,
        entity: which.entity,
        limit: which.limit.and_one(),
        ..MemoryQuery::default()
    };
    let memories = agent.store().list_memories(&query, which.before).await?;
    let page = Page::of(memories, which.limit, |memory| memory.id.to_string());
    let bare = |memory| Remembered { memory, score: None, words: None, meaning: None, snippet: None };
    let Page { items, next } = page.map(bare);
    Ok(Json(Memories { items, next, method: None }))
}

async fn found(agent: &Agent, query: &SearchQuery) -> Result<Json<Memories>, RouteError> {
    let found = agent.search(query).await?;
    let items = found.hits.into_iter().map(|hit| Remembered {
        snippet: Some(marked(&snippet(&hit.memory.content.text, &query.text, SNIPPET))),
        score: Some(hit.score),
        words: hit.words,
        meaning: hit.meaning,
        memory: hit.memory,
    });
    Ok(Json(Memories { items: items.collect(), next: None, method: Some(found.method) }))
}

fn marked(snippet: &Snippet) -> Marked {
    let units = |at: usize| snippet.text.get(..at).unwrap_or_default().encode_utf16().count();
    let marks = snippet.marks.iter().map(|mark| (units(mark.start), units(mark.end)));
    Marked { marks: marks.collect(), text: snippet.text.clone() }
}

/// Which memory.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct WhichMemory {
    /// Its id.
    memory: Uuid,
}

/// A memory.
#[route(GET, "/memories/{memory}", roles("admin"), scope = "read")]
pub(crate) async fn show_memory(
    agent: Agent,
    Path(WhichMemory { memory }): Path<WhichMemory>,
) -> Result<Json<Memory>, RouteError> {
    let known = agent.store().memories_by_id(&[memory]).await?.pop();
    known.map(Json).ok_or_else(|| missing(memory))
}

/// Forgets a memory.
#[route(DELETE, "/memories/{memory}", roles("admin"), scope = "manage")]
pub(crate) async fn delete_memory(
    agent: Agent,
    Path(WhichMemory { memory }): Path<WhichMemory>,
) -> Result<NoContent, RouteError> {
    let known = agent.store().memories_by_id(&[memory]).await?.pop().ok_or_else(|| missing(memory))?;
    let was_there = match known.kind {
        MemoryKind::Message => agent.delete_message(memory).await?,
        _ => agent.store().delete_memories(&[memory]).await? > 0,
    };
    if was_there { Ok(NoContent) } else { Err(missing(memory)) }
}

fn missing(memory: Uuid) -> RouteError {
    RouteError::not_found(format!("there is no memory {memory}")).with_code("no-memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_count_as_javascript_does() {
        let text = "🦀 rain".to_owned();
        let marks = std::iter::once(5..9).collect();
        let marked = marked(&Snippet { text, marks });
        assert_eq!(marked.marks, [(3, 7)]);
    }
}
