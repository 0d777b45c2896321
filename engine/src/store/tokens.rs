//! The tokens with which callers show who they are.

use super::StoreError;
use crate::token::Token;
use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

/// The tokens of callers. A part of [`Store`](super::Store), whose rules hold here. What a caller shows is never stored, only its
/// hash.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// Adds a token; `false` if there is one with its id, its name or its hash.
    async fn add_token(&self, token: &Token) -> Result<bool, StoreError>;
    /// The token with this hash, whether or not its time is over.
    async fn token(&self, hash: &[u8; 32]) -> Result<Option<Token>, StoreError>;
    /// Every token, in the order in which they were made.
    async fn tokens(&self) -> Result<Vec<Token>, StoreError>;
    /// Notes when a token was used, unless a later use is noted; that there is none is no error.
    async fn use_token(&self, id: Uuid, at: Timestamp) -> Result<(), StoreError>;
    /// Deletes a token; `false` if there was none.
    async fn delete_token(&self, id: Uuid) -> Result<bool, StoreError>;
}
