//! The form of refusals: that of the part in which they happen.

use crate::Part;
use axum::{
    body::HttpBody,
    extract::Request,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use galatea::route::RouteError;

/// How refusals look where a request goes.
#[derive(Debug)]
pub(crate) struct Form {
    part: Option<Part>,
    method: Method,
    path: String,
}

impl Form {
    /// Of a request, and the part that answers it, if one does.
    pub(crate) fn of(request: &Request, part: Option<Part>) -> Self {
        Self { part, method: request.method().clone(), path: request.uri().path().to_owned() }
    }

    /// A refusal.
    pub(crate) fn refuse(&self, error: RouteError) -> Response {
        if error.status() == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(path = self.path, "{}", error.message());
        }
        match self.part.and_then(|part| part.errors) {
            Some(form) => form(error),
            None => error.into_response(),
        }
    }

    /// An answer, with words where it says nothing but that there is nothing: routers of parts have none.
    pub(crate) fn complete(&self, response: Response) -> Response {
        let is_bare =
            response.body().is_end_stream() && !response.headers().contains_key(header::CONTENT_TYPE);
        let error = match response.status() {
            StatusCode::NOT_FOUND => RouteError::not_found(format!("there is nothing at {}", self.path)),
            StatusCode::METHOD_NOT_ALLOWED => {
                RouteError::new(response.status(), format!("{} does not answer {}", self.path, self.method))
            }
            _ => return response,
        };
        if !is_bare {
            return response;
        }
        let mut told = self.refuse(error);
        if let Some(allowed) = response.headers().get(header::ALLOW) {
            told.headers_mut().insert(header::ALLOW, allowed.clone());
        }
        told
    }
}
