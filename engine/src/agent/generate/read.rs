//! Takes actions and text out of what a model wrote.

use crate::{
    model::{Format, ModelAnswer, ModelRequest, Purpose, ToolCall},
    text::answer::{AnswerFormat, read_answer, without_thinking},
};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Reads what a model wrote: hidden thoughts go, and where it answers in a format its actions and text are
/// taken out of it. JSON is read as an answer only where the model was asked to write one: a user may have
/// asked for JSON. Answers that are data, not speech, stay as they are for who asked.
pub(super) fn read(answer: ModelAnswer, request: &ModelRequest, in_words: bool) -> ModelAnswer {
    let speech =
        matches!(request.purpose, Purpose::Decide | Purpose::Reply) && request.format == Format::Text;
    if !speech {
        return answer;
    }
    let answer = ModelAnswer { text: without_thinking(&answer.text), ..answer };
    if !answer.calls.is_empty() || answer.text.is_empty() {
        return answer;
    }
    let read = read_answer(&answer.text);
    if read.format == AnswerFormat::Json && !in_words {
        return answer;
    }
    let calls = read.actions.into_iter().map(|call| ToolCall {
        id: format!("call-{}", Uuid::now_v7().simple()),
        name: call.name,
        arguments: match call.arguments {
            Value::Object(arguments) => arguments,
            other => Map::from_iter([(ToolCall::NOT_AN_OBJECT.to_owned(), other)]),
        },
    });
    let text = read.text.unwrap_or_default();
    let cut = answer.cut || read.cut && is_text_cut(&answer.text);
    let providers = read.providers;
    ModelAnswer { calls: calls.collect(), text, providers, cut, ..answer }
}

/// Whether an answer that ended in the middle did so in its text, not behind it: many models leave out the end
/// of the frame.
fn is_text_cut(answer: &str) -> bool {
    answer.rfind("<text>").is_none_or(|at| !answer[at..].contains("</t"))
}
