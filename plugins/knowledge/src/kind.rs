//! The service as others see it: a [`KnowledgeBase`].

use crate::{
    Documents, KnowledgeError,
    ingest::{Body, Incoming},
    read::Format,
    service::of_text,
    source::Meaning,
};
use async_trait::async_trait;
use galatea::service::kind::{
    KindFault, KnowledgeAdded, KnowledgeBase, KnowledgeDocument, KnowledgeHit, KnowledgeSource, ToldProgress,
};

#[async_trait]
impl KnowledgeBase for Documents {
    async fn add(
        &self,
        source: KnowledgeSource,
        told: ToldProgress<'_>,
    ) -> Result<KnowledgeAdded, KindFault> {
        let incoming = match source {
            KnowledgeSource::Text { text, title } => vec![of_text(text, title, false)],
            KnowledgeSource::Path(path) => {
                self.incoming(Meaning::Path(path.to_string_lossy().into_owned()), false).await?
            }
            KnowledgeSource::Url(url) => self.incoming(Meaning::Url(url), false).await?,
            KnowledgeSource::Bytes { name, media_type, bytes } => vec![handed(name, media_type, bytes)?],
        };
        Ok(self.read_now(incoming, told).await?)
    }

    async fn documents(&self) -> Result<Vec<KnowledgeDocument>, KindFault> {
        self.library.load().await.map_err(KnowledgeError::from)?;
        Ok(self.library.all().iter().map(crate::record::Document::shown).collect())
    }

    async fn remove(&self, document: &str) -> Result<Vec<KnowledgeDocument>, KindFault> {
        let _one_at_a_time = self.reading.lock().await;
        self.library.load().await.map_err(KnowledgeError::from)?;
        let meant = self.meant(document);
        if meant.is_empty() {
            return Err(KnowledgeError::Unknown(document.to_owned()).into());
        }
        for one in &meant {
            self.library.forget(one).await.map_err(KnowledgeError::from)?;
        }
        Ok(meant.iter().map(crate::record::Document::shown).collect())
    }

    async fn search(&self, query: &str, limit: usize) -> Result<Vec<KnowledgeHit>, KindFault> {
        Ok(self.find(query, limit).await?)
    }
}

/// A document that somebody hands over.
fn handed(name: String, media_type: Option<String>, bytes: Vec<u8>) -> Result<Incoming, KindFault> {
    // Only a name: it must not be taken for a file of this machine, or for an address.
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if last.is_empty() || last.contains('\0') {
        return Err(KindFault::Refused("a document needs a name".to_owned()));
    }
    let format =
        media_type.as_deref().and_then(Format::of_media_type).filter(|format| *format != Format::Text);
    let format = format.or_else(|| Format::of_name(last));
    Ok(Incoming {
        source: last.to_owned(),
        body: Body::Bytes(bytes.into()),
        format,
        title: None,
        named: false,
    })
}
