//! What is around every answer: `body` and `rate` are limits, `guard` ends what takes too long or panics, `cors` and `headers` are
//! what browsers are told, `form` gives refusals the form of the part they happen in, `stream` ends streams, `log` tells of it all.

mod body;
mod cors;
mod form;
mod guard;
mod headers;
mod log;
mod rate;
mod stream;

pub(crate) use body::limited;
pub(crate) use cors::Cors;
pub(crate) use form::Form;
pub(crate) use guard::guarded;
pub(crate) use headers::secure;
pub(crate) use log::Seen;
pub(crate) use rate::{Caller, Rates, seconds};
pub(crate) use stream::with_end;
