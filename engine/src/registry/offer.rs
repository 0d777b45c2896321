//! Actions as models see them.

use crate::{definition::ActionDef, extract::Signature, fit::Fit, model::Tool};
use std::sync::Arc;

/// An action as models see it, and what its arguments are held against.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) tool: Arc<Tool>,
    /// `None` of an action without arguments; an error where the schema cannot be used.
    pub(crate) arguments: Result<Option<Arc<Fit>>, String>,
}

impl Offer {
    pub(super) fn of(def: &ActionDef) -> Self {
        let schema = Signature::of(def.describe).arguments;
        let arguments = schema.as_ref().map(Fit::new).transpose().map(|fit| fit.map(Arc::new));
        let tool = Tool {
            name: def.name.to_owned(),
            description: def.description.to_owned(),
            parameters: schema.unwrap_or_else(|| serde_json::json!({ "type": "object", "properties": {} })),
            similes: def.similes.iter().map(|&simile| simile.to_owned()).collect(),
            examples: def.examples.iter().map(|e| (e.user.to_owned(), e.agent.to_owned())).collect(),
        };
        Self { tool: Arc::new(tool), arguments }
    }
}
