//! What the plugin answers over HTTP: `/knowledge/documents` and `/knowledge/search`.

use crate::Documents;
use galatea::{
    prelude::*,
    service::kind::{
        KindFault, KnowledgeAdded, KnowledgeBase, KnowledgeDocument, KnowledgeHit, KnowledgeSource,
    },
};
use schemars::JsonSchema;
use serde::Deserialize;

/// How many fragments are given if nobody says how many.
const FOUND: usize = 20;

/// What to look for.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SearchFor {
    /// The question.
    pub q: String,
    /// How many fragments at most. Default 20, at most 100.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// Which document.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Which {
    /// Its id.
    pub id: uuid::Uuid,
}

/// The documents that the agent answers from, sorted by their sources.
#[route(GET, "/documents")]
pub async fn list_documents(
    documents: Service<Documents>,
) -> Result<route::Json<Vec<KnowledgeDocument>>, RouteError> {
    documents.documents().await.map(route::Json).map_err(refused)
}

/// Adds documents: each part of the form with a file name is one.
#[route(POST, "/documents", timeout = "10m")]
pub async fn add_document(
    mut form: route::Multipart,
    documents: Service<Documents>,
) -> Result<route::Json<KnowledgeAdded>, RouteError> {
    let broken = |error: String| RouteError::bad_request(format!("the form cannot be read: {error}"));
    let mut all = KnowledgeAdded::default();
    while let Some(part) = form.next_field().await.map_err(|error| broken(error.body_text()))? {
        let Some(name) = part.file_name().map(str::to_owned) else { continue };
        let media_type = part.content_type().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|error| broken(error.body_text()))?.to_vec();
        let source = KnowledgeSource::Bytes { name, media_type, bytes };
        let added = documents.add(source, &|_| {}).await.map_err(refused)?;
        all.documents.extend(added.documents);
        all.failed.extend(added.failed);
    }
    if all.documents.is_empty() && all.failed.is_empty() {
        return Err(RouteError::bad_request("the form has no file; send one with its name"));
    }
    Ok(route::Json(all))
}

/// Forgets a document; gives what it was.
#[route(DELETE, "/documents/{id}")]
pub async fn delete_document(
    route::Path(Which { id }): route::Path<Which>,
    documents: Service<Documents>,
) -> Result<route::Json<Vec<KnowledgeDocument>>, RouteError> {
    documents.remove(&id.to_string()).await.map(route::Json).map_err(refused)
}

/// The fragments that fit a question, best first.
#[route(GET, "/search", timeout = "30s")]
pub async fn search_documents(
    route::Query(SearchFor { q, limit }): route::Query<SearchFor>,
    documents: Service<Documents>,
) -> Result<route::Json<Vec<KnowledgeHit>>, RouteError> {
    let limit = limit.unwrap_or(FOUND).min(100);
    documents.search(&q, limit).await.map(route::Json).map_err(refused)
}

fn refused(fault: KindFault) -> RouteError {
    match fault {
        KindFault::NotFound(_) => RouteError::not_found(fault.to_string()),
        KindFault::Refused(_) => RouteError::bad_request(fault.to_string()),
        other => RouteError::from(other),
    }
}
