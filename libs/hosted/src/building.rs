//! An answer that is put together from its pieces.

use galatea::model::{ModelAnswer, ModelError, ToolCall, Usage};
use serde_json::{Map, Value};
use uuid::Uuid;

/// An answer, as far as it has come.
#[derive(Debug, Default)]
pub(crate) struct Building {
    pub(crate) answer: ModelAnswer,
    /// The server said that it is the end.
    pub(crate) ended: bool,
    /// Why the server withheld it, in its words.
    pub(crate) withheld: Option<String>,
    calls: Vec<(Slot, Drafted)>,
}

/// Tells the calls of an answer apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot(u64);

/// A tool call, as far as it has come.
#[derive(Debug, Default)]
struct Drafted {
    id: String,
    name: String,
    arguments: String,
}

impl Building {
    /// Adds text; gives it back where there is some.
    pub(crate) fn text(&mut self, text: Option<String>) -> Option<String> {
        let text = text.filter(|text| !text.is_empty())?;
        self.answer.text.push_str(&text);
        Some(text)
    }

    /// Adds to the call at a place; what is `None` has come already or comes later.
    pub(crate) fn call(&mut self, at: u64, id: Option<&str>, name: Option<&str>, arguments: Option<&str>) {
        let at = Slot(at);
        let place = self.calls.iter().position(|(slot, _)| *slot == at).unwrap_or_else(|| {
            self.calls.push((at, Drafted::default()));
            self.calls.len() - 1
        });
        let Some((_, draft)) = self.calls.get_mut(place) else { return };
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            id.clone_into(&mut draft.id);
        }
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            name.clone_into(&mut draft.name);
        }
        draft.arguments.push_str(arguments.unwrap_or_default());
    }

    /// Adds a call that comes as a whole; its id.
    pub(crate) fn whole_call(&mut self, id: Option<&str>, name: &str, arguments: &Value) -> String {
        let id = id.filter(|id| !id.is_empty()).map_or_else(new_id, str::to_owned);
        let arguments = if arguments.is_null() { String::new() } else { arguments.to_string() };
        self.call(self.calls.len() as u64, Some(&id), Some(name), Some(&arguments));
        id
    }

    /// The id of the first call.
    pub(crate) fn first_call(&self) -> Option<&str> {
        self.calls.first().map(|(_, draft)| draft.id.as_str())
    }

    pub(crate) fn used(&mut self, usage: Usage) {
        self.answer.usage = usage;
    }

    pub(crate) fn by_model(&mut self, name: Option<String>) {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            self.answer.model = name;
        }
    }

    /// The answer.
    pub(crate) fn finish(mut self) -> Result<ModelAnswer, ModelError> {
        if !self.ended {
            return Err(ModelError::Unavailable(
                "the stream broke off before the answer was whole".to_owned(),
            ));
        }
        let calls = std::mem::take(&mut self.calls).into_iter().map(|(_, draft)| draft);
        self.answer.calls = calls.filter(|draft| !draft.name.is_empty()).map(Drafted::finish).collect();
        let is_empty =
            self.answer.text.is_empty() && self.answer.calls.is_empty() && self.answer.media.is_empty();
        match self.withheld {
            Some(why) if is_empty => Err(ModelError::Rejected(format!("the answer was withheld: {why}"))),
            Some(_) => Ok(ModelAnswer { cut: true, ..self.answer }),
            None => Ok(self.answer),
        }
    }
}

impl Drafted {
    fn finish(self) -> ToolCall {
        let written = self.arguments.trim();
        let arguments = match serde_json::from_str(written) {
            _ if written.is_empty() => Map::new(),
            Ok(Value::Object(arguments)) => arguments,
            // The engine refuses such a call, and shows the model what it wrote.
            Ok(other) => Map::from_iter([(String::new(), other)]),
            Err(_) => Map::from_iter([(String::new(), Value::String(written.to_owned()))]),
        };
        let id = if self.id.is_empty() { new_id() } else { self.id };
        ToolCall { id, name: self.name, arguments }
    }
}

fn new_id() -> String {
    format!("call-{}", Uuid::now_v7().simple())
}

/// A piece of an answer that is not what it should be.
pub(crate) fn malformed(what: &str, error: &dyn std::fmt::Display) -> ModelError {
    ModelError::Unavailable(format!("{what} cannot be read: {error}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_every_kind_become_a_call() {
        for (written, wanted) in [
            ("", r"{}"),
            (r#"{"a": 1}"#, r#"{"a":1}"#),
            (r#"["a"]"#, r#"{"":["a"]}"#),
            (r#"{"a": "#, r#"{"":"{\"a\":"}"#),
        ] {
            let mut building = Building { ended: true, ..Building::default() };
            building.call(3, Some("x"), Some("LOOK"), None);
            building.call(3, None, None, Some(written));
            let call = building.finish().unwrap().calls.remove(0);
            assert_eq!((call.id.as_str(), call.name.as_str()), ("x", "LOOK"));
            assert_eq!(Value::Object(call.arguments).to_string(), wanted);
        }
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        let broken = Building::default().finish().unwrap_err();
        assert!(matches!(broken, ModelError::Unavailable(_)), "{broken}");
        let withheld = Building { ended: true, withheld: Some("SAFETY".to_owned()), ..Building::default() };
        assert_eq!(
            withheld.finish().unwrap_err().to_string(),
            "the model refused the request: the answer was withheld: SAFETY"
        );
    }
}
