//! Why a route does not answer as it was asked to.

use crate::extract::ExtractError;
use axum::{
    Json,
    extract::multipart::MultipartError,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use std::{any::Any, borrow::Cow, error::Error, fmt};

/// What callers read instead of what really went wrong inside.
const INTERNAL: &str = "something went wrong here; the log of the agent tells what";

/// Why a route does not answer as it was asked to: a status and, as JSON, `{"error": {"code", "message"}}`.
///
/// Every error becomes one with `?`: its text is logged and callers read only that something went wrong. What
/// callers shall read is made by name: [`RouteError::not_found`]. It is no [`Error`] itself, so that the two
/// cannot be mistaken for each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteError {
    status: StatusCode,
    code: Cow<'static, str>,
    message: String,
}

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident = $status:ident;)*) => { $(
        $(#[$doc])*
        #[must_use]
        pub fn $name(message: impl Into<String>) -> Self {
            Self::new(StatusCode::$status, message)
        }
    )* };
}

impl RouteError {
    /// An error with this status. Its code is the status in words: `not-found`.
    #[must_use]
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let words = status.canonical_reason().unwrap_or("error");
        let code = words.to_ascii_lowercase().replace(' ', "-");
        Self { status, code: Cow::Owned(code), message: message.into() }
    }

    named! {
        /// 400: the request cannot be understood.
        bad_request = BAD_REQUEST;
        /// 401: it is not known who calls.
        unauthorized = UNAUTHORIZED;
        /// 403: who calls may not do this.
        forbidden = FORBIDDEN;
        /// 404: there is no such thing.
        not_found = NOT_FOUND;
        /// 409: it does not go together with what is there.
        conflict = CONFLICT;
        /// 422: it can be understood and is wrong.
        unprocessable = UNPROCESSABLE_ENTITY;
        /// 503: it does not work now; later it may.
        unavailable = SERVICE_UNAVAILABLE;
        /// 500: something went wrong inside. The message is logged, callers do not see it.
        internal = INTERNAL_SERVER_ERROR;
    }

    /// The same with a code of its own, in kebab-case, for programs that call.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.code = code.into();
        self
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What went wrong; of a 500, callers do not see it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: Error + 'static> From<E> for RouteError {
    fn from(error: E) -> Self {
        let known: &dyn Any = &error;
        if let Some(multipart) = known.downcast_ref::<MultipartError>() {
            return Self::new(multipart.status(), multipart.body_text());
        }
        if let Some(ExtractError::Refused(refused)) = known.downcast_ref::<ExtractError>() {
            return refused.clone();
        }
        let mut texts = vec![error.to_string()];
        let mut cause = error.source();
        while let Some(error) = cause {
            texts.push(error.to_string());
            cause = error.source();
        }
        // An error that passes on its cause's text would say it twice.
        texts.dedup();
        Self::internal(texts.join(": "))
    }
}

/// What callers were not told, on its way to the log.
#[derive(Clone, Debug)]
pub(super) struct Untold(pub(super) String);

impl IntoResponse for RouteError {
    fn into_response(self) -> Response {
        let is_internal = self.status == StatusCode::INTERNAL_SERVER_ERROR;
        let message = if is_internal { INTERNAL } else { self.message.as_str() };
        let body = json!({ "error": { "code": self.code, "message": message } });
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if is_internal {
            response.extensions_mut().insert(Untold(self.message));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the pump stands still")]
    struct Pump(#[source] std::io::Error);

    #[test]
    fn errors_tell_their_causes_to_the_log_and_nothing_to_callers() {
        let error = RouteError::from(Pump(std::io::Error::other("no power")));
        assert_eq!(error.message(), "the pump stands still: no power");
        assert_eq!(
            (error.status(), error.code()),
            (StatusCode::INTERNAL_SERVER_ERROR, "internal-server-error")
        );
        let response = error.into_response();
        assert!(response.extensions().get::<Untold>().is_some_and(|untold| untold.0.contains("no power")));
        let refused = ExtractError::Refused(RouteError::not_found("no such pump").with_code("no-pump"));
        let error = RouteError::from(refused);
        assert_eq!((error.status(), error.code()), (StatusCode::NOT_FOUND, "no-pump"));
    }
}
