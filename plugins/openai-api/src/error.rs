//! Errors in OpenAI's form: `{"error": {"message", "type", "param", "code"}}`.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use galatea::{agent::AcceptError, route::RouteError, store::StoreError};
use serde_json::{Value, json};
use std::borrow::Cow;

/// By this the official clients are told whether to send a request again.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// What callers read instead of what really went wrong inside.
const INTERNAL: &str = "Something went wrong here; the log of the agent tells what.";

/// Why a request is not answered as it was asked to.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    message: String,
    param: Option<String>,
    code: Option<Cow<'static, str>>,
    /// Whether the same request may be sent again: a turn that failed has been heard.
    again: bool,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), param: None, code: None, again: true }
    }

    /// 400: the request is wrong.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 400: this can be asked of OpenAI, and not here.
    pub(crate) fn unsupported(param: &str, message: impl Into<String>) -> Self {
        Self::invalid(message).param(param).code("unsupported_parameter")
    }

    /// 404: there is no such model, or not for this caller.
    pub(crate) fn no_model(name: &str, known: &[String]) -> Self {
        let known = match known {
            [] => "There are none here for you.".to_owned(),
            known => format!("Here are: {}.", known.join(", ")),
        };
        let message = format!("The model `{name}` does not exist or you do not have access to it. {known}");
        Self::new(StatusCode::NOT_FOUND, message).param("model").code("model_not_found")
    }

    pub(crate) fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub(crate) fn code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The same where sending it again would repeat what has been heard.
    pub(crate) fn never_again(mut self) -> Self {
        self.again = false;
        self
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    fn kind(&self) -> &'static str {
        match self.status {
            StatusCode::UNAUTHORIZED => "authentication_error",
            StatusCode::FORBIDDEN => "permission_error",
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request_error",
        }
    }

    /// The body.
    pub(crate) fn json(&self) -> Value {
        json!({ "error": {
            "message": self.message, "type": self.kind(), "param": self.param, "code": self.code,
        } })
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.json())).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if !self.again {
            headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
        }
        response
    }
}

impl From<RouteError> for ApiError {
    fn from(error: RouteError) -> Self {
        let code = match error.status() {
            StatusCode::UNAUTHORIZED => "invalid_api_key".into(),
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_exceeded".into(),
            _ => error.code().replace('-', "_"),
        };
        if error.status() == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!("the OpenAI API: {}", error.message());
            return Self::new(error.status(), INTERNAL).code(code);
        }
        Self::new(error.status(), error.message()).code(code)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        RouteError::from(error).into()
    }
}

impl From<AcceptError> for ApiError {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Stopping => Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
            AcceptError::Busy | AcceptError::Overloaded => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, error.to_string()).code("rate_limit_exceeded")
            }
            AcceptError::Store(error) => error.into(),
        }
    }
}

/// How refusals of the server itself look below this API.
pub(crate) fn refusal(error: RouteError) -> Response {
    ApiError::from(error).into_response()
}
