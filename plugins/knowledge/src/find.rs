//! Finds fragments, by their words and by what they mean.

use crate::{Documents, KnowledgeError, record::Place};
use galatea::{
    memory::MemoryKind,
    search::{Hit, SearchQuery},
    service::kind::KnowledgeHit,
};

/// How near a fragment must be that shares no word with the question: the cosine of their vectors.
const NEAR: f64 = 0.3;

impl Documents {
    /// The fragments that fit a question, best first, labelled by their rank.
    ///
    /// # Errors
    /// If the storage cannot be searched.
    pub async fn find(&self, question: &str, limit: usize) -> Result<Vec<KnowledgeHit>, KnowledgeError> {
        if limit == 0 || question.trim().is_empty() {
            return Ok(Vec::new());
        }
        let query = SearchQuery::new(question)
            .kind(MemoryKind::Fragment)
            .room(self.library.rooms.fragments)
            .limit(limit);
        let hits: Vec<(Hit, Place)> = self
            .agent
            .search(&query)
            .await?
            .hits
            .into_iter()
            .filter(is_near)
            .filter_map(|hit| Place::of(&hit.memory).map(|place| (hit, place)))
            .collect();
        let contents: Vec<_> = hits.iter().map(|(_, place)| place.content).collect();
        let documents = self.library.of_contents(&contents).await?;
        let mut found = Vec::new();
        for (hit, place) in hits {
            // Its document may have been deleted a moment ago.
            let Some(document) = documents.get(&place.content) else { continue };
            let label = (found.len() + 1).to_string();
            found.push(KnowledgeHit {
                score: hit.score,
                citation: place.citation(&hit.memory, document, label),
            });
        }
        Ok(found)
    }
}

/// Something is always nearest; it must be near, too.
fn is_near(hit: &Hit) -> bool {
    hit.words.is_some() || hit.meaning.is_some_and(|place| place.score >= NEAR)
}
