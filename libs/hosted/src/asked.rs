//! A request together with what the plugin's config adds to it.

use crate::{Kept, choice, schema};
use galatea::model::{Effort, ModelRequest, Tool};
use serde_json::Value;

/// What is asked of a model behind a wire.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'r> {
    /// The request.
    pub request: &'r ModelRequest,
    /// The model, by the server's name of it.
    pub model: &'r str,
    /// The kind asked for is one of long thinking.
    pub thinks: bool,
    /// The answer shall come piece by piece.
    pub streams: bool,
    /// What the server wants said again, and what models refused.
    pub kept: &'r Kept,
}

impl Asked<'_> {
    /// A parameter that is given and that the model has not refused.
    #[must_use]
    pub fn taken<T>(&self, name: &str, value: Option<T>) -> Option<T> {
        value.filter(|_| self.takes(name))
    }

    /// Whether the model has not refused a parameter.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        !self.kept.refuses(self.model, name)
    }

    /// The first of several values of a parameter that the model has not refused.
    #[must_use]
    pub fn first_taken<'v>(&self, name: &str, values: impl IntoIterator<Item = &'v str>) -> Option<&'v str> {
        let mut values = values.into_iter();
        if !self.takes(name) {
            return None;
        }
        values.find(|value| !self.kept.refuses(self.model, &format!("{name}={value}")))
    }

    /// How long it shall think, if that is said: by the request, else by the kind.
    #[must_use]
    pub fn effort(&self) -> Option<Effort> {
        self.request.parameters.effort.or(self.thinks.then_some(Effort::Medium))
    }
}

/// What stands before the conversation.
#[derive(Debug)]
pub(crate) struct Prompt<'r> {
    /// Who the agent is, and what it must be told of its answer's form.
    pub(crate) system: String,
    /// The schema of the answer, for servers that take one.
    pub(crate) schema: Option<Value>,
    /// The tools, for models that take some.
    pub(crate) tools: &'r [Tool],
}

impl<'r> Asked<'r> {
    /// Whether actions are chosen through a schema, since the model takes no tools.
    pub(crate) fn chooses(&self) -> bool {
        !self.request.tools.is_empty() && !self.takes("tools")
    }

    /// What stands before the conversation, where the server calls the schema `schema_name`.
    pub(crate) fn prompt(&self, schema_name: &str) -> Prompt<'r> {
        let request = self.request;
        let mut system = request.system.clone();
        let mut more = |text: String| {
            if !system.is_empty() {
                system.push_str("\n\n");
            }
            system.push_str(&text);
        };
        if self.chooses() {
            more(choice::in_words(&request.tools));
            let schema = self.taken(schema_name, Some(choice::schema(&request.tools)));
            return Prompt { system, schema, tools: &[] };
        }
        let schema = self.taken(schema_name, request.schema().cloned());
        if let (None, Some(schema)) = (&schema, request.schema()) {
            more(schema::in_words(schema));
        }
        Prompt { system, schema, tools: &request.tools }
    }
}
