//! What routes may return.

use super::{AnswerShape, RouteShape, SchemaOf};
use axum::{
    Json,
    body::Bytes,
    http::StatusCode,
    response::{Html, IntoResponse, NoContent, Response, Sse},
};
use schemars::JsonSchema;
use std::{fmt::Display, path::PathBuf};

/// What a route gave, as the engine serves it.
#[derive(Debug)]
pub enum Answer {
    /// This response.
    Response(Response),
    /// The file of this folder that the request names.
    Folder(PathBuf),
}

/// What a route may return: anything that axum takes for a response.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the answer of a route",
    label = "not an answer",
    note = "return `String`, `Json<T>`, `Html<String>`, `StatusCode`, anything else that implements axum's `IntoResponse`, or a `Result` of those with `RouteError`",
    note = "`Json<T>` asks of `T`: `Serialize`"
)]
pub trait IntoRouteResponse {
    /// Turns it into an answer.
    fn into_route_response(self) -> Answer;
}

#[diagnostic::do_not_recommend]
impl<T: IntoResponse> IntoRouteResponse for T {
    fn into_route_response(self) -> Answer {
        Answer::Response(self.into_response())
    }
}

/// What a `STATIC` route may return: the folder, alone or in a `Result`. A path that is not absolute begins at
/// the character's folder.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what a `STATIC` route gives",
    label = "expected a folder",
    note = "return `PathBuf`, `String` or `&'static str`, or a `Result` of those whose error implements `Display`"
)]
pub trait IntoFolder {
    /// The folder, or the error's text.
    ///
    /// # Errors
    /// The handler's own error as text.
    fn into_folder(self) -> Result<PathBuf, String>;
}

macro_rules! folders {
    ($($type:ty),*) => { $(
        impl IntoFolder for $type {
            fn into_folder(self) -> Result<PathBuf, String> {
                Ok(PathBuf::from(self))
            }
        }
    )* };
}

folders!(PathBuf, String, &'static str);

impl<T: IntoFolder, E: Display> IntoFolder for Result<T, E> {
    fn into_folder(self) -> Result<PathBuf, String> {
        self.map_err(|error| error.to_string())?.into_folder()
    }
}

/// What the type of an answer tells of it; types that do not implement it may be returned as well.
pub trait DescribeAnswer {
    /// Writes it down.
    fn describe_answer(shape: &mut RouteShape);
}

macro_rules! answers {
    ($($type:ty = $status:expr, $media:expr;)*) => { $(
        impl DescribeAnswer for $type {
            fn describe_answer(shape: &mut RouteShape) {
                shape.answer = Some(AnswerShape { status: $status, media_type: $media, schema: None });
            }
        }
    )* };
}

answers! {
    () = Some(200), None;
    NoContent = Some(204), None;
    StatusCode = None, None;
    String = Some(200), Some("text/plain");
    &'static str = Some(200), Some("text/plain");
    Bytes = Some(200), Some("application/octet-stream");
    Vec<u8> = Some(200), Some("application/octet-stream");
}

impl<T> DescribeAnswer for Html<T> {
    fn describe_answer(shape: &mut RouteShape) {
        shape.answer = Some(AnswerShape { status: Some(200), media_type: Some("text/html"), schema: None });
    }
}

impl<S> DescribeAnswer for Sse<S> {
    fn describe_answer(shape: &mut RouteShape) {
        let media_type = Some("text/event-stream");
        shape.answer = Some(AnswerShape { status: Some(200), media_type, schema: None });
    }
}

impl<T: JsonSchema> DescribeAnswer for Json<T> {
    fn describe_answer(shape: &mut RouteShape) {
        let schema: SchemaOf = |generator| generator.subschema_for::<T>();
        shape.answer = Some(AnswerShape {
            status: Some(200),
            media_type: Some("application/json"),
            schema: Some(schema),
        });
    }
}

impl<T: DescribeAnswer> DescribeAnswer for (StatusCode, T) {
    fn describe_answer(shape: &mut RouteShape) {
        T::describe_answer(shape);
        if let Some(answer) = &mut shape.answer {
            answer.status = None;
        }
    }
}

impl<T: DescribeAnswer, E> DescribeAnswer for Result<T, E> {
    fn describe_answer(shape: &mut RouteShape) {
        T::describe_answer(shape);
    }
}
