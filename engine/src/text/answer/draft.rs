//! What has been gathered of an answer so far.

use serde_json::{Map, Value};

use super::actions::Arguments;
use super::asked::is_quiet;
use super::{ActionCall, Answer, AnswerFormat};
use crate::text::name::same_name;

/// A call whose arguments may still come.
#[derive(Debug, Default)]
pub(super) struct DraftCall {
    pub(super) name: String,
    pub(super) arguments: Option<Value>,
}

/// An answer being read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) thought: Option<String>,
    pub(super) calls: Vec<DraftCall>,
    /// Arguments that stand beside the calls, with the number of calls in front of them.
    pub(super) loose: Vec<(usize, Arguments)>,
    pub(super) providers: Vec<String>,
    pub(super) text: Option<String>,
    pub(super) cut: bool,
    /// The end is missing of something that says what to do.
    pub(super) broken: bool,
}

impl DraftCall {
    /// The call; nothing is an empty object.
    pub(super) fn finish(self) -> ActionCall {
        let arguments = self.arguments.unwrap_or_else(|| Value::Object(Map::new()));
        ActionCall { name: self.name, arguments }
    }
}

impl Draft {
    /// Whether nothing has been found.
    pub(super) fn is_empty(&self) -> bool {
        self.thought.is_none()
            && self.calls.is_empty()
            && self.loose.is_empty()
            && self.providers.is_empty()
            && self.text.is_none()
    }

    /// Appends what a later block of the same answer says.
    pub(super) fn append(&mut self, other: Self) {
        let before = self.calls.len();
        self.calls.extend(other.calls);
        let loose = other.loose.into_iter();
        self.loose.extend(loose.map(|(calls, arguments)| (before + calls, arguments)));
        self.providers.extend(other.providers);
        self.thought = self.thought.take().or(other.thought);
        self.text = self.text.take().or(other.text);
        self.cut |= other.cut;
        self.broken |= other.broken;
    }

    /// Whether it asks for actions that do something.
    pub(super) fn asks(&self) -> bool {
        self.calls.iter().any(|call| !call.name.is_empty() && !is_quiet(&call.name))
    }

    /// Leaves out what it asks for.
    pub(super) fn forget_calls(&mut self) {
        self.calls.clear();
        self.loose.clear();
    }

    /// The finished answer.
    pub(super) fn finish(mut self, format: AnswerFormat) -> Answer {
        let single = self.loose.len() == 1;
        for (before, arguments) in std::mem::take(&mut self.loose) {
            self.hand_out(before, arguments, single);
        }
        let calls = self.calls.into_iter().filter(|call| !call.name.is_empty());
        Answer {
            thought: self.thought.and_then(not_blank),
            actions: calls.map(DraftCall::finish).collect(),
            providers: self.providers,
            text: self.text.and_then(not_blank),
            format,
            cut: self.cut,
        }
    }

    fn hand_out(&mut self, before: usize, arguments: Arguments, single: bool) {
        let named = |name: &str| self.calls.iter().position(|call| same_name(&call.name, name));
        let parts = match arguments {
            Arguments::Value(Value::Object(fields))
                if !fields.is_empty() && fields.keys().all(|key| named(key).is_some()) =>
            {
                fields
            }
            Arguments::ByAction(fields) if fields.keys().any(|key| named(key).is_some()) => fields,
            Arguments::Value(value) => return self.give(before, value, single),
            Arguments::ByAction(fields) => return self.give(before, Value::Object(fields), single),
        };
        for (name, value) in parts {
            let found =
                self.calls.iter_mut().find(|call| same_name(&call.name, &name) && call.arguments.is_none());
            if let Some(call) = found {
                call.arguments = Some(value);
            }
        }
    }

    /// Arguments that do not say whose they are: if they are the only ones, they belong to the
    /// first action that can do something with them, else to the action in front of them.
    fn give(&mut self, before: usize, value: Value, single: bool) {
        let free = |call: &DraftCall| call.arguments.is_none();
        let target = if single {
            self.calls
                .iter()
                .position(|call| free(call) && !is_quiet(&call.name))
                .or_else(|| self.calls.iter().position(free))
        } else {
            before.checked_sub(1)
        };
        if let Some(call) = target.and_then(|at| self.calls.get_mut(at)).filter(|c| free(c)) {
            call.arguments = Some(value);
        }
    }
}

fn not_blank(text: String) -> Option<String> {
    let trimmed = text.trim();
    match trimmed.len() {
        0 => None,
        length if length == text.len() => Some(text),
        _ => Some(trimmed.to_owned()),
    }
}
