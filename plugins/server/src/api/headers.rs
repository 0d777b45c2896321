//! The headers that resources read, so that they are described.

use galatea::{
    definition::Plugin,
    extract::{Extract, ExtractError, Input, Invocation, Signature, kind},
    route::{HeaderMap, HeaderShape, RouteError, header},
    turn::EventId,
};

/// How long a key may be, in bytes.
const LONGEST_KEY: usize = 200;

macro_rules! headers {
    ($($type:ty, $name:literal, $description:literal, |$headers:ident| $read:expr;)*) => { $(
        impl<P: Plugin> Extract<P, kind::Route> for $type {
            type From = P;
            type Perhaps = P;
            type Permission = ();

            fn describe(signature: &mut Signature) {
                // Media types are told by what is answered; OpenAPI wants no parameter for that.
                if $name != "accept" {
                    signature.route.headers.push(HeaderShape { name: $name, description: $description });
                }
            }

            async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
                let Input::Route(request) = &invocation.input else {
                    return Err(ExtractError::Other("there is no request".to_owned()));
                };
                let $headers = &request.parts().headers;
                $read
            }
        }
    )* };
}

/// By which a message that is sent again is known.
#[derive(Clone, Debug)]
pub(crate) struct IdempotencyKey(pub(super) Option<String>);

/// What a reader of server-sent events read last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastEventId(pub(super) Option<EventId>);

/// Whether server-sent events are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WantsStream(pub(super) bool);

headers! {
    IdempotencyKey, "idempotency-key",
    "Any text of at most 200 visible ASCII characters. The same key, of one caller in one room, is the same message.",
    |headers| key(headers).map(Self).map_err(ExtractError::Refused);
    // What is no id of ours says nothing: then all is told.
    LastEventId, "last-event-id",
    "The id of the server-sent event that was read last: what comes behind it is told.",
    |headers| Ok(Self(headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok())));
    WantsStream, "accept",
    "`text/event-stream` for server-sent events; JSON otherwise.",
    |headers| Ok(Self(wants_stream(headers)));
}

fn key(headers: &HeaderMap) -> Result<Option<String>, RouteError> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().unwrap_or_default().trim();
    if key.is_empty() || key.len() > LONGEST_KEY {
        let why = format!("`idempotency-key` has 1 to {LONGEST_KEY} visible ASCII characters");
        return Err(RouteError::bad_request(why).with_code("no-key"));
    }
    Ok(Some(key.to_owned()))
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accept.flat_map(|value| value.split(',')).any(|media| {
        media.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("text/event-stream"))
    })
}
