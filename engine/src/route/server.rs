//! What lets an agent be reached, as programs that run agents see it.

use crate::{service::ServiceKind, store::StoreError};
use async_trait::async_trait;

/// A service that serves an agent over HTTP, where the program lets it listen
/// ([`StartOptions::listens`](crate::agent::StartOptions::listens)).
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `WebServer`",
    label = "`WebServer` is not implemented",
    note = "write `#[async_trait] impl WebServer for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait WebServer: Send + Sync {
    /// What a person opens in a browser of this machine: `http://127.0.0.1:3000/console/`; `None` if it does not listen.
    fn page(&self) -> Option<String>;

    /// Who is let in.
    ///
    /// # Errors
    /// If the storage cannot be read.
    async fn admits(&self) -> Result<Admission, StoreError>;
}

impl ServiceKind for dyn WebServer {
    const NAME: &'static str = "web-server";
}

/// Who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Whoever sits at this machine, and who shows a token.
    Local,
    /// Who shows a token.
    Tokens,
    /// Nobody: there is no token yet.
    Nobody,
}
