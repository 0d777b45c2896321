use galatea::{prelude::*, service::kind::{Browser, WebSearch}};

/// Search.
#[plugin("search")]
pub struct Search;

pub struct Engine;

/// Says that it searches, and does not.
#[service(kind = WebSearch)]
impl Engine {
    async fn start() -> Self {
        Self
    }
}

/// No kind.
pub trait Plain: Send + Sync {}

pub struct Simple;

impl Plain for Simple {}

/// Of no kind.
#[service(kind = Plain)]
impl Simple {
    async fn start() -> Self {
        Self
    }
}

/// Takes what is no kind.
#[action]
async fn act(_plain: Kind<dyn Plain>, _browser: Option<Kind<dyn Browser>>) {}

fn main() {}
