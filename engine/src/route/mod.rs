//! HTTP routes of plugins: `#[route(GET, "/hello/{name}")]`.
//!
//! A route is a handler whose parameters are extractors: those of every handler, and here also axum's: [`Path`],
//! [`Query`], [`Json`], [`Form`], [`Multipart`], [`HeaderMap`], [`Bytes`], `String`, [`Method`], [`Uri`], and
//! [`Caller`]. It answers with anything that is [`IntoResponse`], alone or in a `Result` with [`RouteError`].
//!
//! [`Agent::router`](crate::agent::Agent::router) serves them all, each plugin's below `/{plugin}`; whoever owns
//! a server mounts it. `site` is that router, `authenticate` says who calls, `folder` serves files, `request` and
//! `extract` are what handlers take, `answer` and `error` what they give, `shape` what is told of both; `openapi`
//! tells it to others, `pattern` checks paths when the registry is built; `server` is what who runs agents
//! may know of a server.

mod answer;
mod authenticate;
mod error;
mod extract;
mod folder;
mod openapi;
mod pattern;
mod request;
mod server;
mod shape;
mod site;

pub use answer::{Answer, DescribeAnswer, IntoFolder, IntoRouteResponse};
pub use authenticate::{Authenticate, Caller, Knock};
pub use error::RouteError;
pub use extract::RouteInput;
pub use openapi::openapi;
pub use request::RouteRequest;
pub use server::{Admission, WebServer};
pub use shape::{AnswerShape, BodyShape, RouteShape, SchemaOf};

pub use axum::{
    Form, Json, Router,
    body::{Body, Bytes},
    extract::{Multipart, Path, Query, ws::WebSocketUpgrade},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{Html, IntoResponse, NoContent, Redirect, Response},
};

pub(crate) use pattern::check_routes;
