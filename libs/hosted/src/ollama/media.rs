//! Vectors, and which models there are.

use super::Ollama;
use crate::{Host, building::malformed};
use galatea::model::{ModelAnswer, ModelError, ModelRequest, Usage};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Debug, Deserialize)]
struct Vectors {
    embeddings: Vec<Vec<f32>>,
    prompt_eval_count: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Tags {
    models: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
struct Tag {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Shown {
    capabilities: Option<Vec<String>>,
}

impl Ollama {
    /// Makes vectors of the texts of a request.
    ///
    /// # Errors
    /// [`ModelError`], as the server's answer means it.
    pub async fn embed(
        &self,
        host: &Host,
        model: &str,
        request: &ModelRequest,
    ) -> Result<ModelAnswer, ModelError> {
        let texts: Vec<&str> = request.texts().collect();
        let mut body =
            Map::from_iter([("model".to_owned(), model.into()), ("input".to_owned(), json!(texts))]);
        body.extend(request.wanted.dimension.map(|length| ("dimensions".to_owned(), length.into())));
        let response = host.post("/api/embed", &Value::Object(body)).await?;
        let made: Vectors = response.json().map_err(|error| malformed("the vectors", &error))?;
        if made.embeddings.len() != texts.len() {
            let why = format!("{} vectors for {} texts", made.embeddings.len(), texts.len());
            return Err(ModelError::Unavailable(why));
        }
        let usage = Usage::new(made.prompt_eval_count.unwrap_or_default(), 0);
        Ok(ModelAnswer { usage, model: model.to_owned(), ..ModelAnswer::of_vectors(made.embeddings) })
    }

    /// The names of the models that the server has, with their tags: `llama3.2:latest`; the newest first.
    ///
    /// # Errors
    /// [`ModelError`] if it does not tell.
    pub async fn installed(&self, host: &Host) -> Result<Vec<String>, ModelError> {
        let tags: Tags =
            host.get("/api/tags").await?.json().map_err(|error| malformed("the list of models", &error))?;
        Ok(tags.models.into_iter().map(|tag| tag.name).collect())
    }

    /// Whether a model talks. Servers that do not tell what a model can are believed by its name.
    ///
    /// # Errors
    /// [`ModelError`] if the server does not tell.
    pub async fn talks(&self, host: &Host, model: &str) -> Result<bool, ModelError> {
        let response = host.post("/api/show", &json!({ "model": model })).await?;
        let shown: Shown =
            response.json().map_err(|error| malformed("what is known of the model", &error))?;
        Ok(match shown.capabilities {
            Some(can) => can.iter().any(|one| one == "completion"),
            None => !model.contains("embed"),
        })
    }
}
