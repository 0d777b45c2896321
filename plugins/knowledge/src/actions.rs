//! What the agent can do with documents when it is asked to.

use crate::{
    Documents, KnowledgeError,
    providers::list,
    service::of_text,
    source::{Meaning, meaning},
};
use galatea::{
    memory::Attachment,
    prelude::*,
    service::kind::{KnowledgeAdded, KnowledgeChange},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// How many fragments a search gives.
const FOUND: usize = 5;

/// What shall be known.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct Material {
    /// A path, an address, or the text itself that shall be known. Left out, it is what is attached to the message.
    #[serde(default)]
    pub source: Option<String>,
}

/// What to look for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Question {
    /// What to look for, in a few words or as a question.
    pub query: String,
}

fn has_any(message: &Memory, words: &[&str]) -> bool {
    let text = message.content.text.to_lowercase();
    words.iter().any(|word| text.contains(word))
}

#[validate]
fn brings_material(message: Message) -> Result<(), &'static str> {
    let deeds = ["process", "add", "upload", "ingest", "read", "learn", "remember", "store", "load", "know"];
    let things =
        ["knowledge", "document", "file", "folder", "http://", "https://", ".md", ".txt", ".pdf", ".html"];
    let attached = !message.content.attachments.is_empty();
    if has_any(&message, &deeds) && (attached || has_any(&message, &things)) {
        return Ok(());
    }
    Err("the message names no document")
}

#[validate]
fn asks_documents(message: Message) -> Result<(), &'static str> {
    let deeds =
        ["search", "find", "look up", "look for", "look in", "query", "what do your", "consult", "check"];
    let things = ["knowledge", "document", "docs", "handbook", "manual", "notes", "files"];
    if has_any(&message, &deeds) && has_any(&message, &things) {
        return Ok(());
    }
    Err("the message does not ask for documents")
}

/// Reads a document, so that the agent can answer from it from now on: a file or folder that the character grants, an
/// address, a text, or what is attached to the message.
#[action(
    similes("PROCESS_DOCUMENT", "ADD_KNOWLEDGE", "UPLOAD_DOCUMENT", "INGEST_KNOWLEDGE", "STORE_KNOWLEDGE"),
    validate = brings_material,
    roles("owner", "admin"),
    example(user = "Process the document at docs/handbook.pdf", agent = "I'll read it."),
    example(user = "Add https://example.com/faq.html to your knowledge", agent = "I'll read it."),
    example(user = "Add this to your knowledge: the ferry leaves from pier four", agent = "I'll remember that."),
    tags("knowledge"),
    timeout = "10m",
    idempotent
)]
pub async fn process_knowledge(
    Args(material): Args<Material>,
    documents: Service<Documents>,
    message: Message,
) -> Result<ActionResult, KnowledgeError> {
    let written = material.source.filter(|source| !source.trim().is_empty());
    let mut added = KnowledgeAdded::default();
    let meanings: Vec<Meaning> = match &written {
        Some(source) => vec![meaning(source)],
        None => message.content.attachments.iter().filter_map(attached).collect(),
    };
    if meanings.is_empty() {
        return Ok(ActionResult::failure("there is nothing to read: give a path, an address or a text"));
    }
    for meaning in meanings {
        let incoming = match meaning {
            Meaning::Text { text, title } => vec![of_text(text, title, false)],
            other => documents.incoming(other, false).await?,
        };
        let more = documents.read_now(incoming, &|_| {}).await?;
        added.documents.extend(more.documents);
        added.failed.extend(more.failed);
    }
    let said = told(&added);
    if added.documents.is_empty() {
        return Ok(ActionResult::failure(said));
    }
    Ok(ActionResult::text(said).with_data(&added)?)
}

/// What is attached: its text if somebody has read it, else where it is.
fn attached(attachment: &Attachment) -> Option<Meaning> {
    if let Some(text) = attachment.text.as_ref().filter(|text| !text.trim().is_empty()) {
        return Some(Meaning::Text { text: text.clone(), title: attachment.title.clone() });
    }
    Some(meaning(&attachment.url)).filter(|meaning| matches!(meaning, Meaning::Url(_)))
}

/// What was read, in words.
fn told(added: &KnowledgeAdded) -> String {
    let mut lines = Vec::new();
    for (document, change) in &added.documents {
        let name = document.title.as_deref().unwrap_or(&document.source);
        let fragments = document.fragments;
        lines.push(match change {
            KnowledgeChange::New => format!("I have read {name}: {fragments} fragments."),
            KnowledgeChange::Replaced => format!("I have read {name} anew: {fragments} fragments."),
            KnowledgeChange::Unchanged => format!("I know {name} already."),
        });
    }
    if lines.is_empty() && added.failed.is_empty() {
        lines.push("There is no document in it.".to_owned());
    }
    lines.extend(added.failed.iter().map(|(source, why)| format!("I could not read {source}: {why}.")));
    lines.join("\n")
}

/// Looks something up in the agent's documents. For questions the agent's knowledge is told anyway; this is for when
/// somebody asks to search it.
#[action(
    similes("SEARCH_DOCUMENTS", "FIND_KNOWLEDGE", "QUERY_KNOWLEDGE", "LOOKUP_KNOWLEDGE"),
    validate = asks_documents,
    example(user = "Search your knowledge for the opening hours", agent = "I'll look it up."),
    example(user = "Find what the documents say about dogs", agent = "I'll look it up."),
    example(user = "Look up breakfast in the handbook", agent = "I'll look it up."),
    tags("knowledge"),
    timeout = "30s",
    idempotent
)]
pub async fn search_knowledge(
    Args(Question { query }): Args<Question>,
    documents: Service<Documents>,
    state: State,
) -> Result<ActionResult, KnowledgeError> {
    documents.ready().await;
    let hits = documents.find(&query, FOUND).await?;
    if hits.is_empty() {
        return Ok(ActionResult::text(format!("The documents say nothing about “{query}”.")));
    }
    // Labels are unique in a turn: the provider has given some already.
    let given = state.citations.iter().filter_map(|one| one.label.parse::<usize>().ok()).max().unwrap_or(0);
    let told = |(number, hit): (usize, galatea::service::kind::KnowledgeHit)| Citation {
        label: (given + number).to_string(),
        ..hit.citation
    };
    let told: Vec<Citation> = (1..).zip(hits).map(told).collect();
    let text = list(&told);
    let found = serde_json::json!({ "query": query, "found": told.len() });
    Ok(ActionResult::text(text).with_citations(&told).with_data(&found)?)
}
