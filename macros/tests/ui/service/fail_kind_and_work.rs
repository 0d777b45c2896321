use galatea::prelude::*;

/// Search.
#[plugin("search")]
pub struct Search;

pub struct Named;

/// A kind is no text any more.
#[service(kind = "web-search", health_every = "30s")]
impl Named {
    async fn start() -> Self {
        Self
    }

    async fn run(&mut self, _city: String) {}
}

pub struct Twice;

/// The same kind twice, and one that is not written.
#[service(kind(galatea::service::kind::Pdf, galatea::service::kind::Pdf), health_every = "often")]
impl Twice {
    async fn start() -> Self {
        Self
    }

    async fn run() {}

    async fn health(&self) -> Result<(), String> {
        Ok(())
    }
}

pub struct Bare;

/// No kind at all.
#[service(kind)]
impl Bare {
    async fn start() -> Self {
        Self
    }

    async fn run(&self) -> u8 {
        1
    }
}

fn main() {}
