//! What a server's refusal means.

use crate::{Optional, retry};
use galatea::model::ModelError;
use galatea_http::{HttpError, Response};
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// How much of a refusal is told, in characters.
const TOLD: usize = 500;

/// The words by which servers say that a request is too long.
const TOO_LONG: [&str; 14] = [
    "context_length_exceeded",
    "exceed_context_size_error",
    "request_too_large",
    "maximum context length",
    "context window",
    "context limit",
    "context length",
    "available context size",
    "prompt is too long",
    "input is too long",
    "exceeds the maximum number of tokens",
    "too many tokens",
    "reduce the length of the",
    "too large for model",
];

/// The words by which servers say that they do not know a parameter at all, not only its value.
const UNKNOWN: [&str; 8] = [
    "unsupported_parameter",
    "unsupported parameter",
    "unrecognized",
    "unknown",
    "unexpected",
    "extra inputs",
    "deprecated",
    "use 'max_completion_tokens' instead",
];

/// The words by which servers say that they withhold an answer because of what was asked, not because of who asks.
const FLAGGED: [&str; 7] = [
    "input was flagged",
    "prompt was flagged",
    "content was flagged",
    "requires moderation",
    "content_policy",
    "content policy",
    "content_filter",
];

/// What stands before the number of tokens that a model takes.
const LIMITS: [&str; 7] = [
    "maximum context length is ",
    "maximum number of tokens allowed (",
    "context length is only ",
    "available context size (",
    "context size (",
    "context length of ",
    "tokens > ",
];

/// An answer that is none: a status of 400 or more, or an error in the place of an answer.
#[derive(Debug)]
pub struct Refusal {
    /// What it means.
    pub error: ModelError,
    /// The parameter that the server names as the reason, if it does.
    pub parameter: Option<String>,
    message: String,
    code: String,
}

impl Refusal {
    /// The refusal in an answer.
    pub(crate) fn of(response: &Response, now: Timestamp) -> Self {
        let text = response.text();
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let told = Told::of(&body, &text);
        let wait = || retry::wait(response, &body, now);
        Self::new(response.status, told, wait)
    }

    /// The error that came in the place of an answer, or in its middle.
    pub(crate) fn in_stream(body: &Value) -> Self {
        let told = Told::of(body, "");
        let status = told.status();
        Self::new(status, told, || retry::wait_in_body(body))
    }

    fn new(status: u16, told: Told, wait: impl FnOnce() -> Option<Duration>) -> Self {
        let Told { message, code, parameter, limit, is_flagged } = told;
        let has = |word: &str| code.contains(word) || message.to_lowercase().contains(word);
        let is_too_long = TOO_LONG.iter().any(|word| has(word));
        let error = match status {
            403 if is_flagged || FLAGGED.iter().any(|word| has(word)) => {
                ModelError::Rejected(message.clone())
            }
            401..=403 => ModelError::Unauthorized(message.clone()),
            // No waiting helps an account without money.
            429 if has("insufficient_quota") || has("spend_limit") => {
                ModelError::Unauthorized(message.clone())
            }
            400 if has("api_key_invalid") || has("api key not valid") => {
                ModelError::Unauthorized(message.clone())
            }
            429 => ModelError::RateLimited { retry_after: wait() },
            400..=499 if is_too_long => ModelError::TooLong {
                limit: limit.or_else(|| number_after(&message.to_lowercase())),
                why: message.clone(),
            },
            // A model that is not there is no fault of the request: another server has another one.
            404 => ModelError::Unavailable(message.clone()),
            408 => ModelError::Unavailable(format!("{status}: {message}")),
            400..=499 => ModelError::Rejected(message.clone()),
            // Some servers say only in the middle, as their own failure, that it is too long.
            _ if is_too_long => ModelError::TooLong { limit, why: message.clone() },
            _ => ModelError::Unavailable(format!("{status}: {message}")),
        };
        Self { error, parameter, message, code }
    }

    /// Whether the server says that it does not know the parameter at all, not only its value.
    pub(crate) fn says_unknown(&self) -> bool {
        let message = self.message.to_lowercase();
        UNKNOWN.iter().any(|word| self.code.contains(word) || message.contains(word))
    }

