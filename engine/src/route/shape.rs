//! What is told of a route: what it reads of a request, what it answers.

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

/// Makes the JSON Schema of a type.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What a route reads and answers, as its parameters and its result say.
#[derive(Clone, Debug, Default)]
pub struct RouteShape {
    /// The types that read the parameters of the path.
    pub path: Vec<SchemaOf>,
    /// The types that read the query.
    pub query: Vec<SchemaOf>,
    /// What reads the body.
    pub body: Option<BodyShape>,
    /// What it answers, if the type of its result tells.
    pub answer: Option<AnswerShape>,
    /// What else it answers when all is well, e.g. with another status, or where another media type is asked for.
    pub more: Vec<AnswerShape>,
}

/// A body that a route reads.
#[derive(Clone, Copy, Debug)]
pub struct BodyShape {
    /// Its media type, e.g. `application/json`.
    pub media_type: &'static str,
    /// Its shape; `None` where it may be anything.
    pub schema: Option<SchemaOf>,
    /// It must be there.
    pub required: bool,
}

/// An answer that a route gives when all is well.
#[derive(Clone, Copy, Debug)]
pub struct AnswerShape {
    /// Its status; `None` where that is decided when it runs.
    pub status: Option<u16>,
    /// Its media type; `None` for an answer without a body.
    pub media_type: Option<&'static str>,
    /// Its shape; `None` where it may be anything.
    pub schema: Option<SchemaOf>,
}

/// A schema, or what it refers to among the generator's definitions.
pub(super) fn resolved(schema: &Value, generator: &SchemaGenerator) -> Value {
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.rsplit('/').next());
    target.and_then(|name| generator.definitions().get(name)).unwrap_or(schema).clone()
}
