//! The file of a recording.

use super::super::difference::differences;
use crate::model::{ModelAnswer, ModelKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{fs, io, path::Path};

/// The form of the file; another number is another form.
const FORM: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "galatea-recording")]
    form: u32,
    calls: Vec<Call>,
}

/// A request and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    kind: String,
    request: Value,
    answer: ModelAnswer,
    /// The text came piece by piece, to somebody who followed it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    streamed: bool,
    #[serde(skip)]
    used: bool,
}

impl Call {
    pub(super) fn new(kind: &ModelKind, request: Value, answer: ModelAnswer, streamed: bool) -> Self {
        Self { kind: kind.name().to_owned(), request, answer, streamed, used: false }
    }
}

/// The calls of a recording.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Call>);

impl Calls {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        let file: File = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        if file.form != FORM {
            return Err(format!("it has form {}, this version reads form {FORM}", file.form));
        }
        Ok(Self(file.calls))
    }

    /// Writes the file, in an order that does not depend on which of two models was faster.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let mut calls = self.0.clone();
        calls.sort_by_cached_key(|call| (call.kind.clone(), call.request.to_string()));
        let text = serde_json::to_string_pretty(&File { form: FORM, calls })?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text + "\n")
    }

    pub(super) fn add(&mut self, call: Call) {
        self.0.push(call);
    }

    /// The answer to a request, and whether it was streamed: the next one that was recorded for it, the last one again if all were
    /// given.
    pub(super) fn answer(&mut self, kind: &ModelKind, request: &Value) -> Option<(ModelAnswer, bool)> {
        let fits = |call: &Call| call.kind == kind.name() && call.request == *request;
        let next = self.0.iter().position(|call| fits(call) && !call.used);
        let found = next.or_else(|| self.0.iter().rposition(fits))?;
        let call = self.0.get_mut(found)?;
        call.used = true;
        Some((call.answer.clone(), call.streamed))
    }

    /// The recorded request that is most like this one; those first that were not asked yet.
    pub(super) fn nearest(&self, kind: &ModelKind, request: &Value) -> Option<&Value> {
        let same_kind = self.0.iter().filter(|call| call.kind == kind.name());
        let nearest = same_kind.min_by_key(|call| (call.used, differences(&call.request, request).len()));
        nearest.map(|call| &call.request)
    }
}
