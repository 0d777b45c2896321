//! What only routes take: the parts of a request, as axum's own types.

use super::{AnswerShape, BodyShape, Caller, RouteError, RouteRequest, SchemaOf};
use crate::{
    definition::Plugin,
    extract::{Extract, ExtractError, Input, Invocation, Signature, kind},
};
use axum::{
    Form, Json,
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Multipart, OptionalFromRequest, Path, Query, ws::WebSocketUpgrade,
    },
    http::{HeaderMap, Method, StatusCode, Uri},
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// What `Path<T>`, `Query<T>`, `Json<T>` and `Form<T>` ask of `T` in a parameter of a route.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a request",
    label = "needs `Deserialize` and `JsonSchema`",
    note = "derive both: `#[derive(Deserialize, JsonSchema)] struct {Self} {{ … }}`; the schema stands in the description of the API"
)]
pub trait RouteInput: DeserializeOwned + JsonSchema + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> RouteInput for T {}

fn request(invocation: &Invocation) -> Result<&RouteRequest, ExtractError> {
    match &invocation.input {
        Input::Route(request) => Ok(request),
        _ => Err(ExtractError::Other("there is no request".to_owned())),
    }
}

/// The refusal of one of axum's extractors, in our form.
macro_rules! refused {
    () => {
        |rejection| ExtractError::Refused(RouteError::new(rejection.status(), rejection.body_text()))
    };
}

macro_rules! extract_from_request {
    ($([$($generic:tt)*] $type:ty $(, body $takes:literal)? $(, describe $describe:expr)?; |$invocation:ident| $body:expr;)*) => { $(
        impl<P: Plugin $($generic)*> Extract<P, kind::Route> for $type {
            type From = P;
            type Perhaps = P;
            type Permission = ();

            $(const TAKES_BODY: bool = $takes;)?

            $(fn describe(signature: &mut Signature) {
                $describe(signature);
            })?

            async fn extract($invocation: &Invocation) -> Result<Self, ExtractError> {
                $body
            }
        }
    )* };
}

fn reads_body(signature: &mut Signature, media_type: &'static str, schema: Option<SchemaOf>, required: bool) {
    signature.route.body = Some(BodyShape { media_type, schema, required });
}

fn upgrades(signature: &mut Signature) {
    signature.route.answer = Some(AnswerShape { status: Some(101), media_type: None, schema: None });
}

fn reference<T: JsonSchema>() -> Option<SchemaOf> {
    Some(|generator| generator.subschema_for::<T>())
}

extract_from_request! {
    [, T: RouteInput] Path<T>, describe |signature: &mut Signature| signature.route.path.push(T::json_schema);
        |invocation| Self::from_request_parts(&mut request(invocation)?.parts().clone(), &()).await.map_err(refused!());
    [, T: RouteInput] Query<T>, describe |signature: &mut Signature| signature.route.query.push(T::json_schema);
        |invocation| Self::from_request_parts(&mut request(invocation)?.parts().clone(), &()).await.map_err(refused!());
    [, T: RouteInput] Json<T>, body true,
        describe |signature| reads_body(signature, "application/json", reference::<T>(), true);
        |invocation| <Self as FromRequest<()>>::from_request(taken(invocation)?, &()).await.map_err(refused!());
    [, T: RouteInput] Option<Json<T>>, body true,
        describe |signature| reads_body(signature, "application/json", reference::<T>(), false);
        |invocation| <Json<T> as OptionalFromRequest<()>>::from_request(taken(invocation)?, &()).await.map_err(refused!());
    [, T: RouteInput] Form<T>, body true,
        describe |signature| reads_body(signature, "application/x-www-form-urlencoded", reference::<T>(), true);
        |invocation| Self::from_request(taken(invocation)?, &()).await.map_err(refused!());
    [] Multipart, body true, describe |signature| reads_body(signature, "multipart/form-data", None, true);
        |invocation| <Self as FromRequest<()>>::from_request(taken(invocation)?, &()).await.map_err(
            |rejection| ExtractError::Refused(RouteError::new(
                // What is no multipart body at all is of the wrong media type.
                if rejection.status() == StatusCode::BAD_REQUEST { StatusCode::UNSUPPORTED_MEDIA_TYPE } else { rejection.status() },
                format!("{}; send `multipart/form-data`", rejection.body_text()),
            )));
    [] Bytes, body true, describe |signature| reads_body(signature, "application/octet-stream", None, true);
        |invocation| Self::from_request(taken(invocation)?, &()).await.map_err(refused!());
    [] String, body true, describe |signature| reads_body(signature, "text/plain", None, true);
        |invocation| Self::from_request(taken(invocation)?, &()).await.map_err(refused!());
    [] WebSocketUpgrade, describe upgrades; |invocation| {
        let request = request(invocation)?;
        let mut parts = request.parts().clone();
        // The connection itself is a note of the server's.
        parts.extensions = request.all_noted().clone();
        Self::from_request_parts(&mut parts, &()).await.map_err(refused!())
    };
    [] HeaderMap; |invocation| Ok(request(invocation)?.parts().headers.clone());
    [] Method; |invocation| Ok(request(invocation)?.parts().method.clone());
    [] Uri; |invocation| Ok(request(invocation)?.parts().uri.clone());
    [] Option<Caller>; |invocation| Ok(request(invocation)?.caller().cloned());
    [] Caller; |invocation| request(invocation)?.caller().cloned().ok_or_else(|| {
        ExtractError::Refused(RouteError::unauthorized("this needs to know who calls"))
    });
}

fn taken(invocation: &Invocation) -> Result<axum::extract::Request, ExtractError> {
    request(invocation)?.take().map_err(ExtractError::Refused)
}
