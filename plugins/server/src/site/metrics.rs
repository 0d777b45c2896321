//! Figures for Prometheus.

use super::{Access, Through};
use crate::{Directory, Scope};
use axum::{
    Extension,
    http::header,
    response::{IntoResponse, Response},
};
use galatea::{memory::Role, route::RouteError, telemetry};
use std::sync::Arc;

/// The figures of every agent of which the caller may have them, and of the process.
pub(super) async fn metrics(Extension(listener): Through, access: Access) -> Result<Response, RouteError> {
    let directory = Directory::of(Arc::downgrade(&listener), None);
    let agents = access.agents(&directory, Role::Admin, Scope::Metrics)?;
    telemetry::refresh(&agents).await;
    let text = telemetry::prometheus(&agents);
    Ok(([(header::CONTENT_TYPE, telemetry::MEDIA_TYPE)], text).into_response())
}
