//! Errors as elizaOS writes them, and its client reads them.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use galatea::{agent::AcceptError, route::RouteError, store::StoreError};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What callers read instead of what really went wrong inside.
const INTERNAL: &str = "Something went wrong here; the log of the agent tells what";

/// Why a request is not answered as it was asked to.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    code: String,
    message: String,
    /// The form of sessions, `{"error": {…, "timestamp"}}`, instead of `{"success": false, "error": {…}}`.
    of_sessions: bool,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), of_sessions: false }
    }

    /// 400: something that is sent is wrong.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message)
    }

    /// 400: this is no id.
    pub(crate) fn no_id(what: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_ID", format!("Invalid {what} ID format"))
    }

    /// 404: there is no such thing.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("{what} not found"))
    }

    /// 501: elizaOS has this, and here is no counterpart.
    pub(crate) fn absent(why: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", why)
    }

    /// The same as sessions tell it.
    pub(crate) fn of_sessions(mut self) -> Self {
        self.of_sessions = true;
        self
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body: Value = if self.of_sessions {
            json!({ "error": { "code": self.code, "message": self.message, "timestamp": Timestamp::now().to_string() } })
        } else {
            json!({ "success": false, "error": { "code": self.code, "message": self.message } })
        };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<RouteError> for Failure {
    fn from(error: RouteError) -> Self {
        let code = match error.status() {
            StatusCode::TOO_MANY_REQUESTS => "RATE_LIMIT_EXCEEDED".to_owned(),
            _ => error.code().to_ascii_uppercase().replace('-', "_"),
        };
        if error.status() == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!("the elizaOS routes: {}", error.message());
            return Self::new(error.status(), &code, INTERNAL);
        }
        Self::new(error.status(), &code, error.message())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        RouteError::from(error).into()
    }
}

impl From<AcceptError> for Failure {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Stopping => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "STOPPING", error.to_string())
            }
            AcceptError::Busy | AcceptError::Overloaded => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMIT_EXCEEDED", error.to_string())
            }
            AcceptError::Store(error) => error.into(),
        }
    }
}

/// How refusals of the server itself look below these routes.
pub(crate) fn refusal(error: RouteError) -> Response {
    Failure::from(error).into_response()
}
