//! The tokens of callers.

use super::InMemory;
use crate::{
    store::{StoreError, TokenStore},
    token::Token,
};
use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

#[async_trait]
impl TokenStore for InMemory {
    async fn add_token(&self, token: &Token) -> Result<bool, StoreError> {
        let mut data = self.write();
        let is_same = |other: &Token| other.name == token.name || other.hash == token.hash;
        if data.tokens.contains_key(&token.id) || data.tokens.values().any(is_same) {
            return Ok(false);
        }
        data.tokens.insert(token.id, token.clone());
        Ok(true)
    }

    async fn token(&self, hash: &[u8; 32]) -> Result<Option<Token>, StoreError> {
        Ok(self.read().tokens.values().find(|token| token.hash == *hash).cloned())
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let mut tokens: Vec<Token> = self.read().tokens.values().cloned().collect();
        tokens.sort_by_key(|token| (token.created, token.id));
        Ok(tokens)
    }

    async fn use_token(&self, id: Uuid, at: Timestamp) -> Result<(), StoreError> {
        if let Some(token) = self.write().tokens.get_mut(&id) {
            token.used = token.used.max(Some(at));
        }
        Ok(())
    }

    async fn delete_token(&self, id: Uuid) -> Result<bool, StoreError> {
        Ok(self.write().tokens.remove(&id).is_some())
    }
}