    /// The parameter without which the call may go well: one of those that it has and that the server complains of.
    pub(crate) fn blames(&self, optional: &[Optional], body: &Value) -> Option<Optional> {
        if !matches!(self.error, ModelError::Rejected(_) | ModelError::Unavailable(_)) {
            return None;
        }
        let named = |one: &&Optional| {
            self.parameter.as_deref().is_some_and(|name| name.rsplit('.').next() == Some(one.name))
        };
        let there = || optional.iter().filter(|one| body.pointer(one.pointer).is_some());
        there().find(named).or_else(|| there().find(|one| is_word_of(&self.message, one.name))).copied()
    }
}

/// Whether a text has a word; one of several parts (`thinkingLevel`, `top_p`) however these are joined.
fn is_word_of(text: &str, word: &str) -> bool {
    let joined =
        |text: &str| text.chars().filter(|c| !matches!(c, '_' | ' ')).collect::<String>().to_lowercase();
    if word.len() > 8 && word.contains(|c: char| c == '_' || c.is_uppercase()) {
        return joined(text).contains(&joined(word));
    }
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// What a server says of a failure.
struct Told {
    message: String,
    /// Its codes and types, in lower case.
    code: String,
    parameter: Option<String>,
    limit: Option<u64>,
    /// A filter in front of the model names what it does not let through.
    is_flagged: bool,
}

impl Told {
    fn of(body: &Value, text: &str) -> Self {
        let first = body.as_array().and_then(|all| all.first()).unwrap_or(body);
        let error = first.get("error").unwrap_or(first);
        let said = |key: &str| error.get(key).and_then(Value::as_str);
        let raw = error.pointer("/metadata/raw").and_then(Value::as_str);
        let message = error.as_str().or_else(|| said("message")).or_else(|| said("detail"));
        let message = message.or_else(|| first.get("message").and_then(Value::as_str));
        let mut message = message.map_or_else(|| text.trim().to_owned(), str::to_owned);
        if let Some(raw) = raw {
            message = format!("{message}: {raw}");
        }
        let codes = ["code", "type", "status"].iter().filter_map(|key| error.get(*key));
        let reasons = error.get("details").and_then(Value::as_array).into_iter().flatten();
        let codes = codes.chain(reasons.filter_map(|one| one.get("reason")));
        let code: Vec<String> = codes.map(ToString::to_string).collect();
        let message: String = message.chars().take(TOLD).collect();
        Self {
            message: if message.is_empty() { "it does not say why".to_owned() } else { message },
            code: code.join(" ").to_lowercase(),
            parameter: said("param").map(str::to_owned),
            limit: error.get("n_ctx").and_then(Value::as_u64),
            is_flagged: error.pointer("/metadata/flagged_input").is_some(),
        }
    }

    /// The status that an error in the middle of a stream would have had.
    fn status(&self) -> u16 {
        let number = self.code.split(|c: char| !c.is_ascii_digit()).find_map(|digits| digits.parse().ok());
        number.filter(|status| (400..600).contains(status)).unwrap_or_else(|| {
            let has = |word: &str| self.code.contains(word);
            match () {
                () if has("authentication") || has("invalid_api_key") => 401,
                () if has("permission") || has("billing") => 403,
                () if has("rate_limit") || has("resource_exhausted") => 429,
                () if has("invalid_request") || has("invalid_argument") || has("context_size") => 400,
                () => 500,
            }
        })
    }
}

/// The number of tokens in a refusal.
fn number_after(message: &str) -> Option<u64> {
    let rest = LIMITS.iter().find_map(|before| message.split_once(before).map(|(_, rest)| rest))?;
    let digits: String = rest.chars().filter(|c| *c != ',').take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// What a failure of the connection means.
pub(crate) fn of_http(error: HttpError, total: Duration) -> ModelError {
    match error {
        HttpError::Timeout { .. } => ModelError::Timeout(total),
        refused @ (HttpError::NotGranted { .. } | HttpError::BadUrl { .. } | HttpError::Unusable { .. }) => {
            ModelError::Rejected(refused.to_string())
        }
        other => ModelError::Unavailable(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(status: u16, body: &Value) -> Refusal {
        Refusal::new(status, Told::of(body, ""), || Some(Duration::from_secs(7)))
    }

    #[test]
    fn refusals_are_told_apart() {
        for (status, body, wanted) in [
            (
                401,
                json!({ "error": { "message": "Incorrect API key provided" } }),
                "the model refused the credentials: Incorrect API key provided",
            ),
            (
                429,
                json!({ "error": { "message": "You exceeded your current quota", "code": "insufficient_quota" } }),
                "the model refused the credentials: You exceeded your current quota",
            ),
            (
                429,
                json!({ "error": { "message": "Slow down" } }),
                "the model's limit is reached; try again in 7s",
            ),
            (
                400,
                json!({ "error": { "message": "This model's maximum context length is 8192 tokens.", "code": "context_length_exceeded" } }),
                "the request is too long for the model, which takes 8192 tokens: This model's maximum context length is 8192 tokens.",
            ),
            (
                400,
                json!({ "type": "error", "error": { "type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum" } }),
                "the request is too long for the model, which takes 200000 tokens: prompt is too long: 210000 tokens > 200000 maximum",
            ),
            (
                400,
                json!({ "error": { "code": 400, "status": "INVALID_ARGUMENT", "message": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)." } }),
                "the request is too long for the model, which takes 1048576 tokens: The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
            ),
            (
                400,
                json!({ "error": { "type": "exceed_context_size_error", "message": "the request exceeds it", "n_ctx": 512 } }),
                "the request is too long for the model, which takes 512 tokens: the request exceeds it",
            ),
            (
                403,
                json!({ "error": { "code": 403, "message": "openai/gpt requires moderation on Azure", "metadata": {
                    "reasons": ["violence"], "flagged_input": "how to …", "provider_name": "Azure" } } }),
                "the model refused the request: openai/gpt requires moderation on Azure",
            ),
            (
                403,
                json!({ "error": { "message": "Your input was flagged" } }),
                "the model refused the request: Your input was flagged",
            ),
            (
                403,
                json!({ "error": { "message": "Your account was flagged for abuse" } }),
                "the model refused the credentials: Your account was flagged for abuse",
            ),
            (
                403,
                json!({ "error": { "message": "Project has no access to omni-moderation-latest" } }),
                "the model refused the credentials: Project has no access to omni-moderation-latest",
            ),
            (400, json!({ "error": "no such tool" }), "the model refused the request: no such tool"),
            (404, json!({ "error": "model 'x' not found" }), "the model is unavailable: model 'x' not found"),
            (
                529,
                json!({ "error": { "type": "overloaded_error", "message": "Overloaded" } }),
                "the model is unavailable: 529: Overloaded",
            ),
            (500, Value::Null, "the model is unavailable: 500: it does not say why"),
        ] {
            assert_eq!(refusal(status, &body).error.to_string(), wanted);
        }
    }

    #[test]
    fn a_parameter_is_blamed_only_where_it_was_given() {
        let optional = [Optional::new("temperature", "/temperature"), Optional::new("stop", "/stop")];
        let body = json!({ "temperature": 0.2, "stopped": true });
        for (told, wanted) in [
            (
                json!({ "error": { "message": "Unsupported value", "param": "temperature" } }),
                Some("temperature"),
            ),
            (
                json!({ "error": { "message": "`temperature` is deprecated for this model." } }),
                Some("temperature"),
            ),
            (json!({ "error": { "message": "'stop' is not supported" } }), None),
            (json!({ "error": { "message": "temperatures are wrong" } }), None),
        ] {
            let blamed = refusal(400, &told).blames(&optional, &body).map(|one| one.name);
            assert_eq!(blamed, wanted, "{told}");
        }
    }

    #[test]
    fn an_error_in_a_stream_has_the_status_that_it_names() {
        for (body, wanted) in [
            (
                json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } }),
                "the model is unavailable: 500: Overloaded",
            ),
            (
                json!({ "error": { "code": 502, "message": "Provider disconnected" } }),
                "the model is unavailable: 502: Provider disconnected",
            ),
            (
                json!({ "error": { "type": "rate_limit_error", "message": "x" } }),
                "the model's limit is reached",
            ),
        ] {
            assert_eq!(Refusal::in_stream(&body).error.to_string(), wanted);
        }
    }
}
